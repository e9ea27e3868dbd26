"""A form that was sent too late comes back once, to the same user in the same browser, unsent."""

import logging
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape

from commissions.catalog.models import Plan
from leadportal.interrupted.jobs import DELETE_EXPIRED
from leadportal.interrupted.models import COOKIE, LARGEST, MOST_OF_A_USER, InterruptedForm
from leadportal.interrupted.owner import FIELD, signed
from leadportal.interrupted.views import NEW_TOKEN
from leadportal.partners import suspension
from leadportal.partners.models import User
from leads import decisions
from leads.models import Draft, Lead
from leads.status import Status
from tests.factories import BUNDLE_5, PASSWORD, LeadFactory, UserFactory
from tests.interrupted.forms import ORIGIN, Form, forms_of, same_form, send
from tests.jobs.runs import run_of
from tests.leads.answers import draft_of
from tests.leads.triage_pages import address
from tests.sessions import sign_in

PROFILE = "/accounts/profile/"
TYPED = 'Olivia "Liv" <Owner>'
BACK = "Nothing was sent yet."


def form_at(client: Client, path: str, name: str) -> Form:
    """Return the form of the page that has a field of this name."""
    forms = forms_of(client.get(path), path)
    return next(form for form in forms if name in {each.name for each in form.controls})


def filled(form: Form, **typed: str) -> list[tuple[str, str]]:
    """Return what the form posts with these fields typed in."""
    drawn = [pair for each in form.controls for pair in each.posted()]
    return [*((name, value) for name, value in drawn if name not in typed), *typed.items()]


@pytest.fixture
def profile(client: Client, partner_user: User) -> Form:
    """The form for one's name, open in the browser of the signed-in owner."""
    sign_in(client, partner_user)
    return form_at(client, PROFILE, "name")


def sign_out(client: Client) -> None:
    client.cookies.pop(settings.SESSION_COOKIE_NAME)


def typed_signed_out(client: Client, form: Form, **headers: str) -> Any:
    sign_out(client)
    return send(client, form, filled(form, name=TYPED), **headers)


def kept() -> int:
    return InterruptedForm.objects.count()


# Who gets what back, and when


def expire(client: Client, user: User) -> None:
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))


def sign_out_in_another_tab(client: Client, user: User) -> None:
    other = Client()
    other.cookies[settings.SESSION_COOKIE_NAME] = client.cookies[settings.SESSION_COOKIE_NAME].value
    other.post("/accounts/logout/")


def lose_the_cookie(client: Client, user: User) -> None:
    sign_out(client)


def change_the_password_elsewhere(client: Client, user: User) -> None:
    user.set_password(PASSWORD)
    user.save()


@pytest.mark.parametrize(
    "end", [expire, sign_out_in_another_tab, lose_the_cookie, change_the_password_elsewhere]
)
def test_form_comes_back_once_after_signing_in(client, partner_user, profile, end) -> None:
    end(client, partner_user)
    asked = send(client, profile, filled(profile, name=TYPED))
    assert asked["Location"] == f"/accounts/login/?next={PROFILE}"
    assert "the form comes back" in client.get(asked["Location"]).content.decode()
    assert client.cookies[COOKIE]["httponly"]
    assert client.cookies[COOKIE]["samesite"] == "Lax"

    credentials = {"login": partner_user.email, "password": PASSWORD, "next": PROFILE}
    arrived = client.post("/accounts/login/", credentials)
    assert arrived["Location"] == PROFILE
    page = client.get(PROFILE)
    assert BACK in page.content.decode()
    assert ("name", TYPED) in same_form(page, profile).shown()
    assert {"private", "no-store"} <= set(page["Cache-Control"].split(", "))
    assert kept() == 0
    assert page.cookies[COOKIE].value == ""  # no page asks the database any more

    again = client.get(PROFILE).content.decode()
    assert BACK not in again
    assert escape(TYPED) not in again
    partner_user.refresh_from_db()
    assert partner_user.name == "Olivia Owner"


def test_form_comes_back_after_a_new_password_was_chosen(client, partner_user, profile) -> None:
    typed_signed_out(client, profile)
    sign_in(client, partner_user)  # wherever that leads
    client.get("/solution/leads/")
    assert BACK in client.get(PROFILE).content.decode()


