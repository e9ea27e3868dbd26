"""Emails about an organization's team, and about access to accounts."""

from collections.abc import Iterable

from leadportal.domains import readable_email
from leadportal.mail import outbox
from leadportal.mail.compose import compose
from leadportal.mail.subjects import named
from leadportal.partners.models import Invitation, Partner, User
from leadportal.partners.ownership import active_owners

# Who may see people sees the emails about their accounts
SHOWN_WITH = "partners.view_user"


def send_invitation(invitation: Invitation, token: str) -> None:
    """Queue the email with the link, made from `token`, that accepts the invitation."""
    context = {"invitation": invitation, "token": token}
    message = compose("partners/mail/invitation", context, to=invitation.email)
    outbox.queue([message], shown_with=SHOWN_WITH)


def send_owner_invited(invitation: Invitation) -> None:
    """Queue the notice to all owners that somebody was invited to be one of them."""
    what = (
        f"{invitation.invited_by} ({invitation.invited_by.readable_email}) invited "
        f"{invitation.readable_email} to be an owner of {invitation.partner}. Owners manage the "
        "team and withdraw its money."
    )
    title = f"{named(invitation.readable_email)} was invited as an owner"
    _notify(_addresses(invitation.partner), title, what, invitation.partner)


def send_owner_added(person: User, actor: User | None) -> None:
    """Queue the notice to the other owners that `person` is an owner now.

    Without an actor, the person has accepted an invitation.
    """
    assert person.partner is not None  # noqa: S101 - an owner has an organization
    how = "accepted an invitation" if actor is None else f"was made an owner by {actor}"
    what = (
        f"{person} ({person.readable_email}) {how} and is now an owner of {person.partner}. "
        "Owners manage the team and withdraw its money."
    )
    others = _addresses(person.partner) - {person.email}
    title = f"{named(person.readable_email)} is now an owner"
    _notify(others, title, what, person.partner)


def send_email_changed(person: User, old: str, actor: User) -> None:
    """Queue the notice, to the old address and all owners, that the address has changed."""
    what = (
        f"{actor}, an administrator, changed the email address of {person} from "
        f"{readable_email(old)} to {person.readable_email}. Only the new address can sign in and "
        "choose a new password."
    )
    _notify({old} | _addresses(person.partner), "An email address was changed", what, None)


def send_password_set(person: User, actor: User) -> None:
    """Queue the notice to the person, and to all owners, that somebody else set the password."""
    what = f"{actor}, an administrator, set the password of {person} ({person.readable_email})."
    _notify({person.email} | _addresses(person.partner), "A password was set", what, None)


def send_access_changed(partner: Partner, message: str) -> None:
    """Queue the email to all owners that the partner was suspended, or is active again.

    `message` is what the partner manager wrote to them.
    """
    context = {"partner": partner, "message": message}
    template = f"partners/mail/access_{partner.status}"
    outbox.queue(
        [compose(template, context, to=email) for email in sorted(_addresses(partner))],
        shown_with=SHOWN_WITH,
    )


def _addresses(partner: Partner | None) -> set[str]:
    if partner is None:
        return set()
    return set(active_owners(partner).values_list("email", flat=True))


def _notify(to: Iterable[str], title: str, what: str, partner: Partner | None) -> None:
    context = {"title": title, "what": what, "partner": partner}
    outbox.queue(
        [compose("partners/mail/security_notice", context, to=email) for email in sorted(to)],
        shown_with=SHOWN_WITH,
    )
