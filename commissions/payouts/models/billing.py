"""Billing details: each change is a new version; a withdrawal keeps the one it began with."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django_countries.fields import CountryField

from leadportal.countries import name_of
from leadportal.db.digests import DigestField
from leadportal.db.guards import Guard
from leadportal.partners.models import Partner, User


class BillingDetailsQuerySet(models.QuerySet["BillingDetails"]):
    """Versions, by who may see them and which is current."""

    def visible_to(self, user: User | AnonymousUser) -> "BillingDetailsQuerySet":
        """Return the versions of the user's own organization; none for staff."""
        if not user.is_authenticated or user.partner_id is None:
            return self.none()
        return self.filter(partner=user.partner_id)

    def current(self, partner: Partner) -> "BillingDetails | None":
        """Return the partner's latest version, None where there is none yet."""
        return self.filter(partner=partner).order_by("-version").first()


class BillingDetails(models.Model):
    """One version of a partner's billing details; the names are the vendor's API's."""

    class Type(models.TextChoices):
        BUSINESS = "business", "Business"
        INDIVIDUAL = "individual", "Individual"

    guard = Guard(append_only=True)

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="billing_details")
    version = models.PositiveIntegerField()
    type = models.CharField(max_length=10, choices=Type, default=Type.BUSINESS)
    company = models.CharField("company or full name", max_length=200)
    vat = models.CharField("VAT ID", max_length=30, blank=True)
    address = models.CharField(max_length=200)
    city = models.CharField(max_length=100)
    zip_code = models.CharField("postal code", max_length=20, blank=True)
    state = models.CharField("state or region", max_length=100, blank=True)
    country = CountryField()
    paypal = models.EmailField("PayPal email", max_length=254)
    paypal_since = models.DateTimeField(
        help_text="Since when this PayPal account has been current, across consecutive versions."
    )
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    digest = DigestField()

    objects: ClassVar[BillingDetailsQuerySet] = BillingDetailsQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = "billing details"
        ordering = ("partner", "-version")
        constraints = (
            models.UniqueConstraint(fields=("partner", "version"), name="billing_version_once"),
            models.CheckConstraint(
                condition=~Q(company="")
                & ~Q(address="")
                & ~Q(city="")
                & ~Q(country="")
                & ~Q(paypal=""),
                name="billing_is_whole",
            ),
        )

    def __str__(self) -> str:
        return f"{self.company}, version {self.version}"

    @property
    def held_until(self) -> datetime:
        """When payments to this PayPal account may begin."""
        return self.paypal_since + hold()

    @property
    def is_held(self) -> bool:
        """Whether the PayPal account is so new that nothing is paid to it yet."""
        return timezone.now() < self.held_until

    @property
    def address_lines(self) -> list[str]:
        """The postal address, line by line."""
        city = f"{self.zip_code} {self.city}".strip()
        country = name_of(str(self.country))
        return [line for line in (self.address, city, self.state, country) if line]


def hold() -> timedelta:
    """Return how long nothing is paid to a newly entered PayPal account."""
    return timedelta(days=settings.PAYOUT_DETAILS_HOLD_DAYS)