def test_form_comes_back_to_nobody_else(client, partner_user, teammate, profile) -> None:
    typed_signed_out(client, profile)
    sign_in(client, teammate)
    page = client.get(PROFILE).content.decode()
    assert BACK not in page
    assert escape(TYPED) not in page
    sign_in(client, partner_user)
    assert escape(TYPED) in client.get(PROFILE).content.decode()


def test_form_comes_back_in_no_other_browser(client, partner_user, profile) -> None:
    typed_signed_out(client, profile)
    for cookie in ("", "x", "\xff"):
        other = Client()
        other.cookies[COOKIE] = cookie
        sign_in(other, partner_user)
        assert BACK not in other.get(PROFILE).content.decode()


def deactivate(user: User, by: User) -> None:
    user.is_active = False
    user.save()


def suspend_the_organization(user: User, by: User) -> None:
    suspension.suspend(user.partner, "Under review", by)


@pytest.mark.parametrize("end", [deactivate, suspend_the_organization])
def test_nothing_comes_back_to_who_may_not_sign_in(
    client, partner_user, superuser, profile, end
) -> None:
    end(partner_user, superuser)
    send(client, profile, filled(profile, name=TYPED))
    credentials = {"login": partner_user.email, "password": PASSWORD, "next": PROFILE}
    client.post("/accounts/login/", credentials)
    page = client.get(PROFILE, follow=True).content.decode()
    assert escape(TYPED) not in page
    assert kept() == 1  # until it is purged


def test_form_of_somebody_else_is_not_taken(client, partner_user, teammate, profile) -> None:
    sign_in(client, teammate)
    refused = send(client, profile, filled(profile, name=TYPED))
    assert refused.status_code == 403
    assert "This page belongs to another user" in refused.content.decode()
    teammate.refresh_from_db()
    assert teammate.name == "Max Member"
    sign_in(client, partner_user)
    assert escape(TYPED) in client.get(PROFILE).content.decode()


def test_signing_out_forgets_what_was_typed(client, partner_user, profile) -> None:
    typed_signed_out(client, profile)
    sign_in(client, partner_user)
    client.post("/accounts/logout/")
    assert kept() == 0


def test_head_brings_nothing_back(client, partner_user, profile) -> None:
    sign_out(client)
    send(client, profile, filled(profile, name=TYPED))
    sign_in(client, partner_user)
    client.head(PROFILE)
    assert kept() == 1
    assert escape(TYPED) in client.get(PROFILE).content.decode()


def test_nothing_comes_back_after_an_hour(client, partner_user, profile) -> None:
    typed_signed_out(client, profile)
    InterruptedForm.objects.update(interrupted_at=timezone.now() - timedelta(hours=1))
    sign_in(client, partner_user)
    assert BACK not in client.get(PROFILE).content.decode()
    assert DELETE_EXPIRED.work(run_of()) == "1 deleted"
    assert kept() == 0


def test_user_without_such_a_form_costs_no_query(client, profile) -> None:
    with CaptureQueriesContext(connection) as queries:
        client.get(PROFILE)
    assert not [each for each in queries if "interrupted" in each["sql"]]


# A CSRF token that is not the current one


@pytest.fixture
def checking(partner_user: User) -> Client:
    """The owner's browser, in front of a portal that checks CSRF tokens."""
    client = Client(enforce_csrf_checks=True)
    sign_in(client, partner_user)
    return client


def rotate(client: Client) -> None:
    """Do to the token what signing in in another tab does."""
    client.cookies["csrftoken"] = "x" * 32


def test_form_with_an_older_csrf_token_comes_back_with_a_new_one(checking, partner_user) -> None:
    form = form_at(checking, PROFILE, "name")
    rotate(checking)
    sent = send(checking, form, filled(form, name="Liv Owner"))
    assert sent["Location"] == PROFILE
    page = checking.get(PROFILE)
    assert BACK in page.content.decode()
    back = same_form(page, form)
    assert ("name", "Liv Owner") in back.shown()
    send(checking, back, [pair for each in back.controls for pair in each.posted()])
    partner_user.refresh_from_db()
    assert partner_user.name == "Liv Owner"


