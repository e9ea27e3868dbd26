"""Every address of a partner, and who gets what there. A new one must be entered here."""

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from commissions.payouts import billing, withdrawals
from commissions.payouts.models import Withdrawal
from commissions.urls import urlpatterns as commissions_patterns
from leadportal.db.groups import FINANCE, SALES
from leadportal.partners.models import User
from leads.demo.story import BILLING
from leads.models import Draft, Lead
from leads.status import Status
from leads.urls import urlpatterns as leads_patterns
from tests.factories import LeadFactory, PartnerFactory, StaffFactory, UserFactory
from tests.leads.answers import CONTACT, deal, draft_of
from tests.leads.browser import text
from tests.sessions import sign_in
from tests.worlds import made_once

STAFF = ("sales_user", "finance_user", "superuser")


@dataclass(frozen=True)
class Door:
    """An address: how it is asked, and what each of the organization's people gets.

    `of` says whose it is: everybody's (their own list), a draft's (its author's alone), one left
    behind by somebody who was deactivated (the owner's, who is `author` here), a lead's
    (the organization's), a withdrawal's or a statement's by year (likewise).
    """

    of: str
    author: int
    teammate: int
    method: str = "get"
    page: str = ""
    posted: dict[str, str] = field(default_factory=dict)


DOORS: dict[str, tuple[Door, ...]] = {
    "leads:list": (Door("everybody", 200, 200),),
    "leads:drafts": (Door("everybody", 200, 200),),
    "leads:left_behind": (Door("everybody", 200, 404),),
    "leads:take_over": (Door("left", 200, 404), Door("left", 302, 404, "post")),
    "leads:submit": (Door("everybody", 302, 302),),
    "leads:resume": (Door("draft", 302, 404),),
    "leads:autosave": (
        Door("draft", 204, 404, "post", posted={"job_title": "Owner"}),
        Door("draft", 405, 405, "get"),
    ),
    "leads:estimate": (Door("draft", 200, 404, "post"),),
    "leads:warnings": (Door("draft", 200, 404, "post"),),
    "leads:discard": (Door("draft", 200, 404), Door("draft", 302, 404, "post")),
    "leads:page": (
        Door("draft", 200, 404, page="contact"),
        Door("draft", 200, 404, page="deal"),
        Door("draft", 200, 404, page="agreements"),
        Door("draft", 302, 404, "post", page="contact", posted={**CONTACT, "action": "later"}),
        Door("draft", 302, 404, "post", page="deal", posted={"action": "add-line"}),
        Door("draft", 302, 404, "post", page="agreements", posted={"action": "back"}),
    ),
    "leads:detail": (Door("lead", 200, 200),),
    "leads:submitted": (Door("lead", 200, 200),),
    "leads:again": (Door("lead", 302, 302, "post"), Door("lead", 405, 405, "get")),
    "commissions:overview": (Door("everybody", 200, 200),),
    "commissions:billing": (Door("everybody", 200, 200),),
    "commissions:withdraw": (Door("everybody", 200, 200),),
    "commissions:withdrawals": (Door("everybody", 200, 200),),
    "commissions:withdrawal": (Door("withdrawal", 200, 200),),
    "commissions:withdrawal_requested": (Door("withdrawal", 200, 200),),
    "commissions:remittance": (Door("withdrawal", 200, 200),),
    "commissions:statements": (Door("everybody", 200, 200),),
    "commissions:statement": (Door("year", 200, 200),),
    "commissions:statement_csv": (Door("year", 200, 200),),
    "commissions:statement_pdf": (Door("year", 200, 200),),
}


def named(patterns: list[URLPattern], app: str) -> Iterator[str]:
    for pattern in patterns:
        assert isinstance(pattern, URLPattern), "an include() has addresses of its own"
        yield f"{app}:{pattern.name}"


ALL = [*named(leads_patterns, "leads"), *named(commissions_patterns, "commissions")]
CASES = [
    pytest.param(name, door, id=f"{door.method} {name} {door.page}".strip())
    for name, doors in DOORS.items()
    for door in doors
]


def test_every_address_is_entered_here():
    assert set(ALL) == set(DOORS)


@made_once
def kept() -> dict[str, Any]:
    partner = PartnerFactory(name="Brightside Consulting", domain="brightside.example")
    owner = UserFactory(partner=partner, name="Olivia Owner")
    LeadFactory(partner=partner, submitted_by=owner, status=Status.WON)
    billing.save(BILLING, owner)
    world: dict[str, Any] = {
        "owner": owner,
        "teammate": UserFactory(partner=partner, role=User.Role.MEMBER),
        "draft": draft_of(owner),
        "left": draft_of(UserFactory(partner=partner, is_active=False)),
        "rejected": LeadFactory(partner=partner, submitted_by=owner, status=Status.REJECTED),
        "withdrawal": withdrawals.request(owner),
        "stranger": UserFactory(partner__name="Somebody Else", partner__domain="else.example"),
        "sales_user": StaffFactory(groups=(SALES,)),
        "finance_user": StaffFactory(groups=(FINANCE,)),
        "superuser": StaffFactory(is_superuser=True),
    }
    world["cookies"] = {
        user.pk: cookies_of(user) for user in world.values() if isinstance(user, User)
    }
    return world


def cookies_of(user: User) -> Any:
    client = Client()
    sign_in(client, user)
    return client.cookies


