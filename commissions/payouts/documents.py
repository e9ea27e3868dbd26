"""Remittance documents as PDF."""

from commissions.payouts.models import Withdrawal
from leadportal.ui.pdf.render import render_pdf


def remittance(withdrawal: Withdrawal) -> bytes:
    """Return the withdrawal's document in its present state: requested, paid or returned."""
    return render_pdf(
        f"Remittance for withdrawal {withdrawal.number}",
        "commissions/_remittance.html",
        {"withdrawal": withdrawal},
        at=withdrawal.returned_at or withdrawal.paid_at or withdrawal.requested_at,
    )
