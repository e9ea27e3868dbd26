"""The portal's form by django-formtools' SessionWizardView and crispy-forms, as most would do it.

The same fields, page frame, models and middleware, and the same rows and emails at the end. What it
does not have: drafts, live amounts, warnings, a summary to check.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from formtools.wizard.views import SessionWizardView

from benchmarks.subjects.form import assert_submits
from benchmarks.table import BIG
from benchmarks.urls import urlpatterns as portal
from benchmarks.visits import answers, browser, post
from commissions import explanation
from commissions.catalog.lines import LineForm
from commissions.catalog.models import Plan
from commissions.catalog.price_list import Choice
from commissions.catalog.terms import CommissionTerms
from leadportal.domains import registrable_domain
from leadportal.mail import outbox
from leads import deal, emails
from leads.models import DealLine, Lead, LeadCount, LeadEvent
from leads.models.lead import business_day_after

START = "/wizard/"


class ContactForm(forms.ModelForm):
    class Meta:
        model = Lead
        fields = (
            *("company_name", "domain", "first_name", "last_name", "contact_email", "job_title"),
            *("region", "phone_number", "employees", "description"),
        )

    def clean_domain(self) -> str:
        return registrable_domain(self.cleaned_data["domain"])


class DealForm(LineForm):
    commission_type = forms.ChoiceField(
        choices=Lead._meta.get_field("commission_type").choices, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, plans=list(Plan.objects.select_related("product")), **kwargs)


class AgreementsForm(forms.ModelForm):
    lead_is_informed = forms.BooleanField()
    accepts_requirements = forms.BooleanField()

    class Meta:
        model = Lead
        fields = ("is_included_in_communication", "attends_meetings", "sends_personal_introduction")


class LeadWizard(SessionWizardView):
    form_list = [("contact", ContactForm), ("deal", DealForm), ("agreements", AgreementsForm)]
    template_name = "rivals/wizard.html"

    @transaction.atomic
    def done(self, form_list: list[Any], **kwargs: Any) -> HttpResponse:
        contact, line, agreements = form_list
        at, author = timezone.now(), self.request.user
        terms = CommissionTerms.objects.in_force(at.date())
        chosen, type_ = [Choice.of(line.cleaned_data)], line.cleaned_data["commission_type"]
        estimate = deal.estimate(chosen, terms, at.date())
        lead: Lead = contact.save(commit=False)
        values = agreements.cleaned_data | {
            "partner": author.partner,
            "submitted_by": author,
            "agreed_by": author,
            **dict.fromkeys(("submitted_at", "changed_at"), at),
            **dict.fromkeys(("lead_is_informed_at", "accepts_requirements_at"), at),
            "terms": terms,
            "decision_due": business_day_after(at.date(), terms.decision_business_days),
            "commission_type": type_,
            "agents": deal.total_agents(estimate.lines),
            "annual_value": estimate.annual_value,
            "estimated_commission": estimate.commission(type_),
            "estimate": explanation.freeze(estimate, type_),
            "estimate_is_complete": estimate.is_complete,
        }
        for name, value in values.items():
            setattr(lead, name, value)
        lead.meets_criteria = deal.meets_criteria(lead.agents, lead.employees, terms)
        lead.refresh_search_text()
        lead.save()
        DealLine.objects.add(lead, DealLine.Stage.SUBMITTED, chosen, estimate)
        LeadCount.objects.add({(lead.partner_id, lead.status): 1})
        LeadEvent.objects.create(
            lead=lead,
            number=1,
            kind=LeadEvent.Kind.SUBMITTED,
            to_status=lead.status,
            at=at,
            actor=author,
        )
        outbox.queue(emails.submitted(lead))
        return redirect("leads:submitted", lead.reference)


urlpatterns = [path("wizard/", LeadWizard.as_view()), *portal]


def variants() -> dict[str, Callable[[], object]]:
    """Return the whole flow, from the empty form to the confirmation."""
    client = browser(BIG)
    pages = [
        {f"{step}-{name.removeprefix('lines-0-')}": value for name, value in typed.items()}
        | {"lead_wizard-current_step": step}
        for step, typed in answers().items()
    ]

    def flow() -> None:
        response = client.get(START)
        for typed in pages:
            assert response.status_code == 200
            response = post(client, START, typed, response)
        assert response.status_code == 302, response.content.decode()
        assert b"LD-" in client.get(response["Location"]).content

    assert_submits(flow)
    return {"formtools with crispy-forms": flow}
