"""Payment batches: what was exported together, its file, and what changed since a download."""

from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from commissions.ledger.errors import LedgerError
from commissions.payouts import batches
from commissions.payouts.batches import RELEASE
from commissions.payouts.models import BatchDownload, PaymentBatch, WithdrawalStatus
from commissions.payouts.models.withdrawal import left_out
from leadportal.approvals.models import Approval
from leadportal.money import usd
from leadportal.partners.access import staff_user
from leadportal.partners.models import PartnerStatus
from leadportal.ui.action_view import ObjectView
from leadportal.ui.admin_pages import PagesAdmin
from leadportal.ui.columns import kind
from leadportal.ui.formats import day, moment

NAMED = 25


class DownloadView(ObjectView):
    """POST records the download and returns the file; GET leads to the batch's page."""

    permission = batches.PERMISSION

    object: PaymentBatch

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.model_admin.to_row(request, self.object)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Return the file of what is pending in the batch now."""
        try:
            file = batches.download(self.object, staff_user(request))
        except LedgerError as error:
            return self.leave_with(messages.ERROR, str(error))
        return HttpResponse(
            file.content,
            headers={
                "Content-Type": "text/csv; charset=utf-8",
                "Content-Disposition": (
                    f'attachment; filename="payments-batch-{self.object.number}.csv"'
                ),
            },
        )


@admin.register(PaymentBatch)
class PaymentBatchAdmin(PagesAdmin):
    """Payment batches, read-only, with their files."""

    list_display = ("name", "held", "total", "exported", "created_by", "downloaded")
    list_select_related = ("created_by",)
    actions = None
    ordering = ("-number",)
    sortable_by = ()
    page_template = "admin/commissions/paymentbatch/change_form.html"
    action_pages = (("csv", DownloadView, {}),)

    def has_pay_permission(self, request: HttpRequest) -> bool:
        """Return whether the user exports and pays: the file says where partners' money goes."""
        return request.user.has_perm(batches.PERMISSION)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PaymentBatch]:
        rows: QuerySet[PaymentBatch] = super().get_queryset(request)
        last = BatchDownload.objects.filter(batch=OuterRef("pk")).order_by("-pk")
        return rows.annotate(
            withdrawal_count=Count("withdrawals"),
            withdrawal_sum=Sum("withdrawals__amount"),
            downloaded_at=Subquery(last.values("at")[:1]),
        )

    def with_everything(self, rows: QuerySet[PaymentBatch]) -> QuerySet[PaymentBatch]:
        return rows.select_related("created_by")

    def page_context(self, request: HttpRequest, row: PaymentBatch) -> dict[str, Any]:
        requested = Approval.objects.awaiting().filter(
            kind=RELEASE.slug, subject=OuterRef("number")
        )
        withdrawals = (
            row.withdrawals.with_details_changed()
            .with_largest_paid()
            .select_related("account__partner", "billing")
            .annotate(release_request=Subquery(requested.values("pk")))
        )
        held = Count("pk", filter=Q(account__partner__status=PartnerStatus.SUSPENDED))
        grouped = row.withdrawals.order_by().values_list("status")
        not_in_file = Count(
            "pk", filter=Q(account__partner__status=PartnerStatus.ACTIVE) & left_out()
        )
        sums = grouped.annotate(Count("pk"), Sum("amount"), held=held, skipped=not_in_file)
        by_status = {status: figures for status, *figures in sums}
        figures = [
            (label, *by_status[status][:2])
            for status, label in WithdrawalStatus.choices
            if status in by_status
        ]
        count = sum(number for _, number, _ in figures)
        pending, _, suspended, skipped = by_status.get(WithdrawalStatus.PENDING, (0, 0, 0, 0))
        downloads = list(batches.with_out_of_date(row.downloads.select_related("by"))[: NAMED + 1])
        releases = list(row.releases.with_people())
        changes = batches.changes_since(downloads[0], releases) if downloads else []
        may_pay = self.has_pay_permission(request)
        return {
            "title": f"Batch {row.number}",
            "batch": row,
            "figures": figures,
            "count": count,
            "total": sum((amount for _, _, amount in figures), Decimal("0.00")),
            "withdrawals": withdrawals.order_by("requested_at", "pk")[:NAMED],
            "unnamed": max(0, count - NAMED),
            "pending": pending,
            "suspended": suspended,
            "payable": pending - suspended,
            "left_out": skipped,
            "to_mark": pending - suspended - skipped,
            "may_pay": may_pay,
            "downloads": downloads[:NAMED],
            "has_older_downloads": len(downloads) > NAMED,
            "last_download": downloads[0] if downloads else None,
            "changes": changes[:NAMED],
            "unnamed_changes": max(0, len(changes) - NAMED),
            "is_out_of_date": any(change.must_not_be_paid for change in changes),
            "releases": releases,
        }

    @admin.display(description="Batch")
    def name(self, batch: PaymentBatch) -> str:
        return str(batch)

    @kind("number")
    @admin.display(description="Withdrawals")
    def held(self, batch: PaymentBatch) -> int:
        return batch.withdrawal_count  # type: ignore[attr-defined, no-any-return]

    @kind("money")
    @admin.display(description="Sum")
    def total(self, batch: PaymentBatch) -> str:
        # None where each of its withdrawals was released.
        return usd(batch.withdrawal_sum) if batch.withdrawal_sum else "–"  # type: ignore[attr-defined]

    @admin.display(description="Exported")
    def exported(self, batch: PaymentBatch) -> str:
        return moment(batch.created_at)

    @admin.display(description="Last download")
    def downloaded(self, batch: PaymentBatch) -> SafeString | str:
        at = batch.downloaded_at  # type: ignore[attr-defined]
        return day(at) if at else "not downloaded"
