"""Whatever the lists show of a lead finds it, however it is written."""

import unicodedata
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadportal.partners.models import User
from leads.models import Lead
from leads.search import search
from tests.factories import LeadFactory
from tests.worlds import made_once

pytestmark = pytest.mark.database

NAMES = (
    *("Maple & Pine", "Siemens AG", "Bank of Norway", "H & M", "AT&T", "3M", "O’Neill-Smith Ltd."),
    *(
        "Café Łódź",
        "Straße 7",
        "İstanbul Yılmaz",
        "Ægir Ødegård",
        "Þórður ehf.",
        "Đà Nẵng",
        "Zoë's",
    ),
    *("Ёлки и Йод", "Київ", "Ἀθῆναι ΟΔΥΣΣΕΥΣ", "Հայաստան", "საქართველო", "שָׁלוֹם בע״מ", "شركة أحمد"),
    *("हिन्दी कंपनी", "বাংলা", "தமிழ்", "ไทยพาณิชย์", "ខ្មែរ", "မြန်မာ", "አማርኛ", "ᠮᠣᠩᠭᠣᠯ", "བོད་"),
    *("日本語の会社", "ガス株式会社", "ｱｸﾒ", "华为", "한국전자", "ＡＣＭＥ", "ﬁne ﬂow", "𝔄𝔠𝔪𝔢"),
    *("!!!", "100%", "C++", "日", "٣ نجوم", "www.acme.example", "1 800 555 0199", "J.R.R. Tolkien"),
)
SHOWN = ("company_name", "domain", "readable_domain", "contact_name", "contact_email", "reference")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
WIDE = str.maketrans({letter: chr(ord(letter) + 0xFEE0) for letter in LETTERS})
REWRITTEN: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "upper case": str.upper,
    "lower case": str.lower,
    "letters apart": lambda text: unicodedata.normalize("NFD", text),
    "letters in one": lambda text: unicodedata.normalize("NFC", text),
    "wide": lambda text: text.translate(WIDE),
    "another apostrophe": lambda text: text.replace("’", "'").replace("'", "ʼ"),
    "another dash": lambda text: text.replace("-", "\N{EN DASH}"),
    "no dash": lambda text: text.replace("-", " "),
    "spaces": lambda text: f"  {text.replace(' ', '   ')} ",
}


@made_once
def kept() -> list[Lead]:
    """Leads of many writing systems; each has a contact and a domain of its own."""
    return [
        LeadFactory(
            company_name=name,
            domain="xn--bcher-kva.example" if number == 0 else f"crowd-{number}.example",
            first_name=NAMES[-number].split()[0],
            last_name="Wu",
        )
        for number, name in enumerate(NAMES)
    ]


@pytest.fixture
def leads(made: list[Lead]) -> list[Lead]:
    return made


def finds(text: str, lead: Lead) -> bool:
    return lead in search(Lead.objects.all(), text)


@pytest.mark.parametrize("how", REWRITTEN)
def test_what_is_shown_of_a_lead_finds_it(leads: list[Lead], how: str) -> None:
    for number, lead in enumerate(leads):
        # The companies' names differ by their writing, all else is alike: two leads show it.
        for name in SHOWN if number < 2 else ("company_name", "contact_name"):
            typed = REWRITTEN[how](getattr(lead, name))
            assert finds(typed, lead), (name, typed, lead.search_text)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20))
def test_any_name_finds_its_lead(leads: list[Lead], name: str) -> None:
    lead = leads[0]
    lead.company_name = name
    lead.refresh_search_text()
    lead.save()
    assert finds(name, lead)
    assert finds(f"{name} {lead.contact_email}", lead)


