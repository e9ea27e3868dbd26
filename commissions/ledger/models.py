"""Models of a partner's account and its entries, written only by `commissions.ledger.posting`."""

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import cached_property

from commissions.explanation import Explained, Unreadable, given_reason, present
from leadportal.approvals.models import Approval
from leadportal.db.fields import MoneyField
from leadportal.db.guards import Guard, Refusal
from leadportal.db.paging import Keyset
from leadportal.partners.models import Partner, User

BY_NUMBER = Keyset(number=int)  # of one account's entries


def credit_stands(reference: str) -> str:
    """Return SQL for whether a lead has a commission or correction that is not reversed.

    `reference` is SQL, too, such as `NEW.reference`.
    """
    credited = f"reference = {reference} AND kind IN ('commission', 'correction')"
    reversal = "SELECT refers_to_id FROM commissions_ledgerentry WHERE kind = 'reversal' AND "
    reversal += f"reference = {reference}"
    # The callers' own names, not anybody's input
    found = f"FROM commissions_ledgerentry WHERE {credited} AND id NOT IN ({reversal})"
    return f"EXISTS (SELECT 1 {found})"


class AccountQuerySet(models.QuerySet["Account"]):
    """Accounts, by who may see them."""

    def visible_to(self, user: User | AnonymousUser) -> "AccountQuerySet":
        """Return the account of the user's own organization; none for staff, who have the admin."""
        if not user.is_authenticated or user.partner_id is None:
            return self.none()
        return self.filter(partner=user.partner_id)


class Account(models.Model):
    """A partner's account in US dollars: the sum of its entries, and the head of their chain."""

    partner = models.OneToOneField(Partner, on_delete=models.PROTECT, related_name="account")
    balance = MoneyField(default=0)
    entry_count = models.PositiveBigIntegerField(default=0)
    head_hash = models.CharField(max_length=64, blank=True)

    objects: ClassVar[AccountQuerySet] = AccountQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return f"Account of {self.partner}"


class LedgerEntryQuerySet(models.QuerySet["LedgerEntry"]):
    """Entries, with their reversals."""

    def with_reversals(self) -> "LedgerEntryQuerySet":
        """Return the entries, each with its reversal, if there is one, in `reversals`."""
        reversals = LedgerEntry.objects.filter(kind=LedgerEntry.Kind.REVERSAL).defer("explanation")
        return self.prefetch_related(models.Prefetch("referred_by", reversals, to_attr="reversals"))


