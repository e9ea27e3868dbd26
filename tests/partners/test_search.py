"""The admin finds partners and people however their names and addresses are written."""

import pytest
from django.test import Client

from leadportal.partners.models import Partner, User
from tests.factories import LeadFactory, PartnerFactory, StaffFactory, UserFactory
from tests.sessions import sign_in

pytestmark = pytest.mark.database

PARTNERS, USERS, QUEUE = "/admin/partners/partner/", "/admin/partners/user/", "/admin/leads/lead/"


@pytest.fixture
def admin(db: None, client: Client) -> Client:
    sign_in(client, StaffFactory(is_superuser=True))
    return client


def found(admin: Client, address: str, **query: str) -> list[str]:
    return [str(row) for row in admin.get(address, query).context["cl"].result_list]


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Maple & Pine", "maple & pine"),
        ("Café Łódź", "cafe lodz"),
        ("Straße", "STRASSE"),
        ("İstanbul", "istanbul"),
        ("O’Neill-Smith", "o'neill smith"),
        ("ＡＣＭＥ", "acme"),
        ("H & M", "H & M"),
        ("Bücher", "https://www.bücher.example/x"),
        ("Bücher", "xn--bcher-kva.example"),
    ],
)
def test_partners_and_their_people_are_found(admin: Client, name: str, typed: str) -> None:
    partner = PartnerFactory(name=name, domain="bücher.example")
    person = UserFactory(partner=partner, name="Jo Wu")
    UserFactory(partner=PartnerFactory(name="Other", domain="other.example"), name="Ann Other")

    assert found(admin, PARTNERS, q=typed) == [name]
    assert found(admin, USERS, q=typed) == [str(person)]


@pytest.mark.parametrize(
    "typed", ["zoe", "WU, ZOË", "Zoe@xn--bcher-kva.example", "zoe@bücher.example"]
)
def test_people_are_found_by_name_and_address(admin: Client, typed: str) -> None:
    UserFactory(email="zoe@xn--bcher-kva.example", name="Zoë Wu")
    UserFactory(email="ann@other.example", name="Ann Other")

    assert found(admin, USERS, q=typed) == ["Zoë Wu"]


def test_the_queues_partner_filter_compares_names_in_the_same_way(admin: Client) -> None:
    theirs = LeadFactory(partner__name="Café Łódź")
    LeadFactory(partner__name="Other")

    assert found(admin, QUEUE, partner_name="LODZ cafe") == [str(theirs)]


def test_search_follows_a_change_of_some_fields(db: None) -> None:
    person, partner = UserFactory(name="Before"), PartnerFactory(name="Before")
    for row in (person, partner):
        row.name = "After"
        row.save(update_fields=["name"])
    assert User.objects.get(search_text__contains=" after") == person
    assert Partner.objects.get(search_text__contains=" after") == partner
