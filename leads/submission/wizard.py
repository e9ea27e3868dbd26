"""The doors to a draft: typing is kept, and a whole draft becomes a lead exactly once."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from leadportal.partners.models import User
from leads.models import Draft, Lead
from leads.submission.pages import Answers, Page, Pages
from leads.submission.submission import Overtaken, Submission, prepare


class Unfinished(Exception):
    """A draft was submitted that has something missing or wrong; `page` of `pages` is the first."""

    def __init__(self, page: Page, pages: Pages) -> None:
        super().__init__(f"The page {page.label} is not finished.")
        self.page = page
        self.pages = pages


class Discarded(Exception):
    """The author has discarded this draft: nothing is saved in it or sent from it any more."""


def kept(draft_id: uuid.UUID, author: User) -> Draft | None:
    """Return the author's draft, None where it is not begun.

    Raises Draft.DoesNotExist where another person wrote it, Discarded.
    """
    try:
        draft = Draft.objects.get(pk=draft_id)
    except Draft.DoesNotExist:
        return None
    _require_own(draft, author)
    return draft


def save(
    draft_id: uuid.UUID, author: User, change: Callable[[Answers], Answers], at: datetime
) -> Draft:
    """Change the answers of the author's draft under its lock, making the draft if it is new.

    `change` takes the answers as they are and returns them as they shall be. A draft that has
    become a lead is returned as it is. Raises Draft.DoesNotExist where another person wrote it,
    Discarded.
    """
    with transaction.atomic():
        # A new one is written with its answers at once.
        draft, is_new = Draft.objects.select_for_update().get_or_create(
            pk=draft_id,
            defaults={"author": author, "saved_at": at, "answers": lambda: change({})},
        )
        _require_own(draft, author)
        if draft.lead_id is None and not is_new:
            draft.answers = change(draft.answers)
            # A submission knows by it what it has read: it moves on, whatever the clocks say.
            draft.saved_at = max(at, draft.saved_at + timedelta.resolution)
            draft.save(update_fields=("answers", "saved_at"))
    return draft


def discard(draft_id: uuid.UUID, author: User, at: datetime) -> Draft:
    """Delete what the author's draft holds, for good, and return it.

    A draft that has become a lead is returned as it is. Raises Draft.DoesNotExist where there is no
    such draft of this author, Discarded where it was discarded before.
    """
    with transaction.atomic():
        draft = Draft.objects.select_for_update().get(pk=draft_id, author=author)
        _require_own(draft, author)
        if draft.lead_id is None:
            draft.answers = {}
            draft.discarded_at = at
            draft.save(update_fields=("answers", "discarded_at"))
    return draft


def set_field(name: str, value: str) -> Callable[[Answers], Answers]:
    """Return the change of one answer, as autosave sends it; an empty value takes it away."""

    def change(answers: Answers) -> Answers:
        others = {key: answer for key, answer in answers.items() if key != name}
        return {**others, name: value} if value else others

    return change


def submit(
    draft_id: uuid.UUID, author: User, at: datetime, change: Callable[[Answers], Answers] = dict
) -> Lead:
    """Make the author's draft a lead, or return the lead that it became before.

    `change` is what was typed last, as `save` takes it. One transaction: the lead, its lines, its
    first event, the counter, both mails and the draft's end commit together or not at all. It ends
    the draft only as it was read, so a second submission starts over and finds the lead. Raises
    Unfinished where a page is not acceptable now, with what was typed saved; Draft.DoesNotExist
    where another person wrote it, Discarded.
    """
    draft = kept(draft_id, author)
    if draft and draft.lead:
        return draft.lead
    # SQLite has one writer at a time: all that can be done before it is this one's turn is done
    # before. A plan withdrawn in that instant was still there when the lead was sent.
    pages, ready = _prepared(change(draft.answers if draft else {}), author, at)
    if draft is None or isinstance(ready, Page):
        draft = save(draft_id, author, change, at)
        if isinstance(ready, Page) and draft.lead_id is None and draft.answers == pages.answers:
            raise Unfinished(ready, pages)
        return submit(draft_id, author, at)
    try:
        with transaction.atomic():
            return ready.write(draft)
    except Overtaken:
        pass
    except IntegrityError:
        if ready.has_new_reference():
            raise
    return submit(draft_id, author, at, change)


def _prepared(answers: Answers, author: User, at: datetime) -> tuple[Pages, Submission | Page]:
    """Return the pages of these answers, and what is to be written or the first unfinished one."""
    assert author.partner is not None  # noqa: S101 - only a partner's people have drafts
    pages = Pages(answers, author.partner, timezone.localdate(at))
    return pages, pages.first_unfinished() or prepare(pages, author, at)


def _require_own(draft: Draft, author: User) -> None:
    """Refuse another person's draft, and one that was discarded."""
    if draft.author_id != author.pk:
        raise Draft.DoesNotExist
    if draft.discarded_at is not None:
        raise Discarded