class LedgerEntry(models.Model):
    """One signed amount on an account, with its explanation. Never changed, never deleted.

    `explanation` is canonical JSON text, so that its hash is the same on every database; nothing
    in it is looked up again later. `reference` is text (the lead's, the withdrawal's): this app
    knows nothing of leads.
    """

    class Kind(models.TextChoices):
        COMMISSION = "commission", "Commission"
        REVERSAL = "reversal", "Reversal"
        CORRECTION = "correction", "Correction"
        ADJUSTMENT = "adjustment", "Adjustment"
        WITHDRAWAL = "withdrawal", "Withdrawal"
        RETURN = "return", "Returned withdrawal"

    guard = Guard(
        append_only=True,
        refused=(
            Refusal(
                "INSERT",
                "NEW.kind IN ('commission', 'correction') AND " + credit_stands("NEW.reference"),
                "commissions_ledgerentry: a lead is credited once",
            ),
        ),
    )

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="entries")
    number = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=12, choices=Kind)
    amount = MoneyField()
    # The day of BUSINESS_TIME_ZONE from which the amount is available; before, it is pending.
    available_on = models.DateField()
    reference = models.CharField(max_length=40)
    # What people call the thing that the reference names, such as the customer's company. It is
    # given by the caller and is not part of the hash.
    label = models.CharField(max_length=200, blank=True)
    text = models.CharField(max_length=200)
    explanation = models.TextField()
    refers_to = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="referred_by"
    )
    posted_at = models.DateTimeField()
    posted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    # What a second person approved, for an amount that needs one; `posted_by` requested it.
    approval = models.ForeignKey(
        Approval, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, unique=True)

    objects: ClassVar[LedgerEntryQuerySet] = LedgerEntryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name_plural = "ledger entries"
        ordering = ("account", "-number")
        constraints = (
            models.UniqueConstraint(
                fields=("account", "number"), name="entry_number_once_per_account"
            ),
            # A further one names the reversal of the one before; see the last of these.
            models.UniqueConstraint(
                fields=("reference",),
                condition=Q(kind="commission", refers_to=None),
                name="entry_one_commission_per_lead",
            ),
            models.UniqueConstraint(
                fields=("reference",),
                condition=Q(kind="adjustment"),
                name="entry_one_adjustment_per_reference",
            ),
            models.UniqueConstraint(
                fields=("refers_to", "kind"),
                condition=Q(refers_to__isnull=False),
                name="entry_referred_to_once_per_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("commission", "correction", "return"), amount__gt=0)
                | Q(kind__in=("reversal", "withdrawal"), amount__lt=0)
                | (Q(kind="adjustment") & ~Q(amount=0)),
                name="entry_sign_fits_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("reversal", "correction", "return"), refers_to__isnull=False)
                | Q(kind__in=("adjustment", "withdrawal"), refers_to=None)
                | Q(kind="commission"),
                name="entry_refers_to_another_where_it_must",
            ),
        )
        indexes = (
            models.Index(fields=("account", "kind", "-number"), name="entry_by_kind"),
            models.Index(fields=("reference",), name="entry_by_reference"),
            models.Index(fields=("account", "-available_on"), name="entry_by_availability"),
        )

    def __str__(self) -> str:
        return f"Entry {self.number} of {self.account}"

    @property
    def is_of_lead(self) -> bool:
        """Whether the reference is a lead's."""
        return self.kind in OF_LEADS

    @property
    def is_of_withdrawal(self) -> bool:
        """Whether the reference is a withdrawal's number."""
        return self.kind in (self.Kind.WITHDRAWAL, self.Kind.RETURN)

    @cached_property
    def is_reversed(self) -> bool:
        """Whether the entry was reversed when this was first read."""
        return self.referred_by.filter(kind=self.Kind.REVERSAL).exists()

    @property
    def reference_url(self) -> str:
        """The URL of what the reference names, "" if it has no page."""
        try:
            if self.is_of_withdrawal:
                return reverse("commissions:withdrawal", args=[self.reference])
            if self.is_of_lead and self.label:  # an imported entry may have no lead here
                return reverse("leads:detail", args=[self.reference])
        except NoReverseMatch:
            pass
        return ""

    def available_from(self, today: date | None = None) -> date | None:
        """Return the day from which the amount is available, if that is later than `today`.

        None also for a negative amount, and for an entry from `with_reversals` that has one.
        `today` defaults to the current day.
        """
        is_to_come = self.available_on > (today or timezone.localdate())
        is_reversed = bool(getattr(self, "reversals", ()))
        return self.available_on if is_to_come and self.amount > 0 and not is_reversed else None

    @property
    def subject(self) -> str:
        """What the entry is about, as emails name it: `Nordwind Retail (LD-7KQ2M9XA)`."""
        return f"{self.label} ({self.reference})" if self.label else self.reference

    @property
    def reason(self) -> str:
        """The reason given for the entry, "" if none was given."""
        try:
            return given_reason(self.explanation)
        except Unreadable:
            return ""

    @property
    def explained(self) -> Explained | None:
        """The explanation for people; None if the frozen text cannot be read."""
        try:
            return present(self.explanation)
        except Unreadable:
            return None


# The kinds whose reference is a lead's
OF_LEADS = (
    LedgerEntry.Kind.COMMISSION,
    LedgerEntry.Kind.REVERSAL,
    LedgerEntry.Kind.CORRECTION,
)
