"""Invitations: one open at most, a link that works once and for a week, an account for one."""

import re
from datetime import timedelta
from unittest import mock

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.core import signing
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leadportal.partners import invitations
from leadportal.partners.invitations import (
    InvitationRefused,
    LinkFailed,
    LinkFailure,
    accept,
    invite,
    invite_person,
    read,
    revoke,
    send_again,
    token_of,
)
from leadportal.partners.models import Invitation, User
from leadportal.partners.models.invitation import LIFETIME
from tests.factories import PASSWORD, PartnerFactory, StaffFactory, UserFactory
from tests.partners.reading import text, title
from tests.race import race
from tests.sessions import sign_in

NEWCOMER = "nora@brightside.example"
CHOSEN = {"name": "Nora Newcomer", "password": "battery horse 7"}
# SQLite lets one write at a time, so that fewer show as much.
THREADS = 20 if connection.vendor == "postgresql" else 8


@pytest.fixture
def invitation(partner_user: User) -> Invitation:
    return invited(partner_user)


@pytest.fixture
def waiting(partner_user: User) -> User:
    """Somebody whom the vendor has added: an account without a password yet."""
    return UserFactory(
        partner=partner_user.partner, email=NEWCOMER, name="Nora", password=None, role="owner"
    )


def invited(owner: User, email: str = NEWCOMER, role: str = "member") -> Invitation:
    assert owner.partner is not None
    return invite(owner, owner.partner, email, role, timezone.now())


def path_of(token: str) -> str:
    return f"/accounts/invitation/{token}/"


def past_token(invitation: Invitation, ago: timedelta) -> str:
    """Return what a mail of that time carries."""
    then = (timezone.now() - ago).timestamp()
    with mock.patch("django.core.signing.time.time", return_value=then):
        return token_of(invitation)


