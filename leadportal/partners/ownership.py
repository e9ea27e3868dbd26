"""Who may make somebody an owner, and so let them withdraw an organization's money.

An owner invites another; an administrator (a superuser) adds one anywhere. The vendor's partner
managers add an organization's first owner and nothing more: otherwise they could add an account of
their own, or take one over by changing its address. An owner who was deactivated, or has not chosen
a password yet, counts here too, so that deactivating one first is no way around this.
"""

from collections.abc import Collection

from django.db.models import QuerySet

from leadportal.partners.models import Partner, User


def owners(partner: Partner) -> QuerySet[User]:
    """Return the organization's owners, including those who cannot sign in."""
    return User.objects.filter(partner=partner, role=User.Role.OWNER).order_by("pk")


def active_owners(partner: Partner) -> QuerySet[User]:
    """Return whom to notify: the organization's owners who may sign in."""
    return owners(partner).filter(is_active=True)


def may_add(actor: User, partner: Partner) -> bool:
    """Return whether the actor may give the organization an owner; call it under its lock."""
    if actor.is_superuser or active_owners(partner).filter(pk=actor.pk).exists():
        return True
    return not owners(partner).exists()


def lock(partner_ids: Collection[int | None]) -> None:
    """Prevent others from changing the owners of these organizations until the transaction ends."""
    rows = Partner.objects.select_for_update().filter(pk__in=[pk for pk in partner_ids if pk])
    list(rows.order_by("pk"))


def becomes_owner(before: User | None, after: User) -> bool:
    """Return whether the change lets somebody act as an owner who could not before.

    So does a new address: whoever gets its email can choose the account's password.
    """
    if not (after.is_owner and after.is_active):
        return False
    return before is None or not (
        before.is_owner
        and before.is_active
        and before.partner_id == after.partner_id
        and before.email == after.email
    )


def stops_being_owner(before: User | None, after: User) -> bool:
    """Return whether the change takes an organization's owner from it."""
    return (
        before is not None
        and before.is_owner
        and not (after.is_owner and before.partner_id == after.partner_id)
    )


def needs_administrator(before: User | None, after: User) -> dict[str, str]:
    """Return which new values of a person need an administrator, and why, by field.

    Empty if a partner manager may save all of them. `before` is the person as stored.
    """
    refused = {}
    has_password = before is not None and before.has_usable_password()
    if before is not None and has_password and before.email != after.email:
        refused["email"] = (
            "Only an administrator can change the address of somebody who has a password."
        )
    if has_password and stops_being_owner(before, after):
        field = "role" if before and before.partner_id == after.partner_id else "partner"
        refused[field] = "Only an administrator can take an owner from an organization."
    if becomes_owner(before, after) and after.partner is not None:
        other = owners(after.partner).exclude(pk=after.pk).first()
        if other is not None:
            refused.setdefault(
                _cause(before, after),
                f"{after.partner} has an owner, {other}. Only its owners, on the Team page, or an "
                "administrator can add another.",
            )
    return refused


def _cause(before: User | None, after: User) -> str:
    """Return the field by which somebody becomes an owner."""
    if before is None:
        return "role"
    for field in ("role", "partner", "is_active"):
        if getattr(before, field) != getattr(after, field):
            return field
    return "email"
