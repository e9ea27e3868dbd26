"""The team page: who reads it, who looks after it, and that an organization keeps an owner."""

import re
from datetime import timedelta

import pytest
from allauth.account.adapter import get_adapter
from django.test import Client
from django.utils import timezone

from leadportal.partners.forms import ProfileForm, SetPasswordForm
from leadportal.partners.invitations import accept, invite, token_of
from leadportal.partners.models import Invitation, User
from leadportal.partners.models.invitation import LIFETIME
from leadportal.partners.team import TeamRefused, deactivate, teammates
from tests.factories import PartnerFactory, UserFactory
from tests.partners.reading import text, title
from tests.race import race
from tests.sessions import sign_in

TEAM = "/accounts/team/"
INVITE = f"{TEAM}invite/"
NEWCOMER = "nora@brightside.example"
NEW_PASSWORD = "correct horse battery two"


def invited(owner: User, email: str = NEWCOMER) -> Invitation:
    assert owner.partner is not None
    return invite(owner, owner.partner, email, User.Role.MEMBER, timezone.now())


def again(invitation: Invitation) -> str:
    return f"{TEAM}invitations/{invitation.pk}/send-again/"


def revoking(invitation: Invitation) -> str:
    return f"{TEAM}invitations/{invitation.pk}/revoke/"


def deactivating(person: User) -> str:
    return f"{TEAM}{person.pk}/deactivate/"


def signed_in(user: User) -> Client:
    client = Client()
    sign_in(client, user)
    return client


@pytest.fixture
def as_owner(partner_user: User) -> Client:
    return signed_in(partner_user)


# Who may


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("who", ["stranger", "teammate", "sales_user", "superuser"])
def test_others_do_not_find_what_an_owner_does(request, method, who, partner_user, mailoutbox):
    person = UserFactory(partner=partner_user.partner)
    invitation = invited(partner_user)
    client = signed_in(request.getfixturevalue(who))
    paths = [again(invitation), revoking(invitation), deactivating(person)]
    if who != "stranger":
        paths.append(INVITE)
    form = {"email": "other@brightside.example", "role": "owner"}
    allowed = 405 if method == "get" else 404
    for path in paths:
        answer = getattr(client, method)(path, form).status_code
        assert answer == (allowed if path == again(invitation) else 404), path
    person.refresh_from_db()
    assert person.is_active
    assert Invitation.objects.get() == invitation
    assert len(mailoutbox) == 1


@pytest.mark.parametrize("who", ["sales_user", "superuser"])
def test_staff_have_no_team(request, who):
    assert signed_in(request.getfixturevalue(who)).get(TEAM).status_code == 404
    assert not teammates(request.getfixturevalue(who)).exists()
    assert not Invitation.objects.visible_to(request.getfixturevalue(who)).exists()


def test_anonymous_is_sent_to_sign_in(client, partner_user, teammate):
    invitation = invited(partner_user)
    for path in (TEAM, INVITE, revoking(invitation), deactivating(teammate)):
        assert client.get(path)["Location"].startswith("/accounts/login/?next=")
        assert client.post(path)["Location"].startswith("/accounts/login/?next=")


@pytest.mark.database
@pytest.mark.parametrize("forged", ["0", "9" * 30])
def test_what_is_not_there_is_not_found(as_owner, forged):
    for path in (f"{TEAM}{forged}/deactivate/", f"{TEAM}invitations/{forged}/revoke/"):
        assert as_owner.get(path).status_code == 404
        assert as_owner.post(path).status_code == 404


# The page


@pytest.mark.database
def test_team_shows_people_with_role_and_last_sign_in(as_owner, partner_user, teammate, stranger):
    UserFactory(partner=partner_user.partner, name="Gone Person", is_active=False)
    User.objects.filter(pk=teammate.pk).update(last_login=timezone.now() - timedelta(days=2))
    page = text(as_owner.get(TEAM))
    assert re.search(r"Olivia Owner \(you\) owner@brightside\.example Owner", page)
    assert re.search(r"Max Member member@brightside\.example Member .{12,30}2 days ago", page)
    assert re.search(r"Gone Person \S+ Owner not active Not yet", page)
    assert page.index("Max Member") < page.index("Gone Person")
    assert stranger.name not in page
    assert stranger.email not in page


@pytest.mark.database
def test_team_shows_the_open_invitations_of_the_organization_alone(
    as_owner, partner_user, stranger
):
    fresh, old = invited(partner_user), invited(partner_user, "old@brightside.example")
    Invitation.objects.filter(pk=old.pk).update(sent_at=timezone.now() - LIFETIME)
    invited(stranger, "theirs@else.example")
    accepted = invited(partner_user, "in@brightside.example")
    accept(token_of(accepted), "In Already", "battery horse 7", timezone.now())
    page = text(as_owner.get(TEAM))
    assert f"works until {fresh.expires_at:%-d %b}" in page
    assert re.search(
        r"old@brightside\.example invited by Olivia Owner Member .{12,40}expired", page
    )
    assert "theirs@else.example" not in page
    assert page.count("in@brightside.example") == 1  # among the people


