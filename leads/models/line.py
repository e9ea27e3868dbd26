"""The lines of a deal: as estimated at submission, and as sold when it was won."""

from collections.abc import Sequence
from typing import ClassVar

from django.db import models
from django.db.models import Q

from commissions import calculator
from commissions.catalog.models import BillingCycle, Plan
from commissions.catalog.price_list import Choice
from leadportal.db.fields import MoneyField
from leads.models.lead import Lead


class DealLineManager(models.Manager["DealLine"]):
    """Adds the lines of a deal."""

    def add(
        self,
        lead: Lead,
        stage: str,
        chosen: Sequence[Choice],
        estimate: calculator.Estimate,
    ) -> None:
        """Store the chosen lines with the prices used by `estimate`."""
        self.bulk_create(
            DealLine(
                lead=lead,
                stage=stage,
                position=position,
                plan=choice.plan,
                agents=priced.agents,
                billing_cycle=priced.billing_cycle,
                monthly_price=priced.monthly_price,
                price_from=priced.price_from,
                agreed_annual=priced.agreed_annual,
            )
            for position, (choice, priced) in enumerate(
                zip(chosen, estimate.lines, strict=True), start=1
            )
        )


class DealLine(models.Model):
    """One plan of a lead's deal, with the frozen price that it was computed with."""

    class Stage(models.TextChoices):
        SUBMITTED = "submitted", "As submitted"
        FINAL = "final", "As won"

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="lines")
    stage = models.CharField(max_length=10, choices=Stage)
    position = models.PositiveSmallIntegerField()
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    agents = models.PositiveIntegerField(null=True, blank=True)
    billing_cycle = models.CharField(max_length=10, choices=BillingCycle)
    monthly_price = MoneyField(null=True, blank=True)
    price_from = models.DateField(null=True, blank=True)
    agreed_annual = MoneyField(null=True, blank=True)

    objects: ClassVar[DealLineManager] = DealLineManager()

    class Meta:
        ordering = ("lead", "stage", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("lead", "stage", "plan"), name="line_once_per_plan_and_stage"
            ),
            models.CheckConstraint(
                condition=Q(agents=None) | Q(agents__gte=1, agents__lte=100_000),
                name="line_agents_in_range",
            ),
            models.CheckConstraint(
                condition=(Q(monthly_price=None) | Q(monthly_price__gte=0))
                & (Q(agreed_annual=None) | Q(agreed_annual__gte=0)),
                name="line_amounts_not_negative",
            ),
        )

    def __str__(self) -> str:
        return self.as_calculated().name

    def as_calculated(self) -> calculator.Line:
        """Return the line as the calculator takes it; needs `plan__product` at hand."""
        return calculator.Line(
            plan=str(self.plan),
            agents=self.agents,
            billing_cycle=self.billing_cycle,
            monthly_price=self.monthly_price,
            price_from=self.price_from,
            agreed_annual=self.agreed_annual,
            plan_id=self.plan_id,
        )
