"""The form as django-formtools' SessionWizardView with crispy-forms.

It has the portal's own fields (its form classes, rendered by Django's own templates), frame, models
and middlewares. `done` submits as the portal does: the lead with its lines and frozen estimate, the
first event, the counter, and both mails. What it does not have: drafts, live sums, a summary to
check.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.forms.renderers import DjangoTemplates
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from formtools.wizard.views import SessionWizardView

from benchmarks import submitted
from benchmarks.posting import post
from benchmarks.subjects.wizard import answers, signed_in
from commissions.calculator import CommissionType
from commissions.catalog.lines import LineForm
from commissions.catalog.models import Plan
from commissions.catalog.price_list import Choice
from commissions.catalog.terms import CommissionTerms
from leadportal.urls import urlpatterns as portals
from leads.models.lead import Source
from leads.submission.forms import AgreementsForm, CommissionForm, ContactForm
from leads.submission.submit import Submission, submit_lead

START = "/wizard/"


# Django's own templates, as a project that only installs crispy-forms has them


class StockContactForm(ContactForm):
    default_renderer = DjangoTemplates()


class StockAgreementsForm(AgreementsForm):
    default_renderer = DjangoTemplates()


class DealForm(LineForm):
    """One line and the choice of commission, on one page."""

    default_renderer = DjangoTemplates()
    commission_type = CommissionForm.base_fields["commission_type"]


class LeadWizard(SessionWizardView):
    """Three steps at one address, kept in the session."""

    form_list = [
        ("contact", StockContactForm),
        ("deal", DealForm),
        ("agreements", StockAgreementsForm),
    ]
    template_name = "rivals/wizard.html"

    def get_form_kwargs(self, step: str | None = None) -> dict[str, Any]:
        if step == "contact":
            return {"partner": self.request.user.partner}
        if step == "deal":
            return {"plans": list(Plan.objects.select_related("product"))}
        return {"terms": CommissionTerms.objects.in_force(timezone.localdate())}

    def done(self, form_list: list[forms.BaseForm], **kwargs: Any) -> HttpResponse:
        user = self.request.user
        lead = submit_lead(
            submission(*form_list), partner=user.partner, author=user, at=timezone.now()
        )
        return redirect("leads:submitted", lead.reference)


def submission(contact: Any, deal: Any, agreements: Any) -> Submission:
    """Return what was typed, as the portal's own submission takes it."""
    return Submission(
        source=Source.FORM,
        contact=contact.contact(),
        lines=(Choice.of(deal.cleaned_data),),
        commission_type=CommissionType(deal.cleaned_data["commission_type"]),
        involvement=agreements.involvement(),
        agreements=agreements.agreements(),
        terms=CommissionTerms.objects.in_force(timezone.localdate()),
    )


urlpatterns = [path("wizard/", LeadWizard.as_view()), *portals]


def variants() -> dict[str, Callable[[], object]]:
    """Return the whole way from the empty form to the confirmation."""
    client = signed_in()
    pages = [
        {f"{step}-{name.removeprefix('lines-0-')}": value for name, value in typed.items()}
        | {"lead_wizard-current_step": step}
        for step, typed in zip(dict(LeadWizard.form_list), answers(), strict=True)
    ]

    def flow() -> None:
        page = client.get(START)
        for typed in pages[:-1]:
            assert page.status_code == 200
            page = post(client, START, typed, page)
        done = post(client, START, pages[-1], page)
        assert done.status_code == 302, done.content.decode()
        confirmation = client.get(done["Location"])
        assert confirmation.status_code == 200
        assert b"LD-" in confirmation.content

    submitted.assert_submits(flow)
    return {"flow": flow}
