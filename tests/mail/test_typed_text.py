"""What people typed changes nothing but itself, in the text, the HTML and the subject of a mail."""

from email import message_from_bytes, policy
from pathlib import Path

import pytest
from django.conf import settings
from django.template.base import VariableNode
from django.template.loader import get_template

from leadportal.mail.compose import ENGINE
from leadportal.mail.models import OutgoingMail
from leadportal.mail.outbox import queue
from leads import emails

FOLDER = Path(settings.BASE_DIR) / "templates"
TEMPLATES = sorted(
    str(path.relative_to(FOLDER))
    for path in FOLDER.glob("*/mail/*")
    if path.suffix in (".txt", ".html")
)


def sent(message):
    """Return the message as the recipient's program reads it."""
    queue([message])
    row = OutgoingMail.objects.latest("pk")
    return message_from_bytes(row.message().message().as_bytes(), policy=policy.default)


def submitted(lead, name):
    """Return the receipt for a lead of a company of that name."""
    lead.company_name = name
    return emails.submitted(lead)[0]


def test_every_template_isolates_every_variable():
    assert len(TEMPLATES) > 25
    for name in ["mail/base.txt", "mail/base.html", *TEMPLATES]:
        template = get_template(name, using=ENGINE).template
        for node in template.nodelist.get_nodes_by_type(VariableNode):
            filters = [function.__name__ for function, _ in node.filter_expression.filters]
            assert filters[:1] == ["isolate"], (name, node)


def test_the_pages_are_not_changed_by_it():
    nodes = get_template("commissions/statement.html").template.nodelist
    assert not any(
        function.__name__ == "isolate"
        for node in nodes.get_nodes_by_type(VariableNode)
        for function, _ in node.filter_expression.filters
    )


@pytest.mark.database
def test_a_name_that_turns_the_direction_is_isolated_in_text_html_and_subject(outbox, lead):
    message = sent(submitted(lead, "Evil \u202eX"))
    text = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()
    for part in (text, html, message["Subject"]):
        assert part.count("\u202e") > 0
        assert part.count("\u202e") == part.count("\u2068Evil \u202eX\u2069")


@pytest.mark.database
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("=?utf-8?q?Pwned?=", "=?utf-8?q?Pwned?="),
        ("Größe =?utf-8?b?UHduZWQ=?=", "Größe =?utf-8?b?UHduZWQ=?="),
        ("A =?iso-8859-1?q?=E9?= B", "A =?iso-8859-1?q?=E9?= B"),
        ("A\x1b$BB\x1b(B", "A$BB(B"),
        ("A\x01\x07\x7f\x85B", "A B"),
        ("A\r\nBcc: x@y.example", "A Bcc: x@y.example"),
    ],
)
def test_a_name_is_in_the_subject_as_it_was_typed(outbox, lead, name, expected):
    message = submitted(lead, "NAME")
    plain = message.subject
    assert "NAME" in plain
    received = sent(submitted(lead, name))
    assert received["Subject"] == plain.replace("NAME", expected)
    assert "Bcc" not in received


def test_a_subject_that_looks_encoded_is_sent_in_lines_that_servers_take(outbox, lead):
    message = submitted(lead, "=?utf-8?q?Pwned?= " * 10)
    queue([message])
    raw = OutgoingMail.objects.latest("pk").message().message().as_bytes()
    header = raw.split(b"\n\n")[0]
    assert max(map(len, header.splitlines())) <= 78
    assert message_from_bytes(raw, policy=policy.default)["Subject"] == message.subject
