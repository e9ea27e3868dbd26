"""The lead: a potential customer that a partner has submitted."""

import secrets
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Min, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django_countries.fields import CountryField

from commissions.calculator import CommissionType
from commissions.catalog.terms import CommissionTerms
from commissions.ledger.credits import CurrentCredit, current_credits
from commissions.ledger.models import LedgerEntry, credit_stands
from leadportal.approvals.models import Approval
from leadportal.db.fields import MoneyField
from leadportal.db.guards import Guard, Moves, Refusal
from leadportal.db.paging import Keyset
from leadportal.domains import readable_domain, readable_email
from leadportal.folding import search_text
from leadportal.partners.models import Partner, User
from leads.models.search_index import FTS_COLUMNS, phone_words
from leads.status import MOVES, Status

if TYPE_CHECKING:
    from leads.models.line import DealLine

# Readable aloud and unguessable: 32 signs without 0/O and 1/I, eight of them, 40 bits.
REFERENCE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_reference() -> str:
    """Return a new random reference, such as `LD-7KQ2M9XA`."""
    return "LD-" + "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(8))


class Source(models.TextChoices):
    """How a lead came in; it decides what the lead must have."""

    FORM = "form", "Form"
    API = "api", "API"
    IMPORT = "import", "Import"


class Employees(models.TextChoices):
    """How many people the company employs."""

    UP_TO_50 = "1-50", "1–50"
    UP_TO_200 = "51-200", "51–200"
    UP_TO_1000 = "201-1000", "201–1,000"
    MORE = "1001+", "1,001+"

    @property
    def at_least(self) -> int:
        """The least number of employees in the range."""
        return int(self.value.partition("-")[0].rstrip("+"))


BY_AGE = Keyset(submitted_at=datetime, id=int)


class LeadQuerySet(models.QuerySet["Lead"]):
    """Leads, by who may see them and what pages show of them."""

    def visible_to(self, user: User | AnonymousUser) -> "LeadQuerySet":
        """Return the leads of the user's own organization; none for staff, who have the admin."""
        if not user.is_authenticated or user.partner_id is None:
            return self.none()
        return self.of_partner(user.partner_id)

    def of_partner(self, partner_id: int) -> "LeadQuerySet":
        """Return the leads that this partner has submitted."""
        # PostgreSQL's index of partners and trigrams takes a number of the column's own type only.
        return self.filter(partner=Cast(Value(partner_id), models.BigIntegerField()))

    def of_customer(self, domain: str, email: str) -> "LeadQuerySet":
        """Return the leads with this registrable domain or this contact's address, ignoring case.

        Either may be "", which matches nothing.
        """
        leads = self.alias(email=Lower("contact_email"))
        is_of = Q(domain=domain, domain__gt="")
        return leads.filter(is_of | Q(email=email.lower(), email__gt=""))

    def of_domain(self, domain: str) -> "LeadQuerySet":
        """Return the leads of this registrable domain (an A-label), of any partner."""
        return self.filter(domain=domain)

    def with_approval(self) -> "LeadQuerySet":
        """Return them with `approved_at`: when each was first approved, None if it never was."""
        first = Min("events__at", filter=Q(events__to_status=Status.APPROVED))
        approved = Lead.objects.filter(pk=OuterRef("pk")).order_by().values("pk").annotate(at=first)
        return self.annotate(approved_at=Subquery(approved.values("at")))

    def with_pending_win(self) -> "LeadQuerySet":
        """Return them with `pending_win`, the id of the win that awaits approval, and its amount.

        Both are None where there is none.
        """
        waiting = Approval.objects.awaiting().filter(kind="win", subject=OuterRef("reference"))
        return self.annotate(
            pending_win=Subquery(waiting.values("pk")[:1]),
            pending_win_amount=Subquery(waiting.values("amount")[:1]),
        )


