"""`manage.py load_demo`: people and leads to look at, once, where DEBUG is on."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from leads.demo.load import load


class Command(BaseCommand):
    help = "Load the demo's people and leads, once. Only where DEBUG is on."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo is for trying out: it is loaded only where DEBUG is on.")
        if load():
            self.stdout.write("The demo was loaded.")
