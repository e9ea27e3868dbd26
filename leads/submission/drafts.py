"""Drafts: what is typed is saved, and a complete draft becomes a lead exactly once."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from leadportal.lengths import length
from leadportal.partners.models import User
from leads.fields import LONGEST_ANSWER, Page
from leads.models import Draft, DraftTakeover, Lead
from leads.submission.pages import Answers, Pages
from leads.submission.submit import DraftChanged, submit_lead

Change = Callable[[Answers], Answers]
# How often a submission is retried because the draft has changed.
SUBMIT_ATTEMPTS = 50


class PageIncomplete(Exception):
    """The submitted draft is incomplete; `page` of `pages` is the first incomplete page."""

    def __init__(self, page: Page, pages: Pages) -> None:
        super().__init__(f"The page {page.label} is not complete.")
        self.page = page
        self.pages = pages


class NotAsShown(Exception):
    """The deal and its commission are not what the submitted page showed."""


class Discarded(Exception):
    """The draft was discarded: it can no longer be changed or submitted."""


class AnswersTooLong(Exception):
    """Some answers are longer than LONGEST_ANSWER; `names` are their fields."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(f"Too long: {', '.join(names)}.")
        self.names = names


def too_long(answers: Answers) -> list[str]:
    """Return the names of the answers that are too long to save. A line break counts once."""
    return [
        name
        for name, value in answers.items()
        if len(value) > LONGEST_ANSWER and length(value) > LONGEST_ANSWER
    ]


def get_draft(draft_id: uuid.UUID, author: User) -> Draft | None:
    """Return the author's draft, or None if nothing is saved under this id.

    Raises Draft.DoesNotExist where another person wrote it, Discarded.
    """
    try:
        draft = Draft.objects.get(pk=draft_id)
    except Draft.DoesNotExist:
        return None
    _require_own(draft, author)
    return draft


def save(
    draft_id: uuid.UUID, author: User, change: Change, at: datetime, page: Page = Page.CONTACT
) -> Draft:
    """Change the answers of the author's draft under its lock, creating the draft if it is new.

    `change` takes the current answers and returns the new ones; `page` is the page they were typed
    on. A draft that has become a lead is returned unchanged. Raises Draft.DoesNotExist if another
    person wrote it, Discarded, and AnswersTooLong, in each case without writing anything.
    """
    with transaction.atomic():
        # A new one is written with its answers at once.
        draft, is_new = Draft.objects.select_for_update().get_or_create(
            pk=draft_id,
            defaults={
                "author": author,
                "saved_at": at,
                "page": page,
                "answers": lambda: _fitting(change({})),
            },
        )
        _require_own(draft, author)
        if draft.lead_id is None and not is_new:
            draft.answers = _fitting(change(draft.answers))
            draft.page = page
            # Shows a submission whether the draft changed: it increases whatever the clocks say.
            draft.saved_at = max(at, draft.saved_at + timedelta.resolution)
            draft.save(update_fields=("answers", "saved_at", "page"))
    return draft


def discard(draft_id: uuid.UUID, author: User, at: datetime) -> Draft:
    """Delete what the author's draft holds, for good, and return it.

    A draft that has become a lead is returned as it is. Raises Draft.DoesNotExist where there is no
    such draft of this author, Discarded where it was discarded before.
    """
    with transaction.atomic():
        draft = Draft.objects.visible_to(author).select_for_update().get(pk=draft_id)
        _require_own(draft, author)
        if draft.lead_id is None:
            draft.answers = {}
            draft.discarded_at = at
            draft.save(update_fields=("answers", "discarded_at"))
    return draft


def take_over(draft_id: uuid.UUID, owner: User, at: datetime) -> Draft:
    """Make the owner the author of a draft that its author left behind, record it, and return it.

    Anybody else who saves or submits it at the same time finds that it is no longer theirs. Raises
    Draft.DoesNotExist for any other draft, including one that another owner has just taken over.
    """
    with transaction.atomic():
        draft = Draft.objects.select_for_update(of=("self",)).get(pk=draft_id)
        if not Draft.objects.left_behind(owner).filter(pk=draft_id).exists():
            raise Draft.DoesNotExist
        DraftTakeover.objects.create(
            draft=draft, taken_from_id=draft.author_id, taken_by=owner, at=at
        )
        draft.author = owner
        draft.saved_at += timedelta.resolution
        draft.save(update_fields=("author", "saved_at"))
    return draft


def replace_answer(name: str, value: str) -> Change:
    """Return a change that sets one answer; an empty value removes it."""

    def change(answers: Answers) -> Answers:
        others = {key: answer for key, answer in answers.items() if key != name}
        return {**others, name: value} if value else others

    return change


def submit(
    draft_id: uuid.UUID,
    author: User,
    at: datetime,
    change: Change = dict,
    shown_deal: str | None = None,
) -> Lead:
    """Turn the author's draft into a lead, or return the lead that it became before.

    `change` is what was typed last, as `save` takes it. `shown_deal` is the digest of the deal that
    the page showed, None where that is not known. If the draft changes in the meantime, it is read
    again. Raises PageIncomplete if a page is not valid, NotAsShown if the deal or its commission is
    not the one that was shown, and DraftChanged if the draft keeps changing, all with what was
    typed saved; Draft.DoesNotExist if another person wrote it; Discarded.
    """
    for _ in range(SUBMIT_ATTEMPTS):
        draft = get_draft(draft_id, author)
        if draft and draft.lead:
            return draft.lead
        pages = _pages(change(draft.answers if draft else {}), author, at)
        incomplete = pages.first_incomplete()
        is_as_shown = shown_deal is None or bool(incomplete) or shown_deal == pages.deal_digest
        if draft and not incomplete and is_as_shown:
            try:
                return submit_lead(
                    pages.submission(), partner=pages.partner, author=author, at=at, draft=draft
                )
            except DraftChanged:
                continue
        draft = save(draft_id, author, change, at, Page.AGREEMENTS)
        change = dict  # it is in the draft now
        if draft.lead is None and draft.answers == pages.answers:
            if incomplete:
                raise PageIncomplete(incomplete, pages)
            if not is_as_shown:
                raise NotAsShown
    draft = save(draft_id, author, change, at, Page.AGREEMENTS)
    if draft.lead:
        return draft.lead
    raise DraftChanged


def _fitting(answers: Answers) -> Answers:
    """Return the answers. Raises AnswersTooLong."""
    names = too_long(answers)
    if names:
        raise AnswersTooLong(names)
    return answers


def _pages(answers: Answers, author: User, at: datetime) -> Pages:
    assert author.partner is not None  # noqa: S101 - only a partner's people have drafts
    return Pages(answers, author.partner, timezone.localdate(at))


def _require_own(draft: Draft, author: User) -> None:
    """Raise unless the draft is the author's and not discarded."""
    if (draft.author_id, draft.partner_id) != (author.pk, author.partner_id):
        raise Draft.DoesNotExist
    if draft.discarded_at is not None:
        raise Discarded
