"""The first leads that search finds are the first of all, however near it looks row by row."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from leadportal.folding import parts
from leadportal.partners.models import Partner
from leads.models import Lead
from leads.search import first_ids
from tests.factories import LeadFactory, PartnerFactory
from tests.worlds import made_once

pytestmark = pytest.mark.database


@made_once
def kept() -> Partner:
    """A partner with nine leads, every two sent at one moment, and as many of others."""
    partner = PartnerFactory()
    at = timezone.now()
    for number in range(9):
        name = "Nordwind Retail" if number % 3 else "Other"
        when = at - timedelta(days=number // 2)
        LeadFactory(company_name=name, submitted_at=when, partner=partner)
        LeadFactory(company_name="Nordwind Elsewhere", submitted_at=when)
    return partner


@pytest.fixture
def partner(made: Partner) -> Partner:
    return made


@pytest.mark.parametrize("order", ["", "-"])
@pytest.mark.parametrize("text", ["nordwind", "n", "no", "anna retail", "absent", "el no", "x"])
@pytest.mark.parametrize("near", [1, 4, 100])
def test_first_found_are_the_first_of_all_that_hold_it(partner, near, text, order):
    for leads, of in (
        (Lead.objects.of_partner(partner.pk), partner.pk),
        (Lead.objects.all(), None),
    ):
        ordered = leads.order_by(f"{order}submitted_at", f"{order}id")
        wanted = [
            lead.pk for lead in ordered if all(part in lead.search_text for part in parts(text))
        ]
        assert sorted(first_ids(ordered, text, 3, of, near)) == sorted(wanted[:3])


def test_rows_are_checked_without_the_word_index_which_is_then_queried_by_itself(partner):
    leads = Lead.objects.of_partner(partner.pk).order_by("submitted_at", "id")

    with CaptureQueriesContext(connection) as queries:
        first_ids(leads, "nordwind", 7, partner.pk, near=4)

    _edge, near, index = (query["sql"] for query in queries)
    assert not re.search("LIKE|MATCH", near), "an index could be asked twice"
    assert re.search("LIKE|MATCH", index)
    assert index.startswith("WITH found"), "not within a query of leads"
