"""The portal's own mail: a subject of one line, a text, and the same in HTML."""

from pathlib import Path

import pytest
from django.template import TemplateDoesNotExist
from django.template.loader import get_template

from leadportal.mail.compose import compose

TEXT = """{% extends "mail/base.txt" %}
{% block subject %}Won: {{ company }}{% endblock %}
{% block content %}Hello from {{ company }}.

{{ site_url }}/solution/leads/LD-7KQ2M9XA/{% endblock %}
"""
HTML = """{% extends "mail/base.html" %}
{% block content %}<h1>Hello from {{ company }}</h1>{% endblock %}
"""


@pytest.fixture
def templates(tmp_path: Path, settings):
    """A folder of templates that wins over the project's."""
    settings.SITE_URL = "https://partners.example.com"
    settings.VENDOR_NAME = "Acme"
    settings.PARTNERS_EMAIL = "partners@acme.example"
    settings.DEFAULT_FROM_EMAIL = "Portal <portal@acme.example>"
    settings.TEMPLATES = [
        engine | {"DIRS": [tmp_path, *engine["DIRS"]]} for engine in settings.TEMPLATES
    ]
    (tmp_path / "won.txt").write_text(TEXT)
    (tmp_path / "won.html").write_text(HTML)
    return tmp_path


def html_of(message) -> str:
    [(content, kind)] = message.alternatives
    assert kind == "text/html"
    return content


def test_compose_renders_subject_text_and_html(templates):
    message = compose("won", {"company": "Nordwind Retail"}, to="owner@brightside.example")

    assert message.subject == "Won: Nordwind Retail"
    assert message.to == ["owner@brightside.example"]
    assert message.from_email == "Portal <portal@acme.example>"
    assert message.body == (
        "Hello from Nordwind Retail.\n\n"
        "https://partners.example.com/solution/leads/LD-7KQ2M9XA/\n\n"
        "-- \nAcme lead portal\nhttps://partners.example.com/\n"
        "Questions? Write to partners@acme.example.\n"
    )
    html = html_of(message)
    assert "<title>Won: Nordwind Retail</title>" in html
    assert "<h1>Hello from Nordwind Retail</h1>" in html
    assert 'href="https://partners.example.com/"' in html
    assert 'href="mailto:partners@acme.example"' in html


def test_compose_escapes_the_html_and_not_the_text(templates):
    message = compose("won", {"company": "<b>Smith & Sons</b>"}, to="a@b.example")

    assert message.subject == "Won: <b>Smith & Sons</b>"
    assert "Hello from <b>Smith & Sons</b>." in message.body
    assert "&lt;b&gt;Smith &amp; Sons&lt;/b&gt;" in html_of(message)
    assert "<b>Smith" not in html_of(message)


def test_no_line_ends_within_a_reference_or_behind_a_minus(templates):
    names = "−$1,325.00, LD-7KQ2M9XA, W-2026-0001, ADJ-23456789"
    html = html_of(compose("won", {"company": names}, to="a@b.example"))

    kept = ", ".join(f'<span class="nowrap">{name}</span>' for name in names.split(", "))
    assert f"<h1>Hello from {kept}</h1>" in html
    assert f"<title>Won: {names}</title>" in html
    assert html.count('class="nowrap"') == 4


def test_compose_does_not_render_what_a_partner_typed(templates):
    message = compose("won", {"company": "{{ site_url }} {% now 'Y' %}"}, to="a@b.example")

    assert message.subject == "Won: {{ site_url }} {% now 'Y' %}"


@pytest.mark.parametrize(
    "name", ["A\nBcc: x@y.example", "A\r\nBcc: x@y.example", "A\u2028B", "A\n\nB"]
)
def test_compose_keeps_the_subject_on_one_line(templates, name):
    message = compose("won", {"company": name}, to="a@b.example")

    assert len(message.subject.splitlines()) == 1
    headers = message.message()
    assert "Bcc" not in headers
    assert headers["To"] == "a@b.example"


def test_compose_wants_both_templates(templates):
    (templates / "won.html").unlink()

    with pytest.raises(TemplateDoesNotExist, match=r"won\.html"):
        compose("won", {"company": "A"}, to="a@b.example")


@pytest.mark.parametrize("text", ["", "\n\n", "Only a subject\n"])
def test_compose_wants_a_subject_and_a_text(templates, text):
    (templates / "won.txt").write_text(text)

    with pytest.raises(ValueError, match=r"won\.txt needs a subject, a blank line and a text"):
        compose("won", {}, to="a@b.example")


def test_the_layout_loads_nothing_from_elsewhere():
    html = get_template("mail/base.html").render({"site_url": "https://x.example", "subject": "S"})

    for word in ("<script", "<img", "<link", "src=", "url(", "@import"):
        assert word not in html
    assert '<html lang="en">' in html
