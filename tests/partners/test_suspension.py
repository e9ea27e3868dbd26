"""A suspended partner: who does it and how, and that nobody of it gets in by any way."""

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from leadportal.db.groups import FINANCE, PARTNER_MANAGERS, SALES
from leadportal.partners import invitations
from leadportal.partners.models import Partner, PartnerEvent, User
from leadportal.partners.suspension import AlreadyDone, SuspensionRefused, lift, suspend
from leads.models import Draft, Lead
from leads.submission import drafts
from leads.submission.submit import SubmissionError
from tests.factories import PASSWORD, StaffFactory, UserFactory
from tests.leads.answers import draft_of
from tests.partners.reading import text
from tests.race import race
from tests.sessions import sign_in

SUSPENDED = "/accounts/suspended/"


@pytest.fixture
def manager(db) -> User:
    return StaffFactory(name="Mia Manager", groups=(PARTNER_MANAGERS,))


@pytest.fixture
def as_manager(manager: User) -> Client:
    client = Client()
    sign_in(client, manager)
    return client


@pytest.fixture
def as_owner(client: Client, partner_user: User) -> Client:
    sign_in(client, partner_user)
    return client


def address(partner: Partner, page: str) -> str:
    return f"/admin/partners/partner/{partner.pk}/{page}/"


# Suspending and lifting


@pytest.mark.database
def test_suspension_is_recorded_with_reason_date_and_person_and_can_be_lifted(partner, manager):
    suspend(partner, " Chargebacks ", manager, "Please call us.")
    lift(partner, "Cleared", manager)
    suspend(partner, "Again", manager)
    assert Partner.objects.get().is_suspended
    rows = [
        (row.number, row.from_status, row.to_status, row.actor, row.text.reason, row.text.message)
        for row in PartnerEvent.objects.order_by("number")
    ]
    assert rows == [
        (1, "active", "suspended", manager, "Chargebacks", "Please call us."),
        (2, "suspended", "active", manager, "Cleared", ""),
        (3, "active", "suspended", manager, "Again", ""),
    ]


def test_second_suspension_names_who_was_first(partner, manager, superuser):
    suspend(partner, "Chargebacks", manager)
    stale = Partner(pk=partner.pk, name=partner.name)
    with pytest.raises(AlreadyDone, match="was already suspended by Mia Manager on"):
        suspend(stale, "Me too", superuser)
    lift(partner, "Cleared", superuser)
    with pytest.raises(AlreadyDone, match="was already let back in by Ada Admin"):
        lift(partner, "Cleared", manager)
    assert PartnerEvent.objects.count() == 2


@pytest.mark.parametrize("reason", ["", "  \n ", "x" * 501])
def test_suspension_needs_a_reason_that_fits(partner, manager, reason):
    with pytest.raises(SuspensionRefused):
        suspend(partner, reason, manager)
    assert not Partner.objects.get().is_suspended
    assert not mail.outbox


@pytest.mark.parametrize("group", [SALES, FINANCE])
def test_suspending_takes_the_permission(partner, group):
    actor = StaffFactory(groups=(group,))
    for change in (suspend, lift):
        with pytest.raises(PermissionDenied):
            change(partner, "Chargebacks", actor)


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_of_many_who_suspend_at_once_one_does_it(partner_user, superuser):
    partner = partner_user.partner
    results = race(6, lambda n: suspend(Partner.objects.get(pk=partner.pk), f"{n}", superuser))
    assert sum(isinstance(result, PartnerEvent) for result in results) == 1, results
    assert sum(isinstance(result, AlreadyDone) for result in results) == 5, results


def test_owners_are_emailed_what_it_means_and_not_the_reason(partner_user, teammate, manager):
    UserFactory(partner=partner_user.partner, is_active=False)
    suspend(partner_user.partner, "Looks like fraud", manager, "Please call us.")
    lift(partner_user.partner, "It was not", manager)
    suspended, restored = mail.outbox
    assert suspended.to == restored.to == [partner_user.email]
    for body in (suspended.body, suspended.alternatives[0][0]):
        assert "Looks like fraud" not in body
        assert "Please call us." in body
    assert suspended.subject == "Access to the lead portal is suspended"
    assert restored.subject == "Access to the lead portal is restored"


