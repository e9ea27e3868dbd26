"""Addresses, numbers and domains are links, whatever is in them."""

from urllib.parse import unquote, urlsplit

import pytest
from django.test import Client

from leadportal.ui.links import email_link, email_url, phone_url, site_url
from tests.factories import LeadFactory
from tests.leads.triage_pages import address


@pytest.mark.parametrize(
    "typed", ["anna@nordwind.example", "a?cc=b@x.example", 'a"><b@x.example', "ü&b@x.example"]
)
def test_email_url_writes_to_that_address_only(typed):
    url = urlsplit(email_url(typed))
    assert (url.scheme, url.query, url.fragment) == ("mailto", "", "")
    assert unquote(url.path) == typed


def test_phone_url_dials_the_extension():
    assert phone_url("+4930901820;ext=12") == "tel:+4930901820;ext=12"


@pytest.mark.parametrize("domain", ["nordwind.example", "xn--mller-kva.de", "a/b", "a@b", "a?b#c"])
def test_site_url_has_no_other_host(domain):
    url = urlsplit(site_url(domain))
    assert url.scheme == "https"
    assert unquote(url.netloc) == domain


def test_email_link_is_escaped_and_readable():
    link = email_link('"><script>@xn--mller-kva.de')
    assert "<script>" not in link
    assert "müller.de" in link


def test_lead_pages_link_what_can_be_written_to_dialed_and_visited(partner_user, sales):
    lead = LeadFactory(
        partner=partner_user.partner, submitted_by=partner_user, phone_number="+4930901820"
    )
    partner = Client()
    partner.force_login(partner_user)
    for response in (partner.get(lead.get_absolute_url()), sales.get(address(lead))):
        shown = response.content.decode()
        for url in (
            email_url(lead.contact_email),
            site_url(lead.domain),
            "tel:+4930901820",
        ):
            assert f'href="{url}"' in shown
