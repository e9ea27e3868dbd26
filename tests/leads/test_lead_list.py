"""The Leads tab: whose leads it shows, in which order, how they are found, and at what cost."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from leads.decisions import decide
from leads.models import Lead, LeadCount
from leads.paging import PER_PAGE
from leads.status import Status
from tests.factories import BUNDLE_5, LeadFactory
from tests.leads.answers import draft_of
from tests.leads.browser import text
from tests.leads.world import decision, one

URL = "/solution/leads/"


@pytest.fixture
def sent(partner_user):
    """Make a lead of the organisation; the first is the oldest."""
    moment = timezone.now() - timedelta(days=10)

    def make(name, **fields):
        nonlocal moment
        moment += timedelta(minutes=1)
        fields.setdefault("partner", partner_user.partner)
        return LeadFactory(company_name=name, submitted_at=moment, **fields)

    return make


def companies(response):
    """Return the companies in the table, from top to bottom."""
    return re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', text(response))


def listed(client, **query):
    response = client.get(URL, query)
    assert response.status_code == 200
    return companies(response)


def test_the_addresss_name_is_the_issues():
    assert reverse("leads:list") == URL


# Whose, and in which order


def test_newest_comes_first(signed_in, sent):
    for name in ("Oldest", "Middle", "Newest"):
        sent(name)
    assert listed(signed_in) == ["Newest", "Middle", "Oldest"]


def test_a_change_moves_no_lead(signed_in, sent, sales_user):
    first = sent("First")
    sent("Second")
    decide(one(first), decision("approved"), sales_user)
    assert listed(signed_in) == ["Second", "First"]


def test_the_whole_organisation_sees_its_leads_and_no_others(
    browser_of, partner_user, teammate, stranger, sent
):
    sent("The owner's", submitted_by=partner_user)
    sent("The member's", submitted_by=teammate)
    sent("Somebody else's", partner=stranger.partner)
    for user in (partner_user, teammate):
        assert listed(browser_of(user)) == ["The member&#x27;s", "The owner&#x27;s"]
    assert listed(browser_of(stranger)) == ["Somebody else&#x27;s"]


def test_drafts_are_shown_to_their_author_alone(browser_of, partner_user, teammate):
    draft_of(partner_user, {"company_name": "Half a lead"})
    assert "Continue: Half a lead" in text(browser_of(partner_user).get(URL))
    assert "Half a lead" not in text(browser_of(teammate).get(URL))


def test_drafts_come_latest_first_and_above_the_leads(signed_in, partner_user, sent):
    sent("A lead")
    for name in ("Earlier", "Later"):
        draft_of(partner_user, {"company_name": name})
    page = text(signed_in.get(URL))
    places = [page.index(words) for words in ("Continue: Later", "Continue: Earlier", "A lead")]
    assert places == sorted(places)


# What a row says


def test_a_row_says_what_the_issue_asks_for(signed_in, sent):
    lead = sent("Nord & Wind", domain="xn--bcher-kva.example", lines=BUNDLE_5)
    page = text(signed_in.get(URL))
    for words in (
        "Nord &amp; Wind",
        "bücher.example",
        "Anna Lindqvist",
        "LiveChat Business × 5",
        "HelpDesk Team × 5",
        "$528.00",
        "estimated",
        "Submitted",
        f"decision by {lead.decision_due:%-d %b}",
        f"{lead.submitted_at:%-d %b %Y}",
        f'href="/solution/leads/{lead.reference}/"',
    ):
        assert words in page


@pytest.mark.parametrize(
    ("fields", "sum_", "words"),
    [
        ({}, "$354.00", "estimated"),
        ({"commission_type": "flat_fee"}, "$500.00", "estimated"),
        ({"status": Status.WON, "lines": BUNDLE_5}, "$528.00", "credited"),
        ({"lines": (("livechat", "enterprise", 40),)}, "", "priced per deal"),
        (
            {"lines": (("livechat", "enterprise", 40), ("livechat", "business", 5))},
            "$354.00",
            "at least",
        ),
        ({"source": "import"}, "", ""),
    ],
)
def test_the_commission_is_named_for_what_it_is(signed_in, sent, fields, sum_, words):
    sent("A lead", **fields)
    page = text(signed_in.get(URL))
    cell = re.search(r'<td data-label="Commission"[^>]*>(.*?)</td>', page, re.DOTALL)[1]
    assert sum_ in cell
    assert words in cell
    if not sum_:
        assert "$" not in cell


def test_a_won_lead_shows_what_was_bought_and_not_what_was_estimated(signed_in, sent, sales_user):
    lead = sent("A lead", status=Status.APPROVED, lines=BUNDLE_5)
    decide(one(lead), decision("won"), sales_user)
    page = text(signed_in.get(URL))
    assert "LiveChat Business × 5" in page
    assert "HelpDesk" not in page
    assert "$354.00" in page


@pytest.mark.parametrize("status", list(Status))
def test_a_status_is_said_in_the_briefs_words(signed_in, sent, status):
    sent("A lead", status=status)
    row = re.search(r"<tbody>(.*)</tbody>", text(signed_in.get(URL)), re.DOTALL)[1]
    assert f'class="status status-{status}">{status.label}<' in row


# Filters


def test_each_status_is_a_filter_with_its_count(signed_in, sent):
    for status, count in zip(Status, (3, 1, 2, 1, 0), strict=True):
        for number in range(count):
            sent(f"{status} {number}", status=status)
    page = text(signed_in.get(URL))
    shown = dict(re.findall(r'>([^<>]+) <span class="count">(\d+)</span>', page))
    assert shown == {
        "All": "7",
        "Submitted": "3",
        "Rejected": "1",
        "Approved for further review": "2",
        "Won": "1",
        "Lost": "0",
    }
    for status in Status:
        names = listed(signed_in, status=status)
        assert len(names) == int(shown[status.label])
        assert all(name.startswith(status) for name in names)


def test_the_filter_in_use_is_marked(signed_in, sent):
    sent("A lead", status=Status.REJECTED)
    page = text(signed_in.get(URL, {"status": "rejected"}))
    (current,) = re.findall(r'aria-current="true">(\w+)', page)
    assert current == "Rejected"


@pytest.mark.parametrize("status", ["archived", "SUBMITTED", "'", "\x00", ""])
def test_an_unknown_filter_shows_all(signed_in, sent, status):
    sent("A lead")
    assert listed(signed_in, status=status) == ["A lead"]


def test_the_counts_are_the_organisations_own(signed_in, sent, stranger):
    sent("Ours")
    sent("Theirs", partner=stranger.partner)
    page = text(signed_in.get(URL))
    assert 'All <span class="count">1</span>' in page
    assert LeadCount.objects.filter(count__gt=0).count() == 2


# Search


@pytest.fixture
def many(sent):
    sent("Nordwind Retail", domain="nordwind.example")
    contact = {"first_name": "Наталья", "last_name": "Петрова", "contact_email": "np@okna.example"}
    sent("Łódź Okna", domain="okna.example", **contact)
    contact = {"first_name": "Bob", "last_name": 'O"Neill', "contact_email": "bob@okna.example"}
    sent("50% Off_Line", domain="xn--bcher-kva.example", **contact)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("nordwind", ["Nordwind Retail"]),
        ("NORDWIND", ["Nordwind Retail"]),
        ("retail nord", ["Nordwind Retail"]),
        ("nordwind.example", ["Nordwind Retail"]),
        ("np@okna", ["Łódź Okna"]),
        ("anna lindqvist", ["Nordwind Retail"]),
        ("ŁÓDŹ", ["Łódź Okna"]),
        ("петрова", ["Łódź Okna"]),
        ("НАТАЛЬЯ", ["Łódź Okna"]),
        ("bücher", ["50% Off_Line"]),
        ("BÜCHER.example", ["50% Off_Line"]),
        ("xn--bcher", ["50% Off_Line"]),
        ("50%", ["50% Off_Line"]),
        ("off_line", ["50% Off_Line"]),
        ("%%%", []),
        ("___", []),
        ("%", []),
        ('o"neill', ["50% Off_Line"]),
        ('"', []),
        ('"""', []),
        ("no", ["Nordwind Retail"]),
        ("łó", ["Łódź Okna"]),
        ("n", ["Nordwind Retail"]),
        ("re", []),
        ("nordwind OR okna", []),
        ("NOT okna", []),
        ("nord*", []),
        ("search_text:nordwind", []),
        ("^nordwind", []),
        ("(nordwind)", []),
        ("{nordwind}", []),
        ("nord-wind", []),
        ("NEAR(nordwind retail)", []),
        ("nordwind\\", []),
        ("'; DROP TABLE leads_lead; --", []),
        ("nordwind\x00", []),
        ("\x00", []),
        ("x" * 5_000, []),
        (" ".join("abc" for _ in range(500)), []),
        ("  nordwind  ", ["Nordwind Retail"]),
    ],
)
def test_search_takes_every_sign_literally(signed_in, many, query, found):
    assert listed(signed_in, q=query) == found


