"""Command-line arguments that select what a command checks."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import date, datetime, time
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from commissions.ledger.snapshot import Scope
from leadportal.partners.models import Partner

# The exit code for invalid arguments; 1 means that faults were found.
MISUSED = 2


def add_scope(parser: ArgumentParser, since_help: str) -> None:
    """Let the command take `--partner` and `--since`."""
    parser.add_argument("--partner", metavar="ID-or-name", help="only this partner's account")
    parser.add_argument(
        "--since", metavar="DATE", type=_day, help=f"{since_help}, such as 2026-11-01"
    )


def scope_of(options: dict[str, Any]) -> Scope:
    """Return the scope that the arguments select. Raises CommandError for an unknown partner."""
    since: date | None = options["since"]
    return Scope(
        partner=_partner(options["partner"]) if options["partner"] else None,
        since=timezone.make_aware(datetime.combine(since, time.min)) if since else None,
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text} is not a date such as 2026-11-01") from error


def _partner(wanted: str) -> Partner:
    partners = list(Partner.objects.filter(name__iexact=wanted).order_by("pk"))
    if wanted.isdecimal():
        partners = list(Partner.objects.filter(pk=int(wanted))) or partners
    if not partners:
        raise CommandError(
            f"There is no partner {wanted}: give its id or its full name.", returncode=MISUSED
        )
    if len(partners) > 1:
        ids = ", ".join(str(partner.pk) for partner in partners)
        raise CommandError(
            f"Several partners are called {wanted}: give one's id of {ids}.", returncode=MISUSED
        )
    return partners[0]
