"""The list of what awaits approval, and the page on which a second person decides."""

from datetime import timedelta
from decimal import Decimal
from unittest import mock

import pytest
from django.utils import timezone

from leadportal.approvals import kinds
from leadportal.approvals.decisions import SAY_WHY, approve, decline, request
from leadportal.approvals.models import Approval
from leadportal.partners.models import Partner
from tests.approvals.kind import RENAME, renaming
from tests.commissions.finance import asked as queries
from tests.commissions.finance import said, text
from tests.factories import PartnerFactory
from tests.sessions import sign_in

LIST = "/admin/approvals/approval/"


@pytest.fixture
def asked(partner, finance_user):
    return request(renaming(partner, amount=Decimal("1250.00")), finance_user)


@pytest.fixture
def second(client, colleague):
    """A browser in which a second person of finance is signed in."""
    sign_in(client, colleague)
    return client


def page(approval):
    return f"{LIST}{approval.pk}/change/"


def press(client, approval, button, message=""):
    return client.post(page(approval), {"do": button, "message": message})


def test_list_says_what_awaits_who_requested_it_when_and_how_much(second, asked):
    shown = text(second.get(LIST))
    for words in (
        "Awaiting approval",
        "Rename a partner",
        "Brightside Consulting",
        "$1,250.00",
        "just now by Finn Finance",
    ):
        assert words in shown, words
    assert f'href="{asked.link}"' in second.get(LIST).content.decode()


def test_list_opens_on_what_the_user_may_decide(client, asked, finance_user, colleague, superuser):
    rows = {}
    for user in (finance_user, colleague, superuser):
        sign_in(client, user)
        for show in ("", "for-me", "mine", "all", "decided", "nonsense"):
            found = client.get(LIST, {"show": show} if show else {})
            rows[user, show] = list(found.context["cl"].result_list)
    assert rows[finance_user, ""] == rows[finance_user, "nonsense"] == []
    assert rows[finance_user, "mine"] == rows[finance_user, "all"] == [asked]
    for user in (colleague, superuser):
        assert rows[user, ""] == rows[user, "for-me"] == rows[user, "all"] == [asked]
        assert rows[user, "mine"] == rows[user, "decided"] == []


def test_list_shows_the_longest_waiting_first_and_the_last_decided(second, colleague, finance_user):
    waiting = []
    for days in range(4):
        at = timezone.now() - timedelta(days=days)
        with mock.patch("django.utils.timezone.now", return_value=at):
            waiting.append(request(renaming(PartnerFactory()), finance_user))
    assert list(second.get(LIST).context["cl"].result_list) == waiting[::-1]
    decline(waiting[2], colleague, "No")
    approve(waiting[0], colleague)
    decided = second.get(LIST, {"show": "decided"})
    assert list(decided.context["cl"].result_list) == [waiting[0], waiting[2]]
    assert "Decided requests" in text(decided)
    assert "2 approval requests" in text(decided)
    assert "Approved by Fay Finance" in text(decided)
    other = second.get(LIST, {"kind": RENAME.slug})
    assert list(other.context["cl"].result_list) == [waiting[3], waiting[1]]


def test_empty_list_says_what_appears_there(second):
    assert "Nothing awaits your decision." in text(second.get(LIST))


def test_page_shows_the_facts_and_offers_the_decision(second, asked):
    shown = text(second.get(page(asked)))
    for words in (
        "Rename a partner: Brightside Consulting Awaiting approval",
        "Amount $1,250.00",
        "Requested by Finn Finance",
        "Brightside Consulting becomes Northern Lights.",
        "They have merged.",
        "Approve Decline",
    ):
        assert words in shown, words
    assert "Cancel request" not in shown


def test_whoever_requested_it_may_only_cancel(client, asked, finance_user):
    sign_in(client, finance_user)
    shown = text(client.get(page(asked)))
    assert "Cancel request" in shown
    assert "Decline" not in shown
    for button in ("approve", "decline"):
        assert press(client, asked, button, "Fine").status_code == 403
    asked.refresh_from_db()
    assert asked.is_pending
    press(client, asked, "cancel", "Not needed any more")
    asked.refresh_from_db()
    assert (asked.state, asked.message) == ("canceled", "Not needed any more")


