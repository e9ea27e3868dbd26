"""Sales' pages in the admin, as a browser asks for them and posts to them."""

import re
from html import unescape
from typing import Any

from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from leads.models import Lead
from leads.triage import columns
from leads.triage.admin import LeadAdmin
from tests.bulk_actions import arrived
from tests.leads.answers import line

QUEUE = "/admin/leads/lead/"
# The parameter that lists the newest lead first; the checkboxes are column 0.
NEWEST_FIRST = f"o=-{LeadAdmin.list_display.index(columns.age) + 1}"
MOVES = {"approve": "approved", "reject": "rejected", "win": "won", "lose": "lost"}
WORDS = "We will call them this week."


def address(lead: Lead, page: str = "change") -> str:
    """Return where a page of this lead is."""
    return reverse(f"admin:leads_lead_{page}", args=[lead.pk])


def words(message: str = WORDS, **more: str) -> dict[str, str]:
    """Return the words of a decision, with its button pressed."""
    return {"do": "decide", "message": message, "note": ""} | more


def final_line(index: int, plan: Any, agents: Any = "", **more: str) -> dict[str, str]:
    """Return a final line as it is posted; `price` and `annual` are what was agreed."""
    return {
        **line(index, plan, agents, more.get("cycle", "annual")),
        f"lines-{index}-agreed_price": more.get("price", ""),
        f"lines-{index}-agreed_annual": more.get("annual", ""),
    }


def shown(response: HttpResponse) -> dict[str, str]:
    """Return the hidden field by which a page says what it computed."""
    found = re.search(r'name="shown" value="([0-9a-f]*)"', response.content.decode())
    return {"shown": found[1]} if found else {}


def as_shown(client: Client, url: str, typed: dict[str, Any]) -> Any:
    """Post what was typed to a page that has shown what it comes to."""
    if typed["do"] not in ("decide", "post"):
        return client.post(url, typed)
    return client.post(url, typed | shown(client.post(url, typed | {"do": "preview"})))


def text(response: HttpResponse) -> str:
    """Return the page's text as people read it: no tags, one space between words."""
    html = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    html = re.sub(r"</?(a|b|em|i|span|strong|time)\b[^>]*>", "", html)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).strip()


def said(response: HttpResponse) -> list[str]:
    """Return the messages that the response leaves for the next page, as people read them."""
    found = [str(message) for message in get_messages(response.wsgi_request)]
    return [unescape(re.sub(r"<[^>]+>", "", message)) for message in found]


def companies(response: HttpResponse) -> list[str]:
    """Return the companies that the list shows, in its order."""
    return [lead.company_name for lead in response.context["cl"].result_list]


def run_action(client: Client, action: str, leads: Any, query: str = "", **more: Any) -> Any:
    """Choose leads in the list and an action for them, and return the page that this leads to."""
    chosen = [lead.pk for lead in leads]
    posted = {"action": action, "select_across": "0", "index": "0", "_selected_action": chosen}
    return arrived(client, client.post(QUEUE + query, posted | more))


def confirm(
    client: Client,
    between: HttpResponse,
    *,
    form: str = '<form class="decision"',
    headers: dict[str, str] | None = None,
    **typed: Any,
) -> Any:
    """Press the button of the page between, with what it carries and what was typed.

    Of another page's form, `form` is how it begins.
    """
    html = between.content.decode()
    form = html[html.index(form) :]
    carried: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form):
        carried.setdefault(name, []).append(unescape(value))
    carried.pop("csrfmiddlewaretoken", None)
    address = re.search(r'action="([^"]*)"', form)
    assert address
    posted = words() | carried | typed
    return client.post(unescape(address[1]), posted, headers=headers)
