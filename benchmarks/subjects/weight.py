"""A partner with leads, a draft and money, and where that partner's pages are."""

from uuid import uuid4

from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from benchmarks import submitted
from benchmarks.subjects.wizard import answers
from commissions.catalog.models import Plan
from commissions.catalog.price_list import Choice
from leads.decisions import Decision, decide
from leads.models import Draft, Lead
from leads.status import Status


def tell() -> dict[str, object]:
    """Migrate and collect the static files; return the session's cookie and each page's path."""
    submitted.migrated()
    call_command("collectstatic", interactive=False, verbosity=0)
    submitted.submitted(40 * submitted.PARTNERS)
    user = submitted.partner_users()[0]
    contact, deal, _ = answers()
    draft = Draft.objects.create(
        pk=uuid4(), author=user, answers=contact | deal, saved_at=timezone.now()
    )
    lead = _won(Lead.objects.visible_to(user)[0])
    browser = Client(headers={"host": "localhost"})
    browser.force_login(user)
    named = {
        "home": reverse("home"),
        "Leads tab": reverse("leads:list"),
        "lead": reverse("leads:detail", args=[lead.reference]),
        "confirmation": reverse("leads:submitted", args=[lead.reference]),
        "commissions": reverse("commissions:overview"),
        "statements": reverse("commissions:statements"),
        "statement": reverse("commissions:statement", args=[timezone.localdate().year]),
        "billing": reverse("commissions:billing"),
        "calculator": reverse("what_would_i_earn"),
        "team": reverse("team"),
        "profile": reverse("profile"),
        "sign-in": reverse("account_login"),
    }
    for page in ("contact", "deal", "agreements"):
        named[page] = reverse("leads:page", args=[draft.pk, page])
    return {"session": browser.cookies["sessionid"].value, "pages": named}


def _won(lead: Lead) -> Lead:
    """Win the lead, so that there is money to show."""
    sales, chosen = submitted.sales_user(), Lead.objects.filter(pk=lead.pk)
    plan = Plan.objects.select_related("product").get(product__code="livechat", code="business")
    lines = [Choice(plan, 5, "annual")]
    decide(chosen, Decision(to=Status.APPROVED, message="Yes."), sales)
    decide(chosen, Decision(to=Status.WON, message="They bought.", lines=lines), sales)
    return lead
