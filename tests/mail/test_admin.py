"""The outbox in the admin: who sees it, what it shows, and sending again."""

import pytest
from django.urls import reverse
from django.utils import timezone

from leadportal.mail.models import OutgoingMail
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
    assert "Text of" not in text
    assert "HTML of" not in text
    assert 'name="_save"' not in text


@pytest.mark.database
@pytest.mark.parametrize(
    ("search", "found"),
    [("q=brightside", 3), ("q=refused", 1), ("q=nobody", 0), ("state__exact=failed", 1)],
)
def test_the_list_is_searched_and_filtered(client, superuser, mails, search, found):
    sign_in(client, superuser)

    page = client.get(f"{LIST}?{search}")

    assert len(page.context["cl"].result_list) == found


@pytest.mark.parametrize(
    ("who", "list_status"),
    [("sales_user", 200), ("finance_user", 403), ("superuser", 200), ("partner_user", 404)],
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

    assert "1 of 3 queued again." in page.content.decode()
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
