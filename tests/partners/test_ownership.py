"""Nobody comes to a partner's money by the vendor's pages: who makes owners, who hears of it."""

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse

from leadportal.db.groups import FINANCE, PARTNER_MANAGERS
from leadportal.partners import invitations, ownership
from leadportal.partners.invitations import InvitationRefused
from leadportal.partners.models import Invitation, Partner, User
from tests.factories import PASSWORD, PartnerFactory, StaffFactory, UserFactory
from tests.partners.reading import text
from tests.race import race
from tests.sessions import sign_in

USERS = "/admin/partners/user/"
ATTACKER = "attacker@else.example"
NEW_PASSWORD = {
    "password1": "battery horse 7",
    "password2": "battery horse 7",
    "usable_password": "true",
}


@pytest.fixture
def manager(db: None) -> User:
    return StaffFactory(email="manager@vendor.example", groups=(PARTNER_MANAGERS,))


@pytest.fixture
def as_manager(manager: User) -> Client:
    client = Client()
    sign_in(client, manager, confirmed=True)
    return client


@pytest.fixture
def as_superuser(superuser: User) -> Client:
    client = Client()
    sign_in(client, superuser)
    return client


@pytest.fixture
def second(partner_user: User) -> User:
    """Another owner of the same organization."""
    return UserFactory(partner=partner_user.partner, email="second@brightside.example")


def change(client: Client, person: User, **changes: Any) -> Any:
    """Save a person's page in the admin; a value of None leaves a field out."""
    form = {
        "email": person.email,
        "name": person.name,
        "partner": person.partner_id or "",
        "role": person.role,
        "is_active": "on" if person.is_active else None,
    } | changes
    posted = {name: value for name, value in form.items() if value is not None}
    return client.post(f"{USERS}{person.pk}/change/", posted)


def add(client: Client, partner: Partner, **answers: Any) -> Any:
    form = {"email": ATTACKER, "name": "", "partner": partner.pk, "role": "owner"}
    return client.post(f"{USERS}add/", form | answers)


