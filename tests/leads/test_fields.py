"""Each field of the form is asked for, shown and named in every place where it has to be."""

import re
from html import unescape

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from commissions.calculator import CommissionType
from commissions.catalog.lines import LineForm
from leads.fields import CORRECTABLE, FIELDS, INVOLVEMENT, Page, on_page
from leads.models import DealLine, Lead
from leads.submission import drafts
from leads.submission.resubmission import answers
from leads.submission.submit import REQUIRED, Agreements, Contact, Involvement, Source
from leads.triage.corrections import correct
from tests.leads.answers import CONTACT, draft_of, whole
from tests.leads.browser import address, text
from tests.sessions import sign_in

pytestmark = pytest.mark.django_db

# All fields, in the two groups that one lead can have a value in
IS_NOT_INVOLVED = [field for field in FIELDS if field.name == "not_involved"]
IS_INVOLVED = [field for field in FIELDS if field.name != "not_involved"]
all_fields = pytest.mark.parametrize(
    "fields", [IS_INVOLVED, IS_NOT_INVOLVED], ids=["involved", "not involved"]
)
each_correctable = pytest.mark.parametrize("name", CORRECTABLE)
each_line_field = pytest.mark.parametrize("name", LineForm.base_fields)


@pytest.fixture
def submitted(partner_user, fields):
    """A lead in which each of the fields has a value."""
    changes = dict.fromkeys(INVOLVEMENT, "on")
    if fields is IS_NOT_INVOLVED:
        changes = dict.fromkeys(INVOLVEMENT, "") | {"not_involved": "on"}
    draft = draft_of(partner_user, **changes)
    lead = drafts.submit(draft.pk, partner_user, draft.saved_at)
    return Lead.objects.get(pk=lead.pk)


def controls(html):
    """Return the names of the controls on a page."""
    return set(re.findall(r'<(?:input|select|textarea)[^>]*\sname="([^"]+)"', html))


def rows(html):
    """Return the rows of the page's lists of facts, {label: value}, spaces as one."""
    found = re.findall(r"<dt>(.*?)</dt>\s*<dd[^>]*>(.*?)</dd>", html, re.DOTALL)
    return {plain(label): plain(value) for label, value in found}


def plain(html):
    return " ".join(unescape(strip_tags(html)).split())


def shown(field, lead):
    """Return how the field's value reads in its row, which it may share."""
    words = plain(field.shown(field.value_of(lead)))
    assert words, "the lead has a value to be shown"
    return words


def assert_rows(html, fields, lead):
    values = rows(html)
    for field in fields:
        assert shown(field, lead).lower() in values[field.label].lower()


@pytest.mark.parametrize("page", Page)
def test_it_has_a_control_on_its_page_and_on_no_other(signed_in, draft, page):
    html = text(signed_in.get(address(draft.pk, page)))
    assert controls(html) & {field.name for field in FIELDS} == {f.name for f in on_page(page)}
    for field in on_page(page):
        if not field.terms_text:
            assert (field.question or field.label) in plain(html)
            assert field.help_text in plain(html)


@pytest.mark.parametrize(
    "field",
    [f for f in FIELDS if f.name in {*REQUIRED[Source.FORM], "commission_type"}],
    ids=lambda field: field.name,
)
def test_what_is_wrong_with_it_is_said_beside_it(signed_in, partner_user, field):
    draft = draft_of(partner_user, **{field.name: ""})
    html = text(signed_in.get(address(draft.pk, field.page) + "?check=1"))
    assert f'id="id_{field.name}_error"' in html


@pytest.mark.parametrize("fields", [on_page(Page.CONTACT)], ids=["contact"])
def test_it_is_in_the_summary_and_can_be_changed_from_there(signed_in, submitted, draft, fields):
    html = text(signed_in.get(address(draft.pk, Page.AGREEMENTS)))
    assert_rows(html, fields, submitted)
    for field in fields:
        assert f'value="change-contact-{field.name}"' in html


@all_fields
def test_it_is_in_the_partners_view_of_the_lead(signed_in, submitted, fields):
    assert_rows(text(signed_in.get(submitted.get_absolute_url())), fields, submitted)


