"""A partly completed submission, saved as it was typed."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, Left, NullIf

from leadportal.characters import on_one_line
from leadportal.db.guards import Guard
from leadportal.db.paging import Keyset
from leadportal.domains import normalize_email, registrable_domain
from leadportal.partners.models import Partner, User
from leads.models.lead import Lead

# As typed, a company's name may be of any length.
LONGEST_TITLE = 200
LONGEST_ADDRESS = 253
# The drafts ordered by when they were last saved, latest first
LATEST = Keyset(saved_at=datetime, id=uuid.UUID)


IS_OPEN = Q(lead=None, discarded_at=None)


class DraftQuerySet(models.QuerySet["Draft"]):
    """Drafts, by what their author, teammates and owners may do with them."""

    def visible_to(self, user: User | AnonymousUser) -> "DraftQuerySet":
        """Return the drafts that this user wrote; nobody else sees them, not even teammates.

        A user who has moved to another organization no longer sees them either.
        """
        if not user.is_authenticated or user.partner_id is None:
            return self.none()
        return self.filter(author=user, partner=user.partner_id)

    def of_organization(self, user: User) -> "DraftQuerySet":
        """Return the drafts of the user's organization. A teammate's may be named, not opened."""
        return self.filter(partner=user.partner_id) if user.partner_id else self.none()

    def left_behind(self, owner: User) -> "DraftQuerySet":
        """Return the drafts that an owner can take over, latest first; none for others.

        Their authors are deactivated or now belong to another organization.
        """
        if not owner.is_owner:
            return self.none()
        is_gone = Q(author__is_active=False) | ~Q(author__partner=owner.partner_id)
        return self.of_organization(owner).filter(is_gone).to_continue()

    def of_customer(self, domain: str, email: str) -> "DraftQuerySet":
        """Return the drafts with this registrable domain or this contact's address.

        Either may be "", which matches nothing.
        """
        is_of = Q(domain=domain, domain__gt="")
        return self.filter(is_of | Q(contact_email=email.lower(), contact_email__gt=""))

    def to_continue(self) -> "DraftQuerySet":
        """Return the drafts that are neither submitted nor discarded, latest first."""
        return self.filter(IS_OPEN).order_by("-saved_at", "-id")

    def without_answers(self) -> "DraftQuerySet":
        """Return the drafts with their company's name, but without the other answers.

        The answers may be long. `begun_by` names the person who started a draft that was taken
        over, else it is None.
        """
        company = Left(KeyTextTransform("company_name", "answers"), LONGEST_TITLE)
        first = DraftTakeover.objects.filter(draft=OuterRef("pk")).order_by("pk")
        name = Coalesce(
            NullIf("taken_from__name", Value("")),
            "taken_from__email",
            output_field=models.CharField(),
        )
        begun_by = Subquery(first.annotate(person=name).values("person")[:1])
        return self.defer("answers").annotate(company=company, begun_by=begun_by)

    def end(self, draft: "Draft", lead: Lead) -> bool:
        """Turn the draft into the lead if it is unchanged since it was read; return whether it was.

        A draft that was saved, submitted or discarded since is left as it is.
        """
        as_read = self.filter(pk=draft.pk, lead=None, discarded_at=None, saved_at=draft.saved_at)
        emptied = {"answers": {}, "domain": "", "contact_email": ""}
        return as_read.update(lead=lead, saved_at=lead.submitted_at, **emptied) == 1


class Draft(models.Model):
    """What a partner has typed so far, invalid input included; becomes a lead exactly once.

    `answers` maps the form's field names to what was typed. When the draft becomes a lead the
    answers go and the lead stays named, so that a repeated submission finds it. When it is
    discarded the answers go too and the row stays, so that no other tab brings it back.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The person who is to finish it, and the organization it is for
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts"
    )
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    answers = models.JSONField(default=dict)
    # Taken from the answers, as leads store them: what other drafts are compared with
    domain = models.CharField(max_length=LONGEST_ADDRESS, blank=True, editable=False)
    contact_email = models.CharField(max_length=LONGEST_ADDRESS, blank=True, editable=False)
    saved_at = models.DateTimeField()
    page = models.CharField(
        max_length=10, default="contact", help_text="The page on which it was last saved."
    )
    lead = models.OneToOneField(
        Lead, on_delete=models.PROTECT, null=True, blank=True, related_name="draft"
    )
    discarded_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[DraftQuerySet] = DraftQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-saved_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(lead=None) | Q(discarded_at=None), name="draft_sent_or_discarded"
            ),
        )
        indexes = (
            models.Index(fields=("author", "-saved_at", "-id"), name="draft_latest"),
            models.Index(
                fields=("partner", "-saved_at", "-id"), condition=IS_OPEN, name="draft_of_partner"
            ),
            models.Index(fields=("domain",), condition=IS_OPEN, name="draft_domain"),
            models.Index(fields=("contact_email",), condition=IS_OPEN, name="draft_contact"),
        )

    def __str__(self) -> str:
        company = getattr(self, "company", None)
        if company is None and "answers" in self.__dict__:
            company = self.answers.get("company_name", "")[:LONGEST_TITLE]
        return on_one_line(company or "") or "Untitled draft"

    def save(self, *args: Any, **kwargs: Any) -> None:
        names = kwargs.get("update_fields")
        if self._state.adding and self.author.partner is not None:
            self.partner = self.author.partner
        if names is None or "answers" in names:
            self.domain = _normalized(registrable_domain, self.answers.get("domain", ""))
            self.contact_email = _normalized(normalize_email, self.answers.get("contact_email", ""))
        if names is not None:
            kwargs["update_fields"] = {*names, "domain", "contact_email"}
        super().save(*args, **kwargs)


class DraftTakeover(models.Model):
    """Records that an owner took over somebody's draft: whose it was, who did it, when."""

    guard = Guard(append_only=True)

    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, related_name="takeovers")
    taken_from = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()

    objects: ClassVar[models.Manager["DraftTakeover"]]

    class Meta:
        ordering = ("draft", "pk")

    def __str__(self) -> str:
        return f"{self.draft_id}: from {self.taken_from_id} to {self.taken_by_id}"


def _normalized(normalize: Callable[[str], str], typed: str) -> str:
    """Return an answer as a lead would store it, in lower case; "" if it is not valid."""
    try:
        stored = normalize(typed).lower() if typed else ""
    except ValidationError:
        return ""
    return stored if len(stored) <= LONGEST_ADDRESS else ""
