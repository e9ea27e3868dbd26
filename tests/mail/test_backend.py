"""What Django's mail functions and allauth send is queued with the change it tells of."""

import pytest
from django.core import mail
from django.db import connection, transaction

from leadportal.mail import backend
from leadportal.mail.models import OutgoingMail
from leadportal.mail.outbox import queue
from leadportal.partners.models import Partner
from tests.mail.conftest import written


@pytest.mark.database
def test_email_is_queued_with_all_its_parts(outbox, settings):
    settings.SITE_URL = "https://partners.example.com:8443"
    message = written("Won: Nordwind")
    message.cc = ["c@x.example"]
    message.bcc = ["Bo <b@x.example>"]
    message.reply_to = ["r@x.example"]
    message.extra_headers = {"X-Lead": "LD-7KQ2M9XA"}

    queue([message])

    row = outbox.get()
    assert (row.state, row.attempts, row.sent_at, row.last_error) == ("queued", 0, None, "")
    assert (row.to, row.cc, row.bcc, row.reply_to) == (
        ["owner@brightside.example"],
        ["c@x.example"],
        ["Bo <b@x.example>"],
        ["r@x.example"],
    )
    assert row.from_email == settings.DEFAULT_FROM_EMAIL
    assert (row.subject, row.text) == ("Won: Nordwind", "Text of Won: Nordwind")
    assert row.html == "<p>HTML of Won: Nordwind</p>"
    assert row.headers == {"X-Lead": "LD-7KQ2M9XA"}
    assert row.message_id.endswith("@partners.example.com>")
    assert row.next_attempt_at == row.queued_at


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_a_rollback_leaves_no_mail(outbox):
    with transaction.atomic():
        Partner.objects.create(name="Undone")
        queue([written()])
        assert outbox.count() == 1
        transaction.set_rollback(True)

    assert not outbox.exists()
    assert not Partner.objects.exists()


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_a_refused_queue_leaves_no_change(outbox):
    message = written()
    message.attach("statement.pdf", b"%PDF", "application/pdf")

    @transaction.atomic
    def change() -> None:
        Partner.objects.create(name="Undone")
        queue([message])

    with pytest.raises(ValueError, match="attachments"):
        change()

    assert not Partner.objects.exists()


def test_send_mail_and_message_send_are_queued(outbox):
    assert mail.send_mail("One", "text", None, ["a@x.example"], html_message="<p>html</p>") == 1
    assert mail.EmailMessage("Two", "text", to=["a@x.example"]).send() == 1

    assert list(outbox.order_by("pk").values_list("subject", "html")) == [
        ("One", "<p>html</p>"),
        ("Two", ""),
    ]


@pytest.mark.database
@pytest.mark.parametrize("count", [1, 50])
def test_a_batch_is_queued_by_one_statement(outbox, count, django_assert_num_queries):
    messages = [written(f"Mail {number}") for number in range(count)]

    with django_assert_num_queries(1):
        queue(messages)

    assert outbox.count() == count


def test_a_thousand_mails_are_queued_by_a_few_statements(outbox, django_assert_max_num_queries):
    messages = [written(f"Mail {number}") for number in range(1_000)]

    # SQLite takes some 60 rows in a statement.
    with django_assert_max_num_queries(1 if connection.vendor == "postgresql" else 20):
        queue(messages)

    assert outbox.count() == 1_000


@pytest.mark.database
def test_every_mail_has_an_id_of_its_own_and_keeps_one_it_brought(outbox):
    brought = written()
    brought.extra_headers = {"message-id": "<own@x.example>"}

    queue([written(), written(), brought])

    ids = set(outbox.values_list("message_id", flat=True))
    assert len(ids) == 3
    assert "<own@x.example>" in ids
    assert all(row.headers == {} for row in outbox)


def test_mail_to_nobody_is_left_out(outbox):
    nobody = mail.EmailMessage("Hello", "text", to=[])

    queue([nobody, written()])

    assert outbox.count() == 1


def test_nothing_to_queue_is_no_error(outbox, django_assert_num_queries):
    with django_assert_num_queries(0):
        queue([])


def _html_only() -> mail.EmailMessage:
    message = mail.EmailMessage("Hello", "<p>html</p>", to=["a@x.example"])
    message.content_subtype = "html"
    return message


def _calendar() -> mail.EmailMessage:
    message = written()
    message.attach_alternative("BEGIN:VCALENDAR", "text/calendar")
    return message


def _attachment() -> mail.EmailMessage:
    message = written()
    message.attach("note.txt", "words", "text/plain")
    return message


@pytest.mark.parametrize(
    ("text", "is_plain"),
    [
        ("", True),
        ("New lead: Smith & Sons (LD-7KQ2M9XA)", True),
        ("Grüße", False),
        ("one\nBcc: x@y.example", False),
        ("one\r", False),
        ("one\n", False),
        ("=?utf-8?q?a=0ABcc:_x?=", False),
    ],
)
def test_a_header_is_plain_where_nothing_is_to_be_encoded(text, is_plain):
    assert bool(backend._PLAIN_TEXT.fullmatch(text)) is is_plain


@pytest.mark.parametrize(
    ("address", "is_plain"),
    [
        ("a.b+c@x.example", True),
        ("Lead portal <portal@example.com>", True),
        ("<178.3.9@localhost>", True),
        ("a@", False),
        ("<", False),
        ("a@[1", False),
        ("a@x.example\n", False),
        ("a@x.example, b@x.example", False),
        ("=?utf-8?q?a=0ABcc:_x?= <a@b.example>", False),
        ("Jürgen <a@x.example>", False),
    ],
)
def test_an_address_is_plain_where_nothing_is_to_be_taken_apart(address, is_plain):
    assert bool(backend._PLAIN_ADDRESS.fullmatch(address)) is is_plain


@pytest.mark.parametrize(
    ("refused", "reason"),
    [
        (_html_only, "plain text"),
        (lambda: mail.EmailMessage("Hello", "  \n", to=["a@x.example"]), "plain text"),
        (_calendar, "attachments"),
        (_attachment, "attachments"),
        (lambda: written("Hello\nBcc: x@y.example"), "newline|linefeed"),
        (lambda: written("Grüße\rBcc: x@y.example"), "newline|linefeed"),
        (lambda: written(to="Jürgen"), "address"),
        (lambda: written(to="a@x.example\nBcc: x@y.example"), "newline|linefeed"),
    ],
)
def test_unsupported_messages_are_refused_and_nothing_is_queued(outbox, refused, reason):
    with pytest.raises(ValueError, match=reason):
        queue([written(), refused()])

    assert not OutgoingMail.objects.exists()
