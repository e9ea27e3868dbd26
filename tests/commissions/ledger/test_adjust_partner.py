"""A partner without entries can be adjusted, from the partner's page."""

from decimal import Decimal

import pytest
from django.urls import reverse

from commissions.ledger.models import Account, LedgerEntry
from tests.commissions.entries import credit
from tests.commissions.finance import carried, said, text
from tests.factories import PartnerFactory
from tests.sessions import sign_in


@pytest.fixture
def finance(client, finance_user):
    sign_in(client, finance_user)
    return client


def page_of(partner):
    return reverse("admin:commissions_account_adjust_partner", args=[partner.pk])


@pytest.mark.database
def test_first_entry_is_an_adjustment(finance, partner, partner_user):
    page = finance.get(page_of(partner))
    assert "Adjust the account of Brightside Consulting" in text(page)
    assert not Account.objects.exists()  # looking at it makes none
    typed = {"amount": "25.00", "reason": "Welcome", "reference": carried(page, "reference")}
    preview = finance.post(page_of(partner), typed | {"do": "preview"})
    assert "$0.00 → $25.00" in text(preview)
    assert not Account.objects.exists()

    response = finance.post(page_of(partner), typed | {"do": "post"})

    account = Account.objects.get()
    assert response.url == reverse("admin:commissions_account_change", args=[account.pk])
    assert said(response)[0].startswith("The account was adjusted by $25.00: entry 1, ADJ-")
    assert LedgerEntry.objects.get().amount == Decimal("25.00")
    again = finance.post(page_of(partner), typed | {"do": "post"})
    assert "already posted" in said(again)[-1]
    assert LedgerEntry.objects.count() == 1


def test_partner_without_entries_is_found_among_the_accounts(finance, partner, finance_user):
    accounts = reverse("admin:commissions_account_changelist")
    assert page_of(partner) not in finance.get(accounts).text
    found = finance.get(accounts, {"q": "consulting Brightsíde"})
    assert page_of(partner) in found.text
    assert "No entries yet: Brightside Consulting" in text(found)
    credit(partner, finance_user)
    for words in ("bright", "\x00", "%"):
        assert "No entries yet" not in text(finance.get(accounts, {"q": words}))


def test_partners_page_leads_to_it(client, superuser, partner):
    sign_in(client, superuser)
    page = client.get(reverse("admin:partners_partner_change", args=[partner.pk]))
    assert page_of(partner) in page.text


def test_large_first_adjustment_is_requested_and_leads_back_to_the_partner(finance, partner):
    typed = {"amount": "9000", "reason": "Bonus", "reference": "ADJ-23456789", "do": "post"}
    response = finance.post(page_of(partner), typed)
    assert not LedgerEntry.objects.exists()
    assert "pproval" in said(response)[0]
    assert finance.get(response.url).status_code == 200


def test_wrong_amount_is_shown_again(finance, partner):
    page = finance.post(page_of(partner), {"amount": "x", "reason": "Hello", "do": "post"})
    assert page.status_code == 200
    assert "Hello" in page.text


def test_partner_with_an_account_leads_to_its_own_page(finance, partner, finance_user):
    account = credit(partner, finance_user).account
    response = finance.get(page_of(partner))
    assert response.url == reverse("admin:commissions_account_adjust", args=[account.pk])


@pytest.mark.parametrize("who", ["sales_user", "partner_user", "nobody"])
def test_only_finance_adjusts(client, request, partner, who):
    if who != "nobody":
        sign_in(client, request.getfixturevalue(who))
    refused = (302, 403, 404)
    assert client.get(page_of(partner)).status_code in refused
    assert client.post(page_of(partner), {"do": "post", "amount": "1"}).status_code in refused
    assert not LedgerEntry.objects.exists()


def test_partner_that_is_not_there(finance):
    missing = PartnerFactory.build(pk=99_999)
    assert "There is no account 99999." in said(finance.get(page_of(missing)))[0]
