"""A partner that may have been added before: a warning with links, which can be confirmed."""

import pytest
from django.test import Client

from leadportal.db.groups import PARTNER_MANAGERS
from leadportal.partners.duplicates import similar_partners
from leadportal.partners.models import Partner
from tests.factories import PartnerFactory, StaffFactory, UserFactory
from tests.partners.reading import text
from tests.sessions import sign_in

pytestmark = pytest.mark.database

ADD = "/admin/partners/partner/add/"


@pytest.fixture
def as_manager(client: Client, db: None) -> Client:
    sign_in(client, StaffFactory(groups=(PARTNER_MANAGERS,)))
    return client


@pytest.mark.parametrize(
    ("name", "domain", "why"),
    [
        ("Müller & Söhne GmbH", "", "the same name"),
        ("MULLER SOHNE", "", "the same name"),
        ("Söhne, Müller", "", "the same name"),
        ("Muller-Sohne Ltd.", "", "the same name"),
        ("Somebody", "mueller.example", "the same domain, mueller.example"),
        ("Somebody", "people.example", "a person with an address at people.example"),
        ("Somebody", "bücher.example", "a person with an address at bücher.example"),
        ("Müller", "", None),
        ("Söhne", "", None),
        ("Müllerei & Söhne", "", None),
        ("Somebody", "ueller.example", None),
        ("Somebody", "ople.example", None),
        ("Somebody", "", None),
        ("GmbH", "", None),
    ],
)
def test_partner_of_the_same_name_or_domain_is_found(db, name, domain, why):
    partner = PartnerFactory(name="Müller & Söhne", domain="mueller.example")
    UserFactory(partner=partner, email="anna@mail.people.example")
    UserFactory(partner=partner, email="bo@xn--bcher-kva.example")
    typed = Partner(name=name, domain=domain)
    typed.clean()
    found = [(one.partner, one.why) for one in similar_partners(typed)]
    assert found == ([(partner, why)] if why else [])


def test_second_adding_is_warned_of_with_a_link_and_saved_once_confirmed(as_manager):
    partner = PartnerFactory(name="Nova", domain="nova.example")
    form = {"name": "NOVA Ltd", "domain": "nova.example"}
    warned = as_manager.post(ADD, form)
    assert warned.status_code == 200
    assert "This partner may have been added before." in text(warned)
    assert f'href="/admin/partners/partner/{partner.pk}/change/"' in warned.content.decode()
    assert 'value="NOVA Ltd"' in warned.content.decode()
    assert Partner.objects.count() == 1
    other = PartnerFactory(name="Nova Inc")
    confirmed = form | {"differs_from": [partner.pk]}
    assert as_manager.post(ADD, confirmed).status_code == 200, "another one has come meanwhile"
    confirmed = form | {"differs_from": [partner.pk, other.pk]}
    assert as_manager.post(ADD, confirmed).status_code == 302
    assert Partner.objects.filter(name="NOVA Ltd").count() == 1


def test_partner_like_no_other_is_saved_at_once_and_changed_without_a_question(as_manager):
    assert as_manager.post(ADD, {"name": "Nova", "domain": "nova.example"}).status_code == 302
    nova = Partner.objects.get(name="Nova")
    twin = PartnerFactory(name="Nova", domain="twin.example")
    change = f"/admin/partners/partner/{nova.pk}/change/"
    same = {"name": "Nova", "domain": "nova.example"}
    assert as_manager.post(change, same).status_code == 302
    assert as_manager.post(change, same | {"domain": "twin.example"}).status_code == 200
    confirmed = same | {"domain": "twin.example", "differs_from": [twin.pk]}
    assert as_manager.post(change, confirmed).status_code == 302
    assert Partner.objects.get(pk=nova.pk).domain == "twin.example"


def test_other_errors_show_no_empty_question(as_manager):
    shown = as_manager.post(ADD, {"name": "", "domain": "nova.example"}).content.decode()
    assert 'name="differs_from"' not in shown
    assert "may have been added before" not in shown
