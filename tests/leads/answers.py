"""What a partner types on the three pages, as a browser posts it and a draft keeps it."""

from typing import Any

from django.utils import timezone

from commissions.catalog.models import BillingCycle, Plan
from commissions.catalog.terms import CommissionTerms
from leadportal.partners.models import User
from leads.models import Draft
from tests.factories import BUSINESS_5

Answers = dict[str, str]

CONTACT: Answers = {
    "company_name": "Nordwind Retail",
    "domain": "https://www.nordwind.example/contact",
    "first_name": "Anna",
    "last_name": "Lindqvist",
    "contact_email": "anna.lindqvist@nordwind.example",
    "job_title": "Head of support",
    "region": "SE",
    "phone_number": "08-123 456 78",
    "employees": "51-200",
    "description": "They want to replace their contact form by Christmas.",
}

INVOLVEMENT = ("is_included_in_communication", "attends_meetings", "sends_personal_introduction")


def plan(product: str, code: str) -> Plan:
    """Return a seeded plan."""
    return Plan.objects.select_related("product").get(product__code=product, code=code)


def line(index: int, plan: Any = "", agents: Any = "", cycle: str = "annual") -> Answers:
    """Return one line as it is posted; an empty field is posted, too."""
    return {
        f"lines-{index}-plan": str(getattr(plan, "pk", plan)),
        f"lines-{index}-agents": str(agents),
        f"lines-{index}-billing_cycle": cycle,
    }


def deal(lines: Any = BUSINESS_5, commission_type: str = "rev_share") -> Answers:
    """Return page 2; `lines` are (product code, plan code, agents) or the same with a cycle."""
    typed: Answers = {"commission_type": commission_type}
    for index, (product, code, agents, *cycle) in enumerate(lines):
        typed |= line(index, plan(product, code), agents, *(cycle or [BillingCycle.ANNUAL.value]))
    return typed


def agreements(**changes: str) -> Answers:
    """Return page 3 with both boxes ticked, which say under which terms: those of today."""
    terms = str(CommissionTerms.objects.in_force(timezone.localdate()).pk)
    typed = {
        "is_included_in_communication": "on",
        "lead_is_informed": terms,
        "accepts_requirements": terms,
    }
    return typed | changes


def whole(**changes: str) -> Answers:
    """Return all three pages, whole but for the changes."""
    return {**CONTACT, **deal(), **agreements(), **changes}


def draft_of(user: User, answers: Answers | None = None, **changes: str) -> Draft:
    """Return a saved draft of this author, whole unless told otherwise."""
    answers = whole(**changes) if answers is None else answers
    kept = {name: value for name, value in answers.items() if value}
    return Draft.objects.create(author=user, answers=kept, saved_at=timezone.now())
