"""What the database asks of a lead, whoever writes it: all that its source must have."""

import pytest
from django.db import IntegrityError, transaction

from leads.models import Lead
from leads.status import Status
from tests.factories import LeadFactory
from tests.past_guards import past_guards

pytestmark = pytest.mark.database

ASKED_BY_THE_FORM = {
    "region": "",
    "employees": "",
    "estimate": "",
    "lead_is_informed_at": None,
    "accepts_requirements_at": None,
    "agreed_by": None,
}
ASKED_BY_THE_API = ("accepts_requirements_at", "agreed_by")


@pytest.fixture
def refuses(db):
    """Assert that the database refuses to change all leads so."""

    def refused(constraint, **change):
        refusal = pytest.raises(IntegrityError, match=constraint)
        with past_guards(), refusal, transaction.atomic():
            Lead.objects.update(**change)

    return refused


@pytest.mark.parametrize("name", ASKED_BY_THE_FORM)
def test_a_lead_of_the_form_has_what_the_form_asks(lead, refuses, name):
    refuses("lead_from_form_is_complete", **{name: ASKED_BY_THE_FORM[name]})


@pytest.mark.parametrize("name", ASKED_BY_THE_API)
def test_a_lead_of_the_api_has_what_the_vendors_call_requires(db, refuses, name):
    LeadFactory(source="api")
    refuses("lead_from_api_is_complete", **{name: None})


@pytest.mark.parametrize(("source", "asked"), [("api", ASKED_BY_THE_API), ("import", ())])
def test_a_lead_of_another_source_may_lack_the_rest(db, source, asked):
    lead = LeadFactory(source=source)
    lacking = {name: empty for name, empty in ASKED_BY_THE_FORM.items() if name not in asked}
    assert {name: getattr(lead, name) for name in lacking} == lacking
    assert not lead.lines.exists()


@pytest.mark.parametrize("source", ["form", "api", "import"])
def test_a_lead_of_every_source_names_a_contact(db, refuses, source):
    LeadFactory(source=source)
    for name in ("company_name", "domain", "first_name", "last_name", "contact_email"):
        refuses("lead_names_a_contact", **{name: ""})


def test_a_lead_is_won_exactly_with_its_credit(db, refuses):
    LeadFactory(status=Status.WON)
    refuses("lead_won_exactly_with_credit", credit=None)


def test_a_commission_is_one_of_the_two(lead, refuses):
    refuses("lead_commission_type_known", commission_type="both")
