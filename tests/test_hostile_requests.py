"""No address, header or body from anyone is answered by 500, and HEAD is answered like GET."""

from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from commissions.payouts import withdrawals
from leadportal.partners import invitations
from leadportal.partners.models import Invitation
from leads.models import Draft
from leads.status import Status
from tests.commissions.entries import won_lead
from tests.commissions.finance import all_of, billing
from tests.factories import LeadFactory
from tests.sessions import sign_in

NUL, HUGE, REGEX = "\x00", "9" * 20, "(("
VALUES = (NUL, HUGE, "http://[")
LOOKUPS = (("", HUGE), ("__exact", NUL), ("__exact", HUGE), ("__regex", REGEX), ("__year", HUGE))
# What the pages read from an address or a body, and what Django's admin does
NAMES = (
    *("next", "theme", "q", "p", "o", "all", "e", "status", "before", "after", "batch", "chosen"),
    *("selected", "up_to", "form_owner"),
    *("partner_id", "partner_name", "due", "type", "period", "year", "month", "kind", "state"),
    *("_selected_action", "action", "select_across", "index", "_popup", "_to_field", "do"),
    *("_changelist_filters", "app_label", "model_name", "field_name", "term", "post", "_facets"),
    *("email", "role", "login", "password", "name", "lines-0-plan", "lines-0-agents", "shown"),
    *("lines-TOTAL_FORMS", "amount", "reason", "message", "company_name", "commission_type"),
)
HEADERS: tuple[dict[str, str], ...] = (
    {"Host": "[", "X-Forwarded-For": "not an address"},
    {"Cookie": 'sessionid="\\000\\000\\000\\000\\000\\000\\000\\000"; theme="\\000"'},
    {"Cookie": "sessionid=%00%00; messages=x; csrftoken=\xff; theme=\xff; interrupted=\xff"},
    {
        "HX-Request": "true",
        "HX-Current-URL": "http://[",
        "Accept-Language": "x" * 500,
        "Referer": "http://[",
    },
    {"If-Modified-Since": "yesterday", "Range": "bytes=9-1", "Accept-Encoding": "gzip;q=x"},
)
FORM = "application/x-www-form-urlencoded"
BODIES = (
    *(
        ("next=/&theme=dark&q=%E4", f"{FORM}; charset={name}")
        for name in ("iso-8859-1", "utf-16", "nonsense")
    ),
    (b"\xff\xfe%00=%00&next=%ED%A0%80", FORM),
    (b"--x\r\nContent-Disposition: form-data; name=\r\n\r\n", "multipart/form-data; boundary=x"),
    (b"", "multipart/form-data"),
    (b"{", "application/json"),
    ("&".join(f"f{n}=1" for n in range(1_001)), FORM),
)
# A sweep is thousands of requests, and the machine may be busy.
pytestmark = [pytest.mark.database, pytest.mark.timeout(600)]
# Whom the pages show most on either side; who sees less is asked by `make test-slow`.
PEOPLE = (
    "partner_user",
    "superuser",
    *(
        pytest.param(who, marks=pytest.mark.slow)
        for who in ("anonymous", "sales_user", "finance_user")
    ),
)


@pytest.fixture
def world(db: None, partner_user: Any, sales_user: Any, finance_user: Any) -> dict[str, Any]:
    """Return for each argument of an address what it can be, with a row of every kind made."""
    lead = LeadFactory(partner=partner_user.partner, submitted_by=partner_user)
    LeadFactory(partner=partner_user.partner, submitted_by=partner_user, status=Status.APPROVED)
    won_lead(partner_user, finance_user, domain="won.example")
    billing(partner_user)
    withdrawal = withdrawals.request(partner_user)
    withdrawals.claim(all_of(withdrawal), finance_user)
    now = timezone.now()
    draft = Draft.objects.create(
        pk=uuid4(), author=partner_user, saved_at=now, answers={"company_name": "Acme"}
    )
    invited = invitations.invite(
        partner_user, partner_user.partner, "new@brightside.example", "member", now
    )
    return {
        "draft_id": [draft.pk, uuid4()],
        "reference": [lead.reference, "x" * 300],
        "number": [withdrawal.number, "x" * 300],
        "token": [invitations.token_of(invited), NUL, "x:y:z"],
        "year": [now.year, 0, 99999, HUGE],
        "month": [now.month, 0, 13, HUGE],
        "page": ["contact", "deal", "agreements"],
        "pk": [1, HUGE],
        "object_id": ["1", HUGE, NUL],
        "id": ["1", HUGE, NUL],
        "content_type_id": ["1", HUGE, NUL],
        "uidb36": ["1", "zzzzzzzzzzzzzzzzzzzz"],
        "key": ["set-password", NUL, "x-y"],
        "app_label": ["leads"],
        "url": ["nowhere/", NUL],
    }