@pytest.fixture
def browser_of(kept: dict[str, Any]) -> Callable[[User], Client]:
    """Make a browser with the session that this person has had since the module began."""

    def make(user: User) -> Client:
        client = Client()
        client.cookies = deepcopy(kept["cookies"][user.pk])
        return client

    return make


@pytest.fixture
def partner_user(made: dict[str, Any]) -> User:
    return made["owner"]


@pytest.fixture
def teammate(made: dict[str, Any]) -> User:
    return made["teammate"]


@pytest.fixture
def stranger(made: dict[str, Any]) -> User:
    return made["stranger"]


@pytest.fixture
def sales_user(made: dict[str, Any]) -> User:
    return made["sales_user"]


@pytest.fixture
def draft(made: dict[str, Any]) -> Draft:
    return made["draft"]


@pytest.fixture
def rejected(made: dict[str, Any]) -> Lead:
    return made["rejected"]


@pytest.fixture
def withdrawal(made: dict[str, Any]) -> Withdrawal:
    """All that a won lead has brought, asked for by the owner."""
    return made["withdrawal"]


@pytest.fixture
def ask(made: dict[str, Any], draft: Draft, rejected: Lead, withdrawal: Withdrawal) -> Any:
    """Ask for an address of the owner's draft, lead or money."""

    def _ask(client: Client, name: str, door: Door) -> Any:
        args = {
            "draft": [draft.pk],
            "left": [made["left"].pk],
            "lead": [rejected.reference],
            "withdrawal": [withdrawal.number],
            "year": [withdrawal.requested_at.year],
            "everybody": [],
        }[door.of]
        url = reverse(name, args=[*args, door.page] if door.page else args)
        posted = door.posted or {"draft": str(uuid4()), **deal()}
        return getattr(client, door.method)(url, posted if door.method == "post" else {})

    return _ask


def rows() -> Any:
    return list(Draft.objects.order_by("pk").values()), list(Lead.objects.values())


@pytest.mark.parametrize(("name", "door"), CASES)
def test_anonymous_is_led_to_the_sign_in(client, ask, name, door):
    before = rows()
    response = ask(client, name, door)
    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login") + "?next=/")
    assert rows() == before


@pytest.mark.parametrize(("name", "door"), CASES)
def test_the_author_gets_in(browser_of, partner_user, ask, name, door):
    assert ask(browser_of(partner_user), name, door).status_code == door.author


@pytest.mark.parametrize(("name", "door"), CASES)
def test_a_teammate_gets_the_organizations_and_no_draft(browser_of, teammate, ask, name, door):
    before = rows()
    assert ask(browser_of(teammate), name, door).status_code == door.teammate
    if door.of in ("draft", "left"):
        assert rows() == before


@pytest.mark.parametrize(("name", "door"), CASES)
def test_a_stranger_finds_nothing_of_others(browser_of, stranger, ask, name, door):
    before = rows()
    response = ask(browser_of(stranger), name, door)
    if door.of == "everybody":
        assert response.status_code == door.author, "their own, which is empty"
        assert "Nordwind" not in response.content.decode()
    else:
        assert response.status_code == (405 if door.author == 405 else 404)
    assert rows() == before


@pytest.mark.parametrize(("name", "door"), CASES)
def test_staff_find_none_of_a_partners_pages(browser_of, made, ask, name, door):
    before = rows()
    for who in STAFF:
        response = ask(browser_of(made[who]), name, door)
        assert response.status_code == (405 if door.author == 405 else 404), who
    assert rows() == before


@pytest.mark.parametrize("who", ["owner", "teammate", "stranger", "sales_user"])
def test_what_is_not_there_is_not_found(browser_of, made, who):
    browser = browser_of(made[who])
    for path in (
        "/solution/leads/LD-23456789/",
        "/solution/leads/LD-23456789/submitted/",
        "/solution/leads/1/",
        "/solution/leads/submit/00000000-0000-4000-8000-000000000000/",
        "/solution/leads/submit/00000000-0000-4000-8000-000000000000/discard/",
        "/solution/leads/submit/00000000-0000-4000-8000-000000000000/prices/",
        "/solution/",
    ):
        assert browser.get(path).status_code == 404, path


def test_what_is_anothers_looks_like_what_is_not_there(browser_of, stranger, rejected):
    def shown(reference):
        response = browser_of(stranger).get(f"/solution/leads/{reference}/")
        # The page holds its own address and a random token.
        return response.status_code, re.sub(rf"\b\w{{64}}\b|{reference}", "", text(response))

    assert shown(rejected.reference) == shown("LD-23456789")
    assert shown(rejected.reference)[0] == 404


def test_a_draft_stays_its_authors_when_a_teammate_knows_its_address(
    browser_of, partner_user, teammate, draft
):
    listed = browser_of(teammate).get(reverse("leads:list")).content.decode()
    assert str(draft.pk) not in listed
    listed = browser_of(partner_user).get(reverse("leads:list")).content.decode()
    assert str(draft.pk) in listed


def test_person_of_another_organization_now_takes_no_lead_along(
    browser_of, partner_user, rejected, stranger
):
    partner_user.partner = stranger.partner
    partner_user.save()
    client = browser_of(partner_user)
    assert client.get(rejected.get_absolute_url()).status_code == 404
    assert rejected.reference not in client.get(reverse("leads:list")).content.decode()


def test_sign_in_leads_staff_to_the_admin_and_partners_to_their_leads(
    browser_of, partner_user, sales_user
):
    after = reverse("after_sign_in")
    assert browser_of(sales_user).get(after).url == "/admin/"
    assert browser_of(partner_user).get(after).url == "/solution/leads/"
