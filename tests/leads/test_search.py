"""Search finds the same leads on either database, and where it can, by an index."""

import pytest
from django.core.management import call_command
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadportal.folding import parts
from leads.models import Lead
from leads.models.search_index import FTS_TABLE, TRIGRAM_INDEX, has_trigrams
from leads.search import search
from tests.factories import LeadFactory
from tests.worlds import made_once

pytestmark = pytest.mark.database

NAMES = (
    "Nordwind Retail",
    "Łódź Okna",
    "STRASSE & Söhne",
    "50% off_",
    "日本語の会社",
    'o\'Neill "Bob"',
)


@made_once
def kept() -> list[Lead]:
    return [
        LeadFactory(company_name=name, domain=f"company-{number}.example")
        for number, name in enumerate(NAMES)
    ]


@pytest.fixture
def leads(made: list[Lead]) -> list[Lead]:
    return made


@pytest.fixture
def trigrams(db: None) -> None:
    """Skip where PostgreSQL came without pg_trgm; there search runs unindexed."""
    if not has_trigrams("default"):
        pytest.skip("This PostgreSQL has no pg_trgm. On Debian: apt-get install postgresql")


def found(text: str) -> set[str]:
    return {lead.company_name for lead in search(Lead.objects.all(), text)}


def expected(leads: list[Lead], text: str) -> set[str]:
    return {
        lead.company_name for lead in leads if all(part in lead.search_text for part in parts(text))
    }


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("nordwind", {"Nordwind Retail"}),
        ("ORDWI", {"Nordwind Retail"}),
        ("retail nord", {"Nordwind Retail"}),
        ("retail söhne", set()),
        ("strasse", {"STRASSE & Söhne"}),
        ("straße sohne", {"STRASSE & Söhne"}),
        ("lodz", {"Łódź Okna"}),
        ("straße", {"STRASSE & Söhne"}),
        ("łódź", {"Łódź Okna"}),
        ("ŁÓDŹ", {"Łódź Okna"}),
        ("no", {"Nordwind Retail"}),
        ("re", {"Nordwind Retail"}),
        ("wi", set()),
        ("日本語", {"日本語の会社"}),
        ("日", {"日本語の会社"}),
        ("50%", {"50% off_"}),
        ("%%%", set()),
        ("___", set()),
        ('"bob"', {'o\'Neill "Bob"'}),
        ("o'neill", {'o\'Neill "Bob"'}),
        ("oneill", {'o\'Neill "Bob"'}),
        ("O’NEILL", {'o\'Neill "Bob"'}),
        ("nordwind*", {"Nordwind Retail"}),
        ("nord OR okna", set()),
        ("nordwind\x00retail", {"Nordwind Retail"}),
        ("\x00", set(NAMES)),
        ("", set(NAMES)),
        ("  ", set(NAMES)),
    ],
)
def test_search_finds(leads: list[Lead], text: str, names: set[str]) -> None:
    assert found(text) == names


def test_search_looks_in_domain_contact_and_reference(leads: list[Lead]) -> None:
    lead = leads[0]
    for text in (lead.domain, lead.contact_email, lead.reference.lower(), lead.reference[3:]):
        assert found(text) == {lead.company_name}
    assert found("anna lindqvist") == set(NAMES)


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("xn--bcher-kva.example", "BÜCHER.example"),
        ("xn--bcher-kva.example", "bücher"),
        ("xn--bcher-kva.example", "bu\u0308cher"),
        ("xn--bcher-kva.example", "xn--bcher"),
        ("xn--80a1acny.xn--p1ai", "почта.рф"),
    ],
)
def test_search_finds_a_domain_as_it_is_shown_and_as_it_is_stored(
    leads: list[Lead], stored: str, typed: str
) -> None:
    lead = LeadFactory(company_name="International", domain=stored)
    assert lead.readable_domain != lead.domain
    assert found(typed) == {"International"}


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("Cafe\u0301 Noir", "Café"),
        ("Café Noir", "cafe\u0301"),
        ("Ｎｏｒｄ株式会社", "nord株"),
        ("Ａｃｍｅ", "acme"),
        ("ΟΔΥΣΣΕΥΣ", "Οδυσσευς"),
        ("ΑΦΟΙ", "αφοι"),
    ],
)
def test_search_does_not_mind_how_a_letter_is_written(db: None, stored: str, typed: str) -> None:
    LeadFactory(company_name=stored)
    assert found(typed) == {stored}


def test_letters_in_another_order_are_not_the_word(leads: list[Lead]) -> None:
    assert LeadFactory(company_name="windnor indnord").company_name not in found("nordwindn")
    assert found("windnorindnord") == set()


@pytest.mark.sqlite
def test_another_partners_leads_are_not_found_by_the_index(leads: list[Lead]) -> None:
    lead = leads[0]
    assert list(search(Lead.objects.all(), "nordwind", lead.partner_id)) == [lead]
    assert list(search(Lead.objects.all(), "nordwind", lead.partner_id + 1)) == []


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.text(max_size=12),
        st.sampled_from(" ".join(NAMES).split()).flatmap(
            lambda word: st.tuples(
                st.just(word), st.integers(0, len(word)), st.integers(0, len(word))
            ).map(lambda cut: cut[0][min(cut[1:]) : max(cut[1:])])
        ),
    )
)
def test_search_agrees_with_what_it_promises(leads: list[Lead], text: str) -> None:
    assert found(text) == expected(leads, text)


def test_search_follows_a_change(leads: list[Lead]) -> None:
    lead = leads[0]
    lead.company_name = "Südwind"
    lead.refresh_search_text()
    lead.save()
    assert found("südwind") == {"Südwind"}
    assert found("retail") == set()


@pytest.mark.parametrize("text", ["nordwind", "no", "n r", "ld-7kq2m9xa", "ann@nordwind.example"])
def test_index_is_used(leads: list[Lead], trigrams: None, text: str) -> None:
    explained = search(Lead.objects.all(), text)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # For six rows it reads the table, or another index, from end to end.
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
            assert TRIGRAM_INDEX in explained.explain()
        else:
            assert f"SCAN {FTS_TABLE} VIRTUAL TABLE INDEX" in explained.explain()


@pytest.mark.postgresql
def test_missing_index_is_made_again_by_migrate(db: None, trigrams: None) -> None:
    with connection.cursor() as cursor:
        # What the leads made once have still to be checked for would hold up the index.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"DROP INDEX {TRIGRAM_INDEX}")
        call_command("migrate", verbosity=0)
        cursor.execute("SELECT 1 FROM pg_indexes WHERE indexname = %s", [TRIGRAM_INDEX])
        assert cursor.fetchone() == (1,)


@pytest.mark.postgresql
def test_search_works_without_the_index(leads: list[Lead], monkeypatch: pytest.MonkeyPatch) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX IF EXISTS {TRIGRAM_INDEX}")
    monkeypatch.setattr("leads.models.search_index._available", lambda using: [])
    call_command("migrate", verbosity=0)
    assert found("ordwi") == {"Nordwind Retail"}


@pytest.mark.sqlite
def test_lost_index_is_made_again_with_every_lead_in_it(leads: list[Lead]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {FTS_TABLE}")
    call_command("migrate", verbosity=0)
    assert found("ordwi") == {"Nordwind Retail"}