def routes(patterns: Any = None, prefix: str = "") -> list[tuple[str, str, tuple[str, ...]]]:
    """Return the name with its namespace, and the arguments, of every address of the project."""
    found = []
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            own = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            found += routes(pattern.url_patterns, own)
        elif pattern.name:
            names = tuple(pattern.pattern.converters) or tuple(pattern.pattern.regex.groupindex)
            found.append((prefix + pattern.name, prefix, names))
    return found


def addresses(world: dict[str, Any]) -> list[str]:
    """Return every address with every value of its arguments, one argument's odd at a time."""
    paths = []
    for name, _, arguments in routes():
        usual = {each: world[each][0] for each in arguments}
        if "pk" in usual or "object_id" in usual:
            usual[arguments[-1]] = _first_key(name) or usual[arguments[-1]]
        paths.append(_address(name, usual))
        for each in arguments:
            paths += [_address(name, {**usual, each: odd}) for odd in world[each][1:]]
    return list(dict.fromkeys(filter(None, paths)))


def _address(name: str, arguments: dict[str, Any]) -> str:
    try:
        return reverse(name, kwargs=arguments)
    except Exception:  # it is no address: nobody gets there
        return ""


def _first_key(name: str) -> Any:
    """Return the key of a row of the model that an admin's address is about."""
    if name == "deactivate_teammate":
        return None
    if name.startswith("invitation_"):
        return Invitation.objects.values_list("pk", flat=True).first()
    label, _, rest = name.removeprefix("admin:").partition("_")
    try:
        model = apps.get_model(label, rest.split("_")[0])
    except LookupError:
        return None
    return model._default_manager.values_list("pk", flat=True).first()


class Sweep:
    """Requests one after the other, each of which is undone; `failed` are those answered by 500."""

    def __init__(self, user: Any) -> None:
        self.client = Client(raise_request_exception=False)
        if user is not None:
            sign_in(self.client, user, confirmed=True)
        self.cookies = self.client.cookies.output()
        self.session = self.client.cookies.get(settings.SESSION_COOKIE_NAME)
        self.failed: list[str] = []
        self.count = 0

    def ask(self, method: str, path: str, **request: Any) -> Any:
        cache.clear()
        self.client.cookies.clear()
        if self.session is not None:
            self.client.cookies[settings.SESSION_COOKIE_NAME] = self.session.value
        with transaction.atomic():
            response = self.client.generic(method, path, **request)
            transaction.set_rollback(True)
        self.count += 1
        if response.status_code >= 500:
            what = {key: str(value)[:80] for key, value in request.items()}
            error = response.exc_info and response.exc_info[1]
            self.failed.append(f"{method} {path[:100]!r} {what}: {error!r}")
        return response


@pytest.fixture
def sweep(request: Any, world: Any, who: str) -> Sweep:
    return Sweep(None if who == "anonymous" else request.getfixturevalue(who))


def usual(world: dict[str, Any]) -> list[str]:
    """Return every address with one value of each argument."""
    return addresses({name: values[:1] for name, values in world.items()})


