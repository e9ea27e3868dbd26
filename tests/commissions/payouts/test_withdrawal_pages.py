"""The partner asks for the balance once, and follows what becomes of it."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from html import unescape

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commissions.ledger import errors, posting
from commissions.ledger.models import LedgerEntry
from commissions.payouts import billing, eligibility, withdrawals
from commissions.payouts.models import Withdrawal
from leadportal.db import paging
from tests.commissions.entries import credit
from tests.commissions.finance import DETAILS
from tests.commissions.statements.test_statement import adjust
from tests.factories import StaffFactory, UserFactory, olivia
from tests.sessions import sign_in
from tests.worlds import made_once

WITHDRAW = "/commissions/withdraw/"
LIST = "/commissions/withdrawals/"


@made_once
def kept():
    owner = olivia()
    sales = StaffFactory()
    credit(owner.partner, sales)
    billing.save(DETAILS, owner)
    return owner, sales


@pytest.fixture
def partner_user(made):
    """The owner of an organization with $354.00 available and billing details entered."""
    return made[0]


@pytest.fixture
def partner(partner_user):
    return partner_user.partner


@pytest.fixture
def sales_user(made):
    return made[1]


@pytest.fixture
def owner(client, partner_user):
    sign_in(client, partner_user)
    return client


@pytest.fixture
def asked(partner_user):
    return withdrawals.request(partner_user)


def hidden(page):
    """Return what the page's own form would post."""
    fields = re.findall(r'<input type="hidden" name="(amount|billing)" value="([^"]*)"', page.text)
    return dict(fields)


def sums():
    return [str(row.amount) for row in LedgerEntry.objects.filter(kind="withdrawal")]


# Eligibility


def test_page_confirms_the_full_balance_and_where_it_is_paid(owner):
    text = unescape(owner.get(WITHDRAW).text)
    assert "<h1>Withdraw $354.00?</h1>" in text
    assert "$354.00, your full available balance" in text
    for words in (
        "Brightside Consulting GmbH",
        "VAT ID DE123456789",
        "Invalidenstraße 12<br>10115 Berlin<br>Germany",
        "pay@brightside.example",
        "Version 1, saved",
    ):
        assert words in text
    assert text.count('href="/commissions/billing/?next=withdraw') == 2
    assert text.count("btn-primary") == 1
    assert sums() == []


@pytest.mark.database
def test_post_asks_for_it_and_confirms_with_the_number(owner, partner_user):
    response = owner.post(WITHDRAW, hidden(owner.get(WITHDRAW)))
    withdrawal = Withdrawal.objects.get()
    assert response.url == f"{LIST}{withdrawal.number}/requested/"
    assert (withdrawal.amount, withdrawal.status) == (Decimal("354.00"), "pending")
    assert withdrawal.requested_by == partner_user
    text = owner.get(response.url).text
    assert f'<p class="confirmation-reference">{withdrawal.number}</p>' in text
    assert "We have sent a receipt to owner@brightside.example." in text
    assert sums() == ["-354.00"]


@pytest.mark.database
def test_second_tab_posts_nothing_and_says_what_was_requested(owner):
    shown = hidden(owner.get(WITHDRAW))
    owner.post(WITHDRAW, shown)
    sent = len(mail.outbox)
    response = owner.post(WITHDRAW, shown)
    number = Withdrawal.objects.get().number
    assert response.status_code == 409
    text = response.text
    assert "Your withdrawal was not requested" in text
    assert "$0.00 is available. You can withdraw once $50.00 is available." in text
    assert f'Already requested: <a href="{LIST}{number}/">{number}</a>, $354.00, by Olivia' in text
    assert sums() == ["-354.00"]
    assert len(mail.outbox) == sent


@pytest.mark.database
def test_what_came_in_meanwhile_is_shown_before_it_is_withdrawn(owner, partner_user, sales_user):
    shown = hidden(owner.get(WITHDRAW))
    credit(partner_user.partner, sales_user, "LD-NEW")
    response = owner.post(WITHDRAW, shown)
    assert response.status_code == 409
    assert "Your balance or billing details have changed." in response.text
    assert "<h1>Withdraw $708.00?</h1>" in response.text
    assert sums() == []
    owner.post(WITHDRAW, hidden(response))
    assert sums() == ["-708.00"]


@pytest.mark.database
def test_details_changed_meanwhile_are_shown_before_money_goes_there(owner, partner_user):
    shown = hidden(owner.get(WITHDRAW))
    billing.save(DETAILS | {"paypal": "other@brightside.example"}, partner_user)
    response = owner.post(WITHDRAW, shown)
    assert response.status_code == 409
    assert "other@brightside.example" in response.text
    assert sums() == []


