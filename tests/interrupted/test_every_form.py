"""Every form of every page comes back as typed, once, after signing in again."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from leadportal.interrupted.models import InterruptedForm
from leadportal.partners.models import User
from leads.status import Status
from tests.browser.everything import Everything
from tests.commissions.finance import address
from tests.factories import UserFactory
from tests.interrupted.forms import Form, forms_of, same_form, send
from tests.leads.triage_pages import address as lead_page
from tests.sessions import sign_in

ROLES = ("owner", "member", "sales", "finance", "administrator")
NOTHING_SENT = "Nothing was sent yet."
WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE)", re.IGNORECASE)
SECRET = "correct horse battery staple"


@pytest.fixture
def everything(
    partner_user: User, teammate: User, sales_user: User, finance_user: User, superuser: User
) -> Everything:
    people = {"owner": partner_user, "member": teammate, "sales": sales_user}
    people |= {"finance": finance_user, "administrator": superuser}
    return Everything(people | {"newcomer": UserFactory(partner__name="Brand New")})


def paths_of(everything: Everything, role: str) -> Iterator[str]:
    yield from everything.pages(role)
    if role == "sales":
        yield lead_page(everything.leads[Status.SUBMITTED], "reject")
        yield lead_page(everything.leads[Status.APPROVED], "lose")
    if role == "finance":
        yield f"{address('withdrawal', 'pay')}?chosen={everything.withdrawals[0].pk}"


def interrupted(client: Client, user: User, form: Form, fields: Any) -> Any:
    """Send the form signed out and sign in again: return the page that the sign-in leads to."""
    client.cookies.pop(settings.SESSION_COOKIE_NAME)
    asked = send(client, form, fields)
    if not asked.headers.get("Location", "").startswith("/accounts/login/"):
        return None  # a form for everyone, such as the choice of colors
    sign_in(client, user, confirmed=True)
    # What the sign-in page says is said there.
    client.cookies.pop("messages", None)
    with CaptureQueriesContext(connection) as queries:
        page = client.get(form.page)
    written = [each["sql"] for each in queries if WRITES.match(each["sql"])]
    assert all("interrupted_interruptedform" in sql for sql in written), written
    return page


@pytest.mark.timeout(600)  # hundreds of requests, and the machine may be busy
@pytest.mark.usefixtures("outbox")
def test_every_form_comes_back_as_typed(everything: Everything) -> None:
    seen, lost = set(), []
    for role in ROLES:
        user, client = everything.people[role], Client()
        sign_in(client, user, confirmed=True)
        for path in paths_of(everything, role):
            for form in forms_of(client.get(path), path):
                if (view := kind_of(form)) not in seen:
                    seen.add(view)
                    lost += what_is_lost(client, user, form)
                    sign_in(client, user, confirmed=True)
    assert not lost, "\n".join(lost)
    assert len(seen) > 40


def kind_of(form: Form) -> tuple[str, ...]:
    """Return by which forms are alike: where they are sent and what can be typed."""
    names = {re.sub(r"\d+", "0", each.name) for each in form.controls}
    return resolve(urlsplit(form.action).path).view_name, *sorted(names)


def what_is_lost(client: Client, user: User, form: Form) -> list[str]:
    """Return what does not come back of a form that is sent signed out, and what must not."""
    typed = [(name, SECRET if "password" in name else value) for name, value in form.typed()]
    page = interrupted(client, user, form, [*typed, *form.button()])
    if page is None:
        return []
    html, again = page.content.decode(), same_form(page, form)
    if page.status_code not in (200, 409) or again is None or NOTHING_SENT not in html:
        return [f"{form.page} {form.action}: {page.status_code} {page.headers}"]
    differing = set(form.seen(typed)) ^ set(again.shown())
    if SECRET in html:
        differing.add(("password", SECRET))
    if InterruptedForm.objects.exists():
        differing.add(("kept", "longer than until it came back"))
    return [f"{form.page} {form.action}: {differing}"] if differing else []