def refusals(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 200
    return response.context["adminform"].form.errors


def stored() -> list[tuple[Any, ...]]:
    fields = ("email", "partner", "role", "is_active", "password")
    return list(User.objects.order_by("pk").values_list(*fields))


# Partner managers: each way to an organization's money


def deactivated(partner: Partner, **fields: Any) -> User:
    return UserFactory(partner=partner, is_active=False, **fields)


WAYS = {
    "address of an owner": (lambda owner: owner, {"email": ATTACKER}, "email"),
    "address of a member": (
        lambda owner: UserFactory(partner=owner.partner, role="member"),
        {"email": ATTACKER},
        "email",
    ),
    "address of a member of an organization without owners": (
        lambda owner: UserFactory(role="member"),
        {"email": ATTACKER},
        "email",
    ),
    "address of a deactivated owner": (
        lambda owner: deactivated(owner.partner),
        {"email": ATTACKER},
        "email",
    ),
    "address of an owner who has no password yet": (
        lambda owner: UserFactory(partner=owner.partner, password=None),
        {"email": ATTACKER},
        "email",
    ),
    "promotion of a member": (
        lambda owner: UserFactory(partner=owner.partner, role="member"),
        {"role": "owner"},
        "role",
    ),
    "promotion of a newcomer": (
        lambda owner: UserFactory(partner=owner.partner, role="member", password=None),
        {"role": "owner"},
        "role",
    ),
    "an owner moved in": (lambda owner: UserFactory(), {"partner": "theirs"}, "partner"),
    "a new owner moved in": (
        lambda owner: UserFactory(password=None),
        {"partner": "theirs"},
        "partner",
    ),
    "a member moved in and promoted": (
        lambda owner: UserFactory(role="member"),
        {"partner": "theirs", "role": "owner"},
        "role",
    ),
    "a former owner let in again": (
        lambda owner: deactivated(owner.partner),
        {"is_active": "on"},
        "is_active",
    ),
    "the owner demoted, to add another": (lambda owner: owner, {"role": "member"}, "role"),
    "the owner moved away, to add another": (
        lambda owner: owner,
        {"partner": "another"},
        "partner",
    ),
    "a deactivated owner demoted": (
        lambda owner: deactivated(owner.partner),
        {"role": "member"},
        "role",
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_manager_comes_to_no_organizations_money(as_manager, partner_user, mailoutbox, way):
    who, changes, field = WAYS[way]
    person = who(partner_user)
    places = {"theirs": partner_user.partner_id, "another": PartnerFactory().pk}
    changes = {
        name: places.get(value, value) if name == "partner" else value
        for name, value in changes.items()
    }
    before = stored()
    response = change(as_manager, person, **changes)
    assert list(refusals(response)) == [field]
    assert "administrator" in str(refusals(response))
    # What was typed stays in the form
    shown = response.context["adminform"].form[field].value()
    assert str(shown) in (str(changes[field]), "True")
    assert stored() == before
    assert mailoutbox == []


@pytest.mark.database
@pytest.mark.parametrize("of", ["active", "deactivated", "waiting"])
def test_manager_adds_no_owner_where_there_is_or_was_one(as_manager, partner, of, mailoutbox):
    fields = {"active": {}, "deactivated": {"is_active": False}, "waiting": {"password": None}}
    UserFactory(partner=partner, **fields[of])
    response = add(as_manager, partner, send_invitation="on")
    assert list(refusals(response)) == ["role"]
    assert not User.objects.filter(email=ATTACKER).exists()
    assert mailoutbox == []


def test_manager_does_not_get_around_it_in_several_steps(as_manager, partner_user):
    """Deactivating is allowed: somebody who left must be out at once. It opens no way in."""
    assert change(as_manager, partner_user, is_active=None).status_code == 302
    partner_user.refresh_from_db()
    assert not partner_user.is_active
    assert list(refusals(add(as_manager, partner_user.partner))) == ["role"]
    assert list(refusals(change(as_manager, partner_user, role="member"))) == ["role"]
    assert list(refusals(change(as_manager, partner_user, email=ATTACKER))) == ["email"]


def test_manager_still_lets_the_only_owner_in_again(as_manager, partner):
    gone = deactivated(partner)
    assert change(as_manager, gone, is_active="on").status_code == 302


def test_manager_gives_an_organization_its_first_owner_in_any_way(as_manager, partner):
    assert add(as_manager, partner).status_code == 302
    first = User.objects.get(email=ATTACKER)
    assert change(as_manager, first, email="right@brightside.example").status_code == 302
    assert change(as_manager, first, role="member").status_code == 302
    member = UserFactory(partner=partner, role="member")
    assert change(as_manager, member, role="owner").status_code == 302
    elsewhere = UserFactory(role="member")
    response = change(as_manager, elsewhere, role="owner")
    assert response.status_code == 302


def test_manager_still_corrects_what_moves_no_money(as_manager, partner_user):
    assert change(as_manager, partner_user, name="Olive").status_code == 302
    waiting = UserFactory(partner=partner_user.partner, role="member", password=None)
    assert change(as_manager, waiting, email="right@brightside.example").status_code == 302
    assert add(as_manager, partner_user.partner, role="member").status_code == 302


@pytest.mark.parametrize("path", ["password/", "change/"])
def test_manager_sets_no_password_and_gives_no_groups(as_manager, partner_user, path):
    before = stored()
    lifted = {"groups": [Group.objects.get(name=FINANCE).pk], "is_superuser": "on"}
    form = {"email": partner_user.email, "name": "", "partner": partner_user.partner_id}
    form |= {"role": "owner", "is_active": "on"} | NEW_PASSWORD | lifted
    as_manager.post(f"{USERS}{partner_user.pk}/{path}", form)
    assert stored() == before
    assert not partner_user.groups.exists()


@pytest.mark.parametrize("path", ["", "add/", "1/change/"])
def test_manager_does_not_reach_groups_at_all(as_manager, path):
    assert as_manager.get(f"/admin/auth/group/{path}").status_code == 403


def test_lists_of_people_change_nobody():
    from django.contrib import admin

    for model, model_admin in admin.site._registry.items():
        if model._meta.app_label in ("partners", "auth"):
            assert (model_admin.list_editable, tuple(model_admin.inlines)) == ((), ())


@pytest.mark.parametrize(
    "name",
    [
        "account_email",
        "account_email_verification_sent",
        "account_confirm_email",
        "account_set_password",
        "account_change_phone",
        "account_confirm_login_code",
        "account_request_login_code",
    ],
)
def test_allauths_own_ways_to_another_address_are_not_mounted(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)
    assert name not in get_resolver().reverse_dict


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_managers_at_once_add_one_first_owner(partner):
    managers = [StaffFactory(groups=(PARTNER_MANAGERS,)) for _ in range(4)]

    def act(number: int) -> int:
        client = Client()
        sign_in(client, managers[number])
        return add(client, partner, email=f"owner-{number}@brightside.example").status_code

    assert sorted(race(4, act)) == [200, 200, 200, 302]
    assert ownership.owners(partner).count() == 1


# The door of invitations


@pytest.mark.database
@pytest.mark.parametrize(
    ("who", "allowed"),
    [("partner_user", True), ("superuser", True), ("manager", False), ("teammate", False)],
)
def test_only_owners_and_administrators_invite_an_owner(
    request, partner_user, who, allowed, mailoutbox
):
    actor = request.getfixturevalue(who)
    now = datetime.now(UTC)
    if allowed:
        invitations.invite(actor, partner_user.partner, "new@else.example", "owner", now)
        assert Invitation.objects.get().role == "owner"
        return
    with pytest.raises(InvitationRefused, match="Only its owners or an administrator"):
        invitations.invite(actor, partner_user.partner, "new@else.example", "owner", now)
    assert not Invitation.objects.exists()
    assert mailoutbox == []


@pytest.mark.database
def test_owner_who_is_none_any_more_invites_no_owner(partner_user, second):
    User.objects.filter(pk=second.pk).update(role="member")
    with pytest.raises(InvitationRefused):
        invitations.invite(second, second.partner, "new@else.example", "owner", datetime.now(UTC))


@pytest.mark.database
def test_invitations_of_an_owner_end_with_the_ownership(as_superuser, partner_user, second):
    now = datetime.now(UTC)
    for role in ("owner", "member"):
        invitations.invite(second, second.partner, f"{role}@else.example", role, now)
    change(as_superuser, second, role="member", confirm_password=PASSWORD)
    assert not Invitation.objects.exists()


# Administrators: after confirming the password, and everybody concerned hears of it


@pytest.mark.database
def test_administrator_changes_an_address_after_the_password_and_both_addresses_are_emailed(
    as_superuser, superuser, partner_user, second, teammate, mailoutbox
):
    old = partner_user.email
    EmailAddress.objects.create(user=partner_user, email=old, primary=True, verified=True)
    before = stored()
    asking = change(as_superuser, partner_user, email="new@brightside.example", name="Olive & O.")
    assert "Confirm your password" in text(asking)
    assert 'name="email" value="new@brightside.example"' in asking.text
    assert 'name="name" value="Olive &amp; O."' in asking.text
    assert stored() == before
    assert mailoutbox == []
    wrong = change(
        as_superuser, partner_user, email="new@brightside.example", confirm_password="wrong"
    )
    assert wrong.status_code == 422
    assert stored() == before
    done = change(
        as_superuser, partner_user, email="new@brightside.example", confirm_password=PASSWORD
    )
    assert done.status_code == 302
    partner_user.refresh_from_db()
    assert partner_user.email == "new@brightside.example"
    assert not EmailAddress.objects.filter(user=partner_user).exists()
    heard = sorted(mail.to[0] for mail in mailoutbox)
    assert heard == sorted([old, "new@brightside.example", second.email])
    for mail in mailoutbox:
        assert f"from {old} to new@brightside.example" in mail.body
        assert str(superuser) in mail.body


@pytest.mark.database
def test_wrong_passwords_count_although_the_page_changes_nothing(as_superuser, partner_user):
    """The counters are in the database: the rollback of the refused change must not undo them."""
    statuses = [
        change(
            as_superuser, partner_user, email=ATTACKER, confirm_password=f"guess {number}"
        ).status_code
        for number in range(11)
    ]
    assert statuses == [422] * 10 + [429]


@pytest.mark.database
@pytest.mark.parametrize(
    ("changes", "who"),
    [
        ({"role": "owner"}, {"role": "member"}),
        ({"is_active": "on"}, {"is_active": False}),
        ({"email": "right@brightside.example"}, {"password": None}),
    ],
)
def test_administrator_makes_a_member_an_owner_and_all_owners_are_emailed(
    as_superuser, partner_user, second, mailoutbox, changes, who
):
    person = UserFactory(partner=partner_user.partner, **who)
    assert "Confirm your password" in text(change(as_superuser, person, **changes))
    assert mailoutbox == []
    assert change(as_superuser, person, **changes, confirm_password=PASSWORD).status_code == 302
    assert sorted(mail.to[0] for mail in mailoutbox) == [partner_user.email, second.email]
    assert "is now an owner of Brightside Consulting" in mailoutbox[0].body


@pytest.mark.database
def test_administrator_adds_a_new_owner_and_all_owners_are_emailed(
    as_superuser, partner_user, mailoutbox
):
    assert "Confirm your password" in text(add(as_superuser, partner_user.partner))
    assert not User.objects.filter(email=ATTACKER).exists()
    assert add(as_superuser, partner_user.partner, confirm_password=PASSWORD).status_code == 302
    assert [mail.to for mail in mailoutbox] == [[partner_user.email]]


@pytest.mark.database
def test_first_owner_takes_no_confirmation_and_no_notice(as_superuser, partner, mailoutbox):
    assert add(as_superuser, partner).status_code == 302
    assert mailoutbox == []


@pytest.mark.database
def test_owners_are_emailed_when_one_invites_another_and_when_it_is_accepted(
    partner_user, second, mailoutbox
):
    now = datetime.now(UTC)
    invitation = invitations.invite(partner_user, second.partner, "new@else.example", "owner", now)
    _, *notices = mailoutbox
    assert sorted(mail.to[0] for mail in notices) == [partner_user.email, second.email]
    assert "invited new@else.example to be an owner" in notices[0].body
    mailoutbox.clear()
    invitations.accept(invitations.token_of(invitation), "Nora", "battery horse 7", now)
    assert sorted(mail.to[0] for mail in mailoutbox) == [partner_user.email, second.email]
    assert "accepted an invitation and is now an owner" in mailoutbox[0].body


def test_member_is_invited_and_joins_without_notices(partner_user, mailoutbox):
    now = datetime.now(UTC)
    invitation = invitations.invite(
        partner_user, partner_user.partner, "new@else.example", "member", now
    )
    invitations.accept(invitations.token_of(invitation), "Nora", "battery horse 7", now)
    assert len(mailoutbox) == 1


def test_administrator_sets_a_password_after_confirming_and_is_limited(
    as_superuser, partner_user, second, mailoutbox
):
    path = f"{USERS}{partner_user.pk}/password/"
    assert "Confirm your password" in text(as_superuser.get(path))
    opened = as_superuser.post(
        path, {"confirm_password": PASSWORD, "confirm_password_and_open": "1"}
    )
    assert opened["Location"] == path
    assert as_superuser.get(path).status_code == 200
    as_superuser.post(path, NEW_PASSWORD | {"password2": "different 77"})
    assert mailoutbox == []
    as_superuser.post(path, NEW_PASSWORD)
    partner_user.refresh_from_db()
    assert partner_user.check_password("battery horse 7")
    assert sorted(mail.to[0] for mail in mailoutbox) == [partner_user.email, second.email]
    answers = [as_superuser.post(path, NEW_PASSWORD).status_code for _ in range(4)]
    assert answers[-1] == 429


def test_typed_passwords_are_not_written_into_the_page_that_asks(as_superuser, partner_user):
    page = as_superuser.post(f"{USERS}{partner_user.pk}/password/", NEW_PASSWORD)
    assert "Confirm your password" in text(page)
    assert "battery horse" not in page.text


@pytest.mark.parametrize("lifted", [{"is_staff": "on"}, {"is_superuser": "on"}, {"groups": [1]}])
def test_administrator_lifts_staff_after_confirming(as_superuser, sales_user, lifted):
    sales_user.groups.clear()
    kept = {} if "is_staff" in lifted else {"is_staff": "on"}
    if "groups" in lifted:
        lifted = {"groups": [Group.objects.get(name=FINANCE).pk]}
    User.objects.filter(pk=sales_user.pk).update(is_staff=True)
    if "is_staff" in lifted:
        answer = as_superuser.post(
            f"{USERS}add/",
            {"email": ATTACKER, "name": "", "partner": "", "role": "member"} | lifted,
        )
    else:
        answer = change(as_superuser, sales_user, **kept, **lifted)
    assert "Confirm your password" in text(answer)
    sales_user.refresh_from_db()
    assert not sales_user.is_superuser
    assert not sales_user.groups.exists()
    assert not User.objects.filter(email=ATTACKER).exists()


def test_administrator_changes_a_group_after_confirming(as_superuser):
    group = Group.objects.get(name=FINANCE)
    path = f"/admin/auth/group/{group.pk}/"
    form = {"name": "Finance and friends", "permissions": []}
    delete = {"action": "delete_selected", "_selected_action": [group.pk], "post": "yes"}
    for url, posted in (
        (path + "change/", form),
        (path + "delete/", {"post": "yes"}),
        ("/admin/auth/group/", delete),
        ("/admin/auth/group/add/", {"name": "New"}),
    ):
        assert "Confirm your password" in text(as_superuser.post(url, posted)), url
    assert Group.objects.get(name=FINANCE).permissions.exists()
    as_superuser.post(path + "change/", form | {"confirm_password": PASSWORD})
    assert Group.objects.get(pk=group.pk).name == "Finance and friends"


# The rule itself


def test_every_change_that_makes_an_owner_is_seen(db):
    """All pairs of before and after: an active owner of the partner who was not the same before."""
    here, there = PartnerFactory(), PartnerFactory()
    UserFactory(partner=here)
    UserFactory(partner=there)
    states = list(
        itertools.product((here, there), ("owner", "member"), (True, False), ("a@x.eu", "b@x.eu"))
    )
    for old, new in itertools.product(states, states):
        before, after = (
            User(pk=99, partner=p, role=r, is_active=a, email=e, password="!unusable")
            for p, r, a, e in (old, new)
        )
        acts_as_owner = new[1] == "owner" and new[2]
        assert ownership.becomes_owner(before, after) is (acts_as_owner and old != new)
        assert bool(ownership.needs_administrator(before, after)) is (acts_as_owner and old != new)