@pytest.mark.parametrize(
    ("amount", "version"),
    [("", ""), ("354.00", ""), ("", "1"), ("354", "1")]
    + [(amount, "1") for amount in ("1.00", "-354.00", "NaN", "9" * 5000)]
    + [("354.00", version) for version in ("0", "2", "x")],
)
def test_fields_that_were_not_shown_are_not_required(partner_user, amount, version):
    with pytest.raises(eligibility.Changed):
        eligibility.request_as_shown(partner_user, amount, version)
    assert sums() == []


@pytest.mark.parametrize("posted", [{}, {"amount": "354.00"}, {"billing": "1"}])
def test_forged_post_asks_for_nothing(owner, posted):
    assert owner.post(WITHDRAW, posted).status_code == 409
    assert sums() == []


@pytest.mark.parametrize(("amount", "status"), [("49.99", 409), ("50.00", 302)])
def test_minimum_holds_for_a_post_too(client, finance_user, amount, status):
    user = UserFactory()
    sign_in(client, user)
    billing.save(DETAILS, user)
    adjust(user.partner, finance_user, amount, datetime.now(UTC))
    page = client.get(WITHDRAW)
    assert ("Withdraw $" in page.text) is (status == 302)
    response = client.post(WITHDRAW, {"amount": amount, "billing": "1"})
    assert response.status_code == status


def test_without_billing_details_the_way_leads_there(client, sales_user):
    user = UserFactory()
    sign_in(client, user)
    credit(user.partner, sales_user, "LD-ELSEWHERE")
    text = client.get(WITHDRAW).text
    assert 'href="/commissions/billing/?next=withdraw">Enter billing details</a>' in text
    response = client.post(WITHDRAW, {"amount": "354.00", "billing": ""})
    assert response.status_code == 409
    assert "Enter your billing details first" in response.text


def test_pending_money_cannot_be_requested(client, sales_user):
    owner = UserFactory()
    credit(owner.partner, sales_user, "LD-HELD", holding_days=1)
    sign_in(client, owner)
    assert "You can withdraw once $50.00 is available." in client.get(WITHDRAW).text
    assert client.post(WITHDRAW, {"amount": "354.00", "billing": "1"}).status_code == 409
    assert sums() == []


def test_account_whose_chain_is_broken_says_so(owner, monkeypatch):
    def broken(account):
        raise errors.BrokenChain("Run audit_ledger and look into it first.")

    shown = hidden(owner.get(WITHDRAW))
    monkeypatch.setattr(posting, "_head", broken)
    response = owner.post(WITHDRAW, shown)
    assert response.status_code == 409
    assert "Run audit_ledger and look into it first." in response.text


# Following


def test_list_shows_each_with_its_status_in_a_word(owner, asked, partner_user, superuser):
    withdrawals.mark_paid(Withdrawal.objects.all(), "PAYPAL-8XK21", superuser)
    credit(partner_user.partner, superuser, "LD-2")
    second = withdrawals.request(partner_user)
    withdrawals.give_back(Withdrawal.objects.filter(pk=second.pk), "No such address", superuser)
    third = withdrawals.request(partner_user)
    text = owner.get(LIST).text
    assert re.findall(r">(W-\d{4}-\d{4})</a>", text) == [
        third.number,
        second.number,
        asked.number,
    ]
    assert '<span class="status status-waiting">Pending</span>' in text
    assert '<span class="status status-returned">Returned</span>' in text
    assert '<span class="status status-done">Paid</span>' in text
    assert "Reference PAYPAL-8XK21" in text
    assert "No such address" in text


@pytest.mark.database
def test_numbers_follow_one_another(owner, asked, partner_user, superuser):
    numbers = [asked.number]
    for n in range(3):
        credit(partner_user.partner, superuser, f"LD-{n}")
        numbers.append(withdrawals.request(partner_user).number)
    year = asked.requested_at.year
    assert numbers == [f"W-{year}-{n:04}" for n in range(1, 5)]


def test_page_follows_the_withdrawal(owner, asked, superuser):
    address = f"{LIST}{asked.number}/"
    assert "Pending: not paid yet" in owner.get(address).text
    withdrawals.mark_paid(Withdrawal.objects.all(), "PAYPAL-8XK21", superuser)
    paid = owner.get(address).text
    assert '<span class="status status-done">Paid</span>' in paid
    assert "<dd>PAYPAL-8XK21</dd>" in paid
    assert "not paid yet" not in paid
    withdrawals.give_back(Withdrawal.objects.all(), "The bank sent it back", superuser)
    returned = unescape(owner.get(address).text)
    assert "The payment did not go through, and the money is available again" in returned
    assert "<dd>The bank sent it back</dd>" in returned
    assert "PAYPAL-8XK21" in returned
    assert f"Withdrawal {asked.number} returned: The bank sent it back" in returned


def test_nothing_withdrawn_yet_says_what_is_possible(owner):
    text = owner.get(LIST).text
    assert "Nothing withdrawn yet" in text
    assert "$354.00 is available." in text
    assert '<a class="btn btn-primary" href="/commissions/withdraw/">Withdraw $354.00</a>' in text


