"""Invitations: the only way to join an organization, as nobody can sign up.

Owners and partner managers invite an address, which gets an email with a signed link. The link
creates the account, or sets the first password of one that the vendor has added. An address
has one account in the portal, so an address with an account is refused.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core import signing
from django.db import IntegrityError, models, transaction

from leadportal.domains import account_email, readable_email
from leadportal.partners import emails, ownership
from leadportal.partners.models import Invitation, Partner, User
from leadportal.partners.models.invitation import LIFETIME, InvitationQuerySet

SALT: Final = "leadportal.partners.invitations"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class InvitationRefused(Exception):
    """Nobody was invited; the message says why and what to do."""


class LinkFailure(models.TextChoices):
    """Why an invitation's link cannot be used."""

    DAMAGED = "damaged", "The link is incomplete."
    EXPIRED = "expired", "The link has expired."
    REPLACED = "replaced", "A newer link was sent."
    REVOKED = "revoked", "The invitation was revoked."
    USED = "used", "The link has already been used."
    HAS_ACCOUNT = "has_account", "The address already has an account."
    SUSPENDED = "suspended", "The organization is suspended."


class LinkFailed(Exception):
    """The link cannot be used; `invitation` is its invitation, if that is still known."""

    def __init__(self, failure: LinkFailure, invitation: Invitation | None = None) -> None:
        super().__init__(failure.label)
        self.failure = failure
        self.invitation = invitation


def invite(actor: User, partner: Partner, email: str, role: str, now: datetime) -> Invitation:
    """Invite an address to the organization and queue the email; return the open invitation.

    All owners are notified of an invitation as an owner. Raises InvitationRefused for the reasons
    of `why_not_invited`, also if another invitation came first, and if the actor may not add an
    owner.
    """
    email = account_email(email)
    refusal = why_not_invited(partner, email)
    if refusal:
        raise InvitationRefused(refusal)
    invitation = Invitation(
        partner=partner, email=email, role=role, invited_by=actor, invited_at=now, sent_at=now
    )
    with transaction.atomic():
        makes_owner = role == User.Role.OWNER and not _is_owner_already(partner, email)
        if makes_owner:
            ownership.lock([partner.pk])
            if not ownership.may_add(actor, partner):
                raise InvitationRefused(
                    f"{partner} has an owner. Only its owners or an administrator can add another."
                )
        try:
            with transaction.atomic():
                invitation.save(force_insert=True)
        except IntegrityError:
            raise InvitationRefused(_open_already(email)) from None
        emails.send_invitation(invitation, token_of(invitation))
        if makes_owner:
            emails.send_owner_invited(invitation)
    return invitation


def why_not_invited(partner: Partner, email: str) -> str:
    """Return why this lower-case address cannot be invited to the organization, "" if it can.

    For an account elsewhere it only says that this address cannot be invited: not whose it is, nor
    whether it is a partner's or the vendor's. Hiding even the refusal would mean an invitation that
    looks sent but can never be accepted; those who read it are a partner's owners, known by name,
    and the views limit how many they try.
    """
    if partner.is_suspended:
        return _suspended(partner)
    shown = readable_email(email)
    person = User.objects.filter(email=email).first()
    if person is not None and person.partner_id != partner.pk:
        return (
            f"We cannot invite {shown}: an address can belong to only one organization. Use "
            f"a different address or write to {settings.PARTNERS_EMAIL}."
        )
    if person is not None and not person.is_active:
        return (
            f"{shown} is no longer active in your team. To give them access again, write to "
            f"{settings.PARTNERS_EMAIL}."
        )
    if person is not None and not person.awaits_password:
        return f"{shown} is already in the team."
    if Invitation.objects.open().filter(partner=partner, email=email).exists():
        return _open_already(email)
    return ""


def invite_person(actor: User, person: User, now: datetime) -> Invitation:
    """Invite somebody whom the vendor has added, or invite them again; queue the email.

    Raises InvitationRefused for staff, for somebody inactive, and for one who has a password.
    """
    if person.partner is None:
        raise InvitationRefused(
            f"Not invited: {person.readable_email} is staff and chooses a password on the sign-in "
            "page."
        )
    if person.is_suspended:
        raise InvitationRefused(f"Not invited: {_suspended(person.partner)}")
    if not person.is_active:
        raise InvitationRefused(f"Not invited: {person.readable_email} is inactive.")
    if not person.awaits_password:
        raise InvitationRefused(f"Not invited: {person.readable_email} already has a password.")
    open_one = Invitation.objects.open().filter(partner=person.partner, email=person.email).first()
    if open_one is None:
        return invite(actor, person.partner, person.email, person.role, now)
    send_again(open_one, actor, now)
    return open_one


def send_again(invitation: Invitation, actor: User, now: datetime) -> None:
    """Queue another email, in the name of `actor`, with a link that works for LIFETIME from now.

    The links sent before no longer work.
    Raises InvitationRefused where the invitation was accepted or revoked meanwhile.
    """
    with transaction.atomic():
        still_open = Invitation.objects.open().filter(pk=invitation.pk)
        if not still_open.update(sent_at=now, invited_by=actor):
            raise InvitationRefused(no_longer_open(invitation))
        invitation.sent_at, invitation.invited_by = now, actor
        emails.send_invitation(invitation, token_of(invitation))