def test_member_reads_the_team_and_is_offered_nothing(teammate, partner_user):
    invited(partner_user)
    page = signed_in(teammate).get(TEAM)
    assert "Olivia Owner" in text(page)
    assert NEWCOMER in text(page)
    for offer in ("Invite a teammate", "Deactivate", "Send again", "Revoke"):
        assert offer not in text(page)


def test_every_page_leads_a_partner_to_the_team_and_staff_not(as_owner, sales_user):
    assert f'href="{TEAM}"' in as_owner.get("/").content.decode()
    assert f'href="{TEAM}"' in as_owner.get("/accounts/profile/").content.decode()
    staff = signed_in(sales_user)
    assert TEAM not in staff.get("/").content.decode()
    assert TEAM not in staff.get("/accounts/profile/").content.decode()


@pytest.mark.parametrize("count", [1, 50])
def test_team_costs_the_same_queries_however_large(
    as_owner, partner_user, django_assert_num_queries, count
):
    UserFactory.create_batch(count, partner=partner_user.partner)
    for number in range(count):
        invited(partner_user, f"person-{number}@brightside.example")
    with django_assert_num_queries(4):  # session, person, team, invitations
        assert as_owner.get(TEAM).status_code == 200


# Inviting


@pytest.mark.database
def test_owner_invites_and_reads_that_the_mail_is_on_its_way(as_owner, partner_user, mailoutbox):
    assert as_owner.get(INVITE).status_code == 200
    form = {"email": " Nora@Brightside.example", "role": "owner"}
    response = as_owner.post(INVITE, form, follow=True)
    assert response.redirect_chain == [(TEAM, 302)]
    assert f"The invitation has been sent to {NEWCOMER}." in text(response)
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.role) == (NEWCOMER, "owner")
    assert (invitation.partner, invitation.invited_by) == (partner_user.partner, partner_user)
    assert [mail.to for mail in mailoutbox] == [[NEWCOMER], [partner_user.email]]


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"email": ""}, "Enter your teammate&#x27;s email address."),
        ({"email": "nora"}, "Enter an email address"),
        ({"email": "n" * 250 + "@b.example"}, "The limit is 254 characters"),
        ({"role": ""}, "Choose a role."),
        ({"role": "sales"}, "not one of the available choices"),
        (
            {"email": "Member@Brightside.example"},
            "member@brightside.example is already in the team.",
        ),
        ({"email": "owner@else.example"}, "We cannot invite owner@else.example"),
    ],
)
def test_refused_invitation_keeps_what_was_typed(
    as_owner, teammate, stranger, mailoutbox, answers, words
):
    response = as_owner.post(INVITE, {"email": NEWCOMER, "role": "owner"} | answers)
    assert title(response).startswith("Error: ")
    assert words in text(response)
    typed = ({"email": NEWCOMER} | answers)["email"]
    assert response.context["form"]["email"].value() == typed
    assert not Invitation.objects.exists()
    assert mailoutbox == []


def test_owner_who_was_overtaken_reads_so(as_owner, partner_user, monkeypatch):
    monkeypatch.setattr("leadportal.partners.forms.invitations.why_not_invited", lambda *args: "")
    invited(partner_user)
    response = as_owner.post(INVITE, {"email": NEWCOMER, "role": "member"})
    assert title(response).startswith("Error: ")
    assert "is already invited" in text(response)


def test_inviting_too_often_is_refused_readably(as_owner, partner_user, stranger, mailoutbox):
    for number in range(19):
        as_owner.post(INVITE, {"email": f"p{number}@brightside.example", "role": "member"})
    as_owner.post(INVITE, {"email": stranger.email, "role": "member"})
    response = as_owner.post(INVITE, {"email": NEWCOMER, "role": "member"})
    assert response.status_code == 429
    assert "Too many attempts" in text(response)
    assert as_owner.post(again(Invitation.objects.first())).status_code == 429
    assert len(mailoutbox) == 19
    assert as_owner.get(TEAM).status_code == 200
    theirs = signed_in(stranger).post(INVITE, {"email": "x@else.example", "role": "member"})
    assert theirs.status_code == 302


# Sending again and revoking


@pytest.mark.database
def test_owner_sends_an_invitation_again(as_owner, partner, partner_user, mailoutbox):
    invitation = invited(UserFactory(partner=partner))
    response = as_owner.post(again(invitation), follow=True)
    assert f"A new link has been sent to {NEWCOMER}." in text(response)
    before = invitation.sent_at
    invitation.refresh_from_db()
    assert invitation.sent_at > before
    assert invitation.invited_by == partner_user
    assert len(mailoutbox) == 2
    assert as_owner.get(again(invitation)).status_code == 405


@pytest.mark.database
def test_owner_revokes_an_invitation_after_confirming(as_owner, partner_user):
    invitation = invited(partner_user)
    page = as_owner.get(revoking(invitation))
    assert "Revoke this invitation?" in text(page)
    assert NEWCOMER in text(page)
    assert Invitation.objects.exists()
    response = as_owner.post(revoking(invitation), follow=True)
    assert f"The invitation of {NEWCOMER} is revoked." in text(response)
    assert not Invitation.objects.exists()
    assert as_owner.post(revoking(invitation)).status_code == 404


