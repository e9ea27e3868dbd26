"""Forms as a browser reads them from a page, types in them and posts them."""

from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

from django.http import HttpResponse
from django.test import Client

ORIGIN = "http://testserver"
LONG = 'A "quoted" <b>text</b> & more,\n\nin two paragraphs\tÅ 北 🙂'
OF_TYPE = {
    "number": "7",
    "date": "2031-05-06",
    "email": "typed@example.com",
    "url": "https://typed.example",
}
BUTTONS = ("submit", "button", "image", "reset")
Fields = list[tuple[str, str]]


@dataclass
class Control:
    """A control with its attributes; the options of a select, the text of a textarea."""

    tag: str
    attributes: dict[str, str]
    options: list[dict[str, str]] = field(default_factory=list)
    text: str = ""

    @property
    def name(self) -> str:
        return self.attributes.get("name", "")

    @property
    def type(self) -> str:
        usual = {"input": "text", "button": "submit"}.get(self.tag)
        return self.attributes.get("type", usual).lower() if usual else self.tag

    @property
    def value(self) -> str:
        usual = "on" if self.type in ("checkbox", "radio") else ""
        return self.attributes.get("value", usual)

    def posted(self) -> Fields:
        """Return what a browser posts of the control as the page has it."""
        if not self.name or self.type in BUTTONS or self.type == "file":
            return []
        if self.type in ("checkbox", "radio"):
            return [(self.name, self.value)] if "checked" in self.attributes else []
        if self.tag == "select":
            chosen = [each for each in self.options if "selected" in each]
            if not chosen and "multiple" not in self.attributes:
                chosen = self.options[:1]
            return [(self.name, each.get("value", "")) for each in chosen]
        return [(self.name, self.text.removeprefix("\n") if self.tag == "textarea" else self.value)]

    def typed(self) -> Fields:
        """Return what a browser posts once something else was typed or chosen."""
        if self.type in ("radio", "hidden"):
            return self.posted()
        if not self.name or self.type in BUTTONS or self.type == "file":
            return []
        if self.type == "checkbox":
            return [] if "checked" in self.attributes else [(self.name, self.value)]
        if self.tag == "select":
            return [(self.name, each.get("value", "")) for each in self.options[-1:]]
        typed = LONG if self.tag == "textarea" else f'{self.name} "typed" & <Å>'
        return [(self.name, OF_TYPE.get(self.type, typed))]


@dataclass
class Form:
    """A form of a page: where it is sent, and its controls."""

    page: str
    action: str
    controls: list[Control]

    def typed(self) -> Fields:
        """Return what is posted once everything was typed in anew."""
        return [pair for each in self.controls for pair in each.typed()]

    def shown(self) -> Fields:
        """Return what people see in the form: no hidden fields and no passwords."""
        return self.seen([pair for each in self.controls for pair in each.posted()])

    def seen(self, posted: Fields) -> Fields:
        """Return what of these values people see."""
        unseen = {each.name for each in self.controls if each.type == "hidden"}
        return [pair for pair in posted if pair[0] not in unseen and "password" not in pair[0]]

    def button(self) -> Fields:
        """Return what the form's last button posts."""
        named = [each for each in self.controls if each.type in BUTTONS and each.name]
        return [(named[-1].name, named[-1].value)] if named else []


class _Page(HTMLParser):
    def __init__(self, page: str, html: str) -> None:
        super().__init__()
        self.page, self.forms, self.form, self.control = page, [], None, None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = urljoin(self.page, attributes.get("action") or self.page)
            self.form = Form(self.page, action, [])
            if attributes.get("method", "").lower() == "post":
                self.forms.append(self.form)
        elif "__prefix__" in attributes.get("name", ""):
            self.control = None  # of the row that Django's script copies: nobody sees it
        elif tag in ("input", "select", "textarea", "button") and "disabled" not in attributes:
            self.control = Control(tag, attributes)
            if self.form:
                self.form.controls.append(self.control)
        elif tag == "option" and self.control:
            self.control.options.append(attributes)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif self.control and tag == self.control.tag:
            self.control = None

    def handle_data(self, data: str) -> None:
        if self.control and self.control.tag == "textarea":
            self.control.text += unescape(data)


def forms_of(response: HttpResponse, page: str) -> list[Form]:
    """Return the forms of a page that are posted."""
    return _Page(page, response.content.decode()).forms


def same_form(response: HttpResponse, form: Form) -> Form | None:
    """Return the form of the page that is sent where `form` is, and has the same controls."""
    names = {each.name for each in form.controls}
    same = [each for each in forms_of(response, form.page) if each.action == form.action]
    return max(
        same,
        key=lambda each: len(names & {control.name for control in each.controls}),
        default=None,
    )


def send(client: Client, form: Form, fields: Fields, **headers: str) -> Any:
    """Post the form as its page does: from the portal's own origin. A header "" is not sent."""
    posted: dict[str, list[str]] = {}
    for name, value in fields:
        posted.setdefault(name, []).append(value)
    said = {"Origin": ORIGIN, "Referer": ORIGIN + form.page} | headers
    said = {name: value for name, value in said.items() if value}
    return client.post(form.action, posted, headers=said)
