"""Every page of the admin, over the demo's rows: none of its links leads nowhere."""

import re
from itertools import chain

import pytest
from django.contrib import admin
from django.core.management import call_command
from django.urls import reverse

from commissions.payouts.admin.actions import ACTIONS
from commissions.payouts.models import Withdrawal
from commissions.payouts.withdrawals import claim
from leadportal.ui.action_view import ActionView
from leadportal.ui.admin_pages import PagesAdmin
from tests.commissions.finance import all_of, requested
from tests.sessions import sign_in

EMPTY_LINK = re.compile(r"""<\w+[^>]*\shref(?:=(?:""|''|(?=[\s>]))|(?=[\s>]))[^>]*>""")

NAMES = ("status", "kind", "commission_type", "reversed_id", "batch_id")


@pytest.fixture
def staff(db, settings, client, superuser):
    """A browser in which an administrator is signed in, with the demo's rows."""
    settings.DEBUG = True
    call_command("load_demo", verbosity=0)
    requested()
    requested(agents=200)  # $14,160.00 needs a second person
    claim(all_of(requested()), superuser)
    sign_in(client, superuser)
    return client


def of_each_kind(rows):
    """Return a row of each kind that pages tell apart; of most models that is one row."""
    by_kind = {
        (
            *(str(getattr(row, name, "")) for name in NAMES),
            is_reversed(row),
            getattr(row, "amount", 0) > 10_000,
        ): row
        for row in rows.order_by("pk")[:200]
    }
    return list(by_kind.values())


def is_reversed(row):
    """Return whether the row is a won lead whose commission was reversed."""
    credit = getattr(row, "current_credit", None)
    return credit is not None and credit.reversal is not None


def pages():
    """Yield by page its name and the addresses at which it may be open."""
    yield "index", [reverse("admin:index")]
    for model, model_admin in admin.site._registry.items():
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        rows = of_each_kind(model._default_manager.all())
        yield f"{base}_changelist", [reverse(f"{base}_changelist")]
        for row in rows:
            yield f"{base}_change {row}", [reverse(f"{base}_change", args=[row.pk])]
        if isinstance(model_admin, PagesAdmin):
            for slug, view, _ in model_admin.action_pages:
                if issubclass(view, ActionView):
                    paths = [reverse(f"{base}_{slug}", args=[row.pk]) for row in rows]
                    yield f"{base}_{slug}", paths
        else:
            yield f"{base}_add", [reverse(f"{base}_add")]
            yield f"{base}_history", [reverse(f"{base}_history", args=[row.pk]) for row in rows]
    for act in ACTIONS:
        path = reverse(f"admin:commissions_withdrawal_{act.slug}")
        rows = Withdrawal.objects.all()
        yield act.slug, [f"{path}?chosen={row.pk}" for row in of_each_kind(rows)]


@pytest.mark.slow  # one page of each kind is looked at in tests/browser/test_pages.py
def test_no_link_of_the_admin_is_empty(staff):
    unseen, faults = [], {}
    for name, paths in pages():
        responses = [staff.get(path) for path in paths]
        shown = next((response for response in responses if response.status_code == 200), None)
        if shown is None:
            # Nobody adds an email or types a price into the past.
            unseen += [name for response in responses[:1] if response.status_code != 403]
        elif found := EMPTY_LINK.search(shown.content.decode()):
            faults[name] = found[0]

    assert not faults
    assert unseen == []


def test_no_link_of_the_pages_of_many_is_empty(staff):
    changelists = chain(
        (("leads_lead", f"{slug}_selected") for slug in ("approve", "reject")),
        (("commissions_withdrawal", f"{act.slug}_selected") for act in ACTIONS),
    )
    for model, action in changelists:
        path = reverse(f"admin:{model}_changelist")
        posted = {"action": action, "select_across": "1", "_selected_action": "0"}
        page = staff.post(f"{path}?status=all", posted, follow=True)
        assert page.status_code == 200, action
        assert not EMPTY_LINK.search(page.content.decode())


def test_empty_links_are_found():
    for link in ('<a href="">', "<a class='x' href=''>", "<a href>", "<a href class=x>"):
        assert EMPTY_LINK.search(link), link
    for link in ('<a href="#x">', '<a href="/">', '<a data-href="">', '<a href="?">', "<a>"):
        assert not EMPTY_LINK.search(link), link