def test_search_finds_a_reference_however_it_is_typed(signed_in, many):
    lead = Lead.objects.get(company_name="Nordwind Retail")
    for query in (lead.reference, lead.reference.lower(), lead.reference[3:], lead.reference[3:7]):
        assert "Nordwind Retail" in listed(signed_in, q=query)
    assert listed(signed_in, q=lead.reference) == ["Nordwind Retail"]


def test_search_and_filter_narrow_each_other(signed_in, sent):
    sent("Nordwind A", status=Status.REJECTED)
    sent("Nordwind B")
    sent("Südwind", domain="suedwind.example", status=Status.REJECTED)
    assert listed(signed_in, q="nordwind", status="rejected") == ["Nordwind A"]
    page = text(signed_in.get(URL, {"q": "nordwind", "status": "rejected"}))
    assert '<input type="hidden" name="status" value="rejected">' in page
    assert 'href="?q=nordwind&amp;status=submitted"' in page


def test_search_finds_no_lead_of_others(signed_in, sent, stranger):
    sent("Nordwind", partner=stranger.partner)
    assert listed(signed_in, q="nordwind") == []


def test_what_was_searched_for_is_repeated_as_text(signed_in, sent):
    sent("A lead")
    query = '"><script>alert(1)</script>'
    page = text(signed_in.get(URL, {"q": query}))
    assert "<script>alert" not in page
    assert "No lead matches “&quot;&gt;&lt;script&gt;" in page


