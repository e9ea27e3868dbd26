"""Submit a lead: three pages, each with its own address, over one draft."""

import re
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views import View
from django.views.decorators.http import require_GET, require_POST

from commissions.catalog.lines import changed_lines
from leadportal.lengths import excess
from leadportal.partners.access import partner_user
from leadportal.partners.models import Partner, User
from leads.facts import facts
from leads.fields import BY_NAME, LONGEST_ANSWER, Page, answers_in, has_field
from leads.models import Draft, Lead
from leads.submission import drafts
from leads.submission.discard import answer_discarded, discarded_page
from leads.submission.duplicates import duplicates
from leads.submission.forms import SignatureForm
from leads.submission.pages import Answers, Pages
from leads.submission.submit import DraftChanged
from leads.submission.typed_page import SHOWN, TOUCHED, OlderPage, TypedPage, stamp

SHOWN_DEAL = "shown_deal"  # the digest of the deal that the last page shows


@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """Redirect to page 1 of a new draft, which is saved once something is typed.

    Products in the address, such as the calculator's, go along in the page's address.
    """
    partner_user(request)
    address = reverse("leads:page", args=[uuid4(), Page.CONTACT])
    return HttpResponseRedirect(address + _query(_carried(request)))


@require_GET
@answer_discarded
def resume(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Redirect to the first incomplete page of a draft, or to the last page."""
    user = partner_user(request)
    draft = _draft(draft_id, user)
    if draft is None:
        raise Http404
    pages = _pages(draft.answers, user)
    return redirect("leads:page", draft_id, pages.first_incomplete() or Page.AGREEMENTS)


@method_decorator(answer_discarded, name="dispatch")
class PageView(View):
    """One page of the form: shown as it was typed, saved whichever button is pressed."""

    draws_typed = ("action", "redraw")  # posted, it shows the page as typed and saves nothing

    def get(self, request: HttpRequest, draft_id: UUID, page: Page) -> HttpResponse:
        user = partner_user(request)
        draft = _draft(draft_id, user)
        if draft and draft.lead_id:
            return _to_confirmation(draft)
        pages = _pages(draft.answers if draft else {}, user, shown=page)
        incomplete = pages.first_incomplete(before=page)
        if incomplete:
            if draft is None:
                return _to_page(draft_id, incomplete)
            return _to_incomplete(request, draft_id, incomplete)
        return _render(request, draft_id, page, pages, is_bound="check" in request.GET)

    def post(self, request: HttpRequest, draft_id: UUID, page: Page) -> HttpResponse:
        user = partner_user(request)
        action = request.POST.get("action", "continue")
        typed_page = TypedPage.of(page, request.POST.dict())
        has_answers = typed_page.answers or _carried(request) or action == "fill"
        if not has_answers and _draft(draft_id, user) is None:
            return self._without_draft(request, draft_id, page, action, user)
        try:
            if action == "redraw":
                return self._redraw(request, draft_id, user, typed_page)
            return self._act(request, draft_id, action, user, typed_page)
        except OlderPage:
            return self._merge(request, draft_id, action, user, typed_page)
        except drafts.Discarded:
            return discarded_page(request, page=page, typed=typed_page.answers, draft_id=uuid4())

    def _redraw(
        self, request: HttpRequest, draft_id: UUID, user: User, typed_page: TypedPage
    ) -> HttpResponse:
        """Show the page as typed over the draft. Raises drafts.Discarded.

        The new page carries the `shown` of the typed page, so that what is typed still counts as
        typed.
        """
        draft = _draft(draft_id, user)
        if draft and draft.lead_id:
            return _to_confirmation(draft)
        answers = typed_page.merge(draft.answers if draft else {})
        pages = _pages(answers, user, shown=typed_page.page)
        as_typed = {name: request.POST.get(name, "") for name in (SHOWN, TOUCHED)}
        return _render(request, draft_id, typed_page.page, pages, is_bound=False, as_typed=as_typed)

    def _merge(
        self, request: HttpRequest, draft_id: UUID, action: str, user: User, typed_page: TypedPage
    ) -> HttpResponse:
        """Save what was typed on an older page, and show the result to be checked first."""
        draft = _save(draft_id, user, typed_page.merge, typed_page.page)
        if draft.lead_id:
            return _to_confirmation(draft)
        if action in ("later", "back") or action.startswith("change-"):
            return _leave(request, draft_id, typed_page.page, action)
        return _to_check(request, draft_id, typed_page.page)

    def _act(
        self, request: HttpRequest, draft_id: UUID, action: str, user: User, typed_page: TypedPage
    ) -> HttpResponse:
        """Save the page and do what its button says. Raises OlderPage, drafts.Discarded."""
        page = typed_page.page
        too_long = drafts.too_long(typed_page.answers)
        if too_long:
            return _refuse_too_long(request, draft_id, user, typed_page, too_long)
        if action == "fill" and page is Page.CONTACT:
            return self._fill(request, draft_id, user, typed_page)
        change = _beginning(request, _change(typed_page, action))
        if action in ("continue", "submit"):
            if page.following is None:
                return _submit(request, draft_id, user, change)
            return self._go_on(request, draft_id, page, page.following, user, change)
        draft = _save(draft_id, user, change, page)
        return _to_confirmation(draft) if draft.lead_id else _leave(request, draft_id, page, action)

    def _fill(
        self, request: HttpRequest, draft_id: UUID, user: User, typed_page: TypedPage
    ) -> HttpResponse:
        """Fill empty fields from a pasted signature, and show the page to be checked."""
        signature = SignatureForm(request.POST)
        if not signature.is_valid():
            draft = _draft(draft_id, user)
            if typed_page.answers:
                draft = _save(
                    draft_id, user, _beginning(request, typed_page.merge), typed_page.page
                )
            pages = _pages(draft.answers if draft else {}, user, shown=typed_page.page)
            return _render(
                request, draft_id, typed_page.page, pages, is_bound=False, signature=signature
            )
        found = signature.found

        def fill(answers: Answers) -> Answers:
            typed = typed_page.merge(answers)
            return typed | {name: value for name, value in found.items() if not typed.get(name)}

        draft = _save(draft_id, user, _beginning(request, fill), typed_page.page)
        if draft.lead_id:
            return _to_confirmation(draft)
        messages.success(request, _filled_in(found, typed_page.answers, draft.answers))
        return _to_page(draft_id, typed_page.page, _from_summary(request))

    def _go_on(
        self,
        request: HttpRequest,
        draft_id: UUID,
        page: Page,
        following: Page,
        user: User,
        change: Any,
    ) -> HttpResponse:
        """Save the page and redirect to the next one, which checks those before it."""
        draft = _save(draft_id, user, change, page)
        if draft.lead_id:
            return _to_confirmation(draft)
        pages = _pages(draft.answers, user)
        if not pages.is_complete(page):
            return _render(request, draft_id, page, pages.to_show(page), is_bound=True)
        after = Page.AGREEMENTS if "from_summary" in request.GET else following
        return _to_page(draft_id, after)

    def _without_draft(
        self, request: HttpRequest, draft_id: UUID, page: Page, action: str, user: User
    ) -> HttpResponse:
        """Respond to a post without answers, for which no draft is saved."""
        if action != "continue" or page is not Page.CONTACT:
            return redirect("leads:list")
        return _render(request, draft_id, page, _pages({}, user, shown=page), is_bound=True)


@require_POST
def autosave(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Save the one field that changed.

    409 where the draft has become a lead meanwhile, 410 where it was discarded: each with the words
    that the page shows, as HTML.
    """
    user = partner_user(request)
    fields = {
        name: value for name, value in request.POST.dict().items() if name != "csrfmiddlewaretoken"
    }
    if len(fields) != 1:
        return HttpResponse("Post exactly one field.", status=400)
    ((name, value),) = fields.items()
    value = value.replace("\x00", "")
    page = next((page for page in Page if has_field(page, name)), None)
    if page is None or drafts.too_long({name: value}):
        return HttpResponse("There is no such field, or it is too long.", status=400)
    try:
        if not value and _draft(draft_id, user) is None:
            return HttpResponse(status=204)
        change = _beginning(request, drafts.replace_answer(name, value))
        draft = _save(draft_id, user, change, page)
    except drafts.Discarded:
        return HttpResponse("Not saved: this draft was discarded.", status=410)
    if draft.lead is None:
        return HttpResponse(status=204)
    words = 'Not saved: this lead has already been submitted. <a href="{}">See {}</a>'
    lead = draft.lead
    return HttpResponse(format_html(words, lead.get_absolute_url(), lead.reference), status=409)


@require_POST
@answer_discarded
def estimate(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Return the estimate for the lines as typed, for the deal page. Writes nothing."""
    user = partner_user(request)
    draft = _draft(draft_id, user)
    typed = TypedPage(Page.DEAL, answers_in(Page.DEAL, request.POST.dict()))
    answers = typed.merge(draft.answers if draft else {})
    return render(request, "leads/_estimate_live.html", {"deal": _pages(answers, user).estimate()})


@require_POST
@answer_discarded
def warnings(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """Return the warnings for the contact as typed. Writes nothing."""
    user = partner_user(request)
    _draft(draft_id, user)
    pages = _pages(answers_in(Page.CONTACT, request.POST.dict()), user)
    return render(request, "leads/_contact_warnings.html", _warnings(pages, user, draft_id))


def _draft(draft_id: UUID, user: User) -> Draft | None:
    """Return the user's draft, or None if nothing is saved under this id.

    Raises Http404 for another person's, drafts.Discarded.
    """
    try:
        return drafts.get_draft(draft_id, user)
    except Draft.DoesNotExist:
        raise Http404 from None


def _save(draft_id: UUID, user: User, change: Any, page: Page) -> Draft:
    try:
        return drafts.save(draft_id, user, change, timezone.now(), page)
    except Draft.DoesNotExist:
        raise Http404 from None


def _pages(answers: Answers, user: User, shown: Page | None = None) -> Pages:
    assert isinstance(user.partner, Partner)  # noqa: S101 - partner_user() has made sure
    return Pages(answers, user.partner, timezone.localdate(), shown=shown)


def _carried(request: HttpRequest) -> Answers:
    """Return the deal in the address, such as the calculator's, if it names a plan."""
    deal = answers_in(Page.DEAL, request.GET.dict())
    has_plan = any(name.endswith("-plan") for name in deal)
    return deal if has_plan and not drafts.too_long(deal) else {}


def _beginning(request: HttpRequest, change: drafts.Change) -> drafts.Change:
    """Return the change that also adds the deal in the address, where the draft has none yet."""
    carried = _carried(request)

    def change_and_add(answers: Answers) -> Answers:
        changed = change(answers)
        return changed if answers_in(Page.DEAL, changed) else {**carried, **changed}

    return change_and_add if carried else change


def _query(parameters: Answers) -> str:
    return f"?{urlencode(parameters)}" if parameters else ""


def _change(typed_page: TypedPage, action: str) -> Any:
    """Return the button's change of the answers: save the page, add a line or remove one."""
    return lambda answers: changed_lines(typed_page.change(answers), action)


def _refuse_too_long(
    request: HttpRequest, draft_id: UUID, user: User, typed_page: TypedPage, names: list[str]
) -> HttpResponse:
    """Save what fits and show the page as it was typed, with an error beside what is too long.

    The draft keeps what it held in those fields.
    """
    fitting, draft = typed_page.without(names), _draft(draft_id, user)

    def change(answers: Answers) -> Answers:
        kept = {name: answers[name] for name in names if name in answers}
        return fitting.merge(answers) | kept

    if draft or fitting.answers:
        draft = _save(draft_id, user, change, typed_page.page)
    if draft and draft.lead_id:
        return _to_confirmation(draft)
    typed = (draft.answers if draft else {}) | typed_page.answers
    pages = _pages(typed, user, shown=typed_page.page)
    return _render(request, draft_id, typed_page.page, pages, is_bound=True, too_long=names)


def _mark_too_long(shown: dict[str, Any], answers: Answers, names: list[str]) -> None:
    """Say beside each of these fields by how much its answer is too long, unless its form has an
    error there."""
    for form_or_set in shown.values():
        for form in getattr(form_or_set, "forms", [form_or_set]):
            for name in form.fields:
                key = form.add_prefix(name)
                if key in names and not form.has_error(name):
                    form.add_error(name, excess(answers[key], LONGEST_ANSWER))


def _leave(request: HttpRequest, draft_id: UUID, page: Page, action: str) -> HttpResponse:
    """Respond to a button that does not need a complete page."""
    change = re.fullmatch(r"change-(contact|deal)-([a-z0-9_-]+)", action)
    if action == "back" and page.preceding:
        return _to_page(draft_id, page.preceding)
    if change:
        return _to_page(draft_id, Page(change[1]), f"?from_summary=1#div_id_{change[2]}")
    if page is Page.DEAL and action != "later":
        return _to_page(draft_id, page, "#estimate" if action == "recalculate" else "#lines")
    messages.success(request, "Your draft is saved. You can continue it from here.")
    return redirect("leads:list")


def _submit(request: HttpRequest, draft_id: UUID, user: User, change: Any) -> HttpResponse:
    try:
        lead = drafts.submit(draft_id, user, timezone.now(), change, request.POST.get(SHOWN_DEAL))
    except Draft.DoesNotExist:
        raise Http404 from None
    except drafts.PageIncomplete as error:
        if error.page is not Page.AGREEMENTS:
            return _to_incomplete(request, draft_id, error.page)
        return _render(request, draft_id, error.page, error.pages, is_bound=True)
    except drafts.NotAsShown:
        messages.warning(
            request,
            "Not submitted yet: the prices, the commission or your products have changed since "
            "this page was shown. Check the deal below, then submit.",
        )
        return _to_page(draft_id, Page.AGREEMENTS)
    except DraftChanged:
        messages.warning(
            request, "This draft was changed in another window. Check your answers, then submit."
        )
        return _to_page(draft_id, Page.AGREEMENTS)
    return redirect("leads:submitted", lead.reference)


def _to_incomplete(request: HttpRequest, draft_id: UUID, page: Page) -> HttpResponse:
    """Redirect to an incomplete page that must be completed first."""
    messages.warning(request, "Complete this page before you submit the lead.")
    return _to_page(draft_id, page, "?check=1")


def _to_check(request: HttpRequest, draft_id: UUID, page: Page) -> HttpResponse:
    """Show a page again because the draft has newer answers than the posted page."""
    messages.warning(
        request,
        "This page was out of date. It now shows your draft's newer answers, and your "
        "changes are saved. Check the page before you continue.",
    )
    return _to_page(draft_id, page, _from_summary(request))


def _from_summary(request: HttpRequest) -> str:
    """Return the query of a page that was opened from the summary and returns to it."""
    return "?from_summary=1" if "from_summary" in request.GET else ""


def _to_page(draft_id: UUID, page: Page, suffix: str = "") -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("leads:page", args=[draft_id, page]) + suffix)


def _to_confirmation(draft: Draft) -> HttpResponse:
    assert isinstance(draft.lead, Lead)  # noqa: S101 - asked for only where it has become one
    return redirect("leads:submitted", draft.lead.reference)


def _render(
    request: HttpRequest,
    draft_id: UUID,
    page: Page,
    pages: Pages,
    *,
    is_bound: bool,
    too_long: list[str] | None = None,
    as_typed: dict[str, str] | None = None,
    signature: SignatureForm | None = None,
) -> HttpResponse:
    user = partner_user(request)
    shown = pages.forms(page, is_bound=is_bound)
    _mark_too_long(shown, pages.answers, too_long or [])
    has_errors = bool(signature) or (
        is_bound and not all(form.is_valid() for form in shown.values())
    )
    carried = _carried(request)
    from_summary = {"from_summary": "1"} if "from_summary" in request.GET else {}
    context: dict[str, Any] = {
        **shown,
        "forms": [*([signature] if signature else []), *shown.values()],
        "draft_id": draft_id,
        "page": page,
        "shown": stamp(page, pages.answers),
        **(as_typed or {}),
        "steps": [_step(draft_id, other, page) for other in Page],
        # The page posts to its own address, and autosave to one that carries the same deal.
        "query": _query(from_summary | carried),
        "carried_query": _query(carried),
    }
    if page is Page.DEAL:
        context["deal"] = pages.estimate()
    if page is Page.CONTACT:
        pasted = {"signature": request.POST.get("signature", "")}
        context["signature"] = signature or SignatureForm(initial=pasted)
    if page is Page.CONTACT and (is_bound or pages.answers):
        context |= _warnings(pages, user, draft_id)
    if page is Page.AGREEMENTS:
        context["terms"] = pages.terms
        context |= _warnings(pages, user, draft_id)
        context["facts"] = facts(pages.checked_contact.contact(), Page.CONTACT)
        context["deal"] = pages.estimate()
        context["commission_type"] = pages.answers.get("commission_type", "")
        context["shown_deal"] = context["deal"].digest(context["commission_type"])
        context["commission_label"] = BY_NAME["commission_type"].label
    return render(request, f"leads/submit_{page}.html", context, status=422 if has_errors else 200)


def _filled_in(found: Answers, typed: Answers, answers: Answers) -> str:
    """Return which fields were filled in from a signature, and which were left as typed."""
    names = [name for name in BY_NAME if name in found]
    filled = [name for name in names if name not in typed and answers[name] == found[name]]
    kept = [name for name in names if answers[name] != found[name]]
    words = []
    if filled:
        words.append(f"Filled in: {_labels(filled)}. Check them before you continue.")
    if kept:
        words.append(f"Not changed: {_labels(kept)}.")
    return " ".join(words) or "The fields already contain everything you pasted."


def _labels(names: list[str]) -> str:
    return ", ".join(BY_NAME[name].label.lower() for name in names)


def _step(draft_id: UUID, page: Page, current: Page) -> dict[str, str]:
    if page.number < current.number:
        url = reverse("leads:page", args=[draft_id, page])
        return {"label": page.label, "state": "done", "url": url}
    return {"label": page.label, "state": "current" if page is current else "todo"}


def _warnings(pages: Pages, user: User, draft_id: UUID) -> dict[str, Any]:
    """Return the warnings for the contact, which need not be complete, for a template."""
    contact = pages.checked_contact
    contact.is_valid()
    domain, email = (contact.cleaned_data.get(name, "") for name in ("domain", "contact_email"))
    warnings = contact.warnings()
    if "domain" in warnings:
        domain = ""  # many companies' pages are there
    return {
        "warnings": warnings,
        "duplicates": duplicates(user, draft_id, domain, email),
    }
