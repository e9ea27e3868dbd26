"""People: one per address, staff or a partner's, and never a demo's on a real installation."""

from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client

from leadportal.db.groups import FINANCE, PARTNER_MANAGERS, SALES, grant
from leadportal.partners.addresses import normalize_addresses
from leadportal.partners.models import Partner, User
from tests.factories import PASSWORD, PartnerFactory, StaffFactory, UserFactory

SIGN_IN = "/accounts/login/"


def sign_in(client: Client, email: str, password: str = PASSWORD) -> bool:
    """Return whether the form signs in."""
    client.post(SIGN_IN, {"login": email, "password": password})
    return "_auth_user_id" in client.session


@pytest.mark.database
def test_address_is_one_persons_however_it_is_capitalized(partner_user: User) -> None:
    shouted = partner_user.email.upper()
    with pytest.raises(IntegrityError), transaction.atomic():
        UserFactory(email=shouted)
    with pytest.raises(ValidationError, match="email"):
        User(email=shouted, partner=partner_user.partner, password="x").full_clean()
    assert User.objects.get_by_natural_key(f" {shouted} ") == partner_user


@pytest.mark.database
def test_new_users_email_is_saved_in_lower_case(partner: Partner) -> None:
    user = User.objects.create_user(" Olivia@Brightside.Example ", PASSWORD, partner=partner)
    assert user.email == "olivia@brightside.example"
    assert user.check_password(PASSWORD)


def test_user_without_a_password_cannot_sign_in(partner: Partner, client: Client) -> None:
    user = User.objects.create_user("new@brightside.example", partner=partner)
    assert not user.has_usable_password()
    assert not sign_in(client, user.email, "")


@pytest.mark.database
@pytest.mark.parametrize("is_staff", [True, False])
def test_user_is_either_staff_or_a_partners(db: None, is_staff: bool) -> None:
    partner = PartnerFactory() if is_staff else None
    with pytest.raises(IntegrityError, match="user_is_staff_or_a_partners"), transaction.atomic():
        UserFactory(partner=partner, is_staff=is_staff)
    user = User(email="x@example.com", partner=partner, is_staff=is_staff, password="x")
    with pytest.raises(ValidationError, match="either staff or belongs to a partner"):
        user.full_clean()


@pytest.mark.database
def test_superuser_is_staff_without_a_partner(db: None) -> None:
    user = User.objects.create_superuser("ada@vendor.example", PASSWORD)
    assert (user.is_staff, user.is_superuser, user.partner) == (True, True, None)


