"""Products, plans and the price list with its dates."""

from datetime import date
from operator import attrgetter
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format

from commissions.catalog.dated import Dated, DatedQuerySet
from leadportal.db.fields import MoneyField
from leadportal.db.guards import Guard
from leadportal.money import MAX_AMOUNT, usd


class BillingCycle(models.TextChoices):
    """How often the customer pays; the price is one per month either way."""

    ANNUAL = "annual", "Annual"
    MONTHLY = "monthly", "Monthly"


class Product(models.Model):
    """A product of the vendor, such as LiveChat."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position", "code")

    def __str__(self) -> str:
        return self.name


class PlanQuerySet(models.QuerySet["Plan"]):
    """Plans, with their products."""

    def with_products(self) -> "list[Plan]":
        """Return all plans with their products, in the list's order."""
        return list(self.select_related("product"))

    def offered(self) -> "PlanQuerySet":
        """Return the plans a partner may choose today, with their products, in the list's order."""
        return self.filter(is_offered=True).select_related("product")


class Plan(models.Model):
    """A plan of a product, priced per agent or per account."""

    class Pricing(models.TextChoices):
        PER_AGENT = "per_agent", "Per agent"
        FLAT = "flat", "Per account"

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="plans")
    code = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    pricing = models.CharField(max_length=10, choices=Pricing, default=Pricing.PER_AGENT)
    is_offered = models.BooleanField(
        "offered", default=True, help_text="Uncheck to withdraw the plan from new leads."
    )
    position = models.PositiveSmallIntegerField(default=0)

    objects: ClassVar[PlanQuerySet] = PlanQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("product__position", "position", "code")
        constraints = (
            models.UniqueConstraint(fields=("product", "code"), name="plan_code_once_per_product"),
        )

    def __str__(self) -> str:
        return f"{self.product.name} {self.name}"

    def clean(self) -> None:
        """Refuse to change the meaning of prices in force."""
        super().clean()
        meant_otherwise = Price.objects.filter(
            plan=self.pk, valid_from__lte=timezone.localdate()
        ).exclude(plan__pricing=self.pricing)
        if self.pk and meant_otherwise.exists():
            raise ValidationError(
                {"pricing": "Its prices in force were set for the other pricing. Add a new plan."}
            )

    @property
    def is_flat(self) -> bool:
        """Whether the plan is priced per account, without a number of agents."""
        return self.pricing == self.Pricing.FLAT


TAKEN = "This plan already has a price for this billing cycle from this date. Choose another date."


class PriceQuerySet(DatedQuerySet["Price"]):
    """Prices, by the day they are in force."""

    def in_force(self, day: date) -> "list[Price]":
        """Return the price in force on `day` for each plan and billing cycle in this set."""
        # The newest comes last and wins. Doing this in SQL takes three times as long.
        begun = sorted(self.filter(valid_from__lte=day).order_by(), key=attrgetter("valid_from"))
        return list({(price.plan_id, price.billing_cycle): price for price in begun}.values())


class Price(Dated):
    """US dollars per month, per agent or for the account, for a billing cycle, from a date on.

    Once its date has come, a price is never changed or deleted; a new one replaces it.
    """

    taken = TAKEN
    guard = Guard(in_force_from="valid_from")

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="prices")
    billing_cycle = models.CharField(max_length=10, choices=BillingCycle)
    monthly = MoneyField("US dollars per month", validators=[MaxValueValidator(MAX_AMOUNT)])
    valid_from = models.DateField()

    objects: ClassVar[PriceQuerySet] = PriceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("plan", "billing_cycle", "-valid_from")
        constraints = (
            models.UniqueConstraint(
                fields=("plan", "billing_cycle", "valid_from"),
                name="price_once_per_plan_cycle_and_date",
                violation_error_message=TAKEN,
            ),
            models.CheckConstraint(
                condition=models.Q(monthly__gte=0),
                name="price_not_negative",
                violation_error_message="A price is zero or more US dollars.",
            ),
        )

    def __str__(self) -> str:
        cycle = self.get_billing_cycle_display().lower()
        since = date_format(self.valid_from)
        return f"{self.plan}, {cycle}, {usd(self.monthly)} a month from {since}"

    def predecessors(self) -> models.QuerySet["Price"]:
        """Return the prices of the same plan and billing cycle, this one among them."""
        return Price.objects.filter(plan=self.plan_id, billing_cycle=self.billing_cycle)
