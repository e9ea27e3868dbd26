"""The small page between a choice of withdrawals and what is done to them, and its report."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME as NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from commissions.ledger.errors import LedgerError
from commissions.payouts.admin.acts import ACTS, Act, Done, example_mail
from commissions.payouts.models import Withdrawal, WithdrawalStatus
from commissions.payouts.models.withdrawal import WithdrawalQuerySet
from leadportal.approvals.models import Approval
from leadportal.db.keys import number
from leadportal.money import usd
from leadportal.partners.access import staff_user

if TYPE_CHECKING:
    from commissions.payouts.admin.withdrawal import WithdrawalAdmin

MOST = 1_000  # withdrawals by one click: one transaction, one mail each
NAMED = 25  # of them by name on the page


@dataclass(frozen=True, slots=True)
class Chosen:
    """The withdrawals of the page, oldest first; `ids` name exactly these, whatever came since."""

    rows: list[Withdrawal]

    @classmethod
    def of(cls, withdrawals: QuerySet[Withdrawal]) -> "Chosen":
        """Return at most 1,001 of `withdrawals` with all that the page says of them."""
        related = ("account__partner", "billing", "requested_by", "paid_by", "returned_by")
        assert isinstance(withdrawals, WithdrawalQuerySet)  # noqa: S101 - its manager's own
        rows = withdrawals.with_details_changed().select_related(*related, "batch__created_by")
        return cls(list(rows.order_by("requested_at", "pk")[: MOST + 1]))

    @property
    def ids(self) -> str:
        """The ids as the form carries them."""
        return ",".join(str(row.pk) for row in self.rows)

    def open_to(self, act: Act) -> list[Withdrawal]:
        """Return those that the act can be done to."""
        return [row for row in self.rows if not act.why_not(row)]


@admin.action(permissions=["pay"], description="Export for payment")
def export_selected(
    withdrawal_admin: "WithdrawalAdmin", request: HttpRequest, queryset: QuerySet[Withdrawal]
) -> HttpResponse:
    """Ask whether the withdrawals chosen in the list are exported."""
    return _ask(withdrawal_admin, request, ACTS["export"], _selected(request, queryset))


@admin.action(permissions=["pay"], description="Mark as paid")
def pay_selected(
    withdrawal_admin: "WithdrawalAdmin", request: HttpRequest, queryset: QuerySet[Withdrawal]
) -> HttpResponse:
    """Ask under which reference the withdrawals chosen in the list were paid."""
    return _ask(withdrawal_admin, request, ACTS["pay"], _selected(request, queryset))


@admin.action(permissions=["pay"], description="Return")
def return_selected(
    withdrawal_admin: "WithdrawalAdmin", request: HttpRequest, queryset: QuerySet[Withdrawal]
) -> HttpResponse:
    """Ask why the withdrawals chosen in the list are returned."""
    return _ask(withdrawal_admin, request, ACTS["return"], _selected(request, queryset))


def act_on_withdrawals(
    withdrawal_admin: "WithdrawalAdmin", request: HttpRequest, *, act: Act
) -> HttpResponse:
    """Show the page of `chosen` ids or of a `batch`, or do it. Raises PermissionDenied."""
    if not withdrawal_admin.has_pay_permission(request):
        raise PermissionDenied
    chosen = _chosen(request)
    if request.method != "POST":
        return _ask(withdrawal_admin, request, act, chosen)
    form = act.form(request.POST)
    if request.POST.get("do") == act.slug and chosen.rows and form.is_valid():
        rows = Withdrawal.objects.filter(pk__in=[row.pk for row in chosen.rows])
        try:
            done = act.run(rows, form.cleaned_data, staff_user(request))
        except LedgerError as error:
            messages.error(request, str(error))
            return _back(withdrawal_admin, request, chosen)
        return _report(withdrawal_admin, request, act, done)
    return _ask(withdrawal_admin, request, act, chosen, form)


def _selected(request: HttpRequest, filtered: QuerySet[Withdrawal]) -> Chosen:
    """Return what was ticked in the list, or all that its filters hold."""
    if request.POST.get("select_across") == "1":
        return Chosen.of(filtered)
    # Not out of the filtered list: the page must say what somebody else has done meanwhile.
    return Chosen.of(Withdrawal.objects.filter(pk__in=_ids(request.POST.getlist(NAME))))


def _chosen(request: HttpRequest) -> Chosen:
    """Return what the address, or the posted form, names."""
    batch = number(request.GET.get("batch", ""))
    if request.method != "POST" and batch is not None:
        pending = Withdrawal.objects.filter(status=WithdrawalStatus.PENDING)
        return Chosen.of(pending.filter(batch__number=batch))
    named = request.POST if request.method == "POST" else request.GET
    ids = _ids(named.get("chosen", "").split(","))
    return Chosen.of(Withdrawal.objects.filter(pk__in=ids[: MOST + 1]))


def _ask(
    withdrawal_admin: "WithdrawalAdmin",
    request: HttpRequest,
    act: Act,
    chosen: Chosen,
    form: Form | None = None,
) -> HttpResponse:
    problem = _why_not_at_all(act, chosen)
    if problem:
        messages.warning(request, problem)
        return _back(withdrawal_admin, request, chosen)
    rows = chosen.open_to(act)
    form = form or act.form()
    context = {
        "act": act,
        "chosen": chosen.ids,
        "rows": rows[:NAMED],
        "unnamed": max(0, len(rows) - NAMED),
        "count": len(rows),
        "total": _sum(rows),
        "left_out": [(row, act.why_not(row)) for row in chosen.rows if act.why_not(row)],
        "in_batches": sorted({row.batch.number for row in rows if row.batch}),
        "paid": [row for row in rows if row.status == WithdrawalStatus.PAID],
        "form": form,
        "errors": form.errors,
        "mail": example_mail(act, rows, request.POST.dict()),
        "closed_requests": _closed_requests(act, rows),
    }
    if "HX-Request" in request.headers:
        return render(request, "admin/commissions/withdrawal/_mail.html", context)
    title = f"{act.verb}: {_count(len(rows))}, {usd(_sum(rows))}"
    return withdrawal_admin.render(request, "admin/commissions/withdrawal/act.html", title, context)


def _closed_requests(act: Act, rows: list[Withdrawal]) -> list[Approval]:
    """Return what still awaits approval about `rows`, and is canceled by the act."""
    if act.status is None:
        return []
    return list(Approval.objects.awaiting().filter(subject__in=[row.number for row in rows]))


def _why_not_at_all(act: Act, chosen: Chosen) -> str:
    if not chosen.rows:
        return "Choose at least one withdrawal."
    if len(chosen.rows) > MOST:
        return f"At most {MOST:,} withdrawals are taken at once. Filter the list first."
    if not chosen.open_to(act):
        first = act.why_not(chosen.rows[0])
        return first if len(chosen.rows) == 1 else f"None of these can be {act.done}. {first}"
    return ""


def _report(
    withdrawal_admin: "WithdrawalAdmin", request: HttpRequest, act: Act, done: Done
) -> HttpResponse:
    rows = [outcome.withdrawal for outcome in done.outcomes if outcome.done]
    problems = [outcome for outcome in done.outcomes if not outcome.done]
    if len(done.outcomes) == len(problems) == 1:
        messages.error(request, f"{problems[0].problem} Nothing was changed.")
        return withdrawal_admin.to_row(request, problems[0].withdrawal)
    verb = "was" if len(rows) == 1 else "were"
    said = f"{_count(len(rows))}, {usd(_sum(rows))}, {verb} {act.done}."
    if not problems:
        messages.success(request, said)
        if done.batch is not None:
            return withdrawal_admin.to_batch(request, done.batch)
        return _back(withdrawal_admin, request, Chosen(rows))
    context = {"act": act, "rows": rows, "problems": problems, "said": said, "batch": done.batch}
    title = f"{len(rows):,} of {_count(len(done.outcomes))} {act.done}"
    return withdrawal_admin.render(
        request, "admin/commissions/withdrawal/report.html", title, context
    )


def _back(
    withdrawal_admin: "WithdrawalAdmin", request: HttpRequest, chosen: Chosen
) -> HttpResponse:
    if len(chosen.rows) == 1:
        return withdrawal_admin.to_row(request, chosen.rows[0])
    return withdrawal_admin.to_list(request)


def _count(number: int) -> str:
    return f"{number:,} withdrawal{'' if number == 1 else 's'}"


def _sum(rows: list[Withdrawal]) -> Decimal:
    return sum((row.amount for row in rows), Decimal("0.00"))


def _ids(words: list[str]) -> list[int]:
    return [pk for word in words if (pk := number(word)) is not None]