# Nothing to show


def test_without_a_lead_the_next_step_is_taught(signed_in, partner_user):
    page = text(signed_in.get(URL))
    assert "No leads yet" in page
    assert "Submit your first lead" in page
    assert page.count(f'href="{reverse("leads:submit")}"') >= 2
    draft_of(partner_user, {"company_name": "Half a lead"})
    assert "Half a lead" in text(signed_in.get(URL))


def test_an_empty_filter_says_so_and_leads_back(signed_in, sent):
    sent("A lead")
    page = text(signed_in.get(URL, {"status": "lost"}))
    assert "No lead has this status now." in page
    assert "Show all leads" in page


# Page by page


def test_the_links_lead_through_all_pages_and_back(signed_in, partner_user):
    at = timezone.now()
    for number in range(2 * PER_PAGE + 3):
        LeadFactory(partner=partner_user.partner, company_name=f"C{number:02}", submitted_at=at)
    LeadFactory(partner=partner_user.partner, company_name="Other", status=Status.REJECTED)

    def follow(rel, url):
        seen = []
        while url:
            page = text(signed_in.get(URL + url))
            seen.append(re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', page))
            link = re.search(rf'<a rel="{rel}" href="([^"]+)"', page)
            last, url = url, link and link[1].replace("&amp;", "&")
        return seen, last

    start = "?status=submitted&q=c"
    forward, last = follow("next", start)
    assert [len(page) for page in forward] == [PER_PAGE, PER_PAGE, 3]
    assert [name for page in forward for name in page] == [
        f"C{number:02}" for number in reversed(range(2 * PER_PAGE + 3))
    ]
    back, _ = follow("prev", last)
    assert back == forward[::-1]
    assert "status=submitted" in last
    assert "q=c" in last


@pytest.mark.parametrize("cursor", ["x", "1-" + "9" * 30, "9" * 30 + "-1", "\x00", "-"])
@pytest.mark.parametrize("name", ["before", "after"])
def test_a_bad_cursor_in_the_address_shows_the_first_page(signed_in, sent, name, cursor):
    sent("A lead")
    assert listed(signed_in, **{name: cursor}) == ["A lead"]


def test_a_link_of_another_search_does_not_end_in_an_empty_page(signed_in, sent):
    old = sent("Old")
    sent("New")
    beyond = f"{int(old.submitted_at.timestamp() * 10**6) - 10**9}-1"
    assert listed(signed_in, before=beyond) == ["New", "Old"]


# What it costs


def cost(client, **query):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(URL, query).status_code == 200
    return len(queries)


def test_the_list_costs_as_much_with_one_row_as_with_fifty(signed_in, partner_user, sent):
    def fill(number):
        for n in range(number):
            status = list(Status)[n % 5]
            sent(f"Company {n}", status=status, lines=BUNDLE_5, submitted_by=partner_user)

    sent("Won", status=Status.WON)
    signed_in.get(URL)
    queries = [{}, {"q": "company"}, {"q": "won"}, {"status": "won"}]
    with_one = [cost(signed_in, **query) for query in queries]
    fill(50)
    assert [cost(signed_in, **query) for query in queries] == [6, 6, 6, 6]
    # Session, user with organisation, counters, leads, their lines, drafts
    assert with_one == [6, 5, 6, 6], "none found, no lines to fetch"
    for n in range(20):
        draft_of(partner_user, {"company_name": f"Draft {n}"})
    assert cost(signed_in) == 6


def test_the_sum_on_the_list_is_the_leads_own(sent):
    assert sent("A lead").estimated_commission == Decimal("354.00")