@all_fields
def test_it_is_on_sales_page_of_the_lead(client, sales_user, submitted, fields):
    sign_in(client, sales_user)
    html = text(client.get(reverse("admin:leads_lead_change", args=[submitted.pk])))
    assert_rows(html, [f for f in fields if f.name != "commission_type"], submitted)
    for type_ in CommissionType:
        is_chosen = "the partner's choice" in rows(html)[type_.label]
        assert is_chosen == (type_ == submitted.commission_type)


@all_fields
def test_a_lead_submitted_again_has_it_but_for_the_agreements(submitted, fields):
    again = answers(submitted)
    for field in fields:
        assert (field.name in again) == (not field.terms_text), field.name


@each_correctable
def test_it_is_in_the_correction_form_and_labels_the_history(
    client, sales_user, partner_user, lead, name
):
    field = next(field for field in FIELDS if field.name == name)
    sign_in(client, sales_user)
    html = text(client.get(reverse("admin:leads_lead_correct", args=[lead.pk])))
    assert {name, f"initial-{name}"} <= controls(html)
    assert field.label in plain(html)
    assert field.correction_help_text in plain(html)

    correct(lead.pk, {name: "new.example"}, sales_user)
    old = plain(field.shown(field.value_of(lead))) or "–"
    words = f"{field.label}: {old} → {field.shown('new.example')}"
    assert words in plain(text(client.get(reverse("admin:leads_lead_change", args=[lead.pk]))))
    sign_in(client, partner_user)
    Lead.objects.update(partner=partner_user.partner)
    assert words in plain(text(client.get(lead.get_absolute_url())))


def test_only_contact_fields_are_corrected():
    assert {field.page for field in FIELDS if field.is_correctable} == {Page.CONTACT}


@each_line_field
def test_a_lines_field_is_on_the_form_and_shown_everywhere(
    client, signed_in, partner_user, sales_user, name
):
    draft = draft_of(partner_user)
    assert f"lines-0-{name}" in controls(text(signed_in.get(address(draft.pk, Page.DEAL))))
    summary = plain(text(signed_in.get(address(draft.pk, Page.AGREEMENTS))))
    lead = drafts.submit(draft.pk, partner_user, draft.saved_at)
    detail = plain(text(signed_in.get(lead.get_absolute_url())))
    words = {"plan": "LiveChat Business", "agents": "5 agents", "billing_cycle": "billed annually"}
    assert words[name] in summary
    assert words[name] in detail.partition("Submitted details")[2].partition("Submitted by")[0]
    sign_in(client, sales_user)
    deal = plain(text(client.get(reverse("admin:leads_lead_change", args=[lead.pk]))))
    at_sales = {"plan": "LiveChat Business", "agents": "5 agents", "billing_cycle": "Annual"}
    assert at_sales[name] in deal.partition("Deal as submitted")[2].partition("Contact")[0]


def test_the_typed_submission_holds_the_same_fields_as_the_form():
    typed = (Contact, Involvement, Agreements)
    names = [name for each in typed for name in each.__dataclass_fields__]
    expected = {field.name for field in FIELDS} - {"commission_type", "not_involved"}
    assert set(names) == expected
    assert len(names) == len(expected)


def test_the_tests_own_answers_hold_every_field():
    assert list(CONTACT) == [field.name for field in on_page(Page.CONTACT)]
    typed = {field.name for field in FIELDS} - {*INVOLVEMENT, "not_involved"}
    assert typed <= set(whole())


@all_fields
def test_it_has_a_column_or_a_property_of_the_lead(submitted, fields):
    for field in fields:
        assert field.value_of(submitted), field.name


def test_the_labels_of_a_commission_stand_in_one_place(signed_in, draft):
    column = Lead._meta.get_field("commission_type")
    assert column.choices == CommissionType.choices()
    html = plain(text(signed_in.get(address(draft.pk, Page.DEAL))))
    assert CommissionType.FLAT_FEE.label in html


def test_the_number_of_pages_is_that_of_the_pages(signed_in, draft, client):
    for page in Page:
        html = text(signed_in.get(address(draft.pk, page)))
        assert f"{page.label} ({page.number} of {len(Page)})" in html
        assert f"Submit a lead · {page.number} of {len(Page)}" in html
    assert f"The form has {len(Page)} pages" in text(client.get(reverse("home")))


def test_a_line_is_stored_as_it_is_shown(lead):
    line = DealLine.objects.get(lead=lead)
    assert line.as_calculated().quantity == "5 agents, billed annually"