def signed_in_as(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


# Inviting


@pytest.mark.database
def test_invitation_and_its_email_are_saved_together(partner_user, mailoutbox):
    before = timezone.now()
    invitation = invited(partner_user, " Nora@Brightside.Example ", "owner")
    invitation.refresh_from_db()
    assert invitation.email == NEWCOMER
    assert (invitation.partner, invitation.role) == (partner_user.partner, "owner")
    assert invitation.invited_by == partner_user
    assert before <= invitation.invited_at == invitation.sent_at <= timezone.now()
    assert (invitation.accepted_at, invitation.accepted_by) == (None, None)
    message, notice = mailoutbox
    assert notice.to == [partner_user.email]
    assert message.to == [NEWCOMER]


def test_mail_says_who_invites_to_what_and_until_when(invitation, mailoutbox, settings):
    (message,) = mailoutbox
    assert message.subject == "Join Brightside Consulting in the LiveChat lead portal"
    (html,) = (part.content for part in message.alternatives)
    until = invitation.expires_at.strftime("%-d %b %Y, %H:%M UTC")
    for words in (message.body, html):
        assert "Olivia Owner (owner@brightside.example) has invited you to join Brightside" in words
        assert f"until {until}" in words
        (link,) = set(re.findall(r"http://localhost:8000(/accounts/invitation/[^/]+/)", words))
        assert Client().get(link).status_code == 200


def test_mail_of_the_vendor_names_no_person_of_staff(partner, sales_user, mailoutbox):
    invite(sales_user, partner, NEWCOMER, "owner", timezone.now())
    assert "LiveChat has invited you to join Brightside Consulting" in mailoutbox[0].body
    assert sales_user.email not in mailoutbox[0].body


def test_names_are_written_as_they_are_and_escaped_in_html(db, mailoutbox):
    owner = UserFactory(name="<b>Olivia</b>", partner__name="Smith & Sons")
    invited(owner)
    (message,) = mailoutbox
    assert message.subject.startswith("Join Smith & Sons in")
    assert "<b>Olivia</b>" in message.body
    html = message.alternatives[0].content
    assert "<b>" not in html
    assert "Join Smith &amp; Sons" in html


@pytest.mark.database
def test_nobody_is_invited_without_the_mail(partner_user, monkeypatch):
    def fail(*args):
        raise RuntimeError

    monkeypatch.setattr("leadportal.partners.emails.send_invitation", fail)
    with pytest.raises(RuntimeError):
        invited(partner_user)
    assert not Invitation.objects.exists()


@pytest.mark.database
@pytest.mark.parametrize("typed", [NEWCOMER, "NORA@Brightside.example"])
def test_address_has_one_open_invitation_of_an_organization(
    invitation, partner_user, mailoutbox, typed
):
    with pytest.raises(InvitationRefused, match="is already invited"):
        invited(partner_user, typed)
    assert len(mailoutbox) == 1


@pytest.mark.database
def test_two_organizations_may_invite_one_address_and_learn_nothing(invitation, stranger):
    assert invited(stranger).email == invitation.email


@pytest.mark.database
def test_address_is_invited_again_after_it_was_revoked(invitation, partner_user):
    assert revoke(Invitation.objects.all()) == 1
    assert invited(partner_user).pk != invitation.pk


@pytest.mark.database
def test_teammates_are_not_invited(partner_user, teammate, mailoutbox):
    with pytest.raises(InvitationRefused, match="is already in the team"):
        invited(partner_user, teammate.email)
    User.objects.filter(pk=teammate.pk).update(is_active=False)
    with pytest.raises(InvitationRefused, match="no longer active in your team"):
        invited(partner_user, teammate.email)
    assert mailoutbox == []


def test_account_elsewhere_is_refused_with_one_sentence_whosever_it_is(partner_user, stranger):
    elsewhere = (
        stranger,
        StaffFactory(),
        UserFactory(is_active=False),
        UserFactory(password=None),
    )
    sentences = set()
    for person in elsewhere:
        with pytest.raises(InvitationRefused) as refused:
            invited(partner_user, person.email)
        sentences.add(str(refused.value).replace(person.email, "…"))
    (sentence,) = sentences
    assert sentence == (
        "We cannot invite …: an address can belong to only one organization. Use a different "
        "address or write to partners@livechat.com."
    )


@pytest.mark.database
@pytest.mark.parametrize(
    ("broken", "name"),
    [
        ({"email": "Nora@brightside.example"}, "invitation_email_in_small_letters"),
        ({"accepted_at": timezone.now()}, "invitation_accepted_by_somebody"),
    ],
)
def test_database_refuses_what_an_invitation_never_is(invitation, broken, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Invitation.objects.filter(pk=invitation.pk).update(**broken)


@pytest.mark.database
def test_database_holds_one_open_invitation_per_organization_and_address(invitation, partner_user):
    invitation.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        invitation.save(force_insert=True)
    Invitation.objects.update(accepted_at=timezone.now(), accepted_by=partner_user)
    invitation.save(force_insert=True)
    assert Invitation.objects.count() == 2


# The page


@pytest.mark.database
def test_page_says_who_invites_and_writes_nothing(client, invitation):
    with CaptureQueriesContext(connection) as queries:
        response = client.get(path_of(token_of(invitation)))
    assert response.status_code == 200
    assert (
        "Olivia Owner (owner@brightside.example) has invited you to join Brightside Consulting"
        in text(response)
    )
    assert "as a member" in text(response)
    assert NEWCOMER in text(response)
    assert len(queries) == 2  # the invitation with both names, an account of this address
    assert all(query["sql"].startswith("SELECT") for query in queries)
    assert "sessionid" not in response.cookies


def test_page_is_stored_in_no_cache(client, invitation):
    assert "no-store" in client.get(path_of(token_of(invitation)))["Cache-Control"]


@pytest.mark.database
def test_whoever_accepts_has_an_account_and_is_signed_in(client, invitation):
    response = client.post(path_of(token_of(invitation)), CHOSEN, follow=True)
    person = User.objects.get(email=NEWCOMER)
    assert signed_in_as(client) == str(person.pk)
    assert response.redirect_chain[-1][0] == "/solution/leads/"
    assert "Welcome. You are now in the team of Brightside Consulting." in text(response)
    assert (person.name, person.role) == ("Nora Newcomer", "member")
    assert person.partner == invitation.partner
    assert person.check_password("battery horse 7")
    assert person.last_login is not None
    assert not person.is_demo
    invitation.refresh_from_db()
    assert invitation.accepted_by == person
    assert invitation.accepted_at is not None
    (address,) = EmailAddress.objects.filter(user=person)
    assert (address.email, address.verified, address.primary) == (NEWCOMER, True, True)


@pytest.mark.database
def test_new_account_signs_in_like_any_other(client, invitation):
    accept(token_of(invitation), **CHOSEN, now=timezone.now())
    form = {"login": NEWCOMER.upper(), "password": "battery horse 7"}
    assert client.post("/accounts/login/", form)["Location"] == "/accounts/after-sign-in/"


def test_role_and_organization_come_from_the_invitation_alone(client, invitation, stranger):
    form = CHOSEN | {
        "role": "owner",
        "partner": stranger.partner_id,
        "email": "other@else.example",
        "is_staff": "on",
    }
    client.post(path_of(token_of(invitation)), form)
    person = User.objects.get(email=NEWCOMER)
    assert (person.role, person.partner, person.is_staff) == ("member", invitation.partner, False)
    assert not User.objects.filter(email="other@else.example").exists()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": "  "}, "Enter your name."),
        ({"name": "x" * 151}, "The limit is 150 characters"),
        ({"password": ""}, "Choose a password."),
        ({"password": "short"}, "at least 10 characters"),
        ({"password": "1234567890"}, "entirely numeric"),
        ({"password": NEWCOMER}, "too similar to the email"),
    ],
)
def test_bad_answers_show_errors_and_create_no_account(client, invitation, wrong, words):
    response = client.post(path_of(token_of(invitation)), CHOSEN | wrong)
    assert title(response).startswith("Error: ")
    assert words in text(response)
    assert not User.objects.filter(email=NEWCOMER).exists()
    assert signed_in_as(client) is None


