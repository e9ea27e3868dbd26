"""Commission terms: fixed fee, share, criteria and agreements, from a date on."""

from datetime import date
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.formats import date_format

from commissions import calculator
from commissions.catalog.dated import Dated, DatedQuerySet
from leadportal.db.fields import MoneyField
from leadportal.db.guards import Guard
from leadportal.money import MAX_AMOUNT, usd


class CommissionTermsQuerySet(DatedQuerySet["CommissionTerms"]):
    """Terms, by the day they are in force."""

    def in_force(self, day: date) -> "CommissionTerms":
        """Return the terms in force on `day`. Raises DoesNotExist before the first."""
        return self.filter(valid_from__lte=day).latest("valid_from")


class CommissionTerms(Dated):
    """The program's terms from a date on; a lead keeps those of the day it was submitted."""

    taken = "There are terms from this date already. Choose another date."
    guard = Guard(in_force_from="valid_from")

    valid_from = models.DateField(unique=True, error_messages={"unique": taken})
    flat_fee = MoneyField("fixed fee, US dollars", validators=[MaxValueValidator(MAX_AMOUNT)])
    share_percent = models.DecimalField(
        "share of the annual value, percent",
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    holding_days = models.PositiveSmallIntegerField(
        "holding period, days",
        default=30,
        validators=[MaxValueValidator(calculator.MAX_HOLDING_DAYS)],
        help_text="A commission becomes available this many days after it is credited; "
        "0 means immediately. Leads submitted earlier keep the period of their own terms.",
    )
    minimum_agents = models.PositiveIntegerField(
        "recommended minimum of agents", help_text="At least this many agents, or …"
    )
    minimum_employees = models.PositiveIntegerField(
        "recommended minimum of employees", help_text="… more than this many employees."
    )
    decision_business_days = models.PositiveSmallIntegerField(
        "decision within, business days", help_text="Monday to Friday, after the day of submission."
    )
    lead_is_informed_text = models.TextField("agreement: the lead is informed")
    requirements_text = models.TextField("agreement: the program's requirements")

    objects: ClassVar[CommissionTermsQuerySet] = CommissionTermsQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = "commission terms"
        ordering = ("-valid_from",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(flat_fee__gte=0),
                name="terms_flat_fee_not_negative",
                violation_error_message="The fixed fee is zero or more US dollars.",
            ),
            models.CheckConstraint(
                condition=models.Q(share_percent__gte=0, share_percent__lte=100),
                name="terms_share_is_a_percentage",
            ),
        )

    def __str__(self) -> str:
        share = calculator.percent(self.share_percent)
        day = date_format(self.valid_from)
        return f"Terms from {day}: {usd(self.flat_fee)} or {share}"

    def predecessors(self) -> models.QuerySet["CommissionTerms"]:
        """Return all terms: the program has one set at a time."""
        return CommissionTerms.objects.all()

    def as_calculated(self) -> calculator.Terms:
        """Return the terms as the calculator takes them: US dollars and percent."""
        return calculator.Terms(
            self.valid_from, self.flat_fee, self.share_percent, self.holding_days
        )
