"""`manage.py publish_heads`: prints receipts, to be kept out of reach of this database's users."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from commissions.ledger import receipts
from commissions.ledger.arguments import add_scope, scope_of
from commissions.ledger.snapshot import snapshot


class Command(BaseCommand):
    """Print the heads of the chains, to be appended to a file kept elsewhere."""

    help = (
        "Print one line per account and day: the account, the day, how many entries it had, and "
        "the last one's hash. Keep them elsewhere: `audit_ledger --receipts FILE` finds a chain "
        "that was written anew since."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_scope(parser, "only days from this one on")

    def handle(self, *args: Any, **options: Any) -> None:
        scope = scope_of(options)
        with snapshot():
            for receipt in receipts.publish(scope):
                self.stdout.write(str(receipt))
