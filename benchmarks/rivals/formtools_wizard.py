"""The form as django-formtools' SessionWizardView with crispy-forms.

It has the portal's own fields (its form classes, but for the list of countries, which is Django's),
frame, models and middlewares. `done` writes what the portal's submission writes: the lead with its
lines and frozen estimate, the first event, the counter, and both mails. What it does not have:
drafts, live sums, a summary to check.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django_countries import countries
from formtools.wizard.views import SessionWizardView
from leads.submission.agreements import AgreementsForm
from leads.submission.country import NONE

from benchmarks import submitted
from benchmarks.posting import post
from benchmarks.subjects.wizard import answers, signed_in
from commissions import explanation
from commissions.catalog.lines import LineForm
from commissions.catalog.models import Plan
from commissions.catalog.terms import CommissionTerms
from leadportal.mail import outbox
from leadportal.urls import urlpatterns as portals
from leads import deal, emails
from leads.models import DealLine, Lead, LeadCount, LeadEvent
from leads.models.lead import business_day_after
from leads.submission.forms import CommissionForm, ContactForm

START = "/wizard/"


class StockContactForm(ContactForm):
    """The contact with Django's own choice of a country, drawn by Django's own templates."""

    region = forms.ChoiceField(choices=[NONE, *countries])


class DealForm(LineForm):
    """One line and the choice of commission, on one page."""

    commission_type = CommissionForm.base_fields["commission_type"]


class LeadWizard(SessionWizardView):
    """Three steps at one address, kept in the session."""

    form_list = [("contact", StockContactForm), ("deal", DealForm), ("agreements", AgreementsForm)]
    template_name = "rivals/wizard.html"

    def get_form_kwargs(self, step: str | None = None) -> dict[str, Any]:
        if step == "contact":
            return {"partner": self.request.user.partner}
        if step == "deal":
            return {"plans": list(Plan.objects.select_related("product"))}
        return {"terms": CommissionTerms.objects.in_force(timezone.localdate())}

    def done(self, form_list: list[forms.BaseForm], **kwargs: Any) -> HttpResponse:
        contact, deal, agreements = form_list
        with transaction.atomic():
            lead = save(contact, deal, agreements, self.request.user)
        return redirect("leads:submitted", lead.reference)


def save(contact: Any, deal_form: Any, agreements: Any, author: Any) -> Lead:
    """Write all that a submitted lead is."""
    at = timezone.now()
    day = timezone.localdate(at)
    terms = CommissionTerms.objects.in_force(day)
    chosen = [deal_form.cleaned_data]
    type_ = deal_form.cleaned_data["commission_type"]
    estimate = deal.estimate(chosen, terms, day)
    lead: Lead = contact.save(commit=False)
    lead.partner = author.partner
    lead.submitted_by = lead.agreed_by = author
    lead.submitted_at = lead.changed_at = at
    lead.lead_is_informed_at = lead.accepts_requirements_at = at
    lead.terms = terms
    lead.decision_due = business_day_after(day, terms.decision_business_days)
    lead.commission_type = type_
    for name in ("is_included_in_communication", "attends_meetings", "sends_personal_introduction"):
        setattr(lead, name, agreements.cleaned_data[name])
    lead.agents = deal.total_agents(estimate.lines)
    lead.meets_criteria = deal.meets_criteria(lead.agents, lead.employees, terms)
    lead.annual_value = estimate.annual_value
    lead.estimated_commission = estimate.commission(type_)
    lead.estimate = explanation.freeze(estimate, type_)
    lead.estimate_is_complete = estimate.is_complete
    lead.refresh_search_text()
    lead.save(force_insert=True)
    DealLine.objects.add(lead, DealLine.Stage.SUBMITTED, chosen, estimate)
    LeadCount.objects.add(Counter({(lead.partner_id, lead.status): 1}))
    LeadEvent.objects.create(
        lead=lead, kind=LeadEvent.Kind.SUBMITTED, to_status=lead.status, at=at, actor=author
    )
    outbox.queue(emails.submitted(lead))
    return lead


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