@pytest.mark.database
def test_list_goes_page_by_page(owner, asked, partner_user, sales_user, monkeypatch):
    monkeypatch.setattr(paging, "PER_PAGE", 3)
    for n in range(4):
        credit(partner_user.partner, sales_user, f"LD-{n}")
        withdrawals.request(partner_user)
    first = owner.get(LIST)
    assert len(first.context["page"].rows) == 3
    second = owner.get(LIST, {"before": first.context["page"].older})
    assert len(second.context["page"].rows) == 2
    third = owner.get(LIST, {"after": second.context["page"].newer})
    assert third.context["page"].rows == first.context["page"].rows


def test_queries_do_not_grow_with_the_withdrawals(
    owner, asked, partner_user, sales_user, monkeypatch
):
    monkeypatch.setattr(paging, "PER_PAGE", 5)

    def queries(path):
        number = Withdrawal.objects.latest("pk").number
        with CaptureQueriesContext(connection) as captured:
            assert owner.get(path.format(number)).status_code == 200
        return len(captured)

    # Session, person with the organization; the list; the withdrawal with all that belongs to it;
    # account, balances, billing details, what is on its way
    expected = {LIST: 3, f"{LIST}{{}}/": 3, f"{LIST}{{}}/requested/": 3, WITHDRAW: 6}
    assert {path: queries(path) for path in expected} == expected
    for n in range(7):
        credit(partner_user.partner, sales_user, f"LD-{n}")
        withdrawals.request(partner_user)
    assert {path: queries(path) for path in expected} == expected


# Who


def test_member_reads_whom_to_ask(client, teammate):
    sign_in(client, teammate)
    response = client.get(WITHDRAW)
    assert response.status_code == 200
    assert "Only an owner of your organization can withdraw it." in response.text
    assert '<a href="mailto:owner@brightside.example">Olivia Owner</a>' in response.text
    assert "<form method" not in response.text.split('id="content"')[1]


def test_member_cannot_ask(client, teammate):
    sign_in(client, teammate)
    assert client.post(WITHDRAW, {"amount": "354.00", "billing": "1"}).status_code == 404
    with pytest.raises(PermissionDenied):
        eligibility.request_as_shown(teammate, "354.00", "1")
    assert sums() == []


PAGES = ("", "requested/", "remittance.pdf")


@pytest.mark.parametrize("page", PAGES)
def test_teammate_reads_it_and_a_stranger_does_not(client, teammate, stranger, asked, page):
    sign_in(client, teammate)
    assert client.get(f"{LIST}{asked.number}/{page}").status_code == 200
    sign_in(client, stranger)
    assert client.get(f"{LIST}{asked.number}/{page}").status_code == 404
    assert asked.number not in client.get(LIST).text


def test_stranger_asks_for_nothing_of_it(client, stranger):
    sign_in(client, stranger)
    assert "$354.00" not in client.get(WITHDRAW).text
    assert client.post(WITHDRAW, {"amount": "354.00", "billing": "1"}).status_code == 409
    assert sums() == []


@pytest.mark.database
@pytest.mark.parametrize("number", ["W-1999-0001", "x", "0", "W-2026-0001%00", "-", "W" * 500])
def test_number_that_is_none_is_not_found(owner, asked, number):
    for page in PAGES:
        assert owner.get(f"{LIST}{number}/{page}").status_code == 404, page


@pytest.mark.parametrize("who", ["sales_user", "finance_user", "superuser"])
def test_staff_have_no_such_pages(client, request, asked, who):
    sign_in(client, request.getfixturevalue(who))
    for path in (WITHDRAW, LIST, *(f"{LIST}{asked.number}/{page}" for page in PAGES)):
        assert client.get(path).status_code == 404
    assert client.post(WITHDRAW).status_code == 404


def test_anonymous_is_sent_to_sign_in(client, asked):
    for path in (WITHDRAW, LIST, f"{LIST}{asked.number}/remittance.pdf"):
        assert client.get(path).url == f"/accounts/login/?next={path}"
    assert client.post(WITHDRAW).url == f"/accounts/login/?next={WITHDRAW}"


@pytest.mark.parametrize("path", [LIST, f"{LIST}W-2026-0001/", f"{LIST}W-2026-0001/remittance.pdf"])
def test_pages_are_for_reading(owner, path):
    assert owner.post(path).status_code == 405


def test_reversal_after_the_withdrawal_leaves_nothing_to_ask_for(
    owner, asked, partner_user, finance_user
):
    entry = LedgerEntry.objects.get(kind="commission")
    posting.reverse(entry, reason="Never paid", actor=finance_user)
    assert "Your balance is below zero" in owner.get(WITHDRAW).text
    assert owner.post(WITHDRAW, {"amount": "-354.00", "billing": "1"}).status_code == 409