def test_older_csrf_token_of_somebody_else_or_of_nobody_is_refused(checking, teammate) -> None:
    form = form_at(checking, PROFILE, "name")
    rotate(checking)
    sign_in(checking, teammate)
    assert send(checking, form, filled(form, name=TYPED)).status_code == 403
    without = [pair for pair in filled(form, name=TYPED) if pair[0] != FIELD]
    page = send(checking, form, without)
    assert page.status_code == 403
    assert "Submit the form again" in page.content.decode()


def test_older_csrf_token_signed_out_leads_to_the_sign_in(checking, partner_user) -> None:
    form = form_at(checking, PROFILE, "name")
    rotate(checking)
    assert typed_signed_out(checking, form)["Location"].startswith("/accounts/login/")
    sign_in(checking, partner_user)
    assert escape(TYPED) in checking.get(PROFILE).content.decode()


def test_sign_in_that_another_tab_has_done_meanwhile_leads_on_to_the_form(
    checking, partner_user
) -> None:
    form = form_at(checking, PROFILE, "name")
    page = typed_signed_out(checking, form)["Location"]
    sign_in_form = form_at(checking, page, "login")
    rotate(checking)
    typed = filled(sign_in_form, login=partner_user.email, password=PASSWORD)
    assert send(checking, sign_in_form, typed).status_code == 403
    sign_in(checking, partner_user)
    assert send(checking, sign_in_form, typed, Origin="https://evil.example").status_code == 403
    assert send(checking, sign_in_form, typed)["Location"] == page
    led_on = checking.get(page, follow=True)
    assert led_on.request["PATH_INFO"] == PROFILE
    assert escape(TYPED) in led_on.content.decode()


def test_too_long_a_form_with_an_older_csrf_token_stays_on_its_page(checking) -> None:
    form = form_at(checking, PROFILE, "name")
    rotate(checking)
    sent = send(checking, form, filled(form, name="x" * LARGEST))
    assert sent.status_code == 403
    assert kept() == 0


# Attacks


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver:81"},
        {"Origin": "http://testserver.evil.example"},
        {"Origin": "https://testserver"},
        {"Origin": "http://["},
        {"Referer": "https://evil.example/accounts/profile/"},
        {"Origin": "", "Referer": "https://evil.example/"},
        {"Origin": "", "Referer": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
    ids=str,
)
def test_nothing_is_stored_from_another_origin(client, profile, checking, headers) -> None:
    assert typed_signed_out(client, profile, **headers).status_code == 302
    rotate(checking)
    assert send(checking, profile, filled(profile, name=TYPED), **headers).status_code == 403
    assert kept() == 0


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "same-origin"}, {"Origin": ""}, {"Referer": ""}],
    ids=str,
)
def test_same_origin_may_be_said_in_each_way(client, profile, headers) -> None:
    typed_signed_out(client, profile, **headers)
    assert kept() == 1


@pytest.mark.parametrize("owner", ["", "1", "1:x:y", "\x00", "9" * 30, "forged", "old"])
def test_nothing_is_stored_without_the_owners_own_page(
    client, profile, partner_user, owner, monkeypatch
) -> None:
    if owner == "forged":
        owner = signing.TimestampSigner(salt="another").sign(str(partner_user.pk))
    if owner == "old":
        monkeypatch.setattr(settings, "SESSION_COOKIE_AGE", -1)
        owner = signed(partner_user.pk)
    sign_out(client)
    fields = [*((n, v) for n, v in filled(profile, name=TYPED) if n != FIELD), (FIELD, owner)]
    assert send(client, profile, fields)["Location"].startswith("/accounts/login/")
    assert kept() == 0


def test_page_of_an_attackers_own_plants_nothing(client, partner_user, profile, stranger) -> None:
    sign_out(client)
    fields = [*filled(profile, name="Planted"), (FIELD, signed(stranger.pk))]
    send(client, profile, fields)
    sign_in(client, partner_user)
    assert "Planted" not in client.get(PROFILE).content.decode()


def test_cookie_that_an_attacker_has_set_shows_them_nothing(
    client, partner_user, profile, stranger
) -> None:
    client.cookies[COOKIE] = "fixed"
    typed_signed_out(client, profile)
    attacker = Client()
    attacker.cookies[COOKIE] = "fixed"
    sign_in(attacker, stranger)
    assert escape(TYPED) not in attacker.get(PROFILE).content.decode()
    sign_in(attacker, partner_user)  # the value itself is not stored
    stored = InterruptedForm.objects.get()
    assert "fixed" not in str(vars(stored))


