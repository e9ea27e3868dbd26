"""Remittance documents say what became of a withdrawal, on the screen and as PDF."""

from datetime import UTC, datetime

import pytest

from commissions.payouts import billing, withdrawals
from commissions.payouts.documents import remittance
from commissions.payouts.models import Withdrawal
from leadportal.ui.documents.paper import to_pdf
from tests.commissions.entries import credit
from tests.commissions.finance import DETAILS
from tests.commissions.statements.test_statement import NOON, moment
from tests.sessions import sign_in
from tests.ui.documents.reading import NAMES, lines_of, read, squeezed, text_of


@pytest.fixture
def asked(partner_user, sales_user):
    with moment(NOON):
        credit(partner_user.partner, sales_user)
        billing.save(DETAILS, partner_user)
        return withdrawals.request(partner_user)


def again(withdrawal):
    return Withdrawal.objects.select_related(
        "billing", "entry", "return_entry", "requested_by", "account__partner"
    ).get(pk=withdrawal.pk)


def test_remittance_of_a_pending_withdrawal(asked, client, partner_user):
    sign_in(client, partner_user)
    response = client.get(f"/commissions/withdrawals/{asked.number}/remittance.pdf")
    assert response["Content-Type"] == "application/pdf"
    name = f'attachment; filename="remittance-{asked.number}.pdf"'
    assert response["Content-Disposition"] == name
    found = text_of(response.content)
    for words in (
        f"Remittance for withdrawal {asked.number}",
        "Amount $354.00",
        "Status Pending: not paid yet",
        "Requested 15 Oct 2026, 12:00 UTC, by Olivia Owner",
        "Brightside Consulting GmbH (business)",
        "Invalidenstraße 12 10115 Berlin Germany",
        "VAT ID DE123456789",
        "PayPal pay@brightside.example",
        "Version 1",
        f"2. Withdrawal {asked.number}",
    ):
        assert squeezed(words) in found
    assert read(response.content).metadata.title == f"Remittance for withdrawal {asked.number}"


def test_remittance_of_a_paid_withdrawal_says_when_and_under_which_reference(asked, superuser):
    with moment(datetime(2026, 10, 20, 9, 30, tzinfo=UTC)):
        withdrawals.mark_paid(Withdrawal.objects.all(), "PAYPAL-8XK21", superuser)
    pdf = to_pdf(remittance(again(asked)))
    for words in ("Status Paid", "Paid 20 Oct 2026, 09:30 UTC", "PAYPAL-8XK21"):
        assert squeezed(words) in text_of(pdf)
    assert "notpaidyet" not in text_of(pdf)
    assert read(pdf).metadata.creation_date == datetime(2026, 10, 20, 9, 30, tzinfo=UTC)
    assert pdf == to_pdf(remittance(again(asked)))


def test_remittance_of_a_returned_withdrawal_says_why(asked, superuser):
    with moment(datetime(2026, 10, 20, 9, 30, tzinfo=UTC)):
        withdrawals.give_back(Withdrawal.objects.all(), "PayPal knows no such address", superuser)
    found = text_of(to_pdf(remittance(again(asked))))
    for words in ("Status Returned", "Reason PayPal knows no such address", "$354.00"):
        assert squeezed(words) in found


def test_remittance_keeps_the_details_it_was_requested_with(asked, partner_user):
    billing.save(DETAILS | {"company": "Somewhere Else Ltd"}, partner_user)
    found = text_of(to_pdf(remittance(again(asked))))
    assert "BrightsideConsultingGmbH" in found
    assert "SomewhereElse" not in found


def test_remittance_on_the_screen_says_what_the_pdf_says(asked, client, partner_user):
    sign_in(client, partner_user)
    text = client.get(f"/commissions/withdrawals/{asked.number}/").text
    assert "Brightside Consulting GmbH (business)<br>Invalidenstraße 12<br>10115 Berlin" in text
    assert "15\u00a0Oct\u00a02026,\u00a012:00\u00a0UTC, by Olivia Owner" in text
    assert f"2. Withdrawal {asked.number}" in text


@pytest.mark.parametrize(
    "system",
    ["Persian after Latin", "Bengali", "Chinese", "Without a font", "Turning", "One long word"],
)
def test_remittance_is_complete_in_every_writing_system(asked, superuser, system):
    withdrawal = again(asked)
    name = NAMES[system]
    withdrawal.billing.company = withdrawal.billing.address = withdrawal.billing.city = name
    withdrawal.requested_by.name = name
    pages = read(to_pdf(remittance(withdrawal))).pages
    lines = [line for page in pages for line in lines_of(page)]
    assert "Amount$354.00" in lines
    assert f"PayPal{DETAILS['paypal']}" in lines
    assert any("15Oct2026,12:00UTC,by" in line for line in lines)
    assert f"2.Withdrawal{asked.number}15Oct2026,12:00−$354.00" in lines
    assert sum("·Page1of1" in line for line in lines) == 1
