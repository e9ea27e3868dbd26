"""The outbox in the admin: who sees it, what it shows, and sending again."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from commissions.ledger import amendments, posting
from commissions.payouts import withdrawals
from leadportal.db.groups import PARTNER_MANAGERS
from leadportal.mail.models import OutgoingMail
from leadportal.mail.outbox import queue
from leadportal.partners.invitations import invite
from leads.decisions import decide
from leads.models import Lead
from tests.commissions.entries import credit
from tests.commissions.finance import billing
from tests.factories import StaffFactory
from tests.leads.world import decision
from tests.mail.conftest import written
from tests.sessions import sign_in

LIST = reverse("admin:mail_outgoingmail_changelist")
State = OutgoingMail.State


@pytest.fixture
def mails(queued) -> list[OutgoingMail]:
    """A queued, a sent and a failed mail."""
    rows = queued("Waiting", "Delivered", "Refused")
    OutgoingMail.objects.filter(pk=rows[1].pk).update(state=State.SENT, sent_at=timezone.now())
    OutgoingMail.objects.filter(pk=rows[2].pk).update(
        state=State.FAILED, attempts=12, last_error="SMTPRecipientsRefused: 550 no such mailbox"
    )
    return rows


def send_again(client, rows):
    return client.post(
        LIST,
        {"action": "send_again", "_selected_action": [row.pk for row in rows]},
        follow=True,
    )


@pytest.mark.database
def test_the_list_shows_what_became_of_each_mail_and_not_what_it_says(client, superuser, mails):
    sign_in(client, superuser)

    page = client.get(LIST).content.decode()

    for words in ("Waiting", "Delivered", "Refused", "owner@brightside.example", "550 no such"):
        assert words in page
    assert "Text of" not in page
    assert "HTML of" not in page


def test_the_detail_does_not_show_what_the_mail_says(client, superuser, mails):
    sign_in(client, superuser)

    page = client.get(reverse("admin:mail_outgoingmail_change", args=[mails[2].pk]))

    assert page.status_code == 200
    text = page.content.decode()
    assert "SMTPRecipientsRefused: 550 no such mailbox" in text
    assert ">None<" not in text
    assert "Text of" not in text
    assert "HTML of" not in text
    assert 'name="_save"' not in text


@pytest.mark.database
@pytest.mark.parametrize(
    ("search", "found"),
    [
        *[("q=brightside", 3), ("q=refused", 1), ("q=nobody", 0), ("state__exact=failed", 1)],
        *[("q=réfuséd", 1), ("q=REFUSED owner%40brightside.example", 1), ("q=wide", 0)],
        ("q=ｒｅｆｕｓｅｄ", 1),
    ],
)
def test_the_list_is_searched_and_filtered(client, superuser, mails, search, found):
    sign_in(client, superuser)

    page = client.get(f"{LIST}?{search}")

    assert len(page.context["cl"].result_list) == found


@pytest.mark.parametrize(
    ("who", "list_status"),
    [("sales_user", 200), ("finance_user", 200), ("superuser", 200), ("partner_user", 404)],
)
def test_who_sees_the_outbox(client, request, mails, who, list_status):
    sign_in(client, request.getfixturevalue(who))

    assert client.get(LIST).status_code == list_status


def test_nobody_adds_or_changes_mail(client, superuser, mails):
    sign_in(client, superuser)

    assert client.get(reverse("admin:mail_outgoingmail_add")).status_code == 403
    change = reverse("admin:mail_outgoingmail_change", args=[mails[0].pk])
    assert client.post(change, {"subject": "Other"}).status_code == 403
    mails[0].refresh_from_db()
    assert mails[0].subject == "Waiting"


@pytest.mark.database
def test_failed_mail_is_sent_again_and_no_other(client, superuser, mails):
    sign_in(client, superuser)

    page = send_again(client, mails)

    assert "1 of 3 emails queued again." in page.content.decode()
    assert [row.state for row in OutgoingMail.objects.order_by("pk")] == [
        State.QUEUED,
        State.SENT,
        State.QUEUED,
    ]
    again = OutgoingMail.objects.get(pk=mails[2].pk)
    assert again.attempts == 0
    assert again.next_attempt_at <= timezone.now()


def test_sales_see_the_outbox_and_may_not_send_again(client, sales_user, mails):
    sign_in(client, sales_user)

    assert "send_again" not in client.get(LIST).content.decode()
    send_again(client, mails)

    assert OutgoingMail.objects.get(pk=mails[2].pk).state == State.FAILED


def test_the_list_takes_as_many_queries_for_fifty_mails_as_for_one(
    client, superuser, queued, django_assert_num_queries
):
    sign_in(client, superuser)
    queued("One")
    client.get(LIST)
    # Session, user, the page's count and rows.
    with django_assert_num_queries(4):
        client.get(LIST)
    queued(*(f"Mail {number}" for number in range(49)))

    with django_assert_num_queries(4):
        assert len(client.get(LIST).context["cl"].result_list) == 50


SUBJECTS = {
    "leads.view_lead": "A lead was won",
    "commissions.view_withdrawal": "You asked for $1,416.00",
    "commissions.view_ledgerentry": "$354.00 was deducted",
    "partners.view_user": "Join Brightside",
    "": "Something else",
}


@pytest.fixture
def manager(db):
    return StaffFactory(groups=(PARTNER_MANAGERS,))


@pytest.mark.database
@pytest.mark.parametrize(
    ("who", "shown"),
    [
        ("sales_user", {"leads.view_lead"}),
        ("finance_user", {perm for perm in SUBJECTS if perm.startswith(("leads", "commissions"))}),
        ("manager", {"leads.view_lead", "partners.view_user"}),
        ("superuser", set(SUBJECTS)),
    ],
)
def test_mail_is_shown_to_those_who_may_see_what_it_is_about(client, request, outbox, who, shown):
    for permission, subject in SUBJECTS.items():
        queue([written(subject)], shown_with=permission)
    sign_in(client, request.getfixturevalue(who))

    for path in (LIST, f"{LIST}?q=a", f"{LIST}?state__exact=queued"):
        page = client.get(path).context["cl"].result_list
        listed = {mail.shown_with for mail in page}
        assert listed <= shown
        assert listed == shown or "q=" in path
    for mail in OutgoingMail.objects.all():
        page = client.get(reverse("admin:mail_outgoingmail_change", args=[mail.pk]))
        assert (page.status_code == 200) == (mail.shown_with in shown)


@pytest.mark.database
def test_mail_of_which_nothing_is_said_is_shown_to_administrators_alone(queued):
    assert queued("Hello")[0].shown_with == ""


def test_permission_that_shows_a_mail_exists(outbox, partner_user, finance_user, lead, sales_user):
    """Every email of the portal names one: those of leads, of money and of access."""
    entry = credit(partner_user.partner, finance_user)
    posting.reverse(entry, reason="Canceled", actor=finance_user)
    amendments.adjust(partner_user.partner, Decimal(500), "A bonus", "B-1", finance_user)
    billing(partner_user)
    withdrawals.request(partner_user)
    decide(Lead.objects.filter(pk=lead.pk), decision("approved"), sales_user)
    invite(partner_user, partner_user.partner, "new@brightside.example", "member", timezone.now())
    Client().post("/accounts/password/reset/", {"email": partner_user.email})

    found = set(OutgoingMail.objects.values_list("shown_with", flat=True))
    assert found == set(SUBJECTS) - {""}
    for permission in found:
        app, _, codename = permission.partition(".")
        assert Permission.objects.filter(content_type__app_label=app, codename=codename).exists()
