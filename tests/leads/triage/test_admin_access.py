"""Who may look at leads in the admin, and who may decide and correct them."""

import re

import pytest
from django.contrib.auth.models import Permission

from leadportal.db.groups import PARTNER_MANAGERS
from leads.models import Lead, LeadEvent
from leads.status import Status
from tests.factories import LeadFactory, StaffFactory
from tests.leads.triage_pages import MOVES, QUEUE, address, run_action, text, words
from tests.sessions import sign_in

PAGES = ("change", *MOVES, "correct")


@pytest.fixture
def partner_manager(db):
    return StaffFactory(groups=(PARTNER_MANAGERS,))


@pytest.fixture
def outsider(db):
    """A member of staff in no group."""
    return StaffFactory()


def by_reference(reference):
    return f"{QUEUE}by-reference/{reference}/"


def addresses(lead):
    return [QUEUE, by_reference(lead.reference), *(address(lead, page) for page in PAGES)]


def test_strangers_are_sent_to_the_sign_in(client, lead):
    for url in addresses(lead):
        response = client.get(url)
        assert response.status_code == 302, url
        assert response.url.startswith(("/accounts/login/", "/admin/login/")), url


def test_partners_find_nothing(client, partner_user, lead):
    sign_in(client, partner_user)
    for url in addresses(lead):
        assert client.get(url).status_code == 404, url
        assert client.post(url, words()).status_code == 404, url


def test_staff_of_no_group_are_refused(client, outsider, lead):
    sign_in(client, outsider)
    for url in addresses(lead):
        assert client.get(url).status_code == 403, url


@pytest.mark.parametrize("who", ["finance_user", "partner_manager"])
def test_finance_and_partner_managers_look_and_decide_nothing(client, request, lead, who):
    sign_in(client, request.getfixturevalue(who))

    assert client.get(QUEUE).status_code == 200
    shown = client.get(address(lead))
    assert shown.status_code == 200
    for page in (*MOVES, "correct"):
        assert f'href="{address(lead, page)}' not in shown.content.decode()
        assert client.get(address(lead, page)).status_code == 403
        assert client.post(address(lead, page), words()).status_code == 403
    assert_unchanged(lead)


def test_finance_has_no_actions_to_run(client, finance_user, lead):
    sign_in(client, finance_user)

    assert 'name="action"' not in client.get(QUEUE).content.decode()
    run_action(client, "approve_selected", [lead], do="decide", message="Yes.")
    assert_unchanged(lead)


def test_sales_have_buttons_for_the_decisions_the_lead_allows(client, sales_user, lead):
    sign_in(client, sales_user)

    html = client.get(address(lead)).content.decode()

    offered = {page for page in PAGES if f'href="{address(lead, page)}' in html}
    assert offered == {"approve", "reject", "correct"}


@pytest.mark.parametrize(
    ("status", "moves"),
    [
        (Status.SUBMITTED, {"approve", "reject"}),
        (Status.APPROVED, {"win", "lose"}),
        (Status.REJECTED, set()),
        (Status.WON, set()),
        (Status.LOST, set()),
    ],
)
def test_buttons_follow_the_table_of_moves(client, sales_user, status, moves):
    lead = LeadFactory(status=status)
    sign_in(client, sales_user)

    html = client.get(address(lead)).content.decode()

    assert {page for page in MOVES if f'href="{address(lead, page)}' in html} == moves


def test_the_permission_to_decide_is_not_the_one_to_correct(client, outsider, lead):
    outsider.user_permissions.set(
        Permission.objects.filter(codename__in=("view_lead", "decide_lead"))
    )
    sign_in(client, outsider)

    assert client.get(address(lead, "approve")).status_code == 200
    assert client.get(address(lead, "correct")).status_code == 403
    assert "Correct the contact" not in text(client.get(address(lead)))


def test_deciding_needs_the_permission_to_view(client, outsider, lead):
    outsider.user_permissions.set(Permission.objects.filter(codename="decide_lead"))
    sign_in(client, outsider)

    assert client.get(address(lead, "approve")).status_code == 403
    assert client.post(address(lead, "approve"), words()).status_code == 403
    assert_unchanged(lead)


@pytest.mark.parametrize("who", ["sales_user", "superuser"])
def test_nobody_adds_edits_or_deletes_a_lead(client, request, lead, who):
    sign_in(client, request.getfixturevalue(who))

    assert client.get(f"{QUEUE}add/").status_code == 403
    assert client.post(address(lead), {"status": "won"}).status_code == 403
    assert client.post(address(lead, "delete"), {"post": "yes"}).status_code == 403
    run_action(client, "delete_selected", [lead], post="yes")
    assert_unchanged(lead)


@pytest.mark.parametrize("forged", ["x", "²", "9" * 30, "9" * 5_000, "1/change/x"])
def test_what_is_no_lead_at_all_leads_back_too(client, sales_user, forged):
    sign_in(client, sales_user)
    assert client.get(f"{QUEUE}{forged}/change/").url == QUEUE


def test_a_lead_that_is_not_there_leads_back_to_the_list(client, sales_user, lead):
    sign_in(client, sales_user)
    for page in PAGES:
        url = address(lead, page).replace(f"/{lead.pk}/", "/999999/")
        response = client.get(url, follow=True)
        assert response.redirect_chain[-1][0] == QUEUE
        assert "There is no lead 999999." in text(response)


@pytest.mark.parametrize("written", [str.upper, str.lower])
def test_a_lead_is_found_by_its_reference(client, sales_user, lead, written):
    sign_in(client, sales_user)
    assert client.get(by_reference(written(lead.reference))).url == address(lead)


def test_a_reference_that_is_not_there_leads_back_to_the_list(client, sales_user, lead):
    sign_in(client, sales_user)
    response = client.get(by_reference("LD-22222222"), follow=True)
    assert response.redirect_chain[-1][0] == QUEUE
    assert "There is no lead LD-22222222." in text(response)


def assert_unchanged(lead):
    stored = Lead.objects.get(pk=lead.pk)
    assert stored.status == lead.status
    assert stored.company_name == lead.company_name
    assert LeadEvent.objects.filter(lead=lead).count() == 1


def sidebar(client, url):
    """Return the lists that the page's sidebar leads to, and which of them it says one is on."""
    page = client.get(url).content.decode()
    (nav,) = re.findall(r'<nav class="sticky" id="nav-sidebar".*?</nav>', page, re.DOTALL)
    lists = re.findall(r'<th scope="row".*?<a href="([^"]*)"', nav, re.DOTALL)
    (here,) = re.findall(r'<a href="([^"]*)" aria-current="page"', nav)
    return lists, here


def test_the_cached_sidebar_depends_on_permissions_and_page(
    client, sales_user, finance_user, superuser, lead
):
    accounts = "/admin/commissions/account/"

    def seen():
        for user, begin in ((sales_user, QUEUE), (finance_user, accounts), (superuser, QUEUE)):
            sign_in(client, user)
            lists, here = sidebar(client, begin)
            assert here == begin
            yield set(lists)
            for url in lists:
                assert sidebar(client, url) == (lists, url)

    drawn, kept = list(seen()), list(seen())
    assert drawn == kept
    of_sales, of_finance, of_all = drawn
    assert of_sales != of_finance
    assert of_sales | of_finance < of_all

    sign_in(client, sales_user)
    lists, here = sidebar(client, address(lead, "change"))
    assert (set(lists), here) == (of_sales, QUEUE)