@pytest.mark.parametrize(
    ("fields", "typed"),
    [
        ({"company_name": "Café"}, "cafe"),
        ({"company_name": "Cafe"}, "Café"),
        ({"company_name": "Łódź"}, "lodz"),
        ({"company_name": "Straße"}, "STRASSE"),
        ({"company_name": "Strasse"}, "straße"),
        ({"company_name": "İstanbul"}, "istanbul"),
        ({"company_name": "ISTANBUL"}, "ıstanbul"),
        ({"company_name": "O’Neill"}, "oneill"),
        ({"company_name": "O'Neill"}, "o neill"),
        ({"company_name": "ONeill"}, "o´neill"),
        ({"company_name": "Coca-Cola"}, "cocacola"),
        ({"company_name": "Coca Cola"}, "coca–cola"),
        ({"company_name": "CocaCola"}, "coca-cola"),
        ({"company_name": "Maple & Pine"}, "maple pine"),
        ({"company_name": "Acme\N{SOFT HYPHEN}\N{ZERO WIDTH SPACE}Works"}, "acmeworks"),
        ({"company_name": "北京华为技术"}, "华为"),
        ({"company_name": "株式会社東京ガス"}, "ガス 東京"),
        ({"company_name": "한국전자"}, "전자"),
        ({"company_name": "Coca-Cola日本"}, "cocacola日本"),
        ({"first_name": "Jo", "last_name": "Wu"}, "Jo Wu"),
        ({"first_name": "Jo", "last_name": "Wu"}, "Wu, Jo"),
        ({"contact_email": "ann@mail.xn--bcher-kva.example"}, "ANN@mail.bücher.example"),
        ({"contact_email": "ann@mail.xn--bcher-kva.example"}, "ann@mail.xn--bcher-kva.example"),
        ({"contact_email": "ann@mail.acme.example"}, "Ann <mailto:ann@mail.acme.example>"),
        ({"domain": "acme.co.uk"}, "https://www.acme.co.uk/en/contact?x=1#top"),
        ({"domain": "acme.co.uk"}, "//shop.acme.co.uk"),
        ({"domain": "acme.co.uk"}, "www.ACME.co.uk"),
        ({"domain": "acme.co.uk"}, "acme.co.uk/en"),
        ({"domain": "xn--bcher-kva.example"}, "https://www.bücher.example/"),
        ({"domain": "xn--bcher-kva.example"}, "http://xn--bcher-kva.example:8080/x"),
        ({"domain": "my-shop.example"}, "myshop.example"),
        ({"reference": "LD-7KQ2M9XA"}, "ld-7kq2m9xa"),
        ({"reference": "LD-7KQ2M9XA"}, "7kq2m9"),
        ({"reference": "LD-7KQ2M9XA"}, "ld 7kq2m9xa"),
        ({"reference": "LD-7KQ2M9XA"}, "https://portal.example/solution/leads/ld-7kq2m9xa/?x=1"),
        ({"phone_number": "+46812345678"}, "+46 8 123 456 78"),
        ({"phone_number": "+46812345678"}, "+46 (0)8-123 456 78"),
        ({"phone_number": "+46812345678"}, "0046 8 123 456 78"),
        ({"phone_number": "+46812345678"}, "+46 08 123 456 78"),
        ({"phone_number": "+442079460018"}, "+44 020 7946 0018"),
        ({"phone_number": "+442079460018"}, "+4402079460018"),
        ({"phone_number": "+442079460018"}, "0044 020 7946 0018"),
        ({"phone_number": "+390612345678"}, "+39 06 1234 5678"),
        ({"phone_number": "+2250712345678"}, "+225 07 12 34 56 78"),
        ({"phone_number": "+46812345678"}, "011 46 8 123 456 78"),
        ({"phone_number": "+46812345678"}, "08/123.456.78"),
        ({"phone_number": "+46812345678"}, "tel:+46-8-123-456-78"),
        ({"phone_number": "+46812345678"}, "+٤٦ ٨ ١٢٣ ٤٥٦ ٧٨"),
        ({"phone_number": "+12125550123"}, "(212) 555-0123"),
        ({"phone_number": "+74951234567"}, "8 (495) 123-45-67"),
        ({"phone_number": "+4930901820;ext=12"}, "030 901820"),
        ({"phone_number": "+4930901820;ext=12"}, "+4930901820 ext. 12"),
        ({"phone_number": "+4930901820;ext=12"}, "+4930901820;ext=12"),
        ({"phone_number": "+4930901820;ext=12"}, "030/90 18 20 x12"),
        ({"phone_number": "030 901820"}, "030/90 18 20"),
    ],
)
def test_however_it_is_typed(db: None, fields: dict[str, str], typed: str) -> None:
    another = LeadFactory(company_name="Another", phone_number="+498912345678")
    wanted = LeadFactory(**({"company_name": "Wanted", "phone_number": ""} | fields))

    assert finds(typed, wanted)
    assert not finds(typed, another)


@pytest.mark.parametrize("typed", ["crowd-1.example", "anna.lindqvist@crowd-1.example"])
def test_an_address_finds_no_other(leads: list[Lead], typed: str) -> None:
    Lead.objects.filter(pk=leads[1].pk).update(contact_email="anna.lindqvist@crowd-1.example")
    [lead] = Lead.objects.filter(pk=leads[1].pk)
    lead.refresh_search_text()
    lead.save()
    assert list(search(Lead.objects.all(), typed)) == [lead]


def test_a_leads_page_takes_its_reference_in_any_case(
    signed_in: Client, partner_user: User
) -> None:
    lead = LeadFactory(partner=partner_user.partner, submitted_by=partner_user)
    for page in ("detail", "submitted"):
        address = reverse(f"leads:{page}", args=[lead.reference.lower()])
        assert signed_in.get(address).status_code == 200
