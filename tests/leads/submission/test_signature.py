"""What a pasted signature or contact card fills in on page 1, and what it leaves alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.fields import Page, on_page
from leads.submission.signature import read

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
