"""The queue: what it opens on, what it shows of a lead, and what it costs."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.formats import date_format

from leads.admin import LeadAdmin
from leads.models import Lead
from leads.status import Status
from leads.triage import counting
from tests.explain import explained
from tests.factories import LeadFactory, PartnerFactory
from tests.leads.triage_pages import NEWEST_FIRST, QUEUE, address, companies, run_action, text

QUERIES = 6  # session, user, two of permissions, the bounded count, the rows


def ago(**time):
    return timezone.now() - timedelta(**time)


@pytest.mark.database
def test_opens_on_submitted_the_longest_waiting_first(sales):
    LeadFactory(company_name="Second", submitted_at=ago(days=2))
    LeadFactory(company_name="Third", submitted_at=ago(hours=1))
    LeadFactory(company_name="First", submitted_at=ago(days=3))
    for status in (Status.APPROVED, Status.REJECTED, Status.WON, Status.LOST):
        LeadFactory(status=status, submitted_at=ago(days=9))

    assert companies(sales.get(QUEUE)) == ["First", "Second", "Third"]


def test_every_status_is_a_filter_and_all_is_explicit(sales):
    for status in Status:
        LeadFactory(company_name=status.label, status=status)

    for status in Status:
        assert companies(sales.get(f"{QUEUE}?status={status}")) == [status.label]
    assert len(companies(sales.get(f"{QUEUE}?status=all"))) == len(Status)
    assert companies(sales.get(f"{QUEUE}?status=nonsense")) == [Status.SUBMITTED.label]
    selected = 'class="selected">\n    <a href="?status=submitted">Submitted</a>'
    assert selected in sales.get(QUEUE).content.decode()


def test_a_line_shows_what_decides(sales, partner_user):
    LeadFactory(
        partner=partner_user.partner,
        company_name="Bücher & Söhne",
        domain="xn--bcher-kva.example",
        employees="201-1000",
        lines=(("livechat", "business", 1_200),),
        submitted_at=ago(days=3, hours=5),
    )

    page = sales.get(QUEUE)

    shown = text(page)
    for words in (
        "Bücher & Söhne",
        "bücher.example",
        "Brightside Consulting",
        "201–1,000",
        "1,200",
        "$849,600.00",
        "Meets",
        "3 days",
        "Submitted",
    ):
        assert words in shown, words
    [lead] = Lead.objects.all()
    assert f'href="{address(lead)}' in page.content.decode()


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ((("livechat", "enterprise", 50),), "priced per deal"),
        ((("livechat", "business", 5), ("livechat", "enterprise", 50)), "at least $3,540.00"),
        ((("livechat", "business", 5),), "$3,540.00"),
    ],
)
def test_annual_value_says_what_it_leaves_out(sales, lines, words):
    LeadFactory(lines=lines)

    [row] = rows(sales.get(QUEUE))

    assert row["annual_value"] == words


def test_what_a_partner_typed_is_text_in_the_table(sales):
    LeadFactory(company_name='Smith & "Sons" <b>Ltd</b>')

    html = sales.get(QUEUE).content.decode()

    assert "Smith &amp; &quot;Sons&quot; &lt;b&gt;Ltd&lt;/b&gt;" in html
    assert "<b>Ltd" not in html


def test_a_leads_address_keeps_the_filters_that_it_was_found_by(sales):
    lead = LeadFactory(company_name="Nordwind")

    html = sales.get(f"{QUEUE}?status=all&q=nordwind").content.decode()

    filters = "_changelist_filters=status%3Dall%26q%3Dnordwind"
    assert f'<a href="{address(lead)}?{filters}">' in html


@pytest.mark.parametrize(
    ("employees", "words"), [("51-200", "51–200"), ("", "–"), ("9-11", "9-11")]
)
def test_employees_are_shown_as_the_range_they_are_in(sales, employees, words):
    Lead.objects.filter(pk=LeadFactory(source="api").pk).update(employees=employees)

    [row] = rows(sales.get(QUEUE))

    assert row["employees"] == words


def test_below_the_criteria_is_shown_as_a_word(sales):
    LeadFactory(lines=(("livechat", "business", 4),), employees="1-50")

    [row] = rows(sales.get(QUEUE))

    assert row["criteria"] == "Below"


@pytest.mark.parametrize(
    ("waited", "words"),
    [
        (timedelta(minutes=59), "under an hour"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=23, minutes=59), "23 hours"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=400), "400 days"),
    ],
)
def test_age_is_shown_in_hours_or_days(sales, waited, words):
    LeadFactory(submitted_at=timezone.now() - waited, decision_due=timezone.localdate())

    [row] = rows(sales.get(QUEUE))

    today = date_format(timezone.localdate(), "j M")
    assert row["age"] == f"{words} decide by {today}"


def test_overdue_is_marked_from_the_day_after_it_was_due(sales):
    yesterday = timezone.localdate() - timedelta(days=1)
    LeadFactory(company_name="Late", submitted_at=ago(days=8), decision_due=yesterday)
    LeadFactory(company_name="Due", submitted_at=ago(days=7), decision_due=timezone.localdate())
    LeadFactory(company_name="Decided", status=Status.APPROVED, decision_due=yesterday)

    late, due = rows(sales.get(QUEUE))
    assert late["age"] == f"8 days overdue since {date_format(yesterday, 'j M')}"
    assert "overdue" not in due["age"]
    assert companies(sales.get(f"{QUEUE}?due=overdue")) == ["Late"]
    assert companies(sales.get(f"{QUEUE}?due=today")) == ["Due"]
    [decided] = rows(sales.get(f"{QUEUE}?status=approved"))
    assert "overdue" not in decided["age"]


def test_filters_by_criteria_commission_type_and_source(sales):
    LeadFactory(company_name="Small", lines=(("livechat", "team", 2),), employees="1-50")
    LeadFactory(company_name="Fee", commission_type="flat_fee")
    LeadFactory(company_name="Client", source="api", lines=(("livechat", "team", 9),))

    assert companies(sales.get(f"{QUEUE}?meets_criteria__exact=0")) == ["Small"]
    assert companies(sales.get(f"{QUEUE}?commission_type__exact=flat_fee")) == ["Fee"]
    assert companies(sales.get(f"{QUEUE}?source__exact=api")) == ["Client"]


@pytest.mark.database
def test_filters_by_a_part_of_the_partners_name(sales):
    other = PartnerFactory(name="Zürich & Söhne 100%")
    LeadFactory(company_name="Theirs", partner=other)
    LeadFactory(company_name="Nobody's")

    assert companies(sales.get(QUEUE, {"partner_name": " 100% "})) == ["Theirs"]
    assert companies(sales.get(QUEUE, {"partner_name": "_"})) == []
    assert companies(sales.get(QUEUE, {"partner_id": other.pk})) == ["Theirs"]
    for nonsense in ("x", "-1", "9" * 40, "１"):
        assert len(companies(sales.get(QUEUE, {"partner_id": nonsense}))) == 2
    page = sales.get(QUEUE, {"partner_name": "100%", "status": "all", "q": "theirs"})
    html = page.content.decode()
    filtering = html[html.index('class="partner-filter"') :]
    assert '<input type="hidden" name="status" value="all">' in filtering, "others are kept"
    assert 'value="100%"' in filtering


def test_no_filter_lists_partners(sales):
    for _ in range(3):
        LeadFactory(partner__name="Listed Nowhere Ltd")

    html = sales.get(QUEUE).content.decode()

    beside = html[html.index('id="changelist-filter"') :].partition("</nav>")[0]
    assert "By partner" in beside
    assert "Listed Nowhere" not in beside


@pytest.mark.database
def test_search_looks_in_every_status_unless_one_is_chosen(sales):
    LeadFactory(company_name="Nordwind Retail", domain="nordwind.example")
    won = LeadFactory(company_name="Nordwind Media", domain="n.example", status=Status.WON)
    LeadFactory(company_name="Other", domain="other.example")

    assert set(companies(sales.get(QUEUE, {"q": "nordwind"}))) == {
        "Nordwind Retail",
        "Nordwind Media",
    }
    assert companies(sales.get(QUEUE, {"q": won.reference.lower()})) == ["Nordwind Media"]
    assert companies(sales.get(QUEUE, {"q": "nordwind", "status": "submitted"})) == [
        "Nordwind Retail"
    ]
    assert companies(sales.get(QUEUE, {"q": "anna lindqvist retail"})) == ["Nordwind Retail"]
    assert companies(sales.get(QUEUE, {"q": '"%_'})) == []


def test_empty_queue_teaches_the_next_step(sales):
    assert "every lead has been decided" in text(sales.get(QUEUE))
    assert "No leads match these filters." in text(sales.get(f"{QUEUE}?due=overdue"))
    assert "No leads match “nowhere”." in text(sales.get(f"{QUEUE}?q=nowhere"))


COSTS = {
    "": QUERIES,
    "?status=all": QUERIES,
    "?due=overdue": QUERIES,
    "?meets_criteria__exact=1": QUERIES,
    "?commission_type__exact=rev_share": QUERIES,
    "?source__exact=form": QUERIES,
    f"?{NEWEST_FIRST}": QUERIES,
    "?partner_id={partner}": QUERIES,
    "?after=0-0": QUERIES,
    "?partner_name=bright": QUERIES + 1,  # the partners of that name
    "?q=nordwind": QUERIES + 1,  # no count; how far to look row by row, and what is there
    "?q=nordwind&partner_id={partner}": QUERIES + 1,
}


@pytest.mark.database
def test_queries_are_the_same_for_one_lead_and_for_fifty(
    sales, partner_user, django_assert_num_queries
):
    lead = {"submitted_at": ago(days=30), "company_name": "Nordwind"}
    for count in 1, 50:
        while Lead.objects.count() < count:
            LeadFactory(partner=partner_user.partner, **lead)
        for query, queries in COSTS.items():
            address = QUEUE + query.format(partner=partner_user.partner_id)
            with django_assert_num_queries(queries, info=f"{query} at {count}"):
                shown = companies(sales.get(address))
            assert shown == ["Nordwind"] * min(count, 25)


@pytest.mark.database
@pytest.mark.parametrize(
    "filters",
    [
        "",
        "due=overdue",
        "due=today",
        "commission_type__exact=rev_share",
        "meets_criteria__exact=1",
        "source__exact=form",
        "status=approved&commission_type__exact=flat_fee&meets_criteria__exact=0&source__exact=form",
    ],
)
def test_the_count_of_what_filters_leave_reads_no_lead(sales, filters):
    with CaptureQueriesContext(connection) as queries:
        sales.get(f"{QUEUE}?{filters}")
    [count] = (query["sql"] for query in queries if "COUNT(" in query["sql"])
    readings = {
        "postgresql": "Index Only Scan using lead_triage",
        "sqlite": "USING COVERING INDEX lead_triage (status=?",
    }
    assert readings[connection.vendor] in explained(count)


@pytest.mark.database
@pytest.mark.parametrize("order", ["", f"&{NEWEST_FIRST}"])
def test_a_long_list_goes_on_from_its_last_lead(sales, monkeypatch, order):
    monkeypatch.setattr(LeadAdmin, "list_per_page", 5)
    monkeypatch.setattr(counting, "MOST", 10)
    for number in range(13):
        LeadFactory(submitted_at=ago(days=1, minutes=number // 2))

    assert "continue after the last one" not in text(sales.get(f"{QUEUE}?p=1{order}"))
    first, last = (sales.get(f"{QUEUE}?p={page}{order}") for page in (1, 2))
    further = unescape(re.search(r'<a href="([^"]+)">continue after', last.content.decode())[1])
    rest = sales.get(QUEUE + further)

    seen = [lead.pk for page in (first, last, rest) for lead in page.context["cl"].result_list]
    assert seen == list(
        Lead.objects.order_by(
            *(("-submitted_at", "-pk") if order else ("submitted_at", "pk"))
        ).values_list("pk", flat=True)
    )
    assert "From the beginning" in text(rest)
    assert companies(sales.get(f"{QUEUE}?after=nonsense{order}")) == companies(first)


@pytest.mark.database
def test_a_search_lists_a_hundred_and_an_action_takes_all(sales, monkeypatch):
    monkeypatch.setattr(LeadAdmin, "list_per_page", 5)
    monkeypatch.setattr(counting, "MOST_FOUND", 7)
    monkeypatch.setattr(counting, "NEAR", 3)
    for _ in range(10):
        LeadFactory(company_name="Nordwind")

    page = sales.get(QUEUE, {"q": "nordwind"})
    assert "7+ leads" in text(page)
    assert len(companies(sales.get(QUEUE, {"q": "nordwind", "p": 2}))) == 2
    shown = page.context["cl"].result_list
    between = run_action(sales, "approve_selected", shown, "?q=nordwind", select_across="1")
    assert "10 leads" in text(between)


@pytest.mark.database
def test_pages_hold_25_leads_and_the_order_is_total(sales):
    at = ago(days=1)
    for _ in range(27):
        LeadFactory(submitted_at=at)

    first, second = (sales.get(f"{QUEUE}?p={page}") for page in (1, 2))

    seen = [lead.pk for page in (first, second) for lead in page.context["cl"].result_list]
    assert seen == sorted(Lead.objects.values_list("pk", flat=True))
    assert len(companies(first)) == 25
    assert "27 leads" in text(first)


@pytest.mark.database
def test_counting_stops_after_a_thousand(sales, monkeypatch):
    monkeypatch.setattr(LeadAdmin, "list_per_page", 4)
    monkeypatch.setattr(counting, "MOST", 6)
    for _ in range(6):
        LeadFactory()
    shown = text(sales.get(QUEUE))
    assert "6 leads" in shown
    assert "6+" not in shown

    for _ in range(4):
        LeadFactory()
    page = sales.get(QUEUE)
    assert "6+ leads" in text(page)
    assert "The first 6 leads are listed." in text(page)
    assert "All 6+ selected" in text(page)
    assert "Select all 6+ leads" in text(page)
    assert page.context["cl"].result_count == 6
    assert "Filter or search to reach the others." in text(page)
    assert page.context["cl"].paginator.num_pages == 2


def test_a_thousand_is_written_with_its_comma():
    assert str(counting.Counted.up_to(counting.MOST, 1_001)) == "1,000+"
    assert str(counting.Counted.up_to(counting.MOST, 1_000)) == "1,000"


def rows(response):
    """Return the list's rows: what each column reads."""
    table = response.content.decode().partition("<tbody>")[2].partition("</tbody>")[0]
    return [
        {
            name: plain(cell)
            for name, cell in re.findall(r'class="(?:\w+ )?field-(\w+)[^>]*>(.*?)</t[dh]>', row)
        }
        for row in table.split("</tr>")[:-1]
    ]


def plain(cell):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", cell)).strip()