@pytest.mark.parametrize(
    "path", ["//evil.example/", "/\\evil.example", "/%2F%2Fevil.example", "/?next=//evil.example"]
)
def test_sign_in_leads_to_no_other_site(client, partner_user, profile, path) -> None:
    asked = typed_signed_out(client, profile, Referer=ORIGIN + path)
    [leads_to] = parse_qs(urlsplit(asked["Location"]).query)["next"]
    credentials = {"login": partner_user.email, "password": PASSWORD, "next": leads_to}
    arrived = urlsplit(client.post("/accounts/login/", credentials)["Location"])
    assert arrived.netloc == ""
    assert not arrived.path.startswith(("//", "/\\"))


def test_too_large_a_form_is_not_stored_and_says_so(client, profile) -> None:
    sign_out(client)
    asked = send(client, profile, filled(profile, name="x" * LARGEST))
    assert "too long to be kept" in client.get(asked["Location"]).content.decode()
    assert kept() == 0
    huge = send(client, profile, filled(profile, name="x" * 3_000_000))
    assert huge.status_code == 400


@pytest.mark.database
def test_number_of_stored_forms_per_user_is_limited(client, profile) -> None:
    sign_out(client)
    for number in range(MOST_OF_A_USER + 3):
        profile.action = f"{PROFILE}?n={number}"
        send(client, profile, filled(profile, name=TYPED))
    send(client, profile, filled(profile, name="Newest"))
    assert kept() == MOST_OF_A_USER
    assert ["name", "Newest"] in InterruptedForm.objects.latest("pk").fields


@pytest.mark.database
def test_odd_values_and_files_are_stored_as_text(client, partner_user, profile) -> None:
    sign_out(client)
    posted = {
        FIELD: dict(filled(profile))[FIELD],
        "name": ["\x00A\ud800B", "second", "<script>alert(1)</script>"],
        "file": SimpleUploadedFile("name.txt", b"\xff\xfe"),
        "oldpassword": "secret 1",
        "Password2": "secret 2",
        "confirm_payment": "secret 3",
        "gone": "</dl><script>alert(2)</script>",
    }
    posted["name"] = [value.encode(errors="surrogatepass") for value in posted["name"]]
    client.post(PROFILE, posted, headers={"Origin": ORIGIN})
    fields = InterruptedForm.objects.get().fields
    assert [name for name, _ in fields] == ["name", "name", "name", "gone"]
    sign_in(client, partner_user)
    page = client.get(PROFILE).content.decode()
    assert 'value="A' in page
    assert "second" in page  # listed, as there is one field of the name
    assert "<script>alert" not in page