def test_createsuperuser_asks_for_nothing_but_an_address(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", email="ada@vendor.example", interactive=False, verbosity=0)
    assert User.objects.get(email="ada@vendor.example").check_password(PASSWORD)


def test_only_a_partners_owner_is_an_owner(
    partner_user: User, teammate: User, sales_user: User
) -> None:
    assert partner_user.is_owner
    assert not teammate.is_owner
    assert not sales_user.is_owner
    assert not StaffFactory(role=User.Role.OWNER).is_owner


def test_user_is_called_by_name_or_else_by_address(partner_user: User) -> None:
    assert str(partner_user) == "Olivia Owner"
    partner_user.name = ""
    assert str(partner_user) == partner_user.email


@pytest.mark.database
@pytest.mark.parametrize("typed", ["owner@brightside.example", " OWNER@Brightside.example "])
def test_person_signs_in_by_address_in_any_case(
    partner_user: User, client: Client, typed: str
) -> None:
    assert sign_in(client, typed)


@pytest.mark.parametrize("wrong", [{"password": "incorrect"}, {"email": "nobody@else.example"}])
def test_wrong_password_or_address_does_not_sign_in(
    partner_user: User, client: Client, wrong: dict[str, str]
) -> None:
    assert not sign_in(client, **({"email": partner_user.email} | wrong))


def test_inactive_person_does_not_sign_in(client: Client, db: None) -> None:
    assert not sign_in(client, UserFactory(is_active=False).email)


@pytest.mark.parametrize("person", [UserFactory, StaffFactory])
def test_demo_person_signs_in_only_while_debug_is_on(
    db: None, client: Client, settings: Any, person: Any
) -> None:
    user = person(is_demo=True)
    assert not sign_in(client, user.email)
    assert authenticate(email=user.email, password=PASSWORD) is None
    settings.DEBUG = True
    assert sign_in(client, user.email)


def test_demo_persons_session_ends_with_debug(db: None, client: Client, settings: Any) -> None:
    settings.DEBUG = True
    assert sign_in(client, UserFactory(is_demo=True).email)
    assert client.get("/accounts/profile/").status_code == 200
    settings.DEBUG = False
    response = client.get("/accounts/profile/")
    assert response.status_code == 302
    assert response["Location"].startswith(SIGN_IN)


def test_nobody_signs_up_by_themselves(client: Client, db: None) -> None:
    response = client.post(
        "/accounts/signup/", {"email": "new@example.com", "password1": PASSWORD}, follow=True
    )
    assert response.status_code == 200
    assert not User.objects.filter(email="new@example.com").exists()


@pytest.mark.database
def test_new_database_has_the_groups_and_what_they_may(db: None) -> None:
    def permissions(group: str) -> set[str]:
        return set(Group.objects.get(name=group).permissions.values_list("codename", flat=True))

    assert {"view_lead", "decide_lead", "correct_lead"} <= permissions(SALES)
    assert {"view_lead", "view_ledgerentry", "view_account"} <= permissions(FINANCE)
    assert {"add_partner", "add_user", "change_user"} <= permissions(PARTNER_MANAGERS)
    for group in (SALES, FINANCE, PARTNER_MANAGERS):
        assert not {"change_ledgerentry", "delete_ledgerentry", "delete_lead"} & permissions(group)
    assert "add_ledgerentry" not in permissions(SALES) | permissions(PARTNER_MANAGERS)
    assert "decide_lead" not in permissions(FINANCE) | permissions(PARTNER_MANAGERS)


@pytest.mark.database
def test_groups_are_filled_again_and_keep_what_was_added(db: None) -> None:
    sales = Group.objects.get(name=SALES)
    sales.permissions.clear()
    grant(SALES, "partners.view_partner")
    call_command("migrate", verbosity=0)
    codenames = set(sales.permissions.values_list("codename", flat=True))
    assert {"view_partner", "decide_lead"} <= codenames


def test_permission_that_nobody_declares_is_not_granted_silently(db: None) -> None:
    with pytest.raises(Permission.DoesNotExist, match=r"leads\.fly_lead does not exist"):
        grant(SALES, "leads.view_lead", "leads.fly_lead")


def test_permission_of_two_models_is_not_granted_at_random(db: None) -> None:
    of_drafts = Permission.objects.filter(content_type__app_label="leads", codename="view_draft")
    of_drafts.update(codename="view_lead")
    with pytest.raises(Permission.MultipleObjectsReturned, match="names several permissions"):
        grant(SALES, "leads.view_lead")


def test_what_a_group_has_already_costs_one_query_to_grant(
    db: None, django_assert_num_queries: Any
) -> None:
    permissions = ("leads.view_lead", "leads.decide_lead", "leads.correct_lead")
    with django_assert_num_queries(1):
        grant(SALES, *permissions)
    Group.objects.get(name=SALES).permissions.clear()
    with django_assert_num_queries(3):  # what there is, the group, what it lacks
        grant(SALES, *permissions)
    assert Group.objects.get(name=SALES).permissions.count() == 3


@pytest.mark.database
def test_partner_with_people_is_not_deleted(partner_user: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        partner_user.partner.delete()


STORED = "ann\u200b@brightside.example"


def test_saving_a_user_writes_the_address_as_it_is_looked_up(partner_user):
    partner_user.email = f" \ufeff{STORED.upper()}"
    partner_user.save(update_fields=["email"])
    partner_user.refresh_from_db()
    assert partner_user.email == "ann@brightside.example"


@pytest.mark.database
def test_addresses_stored_with_an_invisible_character_let_their_owners_in(client, partner_user):
    partner_user.set_password("battery horse 7")
    partner_user.save()
    User.objects.filter(pk=partner_user.pk).update(email=STORED)
    normalize_addresses()
    typed = {"login": STORED, "password": "battery horse 7"}
    assert client.post("/accounts/login/", typed).status_code == 302
    assert client.get("/").wsgi_request.user == partner_user


@pytest.mark.database
def test_two_people_never_get_one_address(partner_user, teammate, caplog):
    User.objects.filter(pk=teammate.pk).update(email=partner_user.email.replace("@", "\u200b@"))
    normalize_addresses()
    teammate.refresh_from_db()
    assert "\u200b" in teammate.email
    assert "another one has its address" in caplog.text


@pytest.mark.parametrize(
    "typed", [" OWNER@brightside.example ", "Olivia <owner@brightside.example>;"]
)
def test_a_password_is_reset_for_a_pasted_address(client, partner_user, mailoutbox, typed):
    client.post("/accounts/password/reset/", {"email": typed})
    assert [mail.to for mail in mailoutbox] == [[partner_user.email]]
