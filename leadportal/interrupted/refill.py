"""Filling what was typed into the HTML of a page that shows its form again.

Only visible controls are filled. Hidden fields, buttons, passwords and files stay as they are on
the page.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import accumulate
from urllib.parse import urljoin

from django.utils.html import escape

CONTENT_ID = "content"  # of the element that holds a page's own content, in every frame
_LEFT_ALONE = frozenset({"hidden", "password", "file", "submit", "button", "image", "reset"})
_TICKED = frozenset({"checkbox", "radio"})

Typed = list[tuple[str, str]]
Edit = tuple[int, int, str]  # what to put in place of the characters from the first to the second


@dataclass
class Element:
    """A start tag, its position in the page, and what belongs to it."""

    tag: str
    attributes: dict[str, str | None]
    start: int
    end: int  # behind the start tag
    inner_end: int = 0  # where the end tag begins, of a textarea
    inner: list["Element"] = field(default_factory=list)  # controls of a form, options of a select

    @property
    def name(self) -> str:
        """The control's name, "" if it has none."""
        return self.attributes.get("name") or ""

    @property
    def type(self) -> str:
        return (self.attributes.get("type") or "text").lower() if self.tag == "input" else self.tag

    def with_attribute(self, name: str, value: str | None) -> Edit:
        """Return the edit that sets the attribute; `value` None takes it away."""
        attributes = {key: each for key, each in self.attributes.items() if key != name}
        if value is not None:
            attributes[name] = value
        written = "".join(
            f" {key}" if each is None else f' {key}="{escape(each)}"'
            for key, each in attributes.items()
        )
        return self.start, self.end, f"<{self.tag}{written}>"


class _Page(HTMLParser):
    """Finds the forms of a page, and where its content begins."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.forms: list[Element] = []
        self.content: Element | None = None
        self._form: Element | None = None
        self._control: Element | None = None
        self._lines = [0, *accumulate(len(line) + 1 for line in html.split("\n"))]
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        start = self._position()
        element = Element(tag, dict(attrs), start, start + len(self.get_starttag_text() or ""))
        if element.attributes.get("id") == CONTENT_ID and self.content is None:
            self.content = element
        if tag == "form":
            self._form = element
            self.forms.append(element)
        elif tag in ("input", "select", "textarea", "button") and self._form is not None:
            self._form.inner.append(element)
            self._control = element
        elif tag == "option" and self._control is not None and self._control.tag == "select":
            self._control.inner.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif self._control is not None and tag == self._control.tag:
            self._control.inner_end = self._position()
            self._control = None

    def _position(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column


def refill(html: str, page: str, action: str, typed: Typed) -> tuple[str, Typed] | None:
    """Return the page with `typed` in the form that is sent to `action`, and what has no field.

    `page` is the page's own path and query. None where the page has no such form.
    """
    forms = _Page(html).forms
    form = _sent_to(action, page, forms, {name for name, _ in typed})
    if form is None:
        return None
    edits = [form.with_attribute("data-keep", "posted")]
    left_over = list(typed)
    for control in form.inner:
        edits += _filled(control, typed, left_over)
    return _edited(html, edits), left_over


def with_notice(html: str, notice: str) -> str:
    """Return the page with the notice before its content."""
    content = _Page(html).content
    return html if content is None else _edited(html, [(content.end, content.end, notice)])


def _sent_to(action: str, page: str, forms: list[Element], names: set[str]) -> Element | None:
    """Return the form that is posted to `action`; of several, the one with the most of `names`."""

    def address(form: Element) -> str:
        return urljoin(page, form.attributes.get("action") or page).partition("#")[0]

    posted = [form for form in forms if (form.attributes.get("method") or "").lower() == "post"]
    same = [form for form in posted if address(form) == action] or [
        form for form in posted if _path(address(form)) == _path(action)
    ]
    return max(same, key=lambda form: len(names & {each.name for each in form.inner}), default=None)


def _path(address: str) -> str:
    return address.partition("?")[0]


def _filled(control: Element, typed: Typed, left_over: Typed) -> Iterator[Edit]:
    """Yield the edits that put its values into one control, and take them from `left_over`."""
    values = [value for name, value in typed if name == control.name]
    if control.type in _LEFT_ALONE or "disabled" in control.attributes:
        _take(left_over, control.name, values)
    elif control.type in _TICKED:
        own = control.attributes.get("value") or "on"
        yield control.with_attribute("checked", "" if own in values else None)
        _take(left_over, control.name, [own])
    elif control.tag == "select":
        yield from _chosen(control, values, left_over)
    elif remaining := [value for name, value in left_over if name == control.name]:
        value = remaining[0]
        _take(left_over, control.name, [value])
        if control.tag == "textarea":
            # HTML drops a line's end that comes first.
            yield control.end, control.inner_end, f"\n{escape(value)}"
        else:
            yield control.with_attribute("value", value)


def _chosen(control: Element, values: list[str], left_over: Typed) -> Iterator[Edit]:
    offered = {option.attributes.get("value") or "" for option in control.inner}
    if "multiple" not in control.attributes and not offered.intersection(values):
        return
    for option in control.inner:
        own = option.attributes.get("value") or ""
        yield option.with_attribute("selected", "" if own in values else None)
    _take(left_over, control.name, offered)


def _take(left_over: Typed, name: str, values: Iterable[str]) -> None:
    for value in values:
        if (name, value) in left_over:
            left_over.remove((name, value))


def _edited(html: str, edits: Iterable[Edit]) -> str:
    for start, end, text in sorted(edits, reverse=True):
        html = html[:start] + text + html[end:]
    return html
