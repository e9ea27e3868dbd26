"""The doors to a draft: typing is kept, and a whole draft becomes a lead exactly once."""

import uuid
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from commissions import explanation
from leadportal.partners.models import User
from leads import deal, emails
from leads.models import DealLine, Draft, Lead, LeadCount, LeadEvent
from leads.models.lead import business_day_after, new_reference
from leads.pages import Answers, Page, Pages
from leads.status import Status


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
    draft = Draft.objects.filter(pk=draft_id).first()
    if draft is not None:
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
        draft, is_new = _locked(draft_id, author, at, change)
        if draft.lead_id is None and not is_new:
            draft.answers = change(draft.answers)
            draft.saved_at = at
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


def _locked(
    draft_id: uuid.UUID, author: User, at: datetime, change: Callable[[Answers], Answers]
) -> tuple[Draft, bool]:
    """Return the author's draft under its lock, and whether it is new: then already changed."""
    draft, is_new = Draft.objects.select_for_update().get_or_create(
        pk=draft_id,
        defaults={"author": author, "saved_at": at, "answers": lambda: change({})},
    )
    _require_own(draft, author)
    return draft, is_new


def turn_page(page: Page, typed: Answers) -> Callable[[Answers], Answers]:
    """Return the change that puts what was typed in place of all the page's answers."""

    def change(answers: Answers) -> Answers:
        others = {name: value for name, value in answers.items() if not page.has_field(name)}
        return {**others, **typed}

    return change


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
    first event, the counter, both mails and the draft's end commit together or not at all; the
    draft's lock makes a second submission wait and find the lead. Raises Unfinished where a page is
    not acceptable now, with what was typed saved; Draft.DoesNotExist where another person wrote it,
    Discarded.
    """
    # SQLite has one writer at a time: what takes longest, to validate, is done before it is this
    # one's turn, and again only where the answers have changed until then. A plan withdrawn in that
    # instant was still there when the lead was sent.
    known = kept(draft_id, author)
    pages, unfinished = _validated(change(known.answers if known else {}), author, at)
    with transaction.atomic():
        draft, _ = _locked(draft_id, author, at, dict)
        if draft.lead is not None:
            return draft.lead
        draft.answers = change(draft.answers)
        draft.saved_at = at
        if draft.answers != pages.answers:
            pages, unfinished = _validated(draft.answers, author, at)
        if unfinished is None:
            return _submitted(draft, author, pages, at)
        draft.save(update_fields=("answers", "saved_at"))
    raise Unfinished(unfinished, pages)


def _validated(answers: Answers, author: User, at: datetime) -> tuple[Pages, Page | None]:
    """Return the pages of these answers, validated, and the first that is not acceptable."""
    assert author.partner is not None  # noqa: S101 - only a partner's people have drafts
    pages = Pages(answers, author.partner, timezone.localdate(at))
    return pages, pages.first_unfinished()


def _submitted(draft: Draft, author: User, pages: Pages, at: datetime) -> Lead:
    """Turn the draft into the lead of its pages, which have all been found finished."""
    lead = _lead(pages, author, at)
    draft.lead = lead
    draft.answers = {}
    draft.save(update_fields=("lead", "answers", "saved_at"))
    LeadCount.objects.add(Counter({(lead.partner_id, lead.status): 1}))
    LeadEvent.objects.create(
        lead=lead,
        kind=LeadEvent.Kind.SUBMITTED,
        to_status=lead.status,
        at=at,
        actor=author,
    )
    emails.send_submitted(lead)
    return lead


def _require_own(draft: Draft, author: User) -> None:
    """Refuse another person's draft, and one that was discarded."""
    if draft.author_id != author.pk:
        raise Draft.DoesNotExist
    if draft.discarded_at is not None:
        raise Discarded


def _lead(pages: Pages, author: User, at: datetime) -> Lead:
    agreements = pages.checked_agreements
    chosen = pages.checked_lines.lines()
    estimate = deal.estimate(chosen, pages.terms, pages.day)
    agents = deal.total_agents(estimate.lines)
    type_ = pages.checked_commission.cleaned_data["commission_type"]
    some_price = any(line.is_priced for line in estimate.lines)

    lead: Lead = pages.checked_contact.save(commit=False)
    lead.partner = pages.partner
    lead.submitted_by = lead.agreed_by = author
    lead.status = Status.SUBMITTED
    lead.submitted_at = lead.changed_at = at
    lead.lead_is_informed_at = lead.accepts_requirements_at = at
    lead.terms = pages.terms
    lead.decision_due = business_day_after(pages.day, pages.terms.decision_business_days)
    lead.commission_type = type_
    lead.is_included_in_communication = agreements.cleaned_data["is_included_in_communication"]
    lead.attends_meetings = agreements.cleaned_data["attends_meetings"]
    lead.sends_personal_introduction = agreements.cleaned_data["sends_personal_introduction"]
    lead.agents = agents
    lead.meets_criteria = deal.meets_criteria(agents, lead.employees, pages.terms)
    lead.annual_value = estimate.annual_value if some_price else None
    if some_price or type_ == "flat_fee":
        lead.estimated_commission = estimate.commission(type_)
    lead.estimate = explanation.freeze(estimate, type_)
    lead.estimate_is_complete = estimate.is_complete
    _insert(lead)
    DealLine.objects.add(lead, DealLine.Stage.SUBMITTED, chosen, estimate)
    return lead


def _insert(lead: Lead) -> None:
    """Save a new lead, under another reference where a lead has drawn the same one before."""
    lead.refresh_search_text()
    try:
        with transaction.atomic():
            lead.save(force_insert=True)
    except IntegrityError:
        if not Lead.objects.filter(reference=lead.reference).exists():
            raise
        lead.reference = new_reference()
        lead.refresh_search_text()
        lead.save(force_insert=True)