def test_nothing_typed_is_logged(client, profile, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    typed_signed_out(client, profile)
    assert "Liv" not in caplog.text


# What the pages do


def test_button_alone_leads_back_to_its_page(client, partner_user, teammate) -> None:
    sign_in(client, partner_user)
    path = f"/accounts/team/{teammate.pk}/deactivate/"
    form = forms_of(client.get(path), path)[-1]
    sign_out(client)
    elsewhere = Form("/accounts/team/", form.action, form.controls)
    assert send(client, elsewhere, filled(form))["Location"].endswith("next=/accounts/team/")


def test_lines_of_a_deal_come_back_and_still_count_as_typed(client, partner_user) -> None:
    draft = draft_of(partner_user)
    path = f"/solution/leads/submit/{draft.pk}/deal/"
    sign_in(client, partner_user)
    form = form_at(client, path, "lines-0-agents")
    plan = dict(filled(form))["lines-0-plan"]
    sign_out(client)
    more = {"lines-1-plan": plan, "lines-1-agents": "33", "lines-1-billing_cycle": "annual"}
    send(client, form, [*filled(form, **{"lines-0-agents": "44"}, **more), ("action", "continue")])
    before = Draft.objects.get().answers
    sign_in(client, partner_user)
    page = client.get(path)
    assert Draft.objects.get().answers == before
    back = same_form(page, form)
    shown = dict(back.shown())
    assert (shown["lines-0-agents"], shown["lines-1-agents"]) == ("44", "33")
    send(client, back, [*filled(back), ("action", "later")])
    assert Draft.objects.get().answers["lines-1-agents"] == "33"


@pytest.fixture
def winning(client: Client, sales_user: User, partner_user: User) -> tuple[Lead, Form]:
    """The page on which sales mark a lead of two lines as won."""
    lead = LeadFactory(
        partner=partner_user.partner,
        submitted_by=partner_user,
        status=Status.APPROVED,
        lines=BUNDLE_5,
    )
    sign_in(client, sales_user)
    return lead, form_at(client, address(lead, "win"), "message")


def test_decision_comes_back_where_a_colleague_was_faster(client, winning, sales_user) -> None:
    lead, form = winning
    sign_out(client)
    send(client, form, [*filled(form, message="Well done, all of you."), ("do", "decide")])
    decisions.decide(
        Lead.objects.filter(pk=lead.pk),
        decisions.Decision(to=Status.LOST, message="Gone.", reason="other"),
        sales_user,
    )
    sign_in(client, sales_user)
    page = client.get(address(lead, "win"))
    assert page.status_code == 409
    assert "Well done, all of you." in page.content.decode()
    assert Lead.objects.get(pk=lead.pk).status == Status.LOST


def test_form_that_is_gone_leaves_what_was_typed_to_be_copied(client, partner_user) -> None:
    draft = draft_of(partner_user)
    path = f"/solution/leads/submit/{draft.pk}/contact/"
    sign_in(client, partner_user)
    form = form_at(client, path, "company_name")
    sign_out(client)
    send(client, form, filled(form, description="They called & asked."))
    Draft.objects.update(author=UserFactory())
    sign_in(client, partner_user)
    page = client.get(path)
    assert page.status_code == 404
    assert "They called &amp; asked." in page.content.decode()
    assert kept() == 0


def test_row_that_a_script_has_added_comes_back_and_is_not_saved(client, superuser) -> None:
    path = "/admin/commissions/product/1/change/"
    sign_in(client, superuser)
    form = form_at(client, path, "code")
    count = int(dict(filled(form))["plans-TOTAL_FORMS"])
    row = {"name": "Chat for banks", "code": "banks", "pricing": "per_agent", "position": "9"}
    added = {f"plans-{count}-{name}": value for name, value in row.items()}
    sign_out(client)
    send(client, form, filled(form, **added, **{"plans-TOTAL_FORMS": str(count + 1)}))
    sign_in(client, superuser)
    page = client.get(path)
    assert BACK in page.content.decode()
    back = same_form(page, form)
    assert (f"plans-{count}-name", "Chat for banks") in back.shown()
    assert not Plan.objects.filter(code="banks").exists()
    send(client, back, [pair for each in back.controls for pair in each.posted()])
    assert Plan.objects.filter(code="banks").exists()


# Scripts


SCRIPTS = ({"HX-Request": "true"}, {"X-Requested-With": "XMLHttpRequest"})


@pytest.mark.parametrize("headers", SCRIPTS, ids=str)
def test_script_gets_a_notice_that_the_user_is_signed_out(client, profile, headers) -> None:
    sign_out(client)
    for answer in (
        send(client, profile, filled(profile, name=TYPED), **headers),
        client.get("/solution/leads/", headers=headers),
    ):
        assert answer.status_code == 401
        assert "signed out" in answer.content.decode()
        assert "<form" not in answer.content.decode()
    assert kept() == 0


@pytest.mark.parametrize("headers", SCRIPTS, ids=str)
def test_script_of_the_same_user_gets_a_new_csrf_token(checking, teammate, headers) -> None:
    form = form_at(checking, PROFILE, "name")
    fields = filled(form, name="Liv Owner")
    rotate(checking)
    answer = send(checking, form, fields, **headers)
    assert answer.status_code == 403
    token = answer[NEW_TOKEN]
    assert send(checking, form, fields, **headers, **{"X-CSRFToken": token}).status_code == 403
    fresh = [(n, token if n == "csrfmiddlewaretoken" else v) for n, v in fields]
    assert send(checking, form, fresh, **headers).status_code == 302
    for others in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        rotate(checking)
        assert NEW_TOKEN not in send(checking, form, fields, **headers | others).headers
    sign_in(checking, teammate)
    assert NEW_TOKEN not in send(checking, form, fields, **headers).headers
