"""Sales mend a contact: what changes, what is recorded, and what can never be changed so."""

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from leads.fields import CORRECTABLE
from leads.models import EventText, Lead, LeadEvent
from leads.models.lead import Employees
from leads.search import search
from leads.status import Status
from leads.triage.corrections import correct
from tests.factories import LeadFactory
from tests.leads.world import world

pytestmark = pytest.mark.database


def test_a_correction_changes_the_lead_and_is_an_event(lead, sales_user):
    begun = timezone.now()
    before = dict(vars(Lead.objects.get()))
    corrected = {"first_name": "Annika", "job_title": "Head of care", "last_name": "Lindqvist"}
    returned = correct(lead.pk, corrected, sales_user)
    after = Lead.objects.get()
    assert (after.first_name, after.job_title) == ("Annika", "Head of care")
    assert returned.first_name == "Annika"
    changed = {name for name, value in vars(after).items() if before[name] != value}
    assert changed - {"_state"} == {
        *("first_name", "job_title", "changed_at", "search_text", "last_event"),
    }
    event = LeadEvent.objects.get(kind="corrected")
    assert (event.lead, event.actor, event.at) == (lead, sales_user, after.changed_at)
    assert begun <= event.at <= timezone.now()
    assert (event.from_status, event.to_status) == ("submitted", "submitted")
    assert event.fields == "first_name job_title"
    assert event.text.changes == {
        "first_name": ["Anna", "Annika"],
        "job_title": ["Head of support", "Head of care"],
    }


def test_history_itself_holds_no_words_about_people(lead, sales_user):
    correct(lead.pk, {"first_name": "Annika"}, sales_user)
    event = LeadEvent.objects.filter(kind="corrected").values().get()
    assert "Annika" not in str(event)
    EventText.objects.all().delete()
    assert LeadEvent.objects.filter(kind="corrected").exists()


def test_where_nothing_differs_nothing_is_written(lead, sales_user):
    before = world()
    same = {name: getattr(lead, name) for name in CORRECTABLE}
    assert correct(lead.pk, same, sales_user) == lead
    assert correct(lead.pk, {}, sales_user) == lead
    assert world() == before


def test_search_follows(lead, sales_user):
    correct(lead.pk, {"company_name": "Südwind", "domain": "suedwind.example"}, sales_user)
    for text, count in (("südwind", 1), ("suedwind.example", 1), ("retail", 0)):
        assert search(Lead.objects.all(), text).count() == count


def test_every_field_of_the_contact_can_be_corrected(lead, sales_user):
    values = {name: f"new-{number}.example" for number, name in enumerate(CORRECTABLE)}
    values |= {"region": "DE", "employees": Employees.MORE.value}
    correct(lead.pk, values, sales_user)
    lead = Lead.objects.get()
    assert {name: getattr(lead, name) for name in CORRECTABLE} == values
    event = LeadEvent.objects.get(kind="corrected")
    assert set(event.fields.split()) == set(CORRECTABLE)


def test_the_size_follows_the_number_of_employees(sales_user):
    lead = LeadFactory(employees=Employees.UP_TO_50, lines=(("livechat", "team", 2),))
    assert not lead.meets_criteria
    for employees, meets in ((Employees.UP_TO_200, True), (Employees.UP_TO_50, False)):
        correct(lead.pk, {"employees": employees.value}, sales_user)
        lead.refresh_from_db()
        assert (lead.employees, lead.meets_criteria) == (employees, meets)


@pytest.mark.parametrize(
    "name", ["status", "credit", "partner", "reference", "commission_type", "annual_value", "pk"]
)
def test_nothing_else_can_be_changed_so(lead, sales_user, name):
    before = world()
    with pytest.raises(ValueError, match="Only the contact"):
        correct(lead.pk, {"first_name": "Annika", name: "won"}, sales_user)
    assert world() == before


@pytest.mark.parametrize("who", ["partner_user", "stranger", "finance_user"])
def test_only_who_may_correct_corrects(request, lead, who):
    before = world()
    with pytest.raises(PermissionDenied):
        correct(lead.pk, {"first_name": "Annika"}, request.getfixturevalue(who))
    assert world() == before


@pytest.mark.parametrize("status", list(Status))
def test_a_contact_can_be_corrected_in_every_status(sales_user, status):
    lead = LeadFactory(status=status)
    correct(lead.pk, {"first_name": "Annika"}, sales_user)
    lead.refresh_from_db()
    assert (lead.first_name, lead.status) == ("Annika", status)


def test_a_failure_leaves_neither_change_nor_event(lead, sales_user, monkeypatch):
    before = world()

    def fail(*args, **kwargs):
        raise RuntimeError("words")

    with monkeypatch.context() as patched:
        patched.setattr(EventText.objects, "create", fail)
        with pytest.raises(RuntimeError, match="words"):
            correct(lead.pk, {"first_name": "Annika"}, sales_user)
    assert world() == before


def test_a_lead_that_is_not_there_is_an_error(sales_user):
    with pytest.raises(Lead.DoesNotExist):
        correct(4711, {"first_name": "Annika"}, sales_user)
