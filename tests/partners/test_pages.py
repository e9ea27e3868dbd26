"""Home, signing in and out, passwords, one's own profile, the theme, and the pages for errors."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from commissions.catalog.models import Plan, Price
from commissions.catalog.terms import CommissionTerms
from leadportal.partners.models import User
from tests.factories import PASSWORD, UserFactory
from tests.partners.reading import text, title
from tests.sessions import sign_in

SIGN_IN = "/accounts/login/"
PROFILE = "/accounts/profile/"
PUBLIC = (
    "/",
    SIGN_IN,
    "/accounts/signup/",
    "/accounts/inactive/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/1-wrong/",
    "/accounts/password/reset/key/done/",
)
PRIVATE = (PROFILE, "/accounts/password/change/", "/accounts/logout/", "/accounts/reauthenticate/")


@pytest.fixture
def partner_client(client: Client, partner_user: User) -> Client:
    sign_in(client, partner_user)
    return client


# Every page, whoever asks


@pytest.mark.parametrize("path", PUBLIC)
def test_public_page_is_open_to_everyone(client, db, path):
    response = client.get(path)
    assert response.status_code == 200
    assert title(response).endswith("lead portal")
    assert response.content.count(b"<h1") == 1


@pytest.mark.parametrize("path", PRIVATE)
def test_private_page_is_open_to_whoever_is_signed_in(partner_client, path):
    response = partner_client.get(path)
    assert response.status_code == 200
    assert response.content.count(b"<h1") == 1


@pytest.mark.parametrize(
    "path", [PROFILE, "/accounts/password/change/", "/accounts/reauthenticate/"]
)
def test_private_page_sends_strangers_to_sign_in_and_back(client, db, path):
    response = client.get(path)
    assert response.status_code == 302
    assert response["Location"].startswith(SIGN_IN)
    assert "next=" in response["Location"]


@pytest.mark.parametrize(
    "path", ["/accounts/email/", "/accounts/confirm-email/", "/accounts/password/set/"]
)
def test_what_allauth_could_do_besides_is_not_offered(partner_client, path):
    assert partner_client.get(path).status_code == 404


# Home


def test_home_spells_out_the_worked_examples(client, db):
    page = text(client.get("/"))
    assert "12 × 5 agents × $59.00 = $3,540.00" in page
    assert "10% of $3,540.00 = $354.00" in page
    assert "10% of $5,280.00 = $528.00 pays more" in page
    assert "Fixed fee: $500.00 pays more" in page
    assert "Below $5,000.00 a year the fixed fee pays more" in page


def test_home_explains_the_program(client, db):
    page = text(client.get("/"))
    for words in (
        "at least 5 agent accounts",
        "over 50 employees",
        "20–30 minutes",
        "30–45 minutes",
        "typically 14 days",
        "Approved for further review",
        "within 3 business days",
        "partners@livechat.com",
    ):
        assert words in page


def test_home_follows_the_terms_and_prices_in_force(client, db):
    today = timezone.localdate()
    terms = CommissionTerms.objects.in_force(today)
    terms.pk, terms.valid_from = None, today
    terms.flat_fee, terms.share_percent, terms.minimum_agents = Decimal(400), Decimal("12.5"), 8
    terms.save(force_insert=True)
    plan = Plan.objects.get(product__code="livechat", code="business")
    Price.objects.create(plan=plan, billing_cycle="annual", monthly=Decimal(100), valid_from=today)
    Price.objects.create(
        plan=plan, billing_cycle="annual", monthly=Decimal(1), valid_from=today + timedelta(days=1)
    )
    page = text(client.get("/"))
    assert "12.5% of $6,000.00 = $750.00" in page
    assert "$400.00 fixed fee" in page
    assert "at least 8 agent accounts" in page


def test_home_leaves_an_example_out_whose_plan_is_withdrawn(client, db):
    Plan.objects.filter(product__code="helpdesk").update(is_offered=False)
    page = text(client.get("/"))
    assert "$354.00" in page
    assert "$528.00" not in page


def test_home_offers_a_partner_to_submit_a_lead_and_others_what_suits(
    client, partner_user, sales_user
):
    assert "Sign in to submit a lead" in text(client.get("/"))
    sign_in(client, partner_user)
    assert b'href="/solution/leads/submit/"' in client.get("/").content
    sign_in(client, sales_user)
    assert b"/solution/leads/" not in client.get("/").content


def test_home_costs_the_same_few_queries(client, partner_client, django_assert_num_queries):
    with django_assert_num_queries(5):  # session, person, terms, plans, prices
        partner_client.get("/")
    client.logout()
    with django_assert_num_queries(3):
        client.get("/")


# The frame


def test_frame_names_the_person_and_marks_where_one_is(partner_client):
    page = partner_client.get(PROFILE).content.decode()
    assert "Olivia Owner" in page
    assert "Brightside Consulting" in page
    assert re.findall(
        r'href="([^"]*)" aria-current="page"', partner_client.get("/").content.decode()
    ) == [
        "/",
        "/",
    ]


def test_frame_leads_staff_to_the_admin_and_not_to_the_leads_tab(client, sales_user):
    sign_in(client, sales_user)
    page = client.get(PROFILE).content.decode()
    assert 'href="/admin/"' in page
    assert "/solution/leads/" not in page
    assert "/commissions/" not in page


def test_frame_is_drawn_once_for_each_place_and_kind_of_person(client, partner_user, sales_user):
    places = {
        "/": "Home",
        "/solution/leads/": "Leads",
        "/commissions/": "Commissions",
        "/what-would-i-earn/": "What would I earn?",
        PROFILE: str(partner_user),
    }
    for _ in range(2):  # drawn, then kept
        sign_in(client, partner_user)
        for place, name in places.items():
            page = client.get(place).content.decode()
            (sidebar,) = re.findall('<header class="sidebar">.*?</header>', page, re.DOTALL)
            assert re.findall(r'aria-current="page">([^<]*)<', sidebar) == [name]
            assert ">Admin<" not in sidebar
        sign_in(client, sales_user)
        assert ">Admin<" in client.get("/").content.decode()


def test_frame_costs_two_queries(partner_client, django_assert_num_queries):
    with django_assert_num_queries(2):  # the session, the person with the organization
        partner_client.get("/accounts/logout/")


# Signing in and out


@pytest.mark.parametrize(
    ("who", "path"), [("partner_user", "/solution/leads/"), ("sales_user", "/admin/")]
)
def test_sign_in_leads_where_the_work_is(client, request, who, path):
    user = request.getfixturevalue(who)
    response = client.post(SIGN_IN, {"login": user.email, "password": PASSWORD}, follow=True)
    assert response.redirect_chain[-1][0] == path


def test_sign_in_returns_to_the_requested_page(client, partner_user):
    page = client.get(PROFILE, follow=True).content.decode()
    going_back = re.search(r'name="next" value="([^"]*)"', page)[1]
    form = {"login": partner_user.email, "password": PASSWORD, "next": going_back}
    assert client.post(SIGN_IN, form)["Location"] == PROFILE


def test_sign_in_never_leads_elsewhere(client, partner_user):
    form = {"login": partner_user.email, "password": PASSWORD, "next": "https://evil.example/"}
    assert client.post(SIGN_IN, form)["Location"] == "/accounts/after-sign-in/"


def test_refused_sign_in_says_so_and_keeps_the_address(client, partner_user):
    response = client.post(SIGN_IN, {"login": partner_user.email, "password": "wrong"})
    assert response.status_code == 200
    assert title(response).startswith("Error: ")
    assert b"error-summary" in response.content
    assert f'value="{partner_user.email}"'.encode() in response.content
    assert b"wrong" not in response.content


def test_sign_in_refuses_whoever_tries_too_often(client, partner_user):
    for _ in range(5):
        client.post(SIGN_IN, {"login": partner_user.email, "password": "wrong"})
    response = client.post(SIGN_IN, {"login": partner_user.email, "password": PASSWORD})
    assert response.status_code == 200
    assert "Too many" in text(response)


def test_inactive_person_is_led_to_a_page_that_says_so(client, partner_user):
    User.objects.filter(pk=partner_user.pk).update(is_active=False)
    form = {"login": partner_user.email, "password": PASSWORD}
    assert client.post(SIGN_IN, form)["Location"] == "/accounts/inactive/"


def test_whoever_is_signed_in_is_led_on_from_the_sign_in(partner_client):
    response = partner_client.get(SIGN_IN)
    assert response["Location"] == "/accounts/after-sign-in/"


def test_signing_out_takes_a_post_and_leads_home(partner_client):
    assert "Sign out?" in text(partner_client.get("/accounts/logout/"))
    response = partner_client.post("/accounts/logout/", follow=True)
    assert response.redirect_chain[-1][0] == "/"
    assert "You are signed out." in text(response)


@pytest.mark.parametrize("debug", [True, False])
def test_demo_people_are_named_only_while_debugging(client, partner, settings, debug):
    settings.DEBUG = debug
    UserFactory(email="demo@brightside.example", partner=partner, is_demo=True)
    UserFactory(email="real@brightside.example", partner=partner)
    page = text(client.get(SIGN_IN))
    assert ("demo@brightside.example Owner, Brightside Consulting" in page) is debug
    assert "real@brightside.example" not in page


def test_nobody_signs_up(client, db):
    form = {"email": "new@partner.example", "password1": "correct horse battery"}
    response = client.post("/accounts/signup/", form)
    assert "Accounts are by invitation" in text(response)
    assert not User.objects.exists()


# Passwords


def reset_link(address: str, client: Client) -> str:
    client.post("/accounts/password/reset/", {"email": address})
    (message,) = mail.outbox
    assert message.to == [address]
    return re.search(r"https?://[^/]+(/accounts/password/reset/key/\S+)", message.body)[1]


def test_first_password_is_set_by_the_mailed_link(client, db):
    newcomer = UserFactory(password=None)
    assert not newcomer.has_usable_password()
    form = client.get(reset_link(newcomer.email, client), follow=True)
    action = re.search(r'<form method="post" action="([^"]*key[^"]*)"', form.content.decode())[1]
    response = client.post(
        action, {"password1": "battery horse 7", "password2": "battery horse 7"}, follow=True
    )
    assert "Your new password is saved" in text(response)
    signed_in = client.post(SIGN_IN, {"login": newcomer.email, "password": "battery horse 7"})
    assert signed_in["Location"] == "/accounts/after-sign-in/"


def test_mailed_link_works_once(client, partner_user):
    link = reset_link(partner_user.email, client)
    action = client.get(link)["Location"]
    client.post(action, {"password1": "battery horse 7", "password2": "battery horse 7"})
    assert "This link no longer works" in text(client.get(link, follow=True))


def test_bad_new_password_is_refused_with_the_reason(client, partner_user):
    action = client.get(reset_link(partner_user.email, client))["Location"]
    response = client.post(action, {"password1": "short", "password2": "short"})
    assert title(response).startswith("Error: ")
    assert "at least 10 characters" in text(response)


def test_reset_for_an_unknown_address_says_the_same_and_mails_nobody(client, db):
    response = client.post(
        "/accounts/password/reset/", {"email": "nobody@else.example"}, follow=True
    )
    assert "Check your email" in text(response)
    assert mail.outbox == []


def test_asking_for_resets_too_often_is_refused_readably(client, partner_user):
    for _ in range(5):
        client.post("/accounts/password/reset/", {"email": partner_user.email})
    response = client.post("/accounts/password/reset/", {"email": partner_user.email})
    assert response.status_code == 429
    assert "Too many attempts" in text(response)


def test_password_is_changed_by_whoever_knows_it_and_leads_to_the_profile(partner_client):
    form = {
        "oldpassword": PASSWORD,
        "password1": "battery horse 7",
        "password2": "battery horse 7",
        "next": PROFILE,
    }
    page = partner_client.get("/accounts/password/change/").content.decode()
    assert f'name="next" value="{PROFILE}"' in page
    response = partner_client.post("/accounts/password/change/", form, follow=True)
    assert response.redirect_chain == [(PROFILE, 302)]
    assert "Your new password is saved." in text(response)


def test_password_is_not_changed_without_the_old_one(partner_client, partner_user):
    form = {"oldpassword": "no", "password1": "battery horse 7", "password2": "battery horse 7"}
    response = partner_client.post("/accounts/password/change/", form)
    assert title(response).startswith("Error: ")
    partner_user.refresh_from_db()
    assert partner_user.check_password(PASSWORD)


# One's own profile


def test_profile_shows_who_one_is(client, teammate):
    sign_in(client, teammate)
    page = text(client.get(PROFILE))
    assert teammate.email in page
    assert "Brightside Consulting" in page
    assert "Member" in page


def test_profile_of_staff_has_no_role(client, sales_user):
    sign_in(client, sales_user)
    page = text(client.get(PROFILE))
    assert "LiveChat" in page
    assert "Role" not in page


def test_name_is_saved_and_nothing_else(client, teammate, stranger):
    sign_in(client, teammate)
    form = {
        "name": "Maximilian",
        "email": "other@brightside.example",
        "role": "owner",
        "partner": stranger.partner_id,
        "is_staff": "on",
    }
    response = client.post(PROFILE, form, follow=True)
    assert "Your name is saved." in text(response)
    before = (teammate.email, teammate.role, teammate.partner_id, teammate.is_staff)
    teammate.refresh_from_db()
    assert teammate.name == "Maximilian"
    assert (teammate.email, teammate.role, teammate.partner_id, teammate.is_staff) == before


def test_refused_name_is_shown_in_the_form_but_not_in_the_frame(partner_client):
    response = partner_client.post(PROFILE, {"name": "x" * 151})
    assert title(response).startswith("Error: ")
    assert response.content.count(b"x" * 151) == 1
    assert "Olivia Owner" in text(response)


# The theme


def test_theme_is_stored_in_a_cookie_and_marked_on_every_page(client, db):
    response = client.post("/theme/", {"theme": "dark", "next": SIGN_IN})
    assert response["Location"] == SIGN_IN
    assert response.cookies["theme"]["samesite"] == "Lax"
    page = client.get(SIGN_IN).content.decode()
    assert '<html lang="en" data-bs-theme="dark">' in page
    assert 'value="dark" aria-pressed="true"' in page
    client.post("/theme/", {"theme": "auto"})
    assert "data-bs-theme" not in client.get(SIGN_IN).content.decode()


def test_theme_that_does_not_exist_is_none(client, db):
    client.cookies["theme"] = '"><script>'
    page = client.get(SIGN_IN).content.decode()
    assert "data-bs-theme" not in page
    client.post("/theme/", {"theme": "pink"})
    assert client.cookies["theme"].value == ""


@pytest.mark.parametrize(
    "path", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""]
)
def test_theme_leads_nowhere_else(client, db, path):
    assert client.post("/theme/", {"theme": "dark", "next": path})["Location"] == "/"


def test_theme_takes_a_post(client, db):
    assert client.get("/theme/").status_code == 405


# What goes wrong


def test_unknown_address_is_a_page_in_the_frame(partner_client):
    response = partner_client.get("/nowhere/")
    assert response.status_code == 404
    assert "Page not found" in text(response)
    assert "Olivia Owner" in text(response)


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/admin/partners/user/"])
def test_admin_does_not_exist_for_a_partner(partner_client, path):
    response = partner_client.get(path)
    assert response.status_code == 404
    assert "Page not found" in text(response)


def test_admin_sends_whoever_is_signed_out_to_the_portals_sign_in(client, db):
    response = client.get("/admin/partners/user/", follow=True)
    path = response.redirect_chain[-1][0]
    assert path.startswith(SIGN_IN)
    assert 'name="next" value="/admin/' in response.content.decode()


def test_admin_opens_for_staff_after_their_sign_in(client, sales_user):
    going_on = client.get("/admin/", follow=True).redirect_chain[-1][0]
    response = client.post(going_on, {"login": sales_user.email, "password": PASSWORD}, follow=True)
    assert response.status_code == 200
    assert "Lead portal" in text(response)
    assert response.request["PATH_INFO"] == "/admin/"


def test_form_without_its_token_says_what_to_do(partner_user):
    client = Client(enforce_csrf_checks=True)
    sign_in(client, partner_user)
    response = client.post(PROFILE, {"name": "Olivia"})
    assert response.status_code == 403
    assert "Submit the form again" in text(response)


def test_malformed_request_has_a_page(client, db):
    response = client.get("/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert "We could not read that request" in text(response)


def test_failure_has_a_page_that_needs_nothing(client, partner_user, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("out of order")

    monkeypatch.setattr("leads.tab.home.CommissionTerms.objects.in_force", fail)
    client.raise_request_exception = False
    sign_in(client, partner_user)
    response = client.get("/")
    assert response.status_code == 500
    assert "Something went wrong" in text(response)
    assert "out of order" not in text(response)


def test_home_explains_licenses_and_links_to_where_they_are_created(client, db, settings):
    settings.PARTNER_APP_URL = "https://app.vendor.example/"
    page = client.get("/").text
    assert "create a license for the customer" in page
    assert '<a href="https://app.vendor.example/">' in page
    settings.PARTNER_APP_URL = ""
    assert "Create a license in the Partner App" not in client.get("/").text
