"""The Commissions tab shows an organization its own money, and explains every cent."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.formats import date_format

from commissions.ledger import posting
from commissions.ledger.models import Account
from commissions.payouts import billing, withdrawals
from commissions.payouts.models import Withdrawal
from commissions.statements.chart import BOTTOM, TOP, chart_of
from commissions.statements.earnings import Earned
from commissions.statements.periods import Period
from leadportal.db import paging, triggers
from tests.commissions.entries import credit, deal, frozen, won_lead
from tests.commissions.finance import DETAILS
from tests.commissions.statements.test_statement import adjust, moment
from tests.sessions import sign_in

ADDRESS = "/commissions/"


@pytest.fixture
def tab(client, partner_user):
    """The tab as the owner of the organization sees it."""
    sign_in(client, partner_user)

    def get(**parameters):
        return client.get(ADDRESS, parameters)

    return get


def numbers(response):
    return [entry.number for entry in response.context["page"].rows]


def shown_balances(response):
    found = response.context["balances"]
    return tuple(map(str, (found.pending, found.available, found.withdrawn, found.total)))


# Balances


def test_account_is_empty_before_the_first_win(tab):
    response = tab()
    assert response.status_code == 200
    assert "$0.00" in response.text
    assert "Nothing credited yet" in response.text
    assert not Account.objects.exists()


def test_balances_are_labeled_in_the_vendors_words(tab, partner_user, finance_user):
    now = datetime.now(UTC)
    with moment(now - timedelta(days=60)):
        credit(partner_user.partner, finance_user)  # $354.00
        posting.withdraw(
            partner_user.partner, amount=Decimal("100.00"), reference="W-1", actor=partner_user
        )
    credit(partner_user.partner, finance_user, "LD-NEW", agents=1, holding_days=30)  # $70.80
    response = tab()
    assert shown_balances(response) == ("70.80", "254.00", "100.00", "424.80")
    for word, amount in [
        ("Pending", "$70.80"),
        ("Available", "$254.00"),
        ("Withdrawn", "$100.00"),
        ("Total", "$424.80"),
    ]:
        assert f"<dt>{word}</dt><dd>{amount}</dd>" in response.text
    available_on = date_format(now.date() + timedelta(days=30), "j M Y")
    assert f"<p>$70.80 available from {available_on}.</p>" in response.text
    # Beside the entry that is pending, and no other
    assert response.text.count(f'<span class="quiet">available from {available_on}</span>') == 1
    assert response.text.count("available from") == 2


def test_pending_credit_that_was_reversed_is_not_announced(tab, partner_user, finance_user):
    kept = credit(partner_user.partner, finance_user, "LD-KEPT", holding_days=30)
    gone = credit(partner_user.partner, finance_user, "LD-GONE", agents=9, holding_days=60)
    posting.reverse(gone, reason="Never paid", actor=finance_user)
    response = tab()
    assert shown_balances(response) == ("354.00", "0.00", "0.00", "354.00")
    assert [(row.available_on, row.amount) for row in response.context["due"]] == [
        (kept.available_on, Decimal("354.00"))
    ]
    assert date_format(gone.available_on, "j M Y") not in response.text


@pytest.mark.database
def test_owner_with_enough_and_billing_details_is_offered_the_withdrawal(
    tab, partner_user, sales_user
):
    credit(partner_user.partner, sales_user)
    billing.save(DETAILS, partner_user)
    text = tab().text
    assert '<a class="btn btn-primary" href="/commissions/withdraw/">Withdraw $354.00</a>' in text
    assert text.count("btn-primary") == 1


def test_owner_without_billing_details_is_led_to_them(tab, partner_user, sales_user):
    credit(partner_user.partner, sales_user)
    text = tab().text
    assert (
        'href="/commissions/billing/?next=withdraw">enter your billing details</a> first.' in text
    )
    assert "Withdraw $354.00" not in text


@pytest.mark.parametrize(("amount", "is_enough"), [("49.99", False), ("50.00", True)])
def test_withdrawal_is_offered_from_the_minimum_on(
    tab, partner_user, finance_user, amount, is_enough
):
    billing.save(DETAILS, partner_user)
    adjust(partner_user.partner, finance_user, amount, datetime.now(UTC))
    text = tab().text
    assert (f"Withdraw ${amount}" in text) is is_enough
    assert ("You can withdraw once $50.00 is available." in text) is not is_enough


def test_member_reads_that_an_owner_can_withdraw(client, teammate, partner_user, sales_user):
    credit(partner_user.partner, sales_user)
    billing.save(DETAILS, partner_user)
    sign_in(client, teammate)
    text = client.get(ADDRESS).text
    assert "Only an owner of your organization can withdraw it." in text
    assert "/commissions/withdraw/" not in text


def test_balance_below_zero_says_why(tab, partner_user, finance_user):
    entry = credit(partner_user.partner, finance_user)
    billing.save(DETAILS, partner_user)
    withdrawals.request(partner_user)
    posting.reverse(entry, reason="Never paid", actor=finance_user)
    response = tab()
    assert shown_balances(response) == ("0.00", "-354.00", "354.00", "0.00")
    assert "−$354.00" in response.text
    assert "Your balance is below zero" in response.text


def test_what_was_requested_is_shown_as_on_its_way(tab, partner_user, sales_user):
    credit(partner_user.partner, sales_user)
    billing.save(DETAILS, partner_user)
    withdrawal = withdrawals.request(partner_user)
    text = tab().text
    assert f'On its way: <a href="/commissions/withdrawals/{withdrawal.number}/">' in text
    assert "$354.00, requested" in text


# Entries


def test_credit_is_shown_with_its_sum_and_its_lead(tab, partner_user, sales_user):
    lead = won_lead(partner_user, sales_user)
    text = tab().text
    assert "LiveChat Business: 12 × 5 agents × $59.00 = $3,540.00" in text
    assert "billed annually, list price since 1 Jan 2023" in text
    assert "10% of $3,540.00 = $354.00" in text
    assert "Terms since 1 Jan 2023: $500.00 fixed fee or 10%" in text
    assert f'href="{lead.get_absolute_url()}">{lead.reference}</a>' in text
    assert lead.company_name in text


@pytest.mark.database
def test_entries_come_newest_first_and_sum_to_the_total(tab, partner_user, sales_user):
    for n in (1, 2, 3):
        credit(partner_user.partner, sales_user, f"LD-{n}", agents=n)
    response = tab()
    assert numbers(response) == [3, 2, 1]
    shown = sum(entry.amount for entry in response.context["page"].rows)
    assert response.context["balances"].total == shown == Decimal("424.80")


def test_entry_without_a_lead_shows_its_bare_reference(tab, partner_user, sales_user):
    credit(partner_user.partner, sales_user, "LD-IMPORTED")
    assert '<span class="reference">LD-IMPORTED</span>' in tab().text


def test_reversal_and_corrections_lead_to_the_lead_too(tab, partner_user, finance_user):
    lead = won_lead(partner_user, finance_user)
    four = deal(4)
    wrong = lead.credit
    for _ in range(2):
        wrong = posting.correct(
            wrong,
            explanation=frozen(four),
            amount=four.rev_share,
            reason="Four agents",
            text="Corrected",
            actor=finance_user,
        )
    posting.reverse(wrong, reason="Never paid", actor=finance_user)
    response = tab()
    kinds = [entry.kind for entry in response.context["page"].rows]
    assert kinds == ["reversal", "correction", "reversal", "correction", "reversal", "commission"]
    assert response.text.count(f'href="{lead.get_absolute_url()}"') == 6


def test_withdrawals_entries_lead_to_the_withdrawal(tab, partner_user, superuser):
    credit(partner_user.partner, superuser)
    billing.save(DETAILS, partner_user)
    withdrawal = withdrawals.request(partner_user)
    withdrawals.give_back(Withdrawal.objects.filter(pk=withdrawal.pk), "It bounced", superuser)
    text = tab().text
    address = f'<a class="reference" href="/commissions/withdrawals/{withdrawal.number}/">'
    assert text.count(address) == 2
    assert "Reason: It bounced" in text


def test_unreadable_explanation_says_so_instead_of_failing(tab, partner_user, sales_user):
    entry = credit(partner_user.partner, sales_user)
    triggers.drop("default")
    entry.account.entries.update(explanation="torn")
    response = tab()
    assert response.status_code == 200
    assert "We cannot show how this amount was computed." in response.text


def test_text_of_an_entry_is_escaped(tab, partner_user, sales_user):
    credit(partner_user.partner, sales_user, text="<script>alert(1)</script>")
    assert "<script>alert" not in tab().text


def test_queries_do_not_grow_with_the_entries(tab, partner_user, sales_user, monkeypatch):
    monkeypatch.setattr(paging, "PER_PAGE", 5)

    def asked():
        counts = []
        for parameters in ({}, {"kind": "commission", "month": "2026"}):
            with CaptureQueriesContext(connection) as captured:
                assert tab(**parameters).status_code == 200
            counts.append(len(captured))
        return counts

    won_lead(partner_user, sales_user)
    # Session, person with the organization, account, balances, billing details, withdrawals on
    # their way, earnings, entries, their reversals
    assert asked() == [9, 9]
    for _ in range(7):
        won_lead(partner_user, sales_user)
    assert asked() == [9, 9]


def test_queries_do_not_grow_with_the_withdrawals(tab, partner_user, superuser, monkeypatch):
    monkeypatch.setattr(paging, "PER_PAGE", 5)

    def asked():
        with CaptureQueriesContext(connection) as captured:
            assert tab().status_code == 200
        return len(captured)

    billing.save(DETAILS, partner_user)
    for n in range(8):
        credit(partner_user.partner, superuser, f"LD-{n}")
        withdrawals.request(partner_user)
        if n == 0:
            first = asked()
    assert asked() == first == 9


# The chart of earnings


def chart(*amounts):
    return chart_of(
        [Earned(Period(2026, n + 1), Decimal(amount)) for n, amount in enumerate(amounts)]
    )


def test_bars_are_as_high_as_their_amounts():
    found = chart("0.00", "500.00", "1000.00", "-250.00")
    assert [line.label for line in found.grid] == ["−$500", "$0", "$500", "$1k"]
    assert [line.y for line in found.grid] == [BOTTOM, 120, 64, TOP]
    assert [bar.height for bar in found.bars] == [0, 56, 112, 28]
    assert found.zero == 120
    assert [bar.y for bar in found.bars] == [120, 64, 8, 120]
    assert [bar.is_loss for bar in found.bars] == [False, False, False, True]


@pytest.mark.parametrize(
    ("amounts", "labels"),
    [
        (["0.01"], ["$0", "$1"]),
        (["354.00"], ["$0", "$100", "$200", "$300", "$400"]),
        (["1400.00"], ["$0", "$500", "$1k", "$1.5k"]),
        (["12345.67"], ["$0", "$5k", "$10k", "$15k"]),
        (["1234567.89", "-1.00"], ["−$500k", "$0", "$500k", "$1M", "$1.5M"]),
        (["-3.00"], ["−$3", "−$2", "−$1", "$0"]),
        (["999999999999.99"], ["$0", "$500B", "$1,000B"]),
    ],
)
def test_grid_is_of_round_dollars(amounts, labels):
    assert [line.label for line in chart(*amounts).grid] == labels


@pytest.mark.parametrize("amounts", [["0.01", "99999.99"], ["-0.01", "99999.99"], ["-5", "-7.5"]])
def test_bars_stay_inside_and_a_cent_shows(amounts):
    for bar in chart(*amounts).bars:
        assert bar.height >= 1
        assert bar.y >= TOP
        assert bar.y + bar.height <= BOTTOM + 1


def test_nothing_earned_makes_no_chart():
    assert chart("0.00", "0.00") is None


# Who sees it


@pytest.mark.database
def test_teammate_sees_the_same_account(client, teammate, partner_user, sales_user):
    credit(partner_user.partner, sales_user)
    sign_in(client, teammate)
    assert numbers(client.get(ADDRESS)) == [1]


@pytest.mark.database
def test_stranger_sees_nothing_of_it(client, stranger, partner_user, sales_user):
    credit(partner_user.partner, sales_user, "LD-SECRET")
    billing.save(DETAILS, partner_user)
    withdrawals.request(partner_user)
    sign_in(client, stranger)
    response = client.get(ADDRESS)
    assert response.status_code == 200
    assert response.context["account"] is None
    for secret in ("LD-SECRET", "W-20", "354.00", "GmbH"):
        assert secret not in response.text


@pytest.mark.parametrize("who", ["sales_user", "finance_user", "superuser"])
def test_staff_have_no_such_page(client, request, who):
    sign_in(client, request.getfixturevalue(who))
    assert client.get(ADDRESS).status_code == 404


def test_anonymous_is_sent_to_sign_in(client, db):
    response = client.get(ADDRESS)
    assert response.status_code == 302
    assert response.url == f"/accounts/login/?next={ADDRESS}"


def test_page_is_for_reading(tab, client, partner_user):
    sign_in(client, partner_user)
    assert client.post(ADDRESS).status_code == 405


@pytest.mark.database
def test_account_is_visible_to_its_own_people_alone(partner_user, teammate, stranger, sales_user):
    account = credit(partner_user.partner, sales_user).account
    visible = Account.objects.visible_to
    assert list(visible(partner_user)) == list(visible(teammate)) == [account]
    assert list(visible(stranger)) == list(visible(sales_user)) == []
