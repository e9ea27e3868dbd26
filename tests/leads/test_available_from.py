"""Wherever an amount is not available yet, the page or the email says from which day it is."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from commissions.ledger import amendments
from commissions.ledger.models import LedgerEntry
from leadportal.ui.formats import day_in_words
from leads.decisions import decide
from leads.models import Lead
from leads.status import Status
from tests.commissions.entries import new_terms
from tests.commissions.finance import text
from tests.factories import LeadFactory
from tests.leads.world import one, row, win
from tests.sessions import sign_in

BUSINESS = (("livechat", "business", 5),)


@pytest.fixture
def won(partner_user, sales_user, mailoutbox) -> Lead:
    """A lead won today, its commission of $354.00 held for 30 days."""
    new_terms(holding_days=30)
    lead = LeadFactory(
        partner=partner_user.partner, submitted_by=partner_user, status=Status.APPROVED
    )
    decide(one(lead), win(BUSINESS), sales_user)
    return Lead.objects.get(pk=lead.pk)


@pytest.fixture
def words(won) -> str:
    day = timezone.localdate() + timedelta(days=30)
    assert won.credit.available_on == day
    return f"available from {day_in_words(day)}"


def pages(lead):
    """Each page that names the commission, by who reads it."""
    entry = LedgerEntry.objects.filter(reference=lead.reference).latest("pk")
    today = timezone.localdate()
    return {
        "partner_user": [
            lead.get_absolute_url(),
            "/commissions/",
            f"/commissions/statements/{today.year}/{today.month}/",
        ],
        "finance_user": [
            reverse("admin:commissions_ledgerentry_change", args=[entry.pk]),
            reverse("admin:commissions_account_change", args=[entry.account_id]),
            reverse("admin:leads_lead_change", args=[lead.pk]),
        ],
    }


def shown(client, request, lead):
    """The number of times that each page says it, by the page."""
    for who, urls in pages(lead).items():
        sign_in(client, request.getfixturevalue(who))
        for url in urls:
            response = client.get(url)
            assert response.status_code == 200, url
            yield url, text(response).replace("\xa0", " ").lower()


def test_pages_and_email_say_it(client, request, won, words):
    for url, page in shown(client, request, won):
        assert words.lower() in page, url
    assert words in mail.outbox[0].body.replace("\n", " ")


def test_corrected_amount_says_the_same_day(client, request, won, words, finance_user):
    mail.outbox.clear()
    amendments.correct(won.credit, [row("livechat", "business", 6)], "Six", finance_user)
    assert words in mail.outbox[0].body
    for url, page in shown(client, request, won):
        assert words.lower() in page, url


def test_reversed_amount_says_nothing_of_it(client, request, won, words, finance_user):
    amendments.reverse(won.credit, "Unpaid", finance_user)
    for url, page in shown(client, request, won):
        assert words.lower() not in page, url


def test_amount_that_is_available_says_nothing_of_it(
    client, request, won, words, monkeypatch, superuser
):
    later = timezone.now() + timedelta(days=30)
    monkeypatch.setattr(timezone, "now", lambda: later)
    for url, page in shown(client, request, won):
        if "/statements/" not in url:
            assert words.lower() not in page, url
    assert won.credit.amount == Decimal("354.00")
