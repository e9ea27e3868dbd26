"""The payment file as PayPal's Payouts Web reads it, and which addresses it can pay.

The format: no header row, one currency, one payment per row, columns by position: recipient,
amount, currency, our unique number, note to the recipient, wallet, and for Venmo alone the privacy
of its social feed. See https://developer.paypal.com/payouts/use-payouts/send-money/use-web-ui
"""

import csv
import re
from collections.abc import Iterable
from io import StringIO

from django.conf import settings
from django.core.exceptions import ValidationError

from commissions.payouts.exports import safe
from commissions.payouts.models import Withdrawal
from leadportal.domains import normalize_email

MOST_PAYMENTS = 5_000  # in one file
LONGEST_RECIPIENT = 127
LONGEST_NOTE = 400
# Billing details hold the address of a PayPal account, and nothing of Venmo.
WALLET = "PAYPAL"
PRIVACY = ""

# Stricter than the standard, which lets `=cmd|'/C calc'!A0` be a mailbox. A spreadsheet makes no
# formula of what is left, so that the recipient need not be escaped, which would change it.
_MAILBOX = re.compile(r"[A-Za-z0-9_+&'~-]+(\.[A-Za-z0-9_+&'~-]+)*")
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]*[a-z][a-z0-9-]*")


def recipient(address: str) -> str:
    """Return the address as the file names it: trimmed, its domain in lower case and ASCII.

    Raises ValidationError, with words that say how to fix it, for one that PayPal cannot pay.
    """
    email = normalize_email(address)
    mailbox, _, domain = email.rpartition("@")
    if not _DOMAIN.fullmatch(domain):
        raise ValidationError("Enter an email address in the form name@example.com.")
    if not _MAILBOX.fullmatch(mailbox):
        raise ValidationError(
            "Before the @, use only letters from A to Z, digits and . _ + - & ' ~, "
            "as in the address of your PayPal account."
        )
    if len(email) > LONGEST_RECIPIENT:
        raise ValidationError(
            f"PayPal takes addresses of at most {LONGEST_RECIPIENT} characters, not {len(email)}."
        )
    return email


def can_pay(withdrawal: Withdrawal) -> bool:
    """Return whether the withdrawal's billing details hold an address that PayPal can pay."""
    return is_payable(withdrawal.billing.paypal)


def is_payable(address: str) -> bool:
    """Return whether PayPal can pay the address."""
    try:
        recipient(address)
    except ValidationError:
        return False
    return True


def payment_file(withdrawals: Iterable[Withdrawal]) -> bytes:
    """Return the file that pays `withdrawals`, in their order: UTF-8 without BOM, lines by CRLF.

    Amounts are US dollars, `354.00`. Raises ValidationError for a recipient that cannot be paid.
    """
    lines = StringIO()
    writer = csv.writer(lines, lineterminator="\r\n")
    for withdrawal in withdrawals:
        writer.writerow(
            (
                recipient(withdrawal.billing.paypal),
                f"{withdrawal.amount:.2f}",
                "USD",
                withdrawal.number,
                note(withdrawal),
                WALLET,
                PRIVACY,
            )
        )
    return lines.getvalue().encode()


def note(withdrawal: Withdrawal) -> str:
    """Return the note to the recipient, made safe for spreadsheets."""
    number = f" partner commission {withdrawal.number}"
    # Where semicolons separate cells, one would begin a cell that nothing has made safe.
    vendor = " ".join(settings.VENDOR_NAME.replace(";", ",").split())
    # One character is left for the apostrophe of a text that begins like a formula.
    return safe(f"{vendor[: LONGEST_NOTE - len(number) - 1]}{number}")