# Links that do not work, each saying what to do


def failed(client: Client, token: str) -> tuple[int, str]:
    """Return how link and form answer, which is the same, and assert that no account is made."""
    people = User.objects.count()
    seen, sent = client.get(path_of(token)), client.post(path_of(token), CHOSEN)
    assert seen.status_code == sent.status_code
    assert text(seen) == text(sent)
    assert User.objects.count() == people
    return seen.status_code, text(seen)


def test_link_works_for_a_week_and_not_longer(client, invitation):
    minute = timedelta(minutes=1)
    almost = past_token(invitation, LIFETIME - minute)
    assert client.get(path_of(almost)).status_code == 200
    status, words = failed(client, past_token(invitation, LIFETIME + minute))
    assert status == 410
    assert "This invitation has expired" in words
    assert "Ask Olivia Owner (owner@brightside.example) to send it again" in words


@pytest.mark.database
def test_link_sent_again_replaces_the_one_before(client, invitation, partner_user):
    older = token_of(invitation)
    send_again(invitation, partner_user, timezone.now())
    status, words = failed(client, older)
    assert status == 410
    assert "A newer invitation was sent" in words
    assert client.post(path_of(older), CHOSEN).status_code == 410
    assert not User.objects.filter(email=NEWCOMER).exists()
    assert client.get(path_of(token_of(Invitation.objects.get()))).status_code == 200


def test_used_link_leads_to_the_sign_in(client, invitation):
    token = token_of(invitation)
    accept(token, **CHOSEN, now=timezone.now())
    status, words = failed(client, token)
    assert status == 410
    assert "This invitation has already been used" in words
    assert b'href="/accounts/login/"' in client.get(path_of(token)).content
    status, words = failed(client, past_token(invitation, 2 * LIFETIME))
    assert "This invitation has already been used" in words


def test_second_click_leads_whoever_has_accepted_on(client, invitation):
    path = path_of(token_of(invitation))
    client.post(path, CHOSEN)
    assert client.post(path, CHOSEN)["Location"] == "/accounts/after-sign-in/"
    assert client.get(path)["Location"] == "/accounts/after-sign-in/"
    assert User.objects.filter(email=NEWCOMER).count() == 1


def test_revoked_link_says_so(client, invitation):
    token = token_of(invitation)
    revoke(Invitation.objects.all())
    status, words = failed(client, token)
    assert status == 410
    assert "This invitation was revoked" in words
    assert "Ask the person who invited you for a new one" in words


@pytest.mark.parametrize(
    "forge",
    [
        # No text for PostgreSQL
        pytest.param(lambda token: "\x00", marks=pytest.mark.database),
        lambda token: token[:-1],
        lambda token: "9" + token,
        lambda token: token.partition(":")[0],
        lambda token: token.replace(":", "-"),
        lambda token: "x",
        lambda token: "é" * 300,
    ],
)
def test_forged_link_is_not_found_and_says_what_to_do(client, invitation, forge):
    status, words = failed(client, forge(token_of(invitation)))
    assert status == 404
    assert "Open it from the email again" in words
    assert "Brightside" not in words


def test_signature_of_another_kind_is_no_invitation(invitation):
    with pytest.raises(LinkFailed, match="incomplete"):
        read(signing.TimestampSigner().sign(str(invitation.pk)))


@pytest.mark.parametrize("elsewhere", [UserFactory, StaffFactory])
def test_address_that_got_an_account_elsewhere_meanwhile_is_refused_with_words(
    client, invitation, elsewhere
):
    elsewhere(email=NEWCOMER)
    status, words = failed(client, token_of(invitation))
    assert status == 410
    assert f"{NEWCOMER} already has an account" in words
    assert Invitation.objects.open().exists()


