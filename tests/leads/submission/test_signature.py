"""What a pasted signature or contact card fills in on page 1, and what it leaves alone."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.fields import Page, on_page
from leads.models import Draft
from leads.submission.signature import read
from tests.leads.answers import draft_of
from tests.leads.browser import address, answers, post, text

SIGNATURE = """\
Best regards,

Ann Lee
Head of Customer Service
Acme Trading GmbH | Hauptstr. 5 | 10115 Berlin
T: +49 30 901820 | F: +49 30 901829
M: +49 151 2345 6789
ann.lee@acme.com
www.linkedin.com/in/annlee
https://www.acme.com
Germany
"""
EXPECTED = {
    "first_name": "Ann",
    "last_name": "Lee",
    "job_title": "Head of Customer Service",
    "company_name": "Acme Trading GmbH",
    "phone_number": "+49 30 901820",
    "contact_email": "ann.lee@acme.com",
    "domain": "acme.com",
    "region": "Germany",
}
CARD = """\
BEGIN:VCARD
VERSION:3.0
N:Lee;Ann;;Dr.;
FN:Dr. Ann Lee
ORG:Acme Trading\\, GmbH;Sales
TITLE:Head of Customer
  Service
item1.EMAIL;type=INTERNET;type=HOME:ann@gmail.com
EMAIL;TYPE=WORK:ann.lee@acme.com
TEL;TYPE=FAX,WORK:+49 30 901829
TEL;TYPE=CELL:+49 151 23456789
TEL;TYPE=WORK,VOICE:+49 30 901820
URL:https://www.acme.com/
ADR;TYPE=WORK:;;Hauptstr. 5;Berlin;;10115;Germany
END:VCARD
"""


def test_signature_is_read():
    assert read(SIGNATURE) == EXPECTED
    assert read(SIGNATURE.replace("\n", "\r\n")) == EXPECTED


def test_contact_card_is_read():
    assert read(CARD) == EXPECTED | {"company_name": "Acme Trading, GmbH"}


def test_contact_card_of_version_2_is_read():
    card = (
        "BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;Jo\n"
        "TEL;WORK;VOICE:030 901820\nEMAIL;PREF;INTERNET:jo@xn--mller-kva.de\nEND:VCARD"
    )
    assert read(card) == {
        "first_name": "Jo",
        "last_name": "Müller",
        "phone_number": "030 901820",
        "contact_email": "jo@müller.de",
        "domain": "müller.de",
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Jan van der Berg\nCEO, Berg B.V.", {"first_name": "Jan", "last_name": "van der Berg"}),
        ("Dr. Ana María García, MBA", {"first_name": "Ana María", "last_name": "García"}),
        ("Ann Lee, Sales Manager", {"last_name": "Lee", "job_title": "Sales Manager"}),
        ("Ann Lee <ann@acme.com>", {"last_name": "Lee", "domain": "acme.com"}),
        ("Ann Lee\nAcme\nann@acme.com", {"company_name": "Acme"}),
        ("Ann Lee • CTO • Acme Inc. • +1 212 555 0123", {"phone_number": "+1 212 555 0123"}),
        ("王小明\n株式会社アクメ", {"company_name": "株式会社アクメ", "last_name": "王小明"}),
        (
            "Name: Ann Lee\nCompany: Acme Ltd\nPosition: Head of Sales\nCountry: Norway",
            {"company_name": "Acme Ltd", "job_title": "Head of Sales", "region": "Norway"},
        ),
        ("ann@gmail.com", {"contact_email": "ann@gmail.com"}),
        ("Thanks!\nAnn Lee\nSent from my iPhone", {"first_name": "Ann", "last_name": "Lee"}),
    ],
)
def test_other_forms_of_signatures_are_read(text, found):
    assert found.items() <= read(text).items()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ann@gmail.com", "domain"),
        ("https://www.linkedin.com/company/acme", "domain"),
        ("Fax: +49 30 901829", "phone_number"),
        ("Please call me back tomorrow", "last_name"),
        ("Registered in Berlin, HRB 12345", "phone_number"),
    ],
)
def test_what_belongs_to_no_field_is_left_out(text, name):
    assert name not in read(text)


@pytest.mark.parametrize("text", ["", " \n", "-- \n", "12", "BEGIN:VCARD", "Kind regards"])
def test_nothing_is_found_in_nothing(text):
    assert read(text) == {}


@given(st.text(max_size=300) | st.lists(st.sampled_from(SIGNATURE.split("\n"))).map("\n".join))
def test_any_text_is_read_and_names_fields_of_page_1(text):
    found = read(text)
    assert set(found) <= {field.name for field in on_page(Page.CONTACT)}
    assert all(found.values())


# On the page, without JavaScript


@pytest.fixture
def draft_id():
    return uuid4()


@pytest.mark.django_db
def test_signature_fills_an_empty_page_for_review(signed_in, draft_id):
    response = post(signed_in, draft_id, "contact", {"signature": SIGNATURE}, "fill")
    assert response.url == address(draft_id, "contact")
    assert answers(draft_id) == EXPECTED
    page = text(signed_in.get(response.url))
    assert "Filled in: " in page
    assert "Check them before you continue." in page
    assert 'value="ann.lee@acme.com"' in page


@pytest.mark.django_db
def test_signature_overwrites_nothing_that_was_typed(signed_in, partner_user):
    saved = draft_of(partner_user, {"job_title": "Buyer"})
    typed = {"job_title": "Buyer", "first_name": "Anna", "contact_email": "no address"}
    post(signed_in, saved.pk, "contact", {**typed, "signature": SIGNATURE}, "fill")
    assert answers(saved.pk) == EXPECTED | typed
    page = text(signed_in.get(address(saved.pk, "contact")))
    assert "Not changed: " in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("pasted", "words"),
    [
        ("", "contact card first"),
        (" \u200b", "contact card first"),
        ("Kind regards", "We found no name"),
    ],
)
def test_text_without_a_contact_stays_with_an_error_beside_it(signed_in, draft_id, pasted, words):
    typed = {"company_name": "Acme"}
    response = post(signed_in, draft_id, "contact", {**typed, "signature": pasted}, "fill")
    assert response.status_code == 422
    page = text(response)
    assert page.count(words) == 2, "in the summary and beside the field"
    assert f"{pasted.strip()}</textarea>" in page
    assert answers(draft_id) == typed
    assert "<details" in page
    assert " open>" in page


@pytest.mark.django_db
def test_nothing_pasted_on_an_empty_page_saves_no_draft(signed_in, draft_id):
    assert post(signed_in, draft_id, "contact", {"signature": ""}, "fill").status_code == 422
    assert not Draft.objects.exists()


@pytest.mark.django_db
def test_what_was_pasted_stays_while_another_button_finds_errors(signed_in, draft_id):
    typed = {"company_name": "Acme", "signature": "Ann Lee\nAcme"}
    page = text(post(signed_in, draft_id, "contact", typed))
    assert "Ann Lee\nAcme</textarea>" in page


@pytest.mark.django_db
def test_draft_named_by_invisible_characters_alone_has_a_title_to_click(signed_in, partner_user):
    draft_of(partner_user, {"company_name": "\u200b\u2060", "job_title": "Buyer"})
    assert "Untitled draft" in text(signed_in.get("/solution/leads/"))