def test_manager_suspends_and_lifts_on_a_page_that_asks_once(as_manager, partner_user):
    partner = partner_user.partner
    form = text(as_manager.get(address(partner, "change")))
    assert "Suspend" in form
    assert "Lift the suspension" not in form
    page = text(as_manager.get(address(partner, "suspend")))
    assert "Emailed to its owners: Olivia Owner (owner@brightside.example)." in page
    missing = as_manager.post(address(partner, "suspend"), {"do": "suspend", "message": "Call us"})
    assert "Give a reason. Your colleagues will read it." in text(missing)
    assert "Call us" in text(missing)
    assert not Partner.objects.get().is_suspended
    typed = {"do": "suspend", "reason": "Chargebacks"}
    shown = as_manager.post(address(partner, "suspend"), typed, follow=True)
    assert "Brightside Consulting is suspended. Its people are signed out" in text(shown)
    assert "Suspended by Mia Manager" in text(shown)
    assert "Reason: Chargebacks" in text(shown)
    again = as_manager.post(address(partner, "suspend"), typed)
    assert again.status_code == 409
    assert "was already suspended by Mia Manager" in text(again)
    assert "Suspended" in text(as_manager.get("/admin/partners/partner/"))
    typed = {"do": "lift", "reason": "Cleared"}
    shown = as_manager.post(address(partner, "lift"), typed, follow=True)
    assert "Suspension lifted by Mia Manager" in text(shown)
    assert not Partner.objects.get().is_suspended


@pytest.mark.parametrize("page", ["suspend", "lift"])
def test_pages_are_for_those_with_the_permission(client, partner, sales_user, page):
    sales_user.user_permissions.clear()
    sign_in(client, sales_user)
    assert client.post(address(partner, page), {"do": page, "reason": "x"}).status_code == 403


def test_form_that_was_opened_before_does_not_lift_a_suspension(as_manager, partner, manager):
    form = {"name": "Brightside Group", "domain": "brightside.example"}
    suspend(partner, "Chargebacks", manager)
    assert as_manager.post(address(partner, "change"), form).status_code == 302
    changed = Partner.objects.get()
    assert (changed.name, changed.is_suspended) == ("Brightside Group", True)
    assert "brightside group" in changed.search_text


# Nobody gets in


@pytest.mark.database
def test_sessions_end_with_the_next_click_and_stay_ended(as_owner, partner, manager):
    assert as_owner.get("/accounts/team/").status_code == 200
    suspend(partner, "Chargebacks", manager)
    assert as_owner.get("/accounts/team/").url == "/accounts/login/?next=/accounts/team/"
    lift(partner, "Cleared", manager)
    assert as_owner.get("/accounts/team/").status_code == 302


def test_session_that_was_idle_through_the_suspension_is_ended(as_owner, partner, manager):
    suspend(partner, "Chargebacks", manager)
    lift(partner, "Cleared", manager)
    assert as_owner.get("/accounts/team/").status_code == 302


def test_only_the_right_password_learns_of_the_suspension(client, partner_user, manager):
    suspend(partner_user.partner, "Chargebacks", manager)
    sign_in_as = {"login": partner_user.email, "password": PASSWORD}
    right = client.post("/accounts/login/", sign_in_as)
    assert right.url == SUSPENDED
    assert "_auth_user_id" not in client.session
    page = text(client.get(SUSPENDED))
    assert "Your organization's access is suspended" in page
    assert "Chargebacks" not in page
    wrong = client.post("/accounts/login/", sign_in_as | {"password": "wrong"})
    nobody = client.post("/accounts/login/", {"login": "x@y.example", "password": "wrong"})
    assert text(wrong).replace(partner_user.email, "") == text(nobody).replace("x@y.example", "")
    lift(partner_user.partner, "Cleared", manager)
    assert client.post("/accounts/login/", sign_in_as).url == "/accounts/after-sign-in/"


def test_deactivated_person_of_a_suspended_partner_reads_what_others_deactivated_read(
    client, partner_user, manager
):
    User.objects.update(is_active=False)
    User.objects.filter(pk=manager.pk).update(is_active=True)
    suspend(partner_user.partner, "Chargebacks", manager)
    sign_in_as = {"login": partner_user.email, "password": PASSWORD}
    assert client.post("/accounts/login/", sign_in_as).url == "/accounts/inactive/"


