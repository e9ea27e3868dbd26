"""`manage.py restore_constraints`: add the constraints that the database has lost."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, IntegrityError

from leadportal.db import constraints


class Command(BaseCommand):
    """Restore what `check --database` reports as missing; refused where rows break it."""

    help = "Add the constraints that the models declare and the database lacks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="default: %(default)s")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            restored = constraints.restore(options["database"])
        except IntegrityError as error:
            raise CommandError(
                f"A row breaks a constraint: {error} Correct it and run this again."
            ) from error
        for one in restored:
            self.stdout.write(f"Restored: {one}")
        if not restored:
            self.stdout.write("No constraint is missing.")
