"""The Leads tab: filters, search and pages."""

import re

import pytest
from django.utils import timezone

from leadportal.db import paging
from leads.models import Lead, LeadCount
from leads.status import Status
from tests.factories import LeadFactory, UserFactory
from tests.leads.browser import LIST, listed, text
from tests.worlds import made_once

pytestmark = pytest.mark.database

# Filters


def test_each_status_is_a_filter_with_its_count(signed_in, sent):
    for status, count in zip(Status, (3, 1, 2, 1, 0), strict=True):
        for number in range(count):
            sent(f"{status} {number}", status=status)
    page = text(signed_in.get(LIST))
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
    page = text(signed_in.get(LIST, {"status": "rejected"}))
    (current,) = re.findall(r'aria-current="true">(\w+)', page)
    assert current == "Rejected"


def test_an_unknown_filter_shows_all(signed_in, sent):
    sent("A lead")
    for status in ("archived", "SUBMITTED", "'", "\x00", ""):
        assert listed(signed_in, status=status) == ["A lead"]


def test_the_counts_are_the_organizations_own(signed_in, partner_user, sent, stranger):
    sent("Ours")
    sent("Theirs", partner=stranger.partner)
    page = text(signed_in.get(LIST))
    assert 'All <span class="count">1</span>' in page
    partners = (partner_user.partner, stranger.partner)
    assert LeadCount.objects.filter(count__gt=0, partner__in=partners).count() == 2


# Search


@made_once
def kept():
    """An owner whose organization has three leads."""
    owner = UserFactory()
    for fields in (
        {"company_name": "Nordwind Retail", "domain": "nordwind.example"},
        {
            "company_name": "Łódź Okna",
            "domain": "okna.example",
            "first_name": "Наталья",
            "last_name": "Петрова",
            "contact_email": "np@okna.example",
        },
        {
            "company_name": "50% Off_Line",
            "domain": "xn--bcher-kva.example",
            "first_name": "Bob",
            "last_name": 'O"Neill',
            "contact_email": "bob@okna.example",
        },
    ):
        LeadFactory(partner=owner.partner, submitted_by=owner, **fields)
    return owner


@pytest.fixture
def finder(browser_of, made):
    """A browser in which that owner is signed in."""
    return browser_of(made)


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
        ("wu", []),
        ("re", ["Nordwind Retail"]),
        ("nordwind OR okna", []),
        ("NOT okna", []),
        ("nord*", ["Nordwind Retail"]),
        ("search_text:nordwind", []),
        ("^nordwind", ["Nordwind Retail"]),
        ("(nordwind)", ["Nordwind Retail"]),
        ("{nordwind}", ["Nordwind Retail"]),
        ("nord-wind", ["Nordwind Retail"]),
        ("NEAR(nordwind retail)", []),
        ("nordwind\\", ["Nordwind Retail"]),
        ("'; DROP TABLE leads_lead; --", []),
        ("nordwind\x00", ["Nordwind Retail"]),
        ("\x00", ["50% Off_Line", "Łódź Okna", "Nordwind Retail"]),
        ("x" * 5_000, []),
        (" ".join("abo" for _ in range(500)), []),  # no reference has an O
        ("  nordwind  ", ["Nordwind Retail"]),
    ],
)
def test_no_sign_is_a_command_to_search(finder, query, found):
    assert listed(finder, q=query) == found


def test_search_finds_a_reference_however_it_is_typed(finder):
    lead = Lead.objects.get(company_name="Nordwind Retail")
    for query in (lead.reference, lead.reference.lower(), lead.reference[3:], lead.reference[3:7]):
        assert "Nordwind Retail" in listed(finder, q=query)
    assert listed(finder, q=lead.reference) == ["Nordwind Retail"]


def test_search_and_filter_narrow_each_other(signed_in, sent):
    sent("Nordwind A", status=Status.REJECTED)
    sent("Nordwind B")
    sent("Südwind", domain="suedwind.example", status=Status.REJECTED)
    assert listed(signed_in, q="nordwind", status="rejected") == ["Nordwind A"]
    page = text(signed_in.get(LIST, {"q": "nordwind", "status": "rejected"}))
    assert '<input type="hidden" name="status" value="rejected">' in page
    assert 'href="?q=nordwind&amp;status=submitted"' in page


def test_search_finds_no_lead_of_others(signed_in, sent, stranger):
    sent("Nordwind", partner=stranger.partner)
    assert listed(signed_in, q="nordwind") == []


def test_what_was_searched_for_is_repeated_as_text(signed_in, sent):
    sent("A lead")
    query = '"><script>alert(1)</script>'
    page = text(signed_in.get(LIST, {"q": query}))
    assert "<script>alert" not in page
    assert "No lead matches “&quot;&gt;&lt;script&gt;" in page


# Page by page


def test_the_links_lead_through_all_pages_and_back(signed_in, partner_user, monkeypatch):
    monkeypatch.setattr(paging, "PER_PAGE", 5)
    at = timezone.now()
    for number in range(13):
        LeadFactory(partner=partner_user.partner, company_name=f"C{number:02}", submitted_at=at)
    LeadFactory(partner=partner_user.partner, company_name="Other", status=Status.REJECTED)

    def follow(rel, url):
        seen = []
        while url:
            page = text(signed_in.get(LIST + url))
            seen.append(re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', page))
            link = re.search(rf'<a rel="{rel}" href="([^"]+)"', page)
            last, url = url, link and link[1].replace("&amp;", "&")
        return seen, last

    start = "?status=submitted&q=c"
    forward, last = follow("next", start)
    assert [len(page) for page in forward] == [5, 5, 3]
    assert [name for page in forward for name in page] == [
        f"C{number:02}" for number in reversed(range(13))
    ]
    back, _ = follow("prev", last)
    assert back == forward[::-1]
    assert "status=submitted" in last
    assert "q=c" in last


def test_a_bad_cursor_in_the_address_shows_the_first_page(signed_in, sent):
    sent("A lead")
    for cursor in ("x", "1-" + "9" * 30, "9" * 30 + "-1", "\x00", "-"):
        for name in ("before", "after"):
            assert listed(signed_in, **{name: cursor}) == ["A lead"]


def test_a_link_of_another_search_does_not_end_in_an_empty_page(signed_in, sent):
    old = sent("Old")
    sent("New")
    beyond = f"{int(old.submitted_at.timestamp() * 10**6) - 10**9}-1"
    assert listed(signed_in, before=beyond) == ["New", "Old"]