class Lead(models.Model):
    """One lead, complete for its source. Its status moves only through `leads.decisions`."""

    guard = Guard(
        frozen=(
            *("reference", "partner", "submitted_by", "source", "submitted_at"),
            *("terms", "lead_is_informed_at", "accepts_requirements_at", "agreed_by"),
        ),
        held_in={Status.WON: ("credit",)},
        moves=Moves(transitions=MOVES, history="leads.LeadEvent"),
        refused=(
            Refusal(
                "UPDATE",
                f"OLD.status = 'won' AND NEW.status <> 'won' AND {credit_stands('OLD.reference')}",
                "leads_lead: the credit of a won lead is reversed before its status changes",
            ),
        ),
    )
    searched_columns = FTS_COLUMNS  # read by leadportal.db.triggers

    reference = models.CharField(max_length=11, unique=True, default=new_reference, editable=False)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="leads")
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="leads"
    )
    source = models.CharField(max_length=10, choices=Source, default=Source.FORM)
    status = models.CharField(max_length=10, choices=Status, default=Status.SUBMITTED)
    # The number of its latest history row
    last_event = models.PositiveIntegerField(default=1, editable=False)
    submitted_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    decision_due = models.DateField()

    company_name = models.CharField(max_length=200)
    domain = models.CharField(max_length=253)
    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100)
    contact_email = models.EmailField(max_length=254)
    job_title = models.CharField(max_length=120, blank=True)
    phone_number = models.CharField(max_length=40, blank=True)
    region = CountryField(blank=True)
    employees = models.CharField(max_length=8, choices=Employees, blank=True)
    description = models.TextField(max_length=5_000, blank=True)
    search_text = models.TextField(editable=False)

    commission_type = models.CharField(max_length=10, choices=CommissionType.choices())
    is_included_in_communication = models.BooleanField(default=False)
    attends_meetings = models.BooleanField(default=False)
    sends_personal_introduction = models.BooleanField(default=False)

    # The terms of the day it was submitted are kept for it, and their texts are what was agreed to.
    terms = models.ForeignKey(CommissionTerms, on_delete=models.PROTECT, related_name="+")
    lead_is_informed_at = models.DateTimeField(null=True, blank=True)
    accepts_requirements_at = models.DateTimeField(null=True, blank=True)
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    # The estimate as shown at submission; empty if the lead was submitted without lines,
    # an amount None if none of its lines had a price.
    agents = models.PositiveIntegerField(default=0)
    meets_criteria = models.BooleanField("recommended size")
    annual_value = MoneyField("estimated annual value", null=True, blank=True)
    estimated_commission = MoneyField(null=True, blank=True)
    estimate = models.TextField(blank=True)
    estimate_is_complete = models.BooleanField(default=False)

    credit = models.OneToOneField(
        LedgerEntry, on_delete=models.PROTECT, null=True, blank=True, related_name="lead"
    )

    objects: ClassVar[LeadQuerySet] = LeadQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-submitted_at", "-pk")
        permissions = (
            ("decide_lead", "Can decide leads"),
            ("correct_lead", "Can correct a lead's contact"),
            ("undo_win", "Can undo a win whose credit is reversed"),
        )
        constraints = (
            models.CheckConstraint(
                condition=~Q(source="form")
                | (
                    ~Q(region="")
                    & ~Q(employees="")
                    & ~Q(estimate="")
                    & Q(
                        lead_is_informed_at__isnull=False,
                        accepts_requirements_at__isnull=False,
                        agreed_by__isnull=False,
                    )
                ),
                name="lead_from_form_is_complete",
            ),
            models.CheckConstraint(
                condition=~Q(source="api")
                | Q(accepts_requirements_at__isnull=False, agreed_by__isnull=False),
                name="lead_from_api_is_complete",
            ),
            models.CheckConstraint(
                condition=~Q(company_name="")
                & ~Q(domain="")
                & ~Q(first_name="")
                & ~Q(last_name="")
                & ~Q(contact_email=""),
                name="lead_names_a_contact",
            ),
            models.CheckConstraint(
                condition=Q(status="won", credit__isnull=False)
                | (~Q(status="won") & Q(credit=None)),
                name="lead_won_exactly_with_credit",
            ),
            models.CheckConstraint(
                condition=Q(status__in=tuple(Status.values)),
                name="lead_status_known",
            ),
            models.CheckConstraint(
                condition=Q(commission_type__in=("flat_fee", "rev_share")),
                name="lead_commission_type_known",
            ),
        )
        indexes = (
            models.Index(fields=("partner", "-submitted_at", "-id"), name="lead_newest"),
            models.Index(
                fields=("partner", "status", "-submitted_at", "-id"), name="lead_newest_by_status"
            ),
            # The queue's order, then the filters' columns, so that counting reads only the index.
            models.Index(
                fields=(
                    *("status", "submitted_at", "id"),
                    *("decision_due", "commission_type", "meets_criteria", "source"),
                ),
                name="lead_triage",
            ),
            models.Index(fields=("submitted_at", "id"), name="lead_oldest"),
            models.Index(fields=("domain",), name="lead_domain"),
            models.Index("partner", Lower("contact_email"), name="lead_contact"),
        )

    def __str__(self) -> str:
        return f"{self.company_name} {self.reference}"

    def get_absolute_url(self) -> str:
        return reverse("leads:detail", args=[self.reference])

    @property
    def tone(self) -> str:
        """The color and shape of the status's badge."""
        return Status(self.status).definition.tone

    @property
    def contact_name(self) -> str:
        """The contact's first and last name."""
        return f"{self.first_name} {self.last_name}"

    @property
    def readable_domain(self) -> str:
        """The domain as people write it."""
        return readable_domain(self.domain)

    @property
    def is_not_involved(self) -> bool:
        """Whether the partner takes no part in the sale."""
        return not (
            self.is_included_in_communication
            or self.attends_meetings
            or self.sends_personal_introduction
        )

    @property
    def submitted_lines(self) -> "list[DealLine]":
        """The lines as they were submitted, in order."""
        return [line for line in self.lines.all() if line.stage == "submitted"]

    @cached_property
    def current_credit(self) -> CurrentCredit | None:
        """What a won lead is credited with now; None for any other. `load_credits` is for many."""
        return current_credits([self.reference]).get(self.reference) if self.credit_id else None

    @property
    def last_change(self) -> datetime:
        """When the lead, or what it is credited with, last changed."""
        entries = self.current_credit.entries if self.current_credit else ()
        return max([self.changed_at, *(entry.posted_at for entry in entries[1:])])

    @property
    def products(self) -> list[str]:
        """Plans and agents as sold if that was credited, otherwise as submitted."""
        sold = self.current_credit and self.current_credit.deal
        return [line.name for line in sold.lines] if sold else list(map(str, self.submitted_lines))

    @property
    def approved_on(self) -> date | None:
        """The day the lead was first approved; None if it never was.

        One query, unless the lead came `with_approval`.
        """
        if hasattr(self, "approved_at"):
            at = self.approved_at
        else:
            approved = self.events.filter(to_status=Status.APPROVED).order_by("number")
            at = approved.values_list("at", flat=True).first()
        return timezone.localdate(at) if at else None

    @property
    def is_overdue(self) -> bool:
        """Whether the lead still awaits its first decision after the promised day."""
        return self.status == Status.SUBMITTED and self.decision_due < timezone.localdate()

    def refresh_search_text(self) -> None:
        """Set the text that search looks in: what people see of the lead, and what is stored."""
        self.search_text = search_text(
            self.company_name,
            self.domain,
            self.readable_domain,
            self.contact_name,
            self.contact_email,
            readable_email(self.contact_email),
            self.reference,
            phone_words(self.phone_number),
        )


def load_credits(leads: Iterable[Lead]) -> None:
    """Set `current_credit` of all the leads, by one query if one of them is won."""
    rows = list(leads)
    credited = [lead.reference for lead in rows if lead.credit_id]
    found = current_credits(credited) if credited else {}
    for lead in rows:
        lead.current_credit = found.get(lead.reference) if lead.credit_id else None


def business_day_after(start: date, days: int) -> date:
    """Return the day `days` business days (Monday to Friday) after `start`; no holiday is known."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        if day.weekday() < 5:
            days -= 1
    return day
