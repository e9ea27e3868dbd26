"""Partners and people in the admin: who may add, change, lift or let in whom."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from leadportal.db.groups import FINANCE, PARTNER_MANAGERS
from leadportal.partners.invitations import invite, invite_person, token_of
from leadportal.partners.models import Invitation, Partner, User
from tests.factories import PASSWORD, PartnerFactory, StaffFactory, UserFactory
from tests.sessions import sign_in

PARTNERS = "/admin/partners/partner/"
USERS = "/admin/partners/user/"


@pytest.fixture
def manager(db) -> User:
    return StaffFactory(email="manager@vendor.example", groups=(PARTNER_MANAGERS,))


@pytest.fixture
def as_manager(manager: User) -> Client:
    client = Client()
    sign_in(client, manager)
    return client


@pytest.fixture
def as_superuser(superuser: User) -> Client:
    client = Client()
    sign_in(client, superuser, confirmed=True)
    return client


def person_form(person: User, **changes) -> dict[str, object]:
    form = {
        "email": person.email,
        "name": person.name,
        "partner": person.partner_id or "",
        "role": person.role,
        "is_active": "on",
    }
    return form | changes


def form_fields(client: Client, path: str) -> set[str]:
    return set(client.get(path).context["adminform"].form.fields)


# Partner organizations


@pytest.mark.parametrize("path", [PARTNERS, USERS, "/admin/mail/outgoingmail/"])
def test_lists_show_domains_as_people_write_them(as_superuser, path, outbox):
    partner = PartnerFactory(name="Müller", domain="xn--mller-kva.de")
    person = UserFactory(partner=partner, email="anna@xn--mller-kva.de")
    invite(person, partner, "bo@xn--mller-kva.de", User.Role.MEMBER, timezone.now())
    shown = as_superuser.get(path).content.decode()
    assert "müller.de" in shown
    assert "xn--" not in shown


@pytest.mark.database
def test_manager_adds_a_partner_whose_domain_is_saved_in_lower_case(as_manager):
    response = as_manager.post(PARTNERS + "add/", {"name": "Nova", "domain": " Nova.Example "})
    assert response.status_code == 302
    assert Partner.objects.get(name="Nova").domain == "nova.example"


@pytest.mark.parametrize(
    "pasted", ["www.nova.example", "https://nova.example/team", "sales@nova.example"]
)
def test_partners_domain_is_reduced_as_a_leads_is(as_manager, pasted):
    as_manager.post(PARTNERS + "add/", {"name": "Nova", "domain": pasted})
    assert Partner.objects.get(name="Nova").domain == "nova.example"


@pytest.mark.parametrize("pasted", ["nova", "co.uk", "no va.example", "10.0.0.1"])
def test_partners_domain_that_is_none_is_refused_in_words(as_manager, pasted):
    response = as_manager.post(PARTNERS + "add/", {"name": "Nova", "domain": pasted})
    assert response.status_code == 200
    (words,) = response.context["adminform"].form.errors["domain"]
    assert "such as example.com" in words
    assert not Partner.objects.exists()


def test_partners_domain_is_reduced_wherever_it_is_saved(db):
    assert PartnerFactory(domain="www.Bücher.example").domain == "xn--bcher-kva.example"
    assert PartnerFactory(domain="").domain == ""


@pytest.mark.database
def test_partner_lists_its_people_and_offers_to_add_one(as_manager, partner_user, teammate):
    UserFactory(name="Gone", partner=partner_user.partner, is_active=False)
    page = as_manager.get(f"{PARTNERS}{partner_user.partner_id}/change/").content.decode()
    assert f'<a href="{USERS}{partner_user.pk}/change/">Olivia Owner</a> (Owner)' in page
    assert "Max Member</a> (Member)" in page
    assert "Gone</a> (Owner, not active)" in page
    assert f"{USERS}add/?partner={partner_user.partner_id}&amp;role=member" in page


def test_first_person_of_a_partner_is_offered_as_its_owner(as_manager, partner):
    page = as_manager.get(f"{PARTNERS}{partner.pk}/change/").content.decode()
    assert f"{USERS}add/?partner={partner.pk}&amp;role=owner" in page
    initial = as_manager.get(f"{USERS}add/?partner={partner.pk}&role=owner")
    form = initial.context["adminform"].form
    assert form.initial == {"partner": str(partner.pk), "role": "owner"}


def test_lists_cost_the_same_queries_however_long(as_manager, django_assert_num_queries):
    def costs(path: str, queries: int) -> None:
        with django_assert_num_queries(queries):
            assert as_manager.get(path).status_code == 200

    UserFactory()
    costs(PARTNERS, 6)
    costs(USERS, 7)
    UserFactory.create_batch(30)
    costs(PARTNERS, 6)
    costs(USERS, 7)


# Adding people


@pytest.mark.database
def test_manager_adds_a_person_who_has_no_password_yet(as_manager, partner):
    form = {"email": "New@Brightside.example", "name": "N", "partner": partner.pk, "role": "member"}
    assert as_manager.post(USERS + "add/", form).status_code == 302
    person = User.objects.get(email="new@brightside.example")
    assert person.partner == partner
    assert not person.is_staff
    assert not person.has_usable_password()


def test_manager_cannot_add_a_person_of_no_partner(as_manager, manager):
    response = as_manager.post(USERS + "add/", {"email": "new@else.example", "role": "member"})
    assert response.status_code == 200
    assert "partner" in response.context["adminform"].form.errors
    assert User.objects.get() == manager


@pytest.mark.database
def test_person_is_not_added_twice_however_the_address_is_capitalized(as_manager, partner_user):
    form = {
        "email": partner_user.email.upper(),
        "partner": partner_user.partner_id,
        "role": "member",
    }
    response = as_manager.post(USERS + "add/", form)
    assert "email" in response.context["adminform"].form.errors


# Inviting the people who were added


def new_person(partner: Partner, **answers: object) -> dict[str, object]:
    form = {"email": "new@brightside.example", "name": "N", "partner": partner.pk, "role": "owner"}
    return form | answers


def test_new_person_is_mailed_an_invitation_unless_it_is_unticked(
    as_manager, manager, partner, mailoutbox
):
    assert b'name="send_invitation" ' in as_manager.get(USERS + "add/").content
    assert as_manager.get(USERS + "add/").context["adminform"].form["send_invitation"].value()
    as_manager.post(USERS + "add/", new_person(partner))
    assert mailoutbox == []
    User.objects.filter(partner=partner).update(role="member")
    form = new_person(partner, email="first@brightside.example", send_invitation="on")
    response = as_manager.post(USERS + "add/", form, follow=True)
    assert "An invitation has been sent to first@brightside.example." in response.content.decode()
    (message,) = mailoutbox
    assert message.to == ["first@brightside.example"]
    invitation = Invitation.objects.get()
    assert (invitation.partner, invitation.role) == (partner, "owner")
    assert invitation.invited_by == manager


@pytest.mark.database
def test_mailed_link_lets_a_new_partners_first_owner_in(as_manager, partner, mailoutbox, client):
    as_manager.post(USERS + "add/", new_person(partner, send_invitation="on"))
    link = re.search(r"/accounts/invitation/\S+/", mailoutbox[0].body)[0]
    response = client.post(link, {"name": "Olivia", "password": "battery horse 7"}, follow=True)
    assert response.redirect_chain[-1][0] == "/solution/leads/"
    person = User.objects.get(email="new@brightside.example")
    assert person.is_owner
    page = as_manager.get(f"{USERS}{person.pk}/change/").content.decode()
    assert "Accepted on " in page


def test_staff_are_added_without_an_invitation(as_superuser, mailoutbox):
    form = {"email": "s@vendor.example", "role": "member", "is_staff": "on", "partner": ""}
    response = as_superuser.post(USERS + "add/", form | {"send_invitation": "on"})
    assert response.status_code == 302
    assert User.objects.get(email="s@vendor.example").is_staff
    assert mailoutbox == []


@pytest.mark.database
def test_action_invites_whom_it_can_and_says_why_not_the_others(
    as_manager, partner, partner_user, stranger, sales_user, mailoutbox
):
    waiting = UserFactory(partner=partner, password=None)
    gone = UserFactory(partner=partner, password=None, is_active=False)
    chosen = [person.pk for person in (waiting, gone, partner_user, stranger, sales_user)]
    form = {"action": "send_invitation", "_selected_action": chosen}
    page = as_manager.post(USERS, form, follow=True).content.decode()
    assert f"An invitation has been sent to {waiting.email}." in page
    assert f"{gone.email} is inactive." in page
    assert f"{partner_user.email} already has a password." in page
    assert f"{stranger.email} already has a password." in page
    assert f"{sales_user.email} is staff and chooses a password on the sign-in page." in page
    assert [message.to for message in mailoutbox] == [[waiting.email]]
    as_manager.post(USERS, form)
    assert len(mailoutbox) == 2
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize("who", ["sales_user", "finance_user"])
def test_other_staff_invite_nobody(client, request, who, partner, mailoutbox):
    waiting = UserFactory(partner=partner, password=None)
    sign_in(client, request.getfixturevalue(who))
    form = {"action": "send_invitation", "_selected_action": [waiting.pk]}
    assert client.post(USERS, form).status_code == 403
    assert mailoutbox == []


@pytest.mark.database
def test_person_shows_the_state_of_the_invitation(as_manager, manager, partner):
    waiting = UserFactory(partner=partner, password=None)
    path = f"{USERS}{waiting.pk}/change/"
    assert "None sent." in as_manager.get(path).content.decode()
    invitation = invite_person(manager, waiting, timezone.now())
    page = as_manager.get(path).content.decode()
    assert f"Its link works until {invitation.expires_at:%-d %b %Y, %H:%M}." in page
    assert 'name="send_invitation"' not in page


@pytest.mark.parametrize("changes", [{"email": "corrected@brightside.example"}, {"partner": None}])
def test_corrected_address_or_organization_takes_the_old_links_way_in(
    as_manager, manager, partner, changes, client
):
    waiting = UserFactory(partner=partner, password=None, email="typo@brightside.example")
    invitation = invite_person(manager, waiting, timezone.now())
    if "partner" in changes:
        changes = {"partner": PartnerFactory().pk}
    form = person_form(waiting, **changes)
    assert as_manager.post(f"{USERS}{waiting.pk}/change/", form).status_code == 302
    assert not Invitation.objects.exists()
    assert client.get(f"/accounts/invitation/{token_of(invitation)}/").status_code == 410


def test_other_corrections_leave_the_link(as_manager, manager, partner):
    waiting = UserFactory(partner=partner, password=None)
    invite_person(manager, waiting, timezone.now())
    form = person_form(waiting, name="Other", role="member")
    assert as_manager.post(f"{USERS}{waiting.pk}/change/", form).status_code == 302
    assert Invitation.objects.exists()


@pytest.mark.database
def test_what_a_deactivated_person_sent_or_waits_for_is_revoked(as_manager, manager, partner_user):
    partner = partner_user.partner
    waiting = UserFactory(partner=partner, password=None)
    invite_person(manager, waiting, timezone.now())
    invite(partner_user, partner, "newcomer@brightside.example", "member", timezone.now())
    for person in (waiting, partner_user):
        form = person_form(person)
        del form["is_active"]
        as_manager.post(f"{USERS}{person.pk}/change/", form)
    assert not Invitation.objects.exists()


# Nobody lifts themselves


@pytest.mark.parametrize("forbidden", ["is_staff", "is_superuser", "groups", "user_permissions"])
def test_manager_is_not_offered_to_make_staff(as_manager, partner_user, forbidden):
    assert forbidden not in form_fields(as_manager, USERS + "add/")
    assert forbidden not in form_fields(as_manager, f"{USERS}{partner_user.pk}/change/")


def test_manager_cannot_make_staff_by_posting_extra_fields(as_manager, partner_user):
    group = Group.objects.get(name=FINANCE)
    lifted = {"is_staff": "on", "is_superuser": "on", "groups": [group.pk]}
    form = person_form(partner_user, name="Olive", **lifted)
    assert as_manager.post(f"{USERS}{partner_user.pk}/change/", form).status_code == 302
    partner_user.refresh_from_db()
    assert partner_user.name == "Olive"
    assert not partner_user.is_staff
    assert not partner_user.is_superuser
    assert not partner_user.groups.exists()


@pytest.mark.parametrize("who", ["sales_user", "superuser", "manager"])
def test_manager_sees_staff_and_changes_none_of_them(as_manager, request, who):
    staff = request.getfixturevalue(who)
    path = f"{USERS}{staff.pk}/change/"
    assert b'name="_save"' not in as_manager.get(path).content
    assert as_manager.post(path, person_form(staff, name="Other")).status_code == 403
    staff.refresh_from_db()
    assert staff.name != "Other"


@pytest.mark.parametrize("who", ["partner_user", "sales_user", "superuser", "manager"])
def test_manager_sets_nobodys_password(as_manager, request, who):
    person = request.getfixturevalue(who)
    form = {
        "password1": "battery horse 7",
        "password2": "battery horse 7",
        "usable_password": "true",
    }
    path = f"{USERS}{person.pk}/password/"
    assert as_manager.get(path).status_code == 403
    assert as_manager.post(path, form).status_code == 403
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


@pytest.mark.parametrize("who", ["sales_user", "finance_user"])
def test_other_staff_have_no_business_with_people(client, request, who, partner_user):
    sign_in(client, request.getfixturevalue(who))
    assert client.get(USERS).status_code == 403
    assert client.get(f"{USERS}{partner_user.pk}/change/").status_code == 403
    assert client.get(PARTNERS).status_code == 403


# Letting go


def test_person_who_left_is_deactivated_and_out_at_once(as_manager, partner_user, client):
    sign_in(client, partner_user)
    form = person_form(partner_user)
    del form["is_active"]
    as_manager.post(f"{USERS}{partner_user.pk}/change/", form)
    assert client.get("/accounts/profile/").status_code == 302


@pytest.mark.parametrize("who", ["as_manager", "as_superuser"])
def test_nobody_is_deleted(request, who, partner_user):
    staff = request.getfixturevalue(who)
    assert staff.get(f"{USERS}{partner_user.pk}/delete/").status_code == 403
    staff.post(
        USERS, {"action": "delete_selected", "_selected_action": partner_user.pk, "post": "yes"}
    )
    assert User.objects.filter(pk=partner_user.pk).exists()


@pytest.mark.database
def test_corrected_address_takes_the_old_ones_way_in(
    as_superuser, partner_user, client, mailoutbox
):
    old = partner_user.email
    EmailAddress.objects.create(user=partner_user, email=old, primary=True, verified=True)
    form = person_form(partner_user, email="olivia@brightside.example")
    as_superuser.post(f"{USERS}{partner_user.pk}/change/", form)
    mailoutbox.clear()
    client.post("/accounts/password/reset/", {"email": old})
    assert mailoutbox == []
    client.post("/accounts/password/reset/", {"email": "olivia@brightside.example"})
    assert [message.to for message in mailoutbox] == [["olivia@brightside.example"]]


def test_corrected_name_leaves_the_address_alone(as_manager, partner_user):
    EmailAddress.objects.create(user=partner_user, email=partner_user.email)
    as_manager.post(f"{USERS}{partner_user.pk}/change/", person_form(partner_user, name="Olive"))
    assert EmailAddress.objects.filter(user=partner_user).exists()


# What a superuser may besides


@pytest.mark.database
def test_superuser_makes_staff_with_groups(as_superuser):
    sales = Group.objects.get(name=FINANCE)
    form = {
        "email": "finn@vendor.example",
        "name": "Finn",
        "partner": "",
        "role": "member",
        "is_staff": "on",
        "groups": [sales.pk],
    }
    assert as_superuser.post(USERS + "add/", form).status_code == 302
    person = User.objects.get(email="finn@vendor.example")
    assert person.is_staff
    assert list(person.groups.all()) == [sales]


@pytest.mark.parametrize("is_staff", [True, False])
def test_person_is_staff_or_a_partners_and_the_form_says_so(as_superuser, partner, is_staff):
    form = {"email": "new@else.example", "role": "member"}
    form |= {"is_staff": "on", "partner": partner.pk} if is_staff else {}
    response = as_superuser.post(USERS + "add/", form)
    assert response.status_code == 200
    assert "check Staff or choose a partner" in str(response.context["adminform"].form.errors)


@pytest.mark.database
def test_superuser_sets_a_password(as_superuser, partner_user):
    form = {
        "password1": "battery horse 7",
        "password2": "battery horse 7",
        "usable_password": "true",
    }
    as_superuser.post(f"{USERS}{partner_user.pk}/password/", form)
    partner_user.refresh_from_db()
    assert partner_user.check_password("battery horse 7")


def test_addresses_that_allauth_keeps_are_not_to_be_edited(db):
    assert not admin.site.is_registered(EmailAddress)


@pytest.mark.parametrize(
    "path",
    ["", "{pk}/change/", "add/", "{pk}/history/"],
)
@pytest.mark.parametrize("model", [PARTNERS, USERS])
def test_every_page_opens_for_a_superuser(as_superuser, model, path):
    person = UserFactory(partner=PartnerFactory())
    pk = person.pk if model == USERS else person.partner_id
    assert as_superuser.get(model + path.format(pk=pk)).status_code == 200
