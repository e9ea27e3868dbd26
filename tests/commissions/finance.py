"""Partners with money to withdraw, and finance's pages as a browser asks for them."""

import re
from html import unescape
from typing import Any

from django.contrib.messages import get_messages
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from commissions.payouts import withdrawals
from commissions.payouts.models import BillingDetails, Withdrawal
from leadportal.partners.models import User
from tests.bulk_actions import arrived
from tests.commissions.entries import credit
from tests.factories import StaffFactory, UserFactory

LIST = "/admin/commissions/withdrawal/"
# Billing details as an owner types them
DETAILS = {
    "type": "business",
    "company": "Brightside Consulting GmbH",
    "vat": "DE123456789",
    "address": "Invalidenstraße 12",
    "city": "Berlin",
    "zip_code": "10115",
    "state": "",
    "country": "DE",
    "paypal": "pay@brightside.example",
}


def billing(owner: User, **fields: Any) -> BillingDetails:
    """Save the next version of the organization's billing details."""
    last = BillingDetails.objects.current(owner.partner)
    values = {
        "type": BillingDetails.Type.BUSINESS,
        "company": "Brightside Consulting GmbH",
        "vat": "DE123456789",
        "address": "Lange Straße 12",
        "city": "Hamburg",
        "zip_code": "20095",
        "country": "DE",
        "paypal": "pay@brightside.example",
    }
    at = timezone.now()
    return BillingDetails.objects.create(
        partner=owner.partner,
        version=last.version + 1 if last else 1,
        saved_at=at,
        saved_by=owner,
        **({"paypal_since": at} | values | fields),
    )


def owner_with_money(agents: int = 5, **fields: Any) -> User:
    """An owner of an organization of its own, with billing details and a commission credited.

    5 agents of LiveChat Business are $354.00; `fields` are of the billing details.
    """
    owner = UserFactory()
    billing(owner, **{"paypal": f"pay-{owner.pk}@partner.example", **fields})
    actor = User.objects.filter(is_staff=True).first() or StaffFactory()
    credit(owner.partner, actor, f"LD-{owner.pk}", agents)
    return owner


def requested(agents: int = 5, **fields: Any) -> Withdrawal:
    """A pending withdrawal of another organization each time: $354.00 for 5 agents."""
    return withdrawals.request(owner_with_money(agents, **fields))


def many(count: int) -> list[Withdrawal]:
    """So many pending withdrawals, each of its own organization."""
    return [requested(agents=number + 5) for number in range(count)]


def all_of(*rows: Withdrawal) -> Any:
    """The queryset of exactly these."""
    return Withdrawal.objects.filter(pk__in=[row.pk for row in rows])


def address(model: str, page: str, *args: Any) -> str:
    return reverse(f"admin:commissions_{model}_{page}", args=args)


def asked(client: Client, path: str, data: dict[str, str] | None = None) -> int:
    """Open a page, and return how many statements it asked of the database."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path, data).status_code == 200
    return len(captured)


def act(client: Client, slug: str, *rows: Withdrawal, query: str = "", **typed: str) -> Any:
    """Press the button of the page that exports, pays or returns."""
    chosen = ",".join(str(row.pk) for row in rows)
    return client.post(address("withdrawal", slug) + query, {"do": slug, "chosen": chosen} | typed)


def run_action(client: Client, slug: str, *rows: Withdrawal, query: str = "", **more: Any) -> Any:
    """Choose withdrawals in the list and an action for them; return the page this leads to."""
    posted = {
        "action": f"{slug}_selected",
        "select_across": "0",
        "index": "0",
        "_selected_action": [row.pk for row in rows],
    }
    return arrived(client, client.post(LIST + query, posted | more))


def text(response: HttpResponse) -> str:
    """Return the page's text as people read it: no tags, one space between words."""
    html = response.content.decode().replace("<wbr>", "")
    html = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).strip()


def said(response: HttpResponse) -> list[str]:
    """Return the messages that the response leaves for the next page."""
    return [str(message) for message in get_messages(response.wsgi_request)]


def carried(response: HttpResponse, name: str) -> str:
    """Return the value of the page's hidden field."""
    found = re.search(rf'type="hidden" name="{name}" value="([^"]*)"', response.content.decode())
    assert found, name
    return unescape(found[1])


def press(client: Client, shown: HttpResponse, *, headers: Any = None, **typed: str) -> Any:
    """Press the action's button on a page of many withdrawals, with what its form carries."""
    html = shown.content.decode()
    form = re.search(
        r'<form (id="step"|class="(decision)?" method="post").*?</form>', html, re.DOTALL
    )
    assert form
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form[0]):
        fields.setdefault(name, []).append(unescape(value))
    action = re.search(r'name="do" value="(export|pay|return)"', form[0])
    to = re.search(r' action="([^"]+)"', form[0])
    assert action
    assert to
    return client.post(unescape(to[1]), fields | {"do": action[1]} | typed, headers=headers)
