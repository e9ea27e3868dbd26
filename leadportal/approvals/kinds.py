"""The kinds of things that need a second person. The package that owns a kind registers it."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from leadportal.approvals.models import Approval
    from leadportal.partners.models import User


class Kind:
    """One kind of request. A subclass sets the attributes and overrides what it needs.

    The hooks run in the transaction of the decision: their changes commit with it or not at all.
    They lock what they change, check that it is still as it was when it was requested, and
    otherwise raise `decisions.Refused` with a message for the person who decides.
    """

    slug: ClassVar[str]  # stored with each request: never change it
    label: ClassVar[str]  # such as "Release from a batch"
    permission: ClassVar[str]  # what the second person needs, such as "commissions.pay_withdrawal"
    template_name: ClassVar[str] = ""  # shows what `details` returns on the request's page

    def details(self, approval: "Approval") -> dict[str, Any]:
        """Return what the second person needs to see beyond the summary, for `template_name`."""
        return {}

    def on_approved(self, approval: "Approval", actor: "User", at: datetime) -> None:
        """Do what was requested. `actor` approves it at `at`."""

    def on_declined(self, approval: "Approval", actor: "User", at: datetime) -> None:
        """Undo what was prepared for the request, where there is anything."""

    def on_canceled(self, approval: "Approval", actor: "User", at: datetime) -> None:
        """Undo what was prepared for the request, where there is anything."""


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Register a kind of request. Raises ValueError if another kind has its slug."""
    known = _kinds.setdefault(kind.slug, kind)
    if type(known) is not type(kind):
        raise ValueError(f"There is another kind of approval called {kind.slug}.")


def unregister(kind: Kind) -> None:
    """Remove a kind, such as one that a test has registered."""
    _kinds.pop(kind.slug, None)


def find(slug: str) -> Kind | None:
    """Return the kind of this slug, None if no installed package registers it."""
    return _kinds.get(slug)


def registered() -> list[Kind]:
    """Return all kinds, by their labels."""
    return sorted(_kinds.values(), key=lambda kind: kind.label)
