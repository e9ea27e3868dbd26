"""What comes out of Firefox's print command."""

import base64
from io import BytesIO

import pytest
from pypdf import PdfReader

from leads.models import Lead
from leads.status import Status
from tests.factories import BUNDLE_5, LeadFactory

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("engine", ["firefox"], indirect=True)
def test_lead_fills_its_first_sheet(tab, sign_in, visit, partner_user):
    lead: Lead = LeadFactory(
        partner=partner_user.partner, status=Status.WON, lines=BUNDLE_5, description="x\n" * 60
    )
    sign_in(partner_user)
    visit(lead.get_absolute_url())
    pdf = base64.b64decode(tab.command("Print"))
    first = PdfReader(BytesIO(pdf)).pages[0].extract_text()
    for words in (lead.company_name, "What happens next", "Commission credited", "$528.00"):
        assert words in first
