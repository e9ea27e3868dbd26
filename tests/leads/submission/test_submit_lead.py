"""The typed submission: what each source must provide, and the lead that comes of it."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from commissions.calculator import CommissionType
from commissions.catalog.models import Plan
from commissions.catalog.price_list import Choice
from commissions.catalog.terms import CommissionTerms
from leads.fields import BY_NAME
from leads.models import DealLine, Draft, Lead, LeadCount, LeadEvent
from leads.models.lead import Source
from leads.submission.forms import ContactForm
from leads.submission.submit import (
    REQUIRED,
    Agreements,
    Contact,
    DraftChanged,
    Incomplete,
    InvalidLines,
    Involvement,
    Submission,
    submit_lead,
)
from tests.leads.answers import CONTACT, draft_of, plan

pytestmark = pytest.mark.database

AT = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
LEAST = Contact(
    company_name="Nordwind Retail",
    domain="nordwind.example",
    first_name="Anna",
    last_name="Lindqvist",
    contact_email="anna@nordwind.example",
)
AGREED = Agreements(lead_is_informed=True, accepts_requirements=True)
NO_RULE_OF_THE_LEAD = ("lines",)


@pytest.fixture
def submission(db):
    """A submission that lacks nothing, whatever its source."""
    return Submission(
        source=Source.FORM,
        contact=replace(LEAST, region="SE", employees="51-200"),
        commission_type=CommissionType.REV_SHARE,
        terms=CommissionTerms.objects.in_force(AT.date()),
        lines=(Choice(plan("livechat", "business"), 5, "annual"),),
        involvement=Involvement(attends_meetings=True),
        agreements=AGREED,
    )


@pytest.fixture
def least(submission):
    """A submission of the least that any source must provide, of this source."""

    def make(source):
        accepts = "accepts_requirements" in REQUIRED[source]
        return replace(
            submission,
            source=source,
            contact=LEAST,
            lines=(),
            involvement=Involvement(),
            agreements=Agreements(accepts_requirements=accepts),
        )

    return make


@pytest.fixture
def submit(partner_user):
    def send(submission, **more):
        lead = submit_lead(
            submission, partner=partner_user.partner, author=partner_user, at=AT, **more
        )
        return Lead.objects.get(pk=lead.pk)

    return send


def without(submission, name):
    """Return the submission without this one thing."""
    if name == "lines":
        return replace(submission, lines=())
    if BY_NAME[name].terms_text:
        return replace(submission, agreements=replace(submission.agreements, **{name: False}))
    return replace(submission, contact=replace(submission.contact, **{name: ""}))


@pytest.mark.parametrize("source", list(Source))
def test_a_complete_submission_of_every_source_becomes_a_lead(
    submission, submit, partner_user, outbox, source
):
    lead = submit(replace(submission, source=source))
    assert (lead.source, lead.status, lead.partner) == (source, "submitted", partner_user.partner)
    assert (lead.company_name, lead.region, lead.employees) == ("Nordwind Retail", "SE", "51-200")
    assert lead.attends_meetings
    assert not lead.is_included_in_communication
    assert lead.lead_is_informed_at == lead.accepts_requirements_at == AT
    assert lead.agreed_by == lead.submitted_by == partner_user
    assert (lead.annual_value, lead.estimated_commission) == (Decimal(3540), Decimal(354))
    assert lead.estimate_is_complete
    assert [line.agents for line in lead.submitted_lines] == [5]
    assert LeadEvent.objects.get().lead == lead
    assert LeadCount.objects.get(status="submitted").count == 1
    assert outbox.count() == 2


@pytest.mark.parametrize("source", list(Source))
def test_each_source_says_what_is_missing(submission, submit, source):
    for name in REQUIRED[source]:
        with pytest.raises(Incomplete, match=name) as found:
            submit(without(replace(submission, source=source), name))
        assert found.value.missing == [name]
        assert source.label in str(found.value)
    assert not Lead.objects.exists()


def test_the_form_requires_what_its_pages_require():
    shown = {name for name, field in ContactForm(partner=None).fields.items() if field.required}
    assert shown == {name for name in REQUIRED[Source.FORM] if name in shown | set(CONTACT)}
    assert set(REQUIRED[Source.FORM]) - shown == {
        *("lines", "lead_is_informed", "accepts_requirements")
    }


@pytest.mark.parametrize("source", [Source.API, Source.IMPORT])
def test_the_least_of_another_source_becomes_a_lead(least, submit, outbox, source):
    lead = submit(least(source))
    assert (lead.region, lead.employees, lead.estimate, lead.agents) == ("", "", "", 0)
    assert lead.annual_value is None
    assert lead.estimated_commission is None
    assert not lead.meets_criteria
    assert not DealLine.objects.exists()
    assert outbox.count() == 2
    has_agreed = source is Source.API
    assert (lead.agreed_by is not None) == (lead.accepts_requirements_at == AT) == has_agreed
    assert lead.lead_is_informed_at is None


def test_the_api_requires_what_the_vendors_call_does():
    documented = {
        *("company_name", "contact_email", "domain", "first_name", "last_name"),
        "accepts_requirements",  # and `monetization_type`, which no submission is without
    }
    assert set(REQUIRED[Source.API]) == documented


@pytest.mark.parametrize("source", list(Source))
def test_the_database_requires_the_same_of_a_source(submission, submit, source):
    lead = submit(replace(submission, source=source))
    for name in REQUIRED[source]:
        if name in NO_RULE_OF_THE_LEAD:
            continue
        field = BY_NAME[name]
        with pytest.raises(IntegrityError), transaction.atomic():
            Lead.objects.filter(pk=lead.pk).update(
                **{field.attribute or name: None if field.terms_text else ""}
            )


def test_the_same_fields_check_what_the_api_sends(partner_user):
    sent = {name: getattr(LEAST, name) for name in REQUIRED[Source.API] if name in CONTACT}
    sent |= {"domain": "https://www.nordwind.example/", "phone_number": "+46 8 123 456 78"}
    form = ContactForm(sent, partner=partner_user.partner, source=Source.API)
    assert form.is_valid(), form.errors
    assert form.contact() == replace(LEAST, phone_number="+46812345678")
    del sent["domain"]
    form = ContactForm(sent, partner=partner_user.partner, source=Source.API)
    assert list(form.errors) == ["domain"]


def test_the_api_takes_an_optional_field_only_as_the_form_would(partner_user):
    sent = CONTACT | {"region": "Atlantis", "employees": "many"}
    form = ContactForm(sent, partner=partner_user.partner, source=Source.API)
    assert sorted(form.errors) == ["employees", "region"]


def test_each_plan_is_in_one_line_and_the_lines_are_at_most_ten(submission, submit):
    (line,) = submission.lines
    many = tuple(Choice(each, 5, "annual") for each in Plan.objects.select_related("product"))
    extra = Plan(pk=10**6, product=line.plan.product, name="Extra")
    for lines in ((line, replace(line, agents=7)), (*many, Choice(extra, 1, "annual"))):
        with pytest.raises(InvalidLines, match="at most 10"):
            submit(replace(submission, lines=lines))


def test_a_draft_that_changed_since_is_not_ended(submission, submit, partner_user, outbox):
    draft = draft_of(partner_user)
    Draft.objects.update(saved_at=AT)
    with pytest.raises(DraftChanged):
        submit(submission, draft=draft)
    assert not Lead.objects.exists()
    assert not outbox.exists()
    assert submit(submission, draft=Draft.objects.get()) == Draft.objects.get().lead


def test_a_lead_of_an_import_may_be_written_inside_a_greater_transaction(least, submit, db):
    with transaction.atomic():
        for _ in range(3):
            submit(least(Source.IMPORT))
    assert Lead.objects.count() == 3