@pytest.mark.database
def test_what_was_accepted_meanwhile_is_neither_sent_again_nor_revoked(as_owner, partner_user):
    invitation = invited(partner_user)
    accept(token_of(invitation), "Nora", "battery horse 7", timezone.now())
    for path in (again(invitation), revoking(invitation)):
        assert "is no longer open. Nothing was changed." in text(as_owner.post(path, follow=True))
    assert "is no longer open" in text(as_owner.get(revoking(invitation), follow=True))
    assert User.objects.get(email=NEWCOMER).is_active
    assert Invitation.objects.get() == invitation


# Deactivating


@pytest.mark.database
def test_owner_deactivates_a_teammate_after_confirming(as_owner, teammate):
    theirs = signed_in(teammate)
    page = text(as_owner.get(deactivating(teammate)))
    assert "Deactivate Max Member?" in page
    assert "invitation" not in page
    assert theirs.get(TEAM).status_code == 200
    response = as_owner.post(deactivating(teammate), follow=True)
    assert "Max Member can no longer sign in." in text(response)
    assert theirs.get(TEAM)["Location"].startswith("/accounts/login/")
    assert as_owner.post(deactivating(teammate)).status_code == 404


@pytest.mark.database
def test_what_a_deactivated_owner_sent_is_revoked(as_owner, partner, partner_user):
    other = UserFactory(partner=partner)
    invited(other)
    kept = invited(partner_user, "kept@brightside.example")
    accepted = invited(other, "in@brightside.example")
    accept(token_of(accepted), "In", "battery horse 7", timezone.now())
    assert "1 open invitation that they sent is revoked" in text(as_owner.get(deactivating(other)))
    as_owner.post(deactivating(other))
    assert set(Invitation.objects.all()) == {kept, accepted}


def test_what_waits_for_a_deactivated_person_is_revoked(as_owner, partner, partner_user):
    waiting = UserFactory(partner=partner, password=None)
    invited(partner_user, waiting.email)
    as_owner.post(deactivating(waiting))
    assert not Invitation.objects.exists()


def test_nobody_deactivates_themselves(as_owner, partner_user):
    assert as_owner.get(deactivating(partner_user)).status_code == 404
    assert as_owner.post(deactivating(partner_user)).status_code == 404
    with pytest.raises(TeamRefused, match="cannot deactivate yourself"):
        deactivate(partner_user, partner_user)
    partner_user.refresh_from_db()
    assert partner_user.is_active


@pytest.mark.database
@pytest.mark.parametrize("changes", [{"is_active": False}, {"role": "member"}])
def test_whoever_is_no_owner_any_more_deactivates_nobody(partner_user, teammate, changes):
    User.objects.filter(pk=partner_user.pk).update(**changes)
    with pytest.raises(TeamRefused, match="no longer an owner of the organization"):
        deactivate(teammate, partner_user)
    teammate.refresh_from_db()
    assert teammate.is_active


def test_nobody_is_deactivated_elsewhere(partner_user, stranger):
    deactivate(stranger, partner_user)
    stranger.refresh_from_db()
    assert stranger.is_active


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_owners_who_deactivate_each_other_leave_one():
    for _ in range(5):
        partner = PartnerFactory()
        owners = [UserFactory(partner=partner) for _ in range(4)]
        results = race(4, lambda n: deactivate(owners[(n + 1) % 4], owners[n]))  # noqa: B023
        left = User.objects.filter(partner=partner, is_active=True, role=User.Role.OWNER).count()
        refused = [result for result in results if result is not None]
        assert left >= 1
        assert all(isinstance(result, TeamRefused) for result in refused), results
        assert 4 - left <= results.count(None)


def test_refusal_is_shown_on_the_team_page(as_owner, teammate, monkeypatch):
    def refuse(*args):
        raise TeamRefused("You are no longer an owner of the organization.")

    monkeypatch.setattr("leadportal.partners.views.team.deactivate", refuse)
    response = as_owner.post(deactivating(teammate), follow=True)
    assert "You are no longer an owner of the organization." in text(response)


def as_person(stale: User) -> None:
    get_adapter().set_password(stale, NEW_PASSWORD)


def as_administrator(stale: User) -> None:
    typed = {"usable_password": "true", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    form = SetPasswordForm(stale, typed)
    assert form.is_valid(), form.errors
    form.save()


def by_the_profile(stale: User) -> None:
    ProfileForm({"name": "Max M."}, instance=stale).save()


@pytest.mark.parametrize("change", [as_person, as_administrator, by_the_profile])
def test_access_taken_meanwhile_stays_taken(partner_user, teammate, change):
    stale = User.objects.get(pk=teammate.pk)  # as a request holds it, while it hashes a password
    deactivate(teammate, partner_user)
    change(stale)
    teammate.refresh_from_db()
    assert not teammate.is_active
    assert (teammate.name, teammate.password) == (stale.name, stale.password)
