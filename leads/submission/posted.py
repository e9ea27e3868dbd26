"""A posted page of the form: which fields its author changed, and which only repeat an older draft.

A page may be posted that was drawn before the draft got its newest answers: it has come back by the
browser's Back, another tab was faster, a browser has emptied its fields. To put it in place of the
draft's answers would overwrite them with blanks, or with older ones, that nobody typed.

So each page carries `shown`: the fields that were not empty when it was drawn, each with a digest
of its value. A field that is posted just as it was shown was changed by nobody, and the draft keeps
what it holds now; any other was typed, and counts. This needs neither a script nor a revision of
the draft: what matters is not how old a page is but what its reader saw. The one thing it cannot
see is a field that was filled, saved by autosave, and emptied again on one page. For that, the
script adds `touched`, the names of the fields that were typed in: in those a blank is meant.

Where the draft holds something else than the page that was posted, its author has not seen it, so
nothing goes on from there (`OlderPage`): the page is shown again to be checked.
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
    """The posted page did not show the draft's current answers."""


@dataclass(frozen=True, slots=True)
class PostedPage:
    """What was posted on a page: its answers, and what is known of how the page was drawn.

    `shown` is None where the page did not say what it showed: then every field counts as typed.
    """

    page: Page
    answers: Answers
    shown: Mapping[str, str] | None = None
    touched: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, page: Page, posted: Mapping[str, str]) -> "PostedPage":
        """Return what the browser has posted for this page."""
        shown = posted.get(SHOWN)
        return cls(
            page=page,
            answers=answers_in(page, posted),
            shown=None if shown is None else _parsed(shown),
            touched=frozenset(posted.get(TOUCHED, "").split()),
        )

    def without(self, names: Collection[str]) -> "PostedPage":
        """Return the same page without these fields."""
        kept = {name: value for name, value in self.answers.items() if name not in names}
        return replace(self, answers=kept)

    def change(self, draft: Answers) -> Answers:
        """Return the draft's answers with this page's in place of theirs.

        Raises OlderPage where the draft has answers that the page did not show.
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
    """Return the value of `shown` for a page that is drawn with these answers."""
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