def revoke(invitations: InvitationQuerySet) -> int:
    """Delete those of them that nobody has accepted; their links fail. Return the count."""
    return invitations.open().delete()[0]


def revoke_of(person: User) -> int:
    """Revoke what a person who loses access has sent or not yet accepted; return the count."""
    sent_or_waiting = models.Q(invited_by=person) | models.Q(
        partner=person.partner_id, email=person.email
    )
    return revoke(Invitation.objects.filter(sent_or_waiting))


def no_longer_open(invitation: Invitation) -> str:
    """Return the message that an invitation was accepted or revoked in the meantime."""
    return f"The invitation of {invitation.readable_email} is no longer open. Nothing was changed."


def token_of(invitation: Invitation) -> str:
    """Return the token of the emailed link: invitation, sending and time, signed."""
    return signing.TimestampSigner(salt=SALT).sign(f"{invitation.pk}-{_sending(invitation)}")


def read(token: str) -> tuple[Invitation, User | None]:
    """Return the invitation of a token, and the account that waits for a password, if any.

    Raises LinkFailed. Writes nothing.
    """
    return _read(token, Invitation.objects.all())


def accept(token: str, name: str, password: str, now: datetime) -> User:
    """Create the account of a token, or set the first password of an account without one.

    The address counts as verified: the link was emailed to it. Raises LinkFailed; of two people who
    accept at once, the second reads that the link was used.
    """
    hashed = make_password(password)  # slow by design: not under the lock
    with transaction.atomic():
        invitation, person = _read(token, Invitation.objects.select_for_update(of=("self",)))
        is_new = person is None
        if person is None:
            person = User(email=invitation.email, partner=invitation.partner, role=invitation.role)
        person.name, person.password = name, hashed
        try:
            with transaction.atomic():
                _save(person)
        except IntegrityError:
            # Two organizations invited one address, and the other's link was quicker.
            raise LinkFailed(LinkFailure.HAS_ACCOUNT, invitation) from None
        _close(Invitation.objects.filter(pk=invitation.pk), person, now)
        if is_new and person.is_owner:
            emails.send_owner_added(person, actor=None)
    return person


def close_of(person: User, now: datetime) -> None:
    """Mark as accepted what a person has not accepted yet who chose a password another way."""
    waiting = Invitation.objects.filter(partner=person.partner_id, email=person.email)
    _close(waiting, person, now)


def _sending(invitation: Invitation) -> int:
    """Return a number that identifies the latest email of the invitation: when it was queued."""
    return (invitation.sent_at - _EPOCH) // timedelta.resolution


def _read(token: str, invitations: InvitationQuerySet) -> tuple[Invitation, User | None]:
    signer = signing.TimestampSigner(salt=SALT)
    expired = False
    try:
        try:
            signed = signer.unsign(token, max_age=LIFETIME)
        except signing.SignatureExpired:
            expired, signed = True, signer.unsign(token)
    except signing.BadSignature:
        raise LinkFailed(LinkFailure.DAMAGED) from None
    key, _, sending = signed.partition("-")
    invitation = invitations.select_related("partner", "invited_by").filter(pk=key).first()
    if invitation is None:
        raise LinkFailed(LinkFailure.REVOKED)
    if invitation.accepted_at is not None:
        raise LinkFailed(LinkFailure.USED, invitation)
    if sending != str(_sending(invitation)):
        raise LinkFailed(LinkFailure.REPLACED, invitation)
    if expired:
        raise LinkFailed(LinkFailure.EXPIRED, invitation)
    if invitation.partner.is_suspended:
        raise LinkFailed(LinkFailure.SUSPENDED, invitation)
    person = User.objects.filter(email=invitation.email).first()
    if person is None:
        return invitation, None
    if person.partner_id != invitation.partner_id or not person.awaits_password:
        raise LinkFailed(LinkFailure.HAS_ACCOUNT, invitation)
    return invitation, person


def _save(person: User) -> None:
    # Of an account that waited, nothing else: it may be changed in the admin at this moment.
    person.save(update_fields=None if person.pk is None else ("name", "password"))
    EmailAddress.objects.update_or_create(
        user=person, email=person.email, defaults={"verified": True, "primary": True}
    )


def _close(invitations: InvitationQuerySet, person: User, now: datetime) -> None:
    invitations.open().update(accepted_at=now, accepted_by=person)


def _is_owner_already(partner: Partner, email: str) -> bool:
    """Return whether the vendor has added the address as an owner who has no password yet."""
    return ownership.owners(partner).filter(email=email, is_active=True).exists()


def _suspended(partner: Partner) -> str:
    return f"{partner} is suspended. Lift the suspension before you invite anybody."


def _open_already(email: str) -> str:
    return (
        f"{readable_email(email)} is already invited. Send the invitation again or revoke it "
        "on the Team page."
    )