@pytest.mark.parametrize(("button", "state"), [("approve", "approved"), ("decline", "declined")])
def test_second_person_decides_and_both_names_are_shown(second, asked, partner, button, state):
    response = press(second, asked, button, "I called them.")
    assert (response.status_code, response.url) == (302, page(asked))
    assert said(response) == [f"Rename a partner: Brightside Consulting: {state}."]
    shown = text(second.get(page(asked)))
    for words in (
        "Requested by Finn Finance",
        f"{state.capitalize()} by Fay Finance",
        "Fay Finance says I called them.",
    ):
        assert words in shown, words
    assert 'value="decline"' not in second.get(page(asked)).content.decode()
    partner.refresh_from_db()
    assert (partner.name == "Northern Lights") == (state == "approved")


@pytest.mark.parametrize("button", ["approve", "decline"])
def test_second_click_changes_nothing_and_says_who_decided(second, asked, button):
    press(second, asked, "approve", "First")
    response = press(second, asked, button, "Second")
    assert response.status_code == 302
    assert "was already approved by Fay Finance on" in said(response)[-1]
    asked.refresh_from_db()
    assert asked.message == "First"


def test_error_is_said_and_nothing_typed_is_lost(second, asked, partner):
    response = press(second, asked, "decline", " ")
    assert response.status_code == 200
    assert "There is a problem" in text(response)
    assert response.context["form"].errors["message"] == [SAY_WHY]
    Partner.objects.filter(pk=partner.pk).update(name="Sunny Side")
    response = press(second, asked, "approve", "I called <them>")
    assert "It is called Sunny Side by now." in text(response)
    assert "I called &lt;them&gt;" in response.content.decode()
    response = press(second, asked, "decline", "x" * 501)
    assert "The limit is 500 characters" in text(response)


@pytest.mark.parametrize("button", ["", "delete", "__class__"])
def test_unknown_button_is_refused(second, asked, button):
    assert press(second, asked, button).status_code == 403


@pytest.mark.parametrize("wrong", ["999999", "0", "x", "99999999999999999999"])
def test_request_that_is_not_there_leads_to_the_list(second, wrong):
    response = second.get(f"{LIST}{wrong}/change/")
    assert (response.status_code, response.url) == (302, LIST)


def test_what_somebody_may_not_decide_is_not_found(client, asked, colleague, monkeypatch):
    monkeypatch.setattr(RENAME, "permission", "partners.delete_partner", raising=False)
    sign_in(client, colleague)
    assert client.get(page(asked)).url == LIST
    assert press(client, asked, "approve").url == LIST
    assert not client.get(LIST, {"show": "all"}).context["cl"].result_list
    asked.refresh_from_db()
    assert asked.is_pending


def test_kind_that_is_gone_is_shown_to_whoever_requested_it(client, asked, finance_user):
    kinds.unregister(RENAME)
    sign_in(client, finance_user)
    assert "test-rename" in text(client.get(page(asked)))


def test_sales_do_not_find_what_finance_decides(client, asked, sales_user):
    sign_in(client, sales_user)
    assert not client.get(LIST, {"show": "all"}).context["cl"].result_list
    assert client.get(page(asked)).url == LIST
    assert press(client, asked, "approve").url == LIST


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("colleague", "1 request awaits your approval"),
        ("superuser", "1 request awaits your approval"),
        ("finance_user", ""),
        ("sales_user", ""),
    ],
)
def test_index_counts_what_awaits_the_users_decision(client, asked, request, who, words):
    """With one query: the permissions are needed for the index itself."""
    sign_in(client, request.getfixturevalue(who))
    shown = text(client.get("/admin/"))
    assert ("your approval" in shown) == bool(words)
    assert words in shown
    of_one = queries(client, "/admin/")
    request_of_another(asked.requested_by)
    assert queries(client, "/admin/") == of_one
    assert ("2 requests await your approval" in text(client.get("/admin/"))) == bool(words)


def request_of_another(requester):
    return request(renaming(PartnerFactory()), requester)


@pytest.mark.parametrize("who", ["partner_user", "stranger"])
def test_partners_people_find_no_such_page(client, asked, request, who):
    sign_in(client, request.getfixturevalue(who))
    assert client.get(LIST).status_code == client.get(page(asked)).status_code == 404
    assert press(client, asked, "approve").status_code == 404
    assert not Approval.objects.visible_to(request.getfixturevalue(who)).exists()


def test_pages_ask_the_same_of_the_database_at_1_and_at_8_rows(second, asked, finance_user):
    # Session, user, two kinds of permissions; then the count and the rows, or the row
    of_one = [queries(second, path) for path in (LIST, page(asked))]
    assert of_one == [6, 5]
    for _ in range(7):
        request(renaming(PartnerFactory()), finance_user)
    assert [queries(second, path) for path in (LIST, page(asked))] == of_one
