"""A withdrawal as a remittance document, for the screen and as PDF."""

from collections.abc import Iterator

from django.conf import settings

from commissions.ledger.models import LedgerEntry
from commissions.payouts.models import BillingDetails, Withdrawal, WithdrawalStatus
from leadportal.domains import readable_email
from leadportal.money import usd
from leadportal.ui.bidi import isolate
from leadportal.ui.documents.model import Cell, Column, Document, Fact, Kind, Table, day

MOMENT = "j M Y, H:i T"
COLUMNS = (
    Column("Entry", is_heading=True),
    Column("Posted", Kind.DATE),
    Column("Amount", Kind.AMOUNT),
)


def remittance(withdrawal: Withdrawal) -> Document:
    """Return the withdrawal's document in its current state: requested, paid or returned."""
    entries = [withdrawal.entry, withdrawal.return_entry]
    return Document(
        title=f"Remittance for withdrawal {withdrawal.number}",
        at=withdrawal.returned_at or withdrawal.paid_at or withdrawal.requested_at,
        facts=[*_payment(withdrawal), *_recipient(withdrawal.billing)],
        heading="Entries on the account",
        table=Table(
            "Entries of this withdrawal", COLUMNS, [_row(entry) for entry in entries if entry]
        ),
    )


def _payment(withdrawal: Withdrawal) -> Iterator[Fact]:
    is_pending = withdrawal.status == WithdrawalStatus.PENDING
    requested = day(withdrawal.requested_at, MOMENT)
    yield Fact("Amount", usd(withdrawal.amount))
    yield Fact("Status", withdrawal.get_status_display() + is_pending * ": not paid yet")
    yield Fact("Requested", f"{requested}, by {isolate(str(withdrawal.requested_by))}")
    if withdrawal.paid_at:
        yield Fact("Paid", day(withdrawal.paid_at, MOMENT))
        yield Fact("Payment reference", withdrawal.payment_reference)
    if withdrawal.returned_at:
        yield Fact("Returned", day(withdrawal.returned_at, MOMENT))
        yield Fact("Reason", withdrawal.return_reason)


def _recipient(billing: BillingDetails) -> Iterator[Fact]:
    name = f"{isolate(billing.company)} ({billing.get_type_display().lower()})"
    yield Fact("From", settings.VENDOR_NAME)
    yield Fact("To", "\n".join([name, *billing.address_lines]))
    if billing.vat:
        yield Fact("VAT ID", billing.vat)
    yield Fact("PayPal", readable_email(billing.paypal))
    yield Fact("Billing details", f"Version {billing.version}, as of {day(billing.saved_at)}")


def _row(entry: LedgerEntry) -> tuple[Cell, ...]:
    posted = day(entry.posted_at, "j M Y, H:i")
    return Cell(f"{entry.number}. {isolate(entry.text)}"), Cell(posted), Cell(usd(entry.amount))