def reset_link() -> str:
    (email,) = mail.outbox
    (line,) = [line for line in email.body.splitlines() if "/password/reset/key/" in line]
    return line.partition("http://localhost:8000")[2] or line.partition("testserver")[2]


def test_no_password_is_reset_while_suspended_and_the_page_says_the_same(
    client, partner_user, manager
):
    asked = client.post("/accounts/password/reset/", {"email": partner_user.email})
    link = reset_link()
    mail.outbox.clear()
    suspend(partner_user.partner, "Chargebacks", manager)
    mail.outbox.clear()
    again = client.post("/accounts/password/reset/", {"email": partner_user.email})
    assert (again.status_code, again.url) == (asked.status_code, asked.url)
    assert not mail.outbox
    dead = client.get(link, follow=True)
    assert not dead.redirect_chain
    assert "password1" not in dead.content.decode()
    lift(partner_user.partner, "Cleared", manager)
    assert "password1" in client.get(link, follow=True).content.decode()


def test_deactivated_person_cannot_use_an_older_reset_link(client, partner_user):
    client.post("/accounts/password/reset/", {"email": partner_user.email})
    User.objects.update(is_active=False)
    assert "password1" not in client.get(reset_link(), follow=True).content.decode()


def test_invitation_is_neither_sent_nor_accepted(client, partner_user, manager):
    now = timezone.now()
    partner = partner_user.partner
    invitation = invitations.invite(partner_user, partner, "nora@x.example", "member", now)
    waiting = UserFactory(partner=partner, password="!")
    suspend(partner, "Chargebacks", manager)
    link = f"/accounts/invitation/{invitations.token_of(invitation)}/"
    page = client.get(link)
    assert page.status_code == 410
    assert "Its access to the lead portal is suspended" in text(page)
    answers = {"name": "Nora", "password": "a long enough passphrase"}
    assert client.post(link, answers).status_code == 410
    assert not User.objects.filter(email="nora@x.example").exists()
    with pytest.raises(invitations.InvitationRefused, match="is suspended"):
        invitations.invite(manager, partner, "new@x.example", "member", now)
    waiting.refresh_from_db()
    with pytest.raises(invitations.InvitationRefused, match="is suspended"):
        invitations.invite_person(manager, waiting, now)
    lift(partner, "Cleared", manager)
    assert client.post(link, answers).status_code == 302


def test_invitation_that_is_accepted_at_the_moment_of_the_suspension_gives_no_session(
    client, partner_user, manager, monkeypatch
):
    partner = partner_user.partner
    invitation = invitations.invite(
        partner_user, partner, "nora@x.example", "member", timezone.now()
    )
    accept = invitations.accept

    def accept_and_suspend(*args):
        person = accept(*args)
        suspend(partner, "Chargebacks", manager)
        return User.objects.select_related("partner").get(pk=person.pk)

    monkeypatch.setattr(invitations, "accept", accept_and_suspend)
    link = f"/accounts/invitation/{invitations.token_of(invitation)}/"
    answers = {"name": "Nora", "password": "a long enough passphrase"}
    assert client.post(link, answers).url == SUSPENDED
    assert "_auth_user_id" not in client.session


# What goes on without them


def test_nothing_is_submitted(partner_user, manager, as_owner):
    draft = draft_of(partner_user)
    suspend(partner_user.partner, "Chargebacks", manager)
    for page in ("agreements", "contact"):
        path = f"/solution/leads/submit/{draft.pk}/{page}/"
        assert as_owner.post(path, {"action": "submit"}).url.startswith("/accounts/login/")
    with pytest.raises(SubmissionError, match="is suspended and cannot submit leads"):
        drafts.submit(draft.pk, partner_user, timezone.now())
    assert not Lead.objects.exists()
    assert Draft.objects.get().answers == draft.answers


def test_access_ends_the_same_way_for_members(client, teammate, manager):
    sign_in(client, teammate)
    assert client.get("/solution/leads/").status_code == 200
    suspend(teammate.partner, "Chargebacks", manager)
    assert client.get("/solution/leads/").status_code == 302


def test_other_partners_and_staff_notice_nothing(client, partner, stranger, sales_user, manager):
    suspend(partner, "Chargebacks", manager)
    for person, path in ((stranger, "/solution/leads/"), (sales_user, "/admin/")):
        sign_in(client, person)
        assert client.get(path).status_code == 200