def test_a_signed_in_user_must_sign_out_before_accepting(client, invitation, teammate):
    sign_in(client, teammate)
    path = path_of(token_of(invitation))
    for response in (client.get(path), client.post(path, CHOSEN)):
        assert response.status_code == 200
        assert "You are already signed in" in text(response)
        assert teammate.email in text(response)
    assert not User.objects.filter(email=NEWCOMER).exists()
    response = client.post("/accounts/logout/", {"next": path}, follow=True)
    assert response.redirect_chain == [(path, 302)]
    assert "Choose a password" in text(response)


# Sending again


@pytest.mark.database
def test_sent_again_the_new_link_works_for_a_week_from_then(
    invitation, partner, client, mailoutbox
):
    other = UserFactory(partner=partner, name="Other Owner")
    later = invitation.sent_at + timedelta(days=6)
    send_again(invitation, other, later)
    invitation.refresh_from_db()
    assert invitation.expires_at == later + LIFETIME
    assert invitation.invited_at < later
    assert "Other Owner" in mailoutbox[1].body
    link = re.search(r"/accounts/invitation/\S+/", mailoutbox[1].body)[0]
    assert client.post(link, CHOSEN).status_code == 302
    assert User.objects.filter(email=NEWCOMER).exists()


@pytest.mark.database
def test_what_was_accepted_or_revoked_is_not_sent_again(invitation, partner_user, mailoutbox):
    accept(token_of(invitation), **CHOSEN, now=timezone.now())
    with pytest.raises(InvitationRefused, match="no longer open"):
        send_again(invitation, partner_user, timezone.now())
    Invitation.objects.all().delete()
    with pytest.raises(InvitationRefused, match="no longer open"):
        send_again(invitation, partner_user, timezone.now())
    assert len(mailoutbox) == 1


@pytest.mark.database
def test_accepted_invitations_are_not_revoked(invitation):
    accept(token_of(invitation), **CHOSEN, now=timezone.now())
    assert revoke(Invitation.objects.all()) == 0
    assert Invitation.objects.count() == 1


# People whom the vendor has added


@pytest.mark.database
def test_person_without_a_password_chooses_it_by_an_invitation(client, waiting, superuser):
    invitation = invite_person(superuser, waiting, timezone.now())
    path = path_of(token_of(invitation))
    page = client.get(path)
    assert "LiveChat has invited you to join Brightside Consulting as an owner" in text(page)
    assert page.context["form"]["name"].value() == "Nora"
    client.post(path, CHOSEN)
    assert signed_in_as(client) == str(waiting.pk)
    waiting.refresh_from_db()
    assert waiting.check_password("battery horse 7")
    assert (waiting.name, waiting.role) == ("Nora Newcomer", "owner")
    assert EmailAddress.objects.get(user=waiting).verified
    invitation.refresh_from_db()
    assert invitation.accepted_by == waiting


def test_person_keeps_the_role_that_was_corrected_since(client, waiting, superuser):
    invitation = invite_person(superuser, waiting, timezone.now())
    User.objects.filter(pk=waiting.pk).update(role="member")
    path = path_of(token_of(invitation))
    assert "as a member" in text(client.get(path))
    client.post(path, CHOSEN)
    waiting.refresh_from_db()
    assert waiting.role == "member"


def test_owner_may_invite_a_teammate_who_has_no_password_yet(waiting, partner_user):
    invited(partner_user, waiting.email)
    assert User.objects.filter(email=NEWCOMER).get() == waiting


@pytest.mark.database
def test_inviting_a_person_again_sends_the_same_invitation_again(waiting, superuser, mailoutbox):
    first = invite_person(superuser, waiting, timezone.now())
    again = invite_person(superuser, waiting, timezone.now())
    assert again == first
    assert len(mailoutbox) == 2
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"is_active": False}, "is inactive"),
        ({"partner": None, "is_staff": True}, "is staff"),
    ],
)
def test_who_cannot_sign_in_here_is_not_invited(waiting, superuser, mailoutbox, changes, words):
    User.objects.filter(pk=waiting.pk).update(**changes)
    waiting.refresh_from_db()
    with pytest.raises(InvitationRefused, match=words):
        invite_person(superuser, waiting, timezone.now())
    assert mailoutbox == []