@pytest.mark.parametrize("who", PEOPLE)
def test_no_method_is_answered_by_500_and_head_is_answered_like_get(sweep, world):
    differing = []
    for path in usual(world):
        got, head = sweep.ask("GET", path), sweep.ask("HEAD", path)
        if got.status_code != head.status_code or head.content:
            differing.append((path, got.status_code, head.status_code))
        if sweep.session is not None and "no-store" not in got.headers.get("Cache-Control", ""):
            differing.append((path, "is stored"))
        sweep.ask("POST", path)
    for path in set(addresses(world)) - set(usual(world)):
        sweep.ask("GET", path)

    assert not sweep.failed, "\n".join(sweep.failed)
    assert differing == []


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize(
    "values", [VALUES[:1], pytest.param(VALUES[1:], marks=pytest.mark.slow)], ids=["nul", "others"]
)
def test_no_parameter_is_answered_by_500(sweep, world, values):
    for path in usual(world):
        for value in values:
            typed = urlencode([(name, value) for name in NAMES])
            sweep.ask("GET", f"{path}?{typed}")
            sweep.ask("POST", path, data=typed, content_type=FORM)

    assert not sweep.failed, "\n".join(sweep.failed)


def ask_oddly(sweep: Sweep, path: str) -> None:
    """Ask for one page with every odd header, and post every odd body to it."""
    for headers in HEADERS:
        sweep.ask("GET", path, headers=headers)
    for body, content_type in BODIES:
        sweep.ask("POST", path, data=body, content_type=content_type)


@pytest.mark.parametrize(
    ("who", "name"),
    [
        ("anonymous", "account_login"),
        ("partner_user", "leads:list"),
        ("partner_user", "commissions:withdraw"),
        ("superuser", "admin:leads_lead_changelist"),
        ("superuser", "admin:partners_partner_add"),
    ],
)
def test_no_header_or_body_is_answered_by_500(sweep, name):
    ask_oddly(sweep, reverse(name))

    assert not sweep.failed, "\n".join(sweep.failed)


@pytest.mark.slow
@pytest.mark.parametrize("who", ["anonymous", "superuser"])
def test_no_header_or_body_of_any_page_is_answered_by_500(sweep, world):
    for path in usual(world):
        ask_oddly(sweep, path)

    assert not sweep.failed, "\n".join(sweep.failed)


def lists() -> list[str]:
    """Return the names of the admin's lists."""
    return [f"{m._meta.app_label}_{m._meta.model_name}" for m in admin.site._registry]


@pytest.mark.slow
@pytest.mark.parametrize("name", lists())
def test_no_filter_of_a_list_is_answered_by_500(superuser, world, name):
    sweep = Sweep(superuser)
    path = reverse(f"admin:{name}_changelist")
    for field in apps.get_model(*name.split("_", 1))._meta.get_fields():
        for lookup, value in LOOKUPS:
            sweep.ask("GET", f"{path}?{field.name}{lookup}={quote(value)}")
    for parameter in NAMES:
        for value in (NUL, HUGE):
            sweep.ask("GET", f"{path}?{parameter}={quote(value)}")
    for chosen in (NUL, HUGE, "x", ""):
        for action in ("delete_selected", "send_again", "pay_selected", "approve"):
            posted = urlencode({"_selected_action": chosen, "action": action, "index": 0})
            sweep.ask("POST", path, data=posted, content_type=FORM)

    assert not sweep.failed, "\n".join(sweep.failed)


def test_theme_leads_nowhere_but_to_a_path_of_the_portal(client, db):
    for path in ("AAAA", "", "//evil.example", "http://[", "/" + "x" * 3_000, "javascript:x"):
        assert client.post("/theme/", {"next": path})["Location"] == "/"
    assert client.post("/theme/", {"next": "/solution/leads/?q=a"})["Location"].endswith("?q=a")


def test_list_is_shown_without_filters_that_it_does_not_declare(client, superuser):
    sign_in(client, superuser)
    path = reverse("admin:leads_lead_changelist")
    for query in ("company_name__regex=((", "submitted_at__year=99999999999", "domain=x.example"):
        assert client.get(f"{path}?{query}")["Location"] == f"{path}?e=1"


def test_chosen_row_that_cannot_exist_is_named_as_an_error(client, superuser):
    sign_in(client, superuser)
    path = reverse("admin:mail_outgoingmail_changelist")
    for key in ("x", HUGE, NUL):
        posted = {"action": "send_again", "_selected_action": key}
        assert "Nothing was done" in client.post(path, posted, follow=True).content.decode()
