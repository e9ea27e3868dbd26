"""What was typed on a page of the form: which fields changed, and which only repeat an older draft.

A page may be sent that was rendered before the draft got its newest answers: it was restored by the
browser's Back button, another tab was faster, or a browser has emptied its fields. Saving it as it
is would overwrite newer answers with older ones, or with blanks, that nobody typed.

So each page carries `shown`: the fields that were not empty when it was rendered, each with a
digest of its value. A field that comes back exactly as it was shown was not changed, and the draft
keeps its current value; any other was typed, and counts. This needs neither a script nor a version
number of the draft: what matters is not the age of the page but what its reader saw. It cannot
detect a field that was filled, saved by autosave, and emptied again on the same page. For that, the
script adds `touched`, the names of the fields in which something was typed: there a blank is
intended.

If the draft has answers that the page did not show, its author has not seen them, so nothing
continues from there (`OlderPage`): the page is shown again to be checked.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from commissions.catalog.lines import PREFIX, line_count
from commissions.catalog.models import BillingCycle
from leads.fields import Page, answers_in, has_field
from leads.submission.pages import Answers

SHOWN = "shown"
TOUCHED = "touched"


class OlderPage(Exception):
    """The page did not show the draft's current answers."""


@dataclass(frozen=True, slots=True)
class TypedPage:
    """The answers typed on a page, and what the page showed when it was rendered.

    `shown` is None if the page did not say what it showed: then every field counts as typed.
    """

    page: Page
    answers: Answers
    shown: Mapping[str, str] | None = None
    touched: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, page: Page, data: Mapping[str, str]) -> "TypedPage":
        """Return what the browser sent for this page; `data` is the POST request's."""
        shown = data.get(SHOWN)
        return cls(
            page=page,
            answers=answers_in(page, data),
            shown=None if shown is None else _parsed(shown),
            touched=frozenset(data.get(TOUCHED, "").split()),
        )

    def without(self, names: Collection[str]) -> "TypedPage":
        """Return the same page without these fields."""
        kept = {name: value for name, value in self.answers.items() if name not in names}
        return replace(self, answers=kept)

    def change(self, draft: Answers) -> Answers:
        """Return the draft's answers with this page's in their place.

        Raises OlderPage if the draft has answers that the page did not show.
        """
        if self._unseen(draft):
            raise OlderPage
        return self.merge(draft)

    def merge(self, draft: Answers) -> Answers:
        """Return the draft's answers with those of this page that were typed in it."""
        others = {name: value for name, value in draft.items() if not has_field(self.page, name)}
        merged = {**self.answers, **self._unseen(draft)}
        return {**others, **{name: value for name, value in merged.items() if value}}

    def _unseen(self, draft: Answers) -> Answers:
        """Return the draft's answers that the page did not show and that nobody replaced."""
        if self.shown is None:
            return {}
        saved = _as_drawn(self.page, draft)
        names = {**self.answers, **saved}
        return {
            name: saved.get(name, "")
            for name in names
            if name not in self.touched
            and _digest(self.answers.get(name, "")) == self.shown.get(name, "")
            and _digest(self.answers.get(name, "")) != _digest(saved.get(name, ""))
        }


def stamp(page: Page, answers: Answers) -> str:
    """Return the value of `shown` for a page that is rendered with these answers."""
    drawn = _as_drawn(page, answers)
    return " ".join(f"{name}:{_digest(value)}" for name, value in drawn.items())


def _as_drawn(page: Page, answers: Answers) -> Answers:
    """Return the page's answers, with the choices that it makes where none was made yet."""
    drawn = answers_in(page, answers)
    if page is Page.DEAL:
        for index in range(line_count(drawn)):
            drawn.setdefault(f"{PREFIX}-{index}-billing_cycle", BillingCycle.ANNUAL.value)
    return drawn


def _parsed(shown: str) -> dict[str, str]:
    pairs = (each.partition(":") for each in shown.split())
    return {name: digest for name, _, digest in pairs}


def _digest(value: str) -> str:
    """Return a short digest of the value, "" for an empty one.

    Browsers send a line break as two characters from a form and as one from a script.
    """
    text = value.replace("\r\n", "\n").encode(errors="surrogatepass")
    return blake2b(text, digest_size=4).hexdigest() if text else ""