def test_person_with_a_password_is_not_invited(teammate, superuser):
    with pytest.raises(InvitationRefused, match="already has a password"):
        invite_person(superuser, teammate, timezone.now())


def test_deactivated_person_opens_nothing_with_an_old_link(client, waiting, superuser):
    invitation = invite_person(superuser, waiting, timezone.now())
    User.objects.filter(pk=waiting.pk).update(is_active=False)
    assert "already has an account" in failed(client, token_of(invitation))[1]
    waiting.refresh_from_db()
    assert not waiting.has_usable_password()


@pytest.mark.database
def test_password_chosen_by_forgot_password_closes_the_invitation(
    client, waiting, superuser, mailoutbox
):
    invitation = invite_person(superuser, waiting, timezone.now())
    client.post("/accounts/password/reset/", {"email": NEWCOMER})
    link = re.search(r"/accounts/password/reset/key/\S+", mailoutbox[1].body)[0]
    form = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(form, {"password1": "battery horse 7", "password2": "battery horse 7"})
    invitation.refresh_from_db()
    assert invitation.accepted_by == waiting
    assert "has already been used" in failed(Client(), token_of(invitation))[1]


@pytest.mark.database
def test_changed_password_leaves_other_peoples_invitations_alone(
    client, invitation, partner_user, stranger
):
    invited(stranger)
    sign_in(client, partner_user)
    form = {"oldpassword": PASSWORD, "password1": "battery horse 7", "password2": "battery horse 7"}
    assert client.post("/accounts/password/change/", form).status_code == 302
    assert Invitation.objects.open().count() == 2


# All at once


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_many_accepting_one_invitation_make_one_account(partner_user, mailoutbox):
    token = token_of(invited(partner_user))
    results = race(
        THREADS, lambda n: accept(token, f"Runner {n}", "battery horse 7", timezone.now())
    )
    (winner,) = [result for result in results if isinstance(result, User)]
    assert User.objects.get(email=NEWCOMER).name == winner.name
    losers = [result for result in results if result is not winner]
    assert [type(loser) for loser in losers] == [LinkFailed] * (THREADS - 1)
    assert {loser.failure for loser in losers} == {LinkFailure.USED}
    assert Invitation.objects.get().accepted_by == winner
    assert EmailAddress.objects.filter(email=NEWCOMER).count() == 1


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_invitations_of_many_organizations_make_one_account(mailoutbox):
    tokens = [token_of(invited(UserFactory(partner=PartnerFactory()))) for _ in range(THREADS)]
    results = race(
        THREADS, lambda n: accept(tokens[n], f"Runner {n}", "battery horse 7", timezone.now())
    )
    (winner,) = [result for result in results if isinstance(result, User)]
    assert User.objects.get(email=NEWCOMER) == winner
    losers = [result for result in results if result is not winner]
    assert {getattr(loser, "failure", loser) for loser in losers} == {LinkFailure.HAS_ACCOUNT}
    assert Invitation.objects.open().count() == THREADS - 1


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_many_inviting_one_address_send_one_mail(partner_user, outbox):
    results = race(THREADS, lambda n: invited(partner_user))
    (winner,) = [result for result in results if isinstance(result, Invitation)]
    losers = [result for result in results if result is not winner]
    assert [type(loser) for loser in losers] == [InvitationRefused] * (THREADS - 1)
    assert Invitation.objects.get() == winner
    assert outbox.count() == 1


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_revoked_while_it_is_accepted_an_invitation_is_one_or_the_other(partner_user, mailoutbox):
    for number in range(5):
        invitation = invited(partner_user, f"person-{number}@brightside.example")
        token = token_of(invitation)
        open_one = Invitation.objects.filter(pk=invitation.pk)
        accepted, revoked = race(
            2,
            lambda n: (
                accept(token, "Runner", "battery horse 7", timezone.now())  # noqa: B023
                if n == 0
                else revoke(open_one)  # noqa: B023
            ),
        )
        assert isinstance(accepted, User) == (revoked == 0)
        assert User.objects.filter(email=invitation.email).exists() == (revoked == 0)
        if revoked:
            assert accepted.failure == LinkFailure.REVOKED


@pytest.mark.django_db(transaction=True)
def test_password_is_hashed_before_anything_is_locked(partner_user, mailoutbox, monkeypatch):
    token = token_of(invited(partner_user))

    def hashing(password: str) -> str:
        assert not connection.in_atomic_block
        return make_password(password)

    monkeypatch.setattr(invitations, "make_password", hashing)
    assert accept(token, **CHOSEN, now=timezone.now()).check_password("battery horse 7")
