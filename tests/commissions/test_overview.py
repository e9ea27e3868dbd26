"""The Commissions tab shows an organisation its own money, and explains every cent."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commissions import explanation, posting
from commissions.models import Account
from commissions.paging import PER_PAGE, page_of
from leadportal import triggers
from tests.commissions.entries import credit, won_lead

ADDRESS = "/commissions/"


@pytest.fixture
def tab(client, partner_user):
    """The tab as the owner of the organisation sees it."""
    client.force_login(partner_user)

    def get(**parameters):
        return client.get(ADDRESS, parameters)

    return get


def numbers(response):
    return [entry.number for entry in response.context["page"].entries]


def test_account_is_empty_before_the_first_win(tab):
    response = tab()
    assert response.status_code == 200
    assert "$0.00" in response.text
    assert "Nothing credited yet" in response.text
    assert not Account.objects.exists()


def test_credit_is_shown_with_its_sum_and_its_lead(tab, partner_user, sales_user):
    lead = won_lead(partner_user, sales_user)
    text = tab().text
    assert text.count("$354.00</p>") == 1
    assert "The sum of 1 entry." in text
    assert "LiveChat Business: 12 × 5 agents × $59.00 = $3,540.00" in text
    assert "billed annually, list price since 1 Jan 2023" in text
    assert "10 % of $3,540.00 = $354.00" in text
    assert "Terms since 1 Jan 2023: $500.00 fixed fee or 10 %" in text
    assert f'href="{lead.get_absolute_url()}">{lead.reference}</a>' in text


def test_entries_come_newest_first_and_sum_to_the_balance(tab, partner_user, sales_user):
    for n in (1, 2, 3):
        credit(partner_user.partner, sales_user, f"LD-{n}", agents=n)
    response = tab()
    assert numbers(response) == [3, 2, 1]
    shown = sum(entry.amount for entry in response.context["page"].entries)
    assert response.context["balance"] == shown == Decimal("424.80")


def test_entry_without_a_lead_shows_its_bare_reference(tab, partner_user, sales_user):
    credit(partner_user.partner, sales_user, "LD-IMPORTED")
    text = tab().text
    assert '<span class="reference">LD-IMPORTED</span>' in text


def test_negative_amounts_are_written_as_people_do(tab, partner_user, finance_user):
    account = credit(partner_user.partner, finance_user).account
    account.refresh_from_db()
    posting.post(
        account,
        kind="adjustment",
        amount=Decimal("-1354.00"),
        reference="AD-1",
        text="Paid twice in 2025",
        explanation=explanation.canonical({"amount": "-1354.00", "steps": ["Paid twice."]}),
        actor=finance_user,
    )
    text = tab().text
    assert "−$1,354.00" in text
    assert "−$1,000.00" in text
    assert "Paid twice." in text


def test_unreadable_explanation_says_so_instead_of_failing(tab, partner_user, sales_user):
    entry = credit(partner_user.partner, sales_user)
    triggers.drop("default")
    entry.account.entries.update(explanation="torn")
    response = tab()
    assert response.status_code == 200
    assert "How this sum came about cannot be read." in response.text


def test_text_of_an_entry_is_escaped(tab, partner_user, sales_user):
    credit(partner_user.partner, sales_user, text="<script>alert(1)</script>")
    assert "<script>alert" not in tab().text


# Pages


def test_pages_follow_one_another_without_gaps(tab, partner_user, sales_user):
    for n in range(1, 61):
        credit(partner_user.partner, sales_user, f"LD-{n}")
    first = tab()
    assert numbers(first) == list(range(60, 35, -1))
    assert 'rel="prev"' not in first.text
    second = tab(before=first.context["page"].older)
    assert numbers(second) == list(range(35, 10, -1))
    assert second.text.count('rel="prev"') == second.text.count('rel="next"') == 1
    third = tab(before=second.context["page"].older)
    assert numbers(third) == list(range(10, 0, -1))
    assert 'rel="next"' not in third.text
    back = tab(before=third.context["page"].newer)
    assert numbers(back) == numbers(second)
    assert back.context["page"].newer is None
    assert back.context["page"].has_newer


@pytest.mark.parametrize(
    ("count", "before", "shown", "newer", "older"),
    [
        (25, "", (25, 1), (False, None), None),
        (26, "", (26, 2), (False, None), 2),
        (26, "2", (1, 1), (True, None), None),
        (60, "60", (59, 35), (True, None), 35),
        (60, "30", (29, 5), (True, 55), 5),
        (60, "35", (34, 10), (True, 60), 10),
        (60, "34", (33, 9), (True, 59), 9),
        (60, "36", (35, 11), (True, None), 11),
        (60, "61", (60, 36), (False, None), 36),
        (60, "99", (60, 36), (False, None), 36),
    ],
)
def test_page_knows_its_neighbours(partner_user, sales_user, count, before, shown, newer, older):
    for n in range(count):
        account = credit(partner_user.partner, sales_user, f"LD-{n}").account
    found = page_of(account, before)
    assert (found.entries[0].number, found.entries[-1].number) == shown
    assert (found.has_newer, found.newer) == newer
    assert found.older == older
    assert len(found.entries) <= PER_PAGE


@pytest.mark.parametrize("before", ["0", "-1", "1e3", "x", "9" * 5000, "1", "½"])
def test_cursor_that_is_none_shows_entries_all_the_same(tab, partner_user, sales_user, before):
    credit(partner_user.partner, sales_user)
    response = tab(before=before)
    assert response.status_code == 200
    assert numbers(response) == [1]


def test_queries_do_not_grow_with_the_entries(tab, partner_user, sales_user):
    def asked():
        with CaptureQueriesContext(connection) as captured:
            assert tab().status_code == 200
        return len(captured)

    won_lead(partner_user, sales_user)
    # Session, person with the organisation, account, entries with their leads
    assert asked() == 4
    for _ in range(49):
        won_lead(partner_user, sales_user)
    assert asked() == 4


# Who sees it


def test_teammate_sees_the_same_account(client, teammate, partner_user, sales_user):
    credit(partner_user.partner, sales_user)
    client.force_login(teammate)
    assert numbers(client.get(ADDRESS)) == [1]


def test_stranger_sees_nothing_of_it(client, stranger, partner_user, sales_user):
    credit(partner_user.partner, sales_user, "LD-SECRET")
    client.force_login(stranger)
    response = client.get(ADDRESS)
    assert response.status_code == 200
    assert response.context["account"] is None
    assert "LD-SECRET" not in response.text


@pytest.mark.parametrize("who", ["sales_user", "finance_user", "superuser"])
def test_staff_have_no_such_page(client, request, who):
    client.force_login(request.getfixturevalue(who))
    assert client.get(ADDRESS).status_code == 404


def test_anonymous_is_sent_to_sign_in(client, db):
    response = client.get(ADDRESS)
    assert response.status_code == 302
    assert response.url == f"/accounts/login/?next={ADDRESS}"


def test_page_is_for_reading(tab, client, partner_user):
    client.force_login(partner_user)
    assert client.post(ADDRESS).status_code == 405


def test_account_is_visible_to_its_own_people_alone(partner_user, teammate, stranger, sales_user):
    account = credit(partner_user.partner, sales_user).account
    visible = Account.objects.visible_to
    assert list(visible(partner_user)) == list(visible(teammate)) == [account]
    assert list(visible(stranger)) == list(visible(sales_user)) == []
