"""What holds for every kind of email: subject, addresses, Reply-To, and no kind is left out."""

from email import message_from_bytes, policy

import pytest
from django.template.backends.django import Template
from django.template.base import Template as Source

from leadportal.mail.models import OutgoingMail
from leadportal.mail.subjects import LENGTH, LONGEST, fitted, named, shortened
from leadportal.ui.bidi import isolate
from tests.mail.every_email import DOMAIN, TEMPLATES, send_every_email

NAMES = {
    "short": "Nordwind Retail",
    "long": "The International Customer Experience Advisory Partners of the North Limited",
    "one word": "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "ASCII word": "A" * 180,
    "Thai": "ศูนย์บริการลูกค้าสัมพันธ์แห่งประเทศไทยจำกัดมหาชน" * 3,
    "Chinese": "株式会社" * 30,
    "Arabic": "شركة خدمات العملاء الدولية المحدودة " * 3,
    "emoji": "👩🏽‍🚀" * 30,
    "turning": "Evil \u202eX " * 20,
    "encoded": "=?utf-8?q?Pwned?= " * 10,
    "private use": "A\ue000B\ue001C " * 20,
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_every_email_has_a_subject_that_fits_and_can_be_answered(outbox, settings, name):
    settings.REPLY_TO_EMAIL = "people@sales.example"
    send_every_email(name[:200])
    rows = list(OutgoingMail.objects.all())
    assert len(rows) > 25
    for row in rows:
        assert len(row.subject) <= LENGTH, row.subject
        raw = row.message().message().as_bytes()
        headers, _, _ = raw.partition(b"\n\n")
        [first] = [line for line in headers.splitlines() if line.startswith(b"Subject:")]
        assert first.removeprefix(b"Subject:").strip(), "the subject begins on its line"
        assert max(map(len, headers.splitlines())) <= 78
        received = message_from_bytes(raw, policy=policy.default)
        assert received["Subject"] == row.subject
        assert received["Reply-To"] == "people@sales.example"
        for part in (row.subject, row.text, row.html):
            assert "xn--" not in part.replace(f"mailto:owner@{DOMAIN}", "")
            assert "\ue000" not in part or name == NAMES["private use"]


def test_no_kind_of_email_is_left_out(outbox, monkeypatch):
    seen = set()
    render = Template.render
    compiled = Source.render

    def noted(self, *args, **kwargs):
        seen.add(str(self.template.name).rpartition(".")[0])
        return render(self, *args, **kwargs)

    def noted_source(self, *args, **kwargs):
        seen.add(str(self.name).rpartition(".")[0])
        return compiled(self, *args, **kwargs)

    monkeypatch.setattr(Template, "render", noted)
    monkeypatch.setattr(Source, "render", noted_source)
    send_every_email("Nordwind Retail")
    assert len(TEMPLATES) > 15
    assert TEMPLATES - seen == set()


# Shortening


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (
            f"{named('Nordwind Retail')} was lost: LD-7KQ2M9XA",
            "Nordwind Retail was lost: LD-7KQ2M9XA",
        ),
        (
            f"{named('The International Customer Experience Advisory Partners')} was approved for "
            "further review: LD-7KQ2M9XA",
            "The International Customer… was approved for further review: LD-7KQ2M9XA",
        ),
        (f"Join {named('x' * 200)} in the portal", f"Join {'x' * (LENGTH - 20)}… in the portal"),
        (f"{named('y' * 90)} {'w' * 70}", f"{'y' * 19}… {'w' * 70}"),
        ("z" * 200, "z" * (LONGEST - 1) + "…"),
        (f"A\r\n B \x1b{named('C')}", "A B C"),
    ],
)
def test_only_names_in_subjects_are_shortened(subject, expected):
    assert fitted(subject) == expected


@pytest.mark.parametrize(
    ("text", "length", "expected"),
    [
        ("cafe\u0301s and bars", 5, "caf…"),
        ("👩🏽‍🚀👩🏽‍🚀", 5, "👩🏽‍🚀…"),
        ("ab👩🏽‍🚀", 5, "ab…"),
        ("กี่กี่", 3, "…"),
        ("Smith & Sons International", 10, "Smith…"),
        (isolate("שלום עולם"), 9, isolate("שלום…")),
    ],
)
def test_no_character_is_taken_apart(text, length, expected):
    short = shortened(text, length)
    assert short == expected
    assert len(short) <= length
