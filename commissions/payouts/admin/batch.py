"""Payment batches: what was exported together, and its file once more."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from commissions.ledger.admin.pages import FinanceAdmin
from commissions.payouts import exports
from commissions.payouts.models import PaymentBatch, WithdrawalStatus
from leadportal.money import usd
from leadportal.ui.formats import moment

NAMED = 25


@admin.register(PaymentBatch)
class PaymentBatchAdmin(FinanceAdmin):
    list_display = ("name", "held", "total", "exported", "created_by")
    list_select_related = ("created_by",)
    actions = None
    ordering = ("-number",)
    sortable_by = ()
    page_template = "admin/commissions/paymentbatch/change_form.html"

    def has_pay_permission(self, request: HttpRequest) -> bool:
        """Return whether the user exports and pays: the file says where partners' money goes."""
        return request.user.has_perm("commissions.pay_withdrawal")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PaymentBatch]:
        batches: QuerySet[PaymentBatch] = super().get_queryset(request)
        return batches.annotate(
            withdrawal_count=Count("withdrawals"), withdrawal_sum=Sum("withdrawals__amount")
        )

    def get_urls(self) -> list[URLPattern]:
        downloading = self.admin_site.admin_view(partial(download, self))
        own = path("<int:batch_id>/csv/", downloading, name="commissions_paymentbatch_csv")
        return [own, *super().get_urls()]

    def with_everything(self, rows: QuerySet[PaymentBatch]) -> QuerySet[PaymentBatch]:
        return rows.select_related("created_by")

    def page_context(self, request: HttpRequest, row: PaymentBatch) -> dict[str, Any]:
        withdrawals = row.withdrawals.select_related("account__partner", "billing")
        withdrawals = withdrawals.with_details_changed()
        sums = row.withdrawals.order_by().values_list("status").annotate(Count("pk"), Sum("amount"))
        by_status = {status: figures for status, *figures in sums}
        figures = [
            (label, *by_status[status])
            for status, label in WithdrawalStatus.choices
            if status in by_status
        ]
        count = sum(number for _, number, _ in figures)
        return {
            "title": f"Batch {row.number}",
            "batch": row,
            "figures": figures,
            "count": count,
            "withdrawals": withdrawals.order_by("requested_at", "pk")[:NAMED],
            "unnamed": max(0, count - NAMED),
            "pending": by_status.get(WithdrawalStatus.PENDING, [0])[0],
            "may_pay": self.has_pay_permission(request),
        }

    @admin.display(description="Batch")
    def name(self, batch: PaymentBatch) -> str:
        return str(batch)

    @admin.display(description="Withdrawals")
    def held(self, batch: PaymentBatch) -> int:
        return batch.withdrawal_count  # type: ignore[attr-defined, no-any-return]

    @admin.display(description="Sum")
    def total(self, batch: PaymentBatch) -> str:
        return usd(batch.withdrawal_sum)  # type: ignore[attr-defined]

    @admin.display(description="Exported")
    def exported(self, batch: PaymentBatch) -> str:
        return moment(batch.created_at)


def download(batch_admin: PaymentBatchAdmin, request: HttpRequest, batch_id: int) -> HttpResponse:
    """Return the batch's CSV, the same at every download. Raises PermissionDenied."""
    if not batch_admin.has_pay_permission(request):
        raise PermissionDenied
    batch: PaymentBatch | None = batch_admin.found(request, batch_id)
    if batch is None:
        return batch_admin.to_missing(request, batch_id)
    return HttpResponse(
        exports.payments(batch),
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="payments-batch-{batch.number}.csv"',
        },
    )
