"""`manage.py load_demo`: people and leads to look at, once, where DEBUG is on."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from leadportal.partners.models import User
from leads.demo.load import load


class Command(BaseCommand):
    help = "Load the demo's people and leads, once, and list the sign-ins. Only where DEBUG is on."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo is for trying out: it is loaded only where DEBUG is on.")
        if load():
            self.stdout.write("The demo was loaded.")
            call_command("audit_ledger", verbosity=0, stdout=self.stdout, stderr=self.stderr)
        self.stdout.write(f"Sign in with the password {settings.DEMO_PASSWORD} as")
        for user in User.objects.filter(is_demo=True).select_related("partner").order_by("pk"):
            self.stdout.write(f"  {user.email:22} {_who(user)}")


def _who(user: User) -> str:
    if user.partner is not None:
        return f"{user.name}, {user.get_role_display().lower()} at {user.partner}"
    if user.is_superuser:
        return f"{user.name}, administrator"
    return f"{user.name}, {', '.join(group.name for group in user.groups.all()).lower()}"
