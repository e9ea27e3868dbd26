"""Page 3 of the form: any of three ways to be involved or none, two ticks under today's texts."""

import itertools
from datetime import date

import pytest

from commissions.catalog.terms import CommissionTerms
from leads import fields
from leads.fields import INVOLVEMENT
from leads.submission.forms import AgreementsForm
from tests.commissions.entries import new_terms
from tests.leads.answers import agreements

pytestmark = pytest.mark.django_db

CHANGED = "This text has changed since you agreed to it. Read it and check the box again."


@pytest.fixture
def terms():
    return CommissionTerms.objects.get()


@pytest.fixture
def newer_terms(terms):
    return CommissionTerms.objects.create(
        valid_from=date(2026, 1, 1),
        flat_fee=terms.flat_fee,
        share_percent=terms.share_percent,
        minimum_agents=terms.minimum_agents,
        minimum_employees=terms.minimum_employees,
        decision_business_days=terms.decision_business_days,
        lead_is_informed_text="They know.",
        requirements_text="I keep the rules.",
    )


AGREEMENTS = tuple(field.name for field in fields.AGREEMENTS)
NOT_ASKED = dict.fromkeys(INVOLVEMENT, "")


def errors(typed, terms):
    return {name: list(texts) for name, texts in AgreementsForm(typed, terms=terms).errors.items()}


@pytest.mark.parametrize("count", [1, 2, 3])
def test_any_of_the_three_ways_may_be_chosen(terms, count):
    for chosen in itertools.combinations(INVOLVEMENT, count):
        form = AgreementsForm(agreements(**NOT_ASKED | dict.fromkeys(chosen, "on")), terms=terms)
        assert form.errors == {}
        assert {name for name in INVOLVEMENT if form.cleaned_data[name]} == set(chosen)


def test_not_involved_may_stand_alone(terms):
    form = AgreementsForm(
        agreements(is_included_in_communication="", not_involved="on"), terms=terms
    )
    assert form.errors == {}
    assert not any(form.cleaned_data[name] for name in INVOLVEMENT)


@pytest.mark.parametrize("way", INVOLVEMENT)
def test_not_involved_goes_with_no_other(terms, way):
    typed = agreements(**NOT_ASKED | {way: "on"}, not_involved="on")
    assert errors(typed, terms) == {
        "not_involved": ["Uncheck this or the options above. You cannot choose both."]
    }


def test_one_of_the_four_must_be_chosen(terms):
    assert errors(agreements(is_included_in_communication=""), terms) == {
        "is_included_in_communication": [
            "Choose how you would like to be involved, or “I don't want to be involved”."
        ]
    }


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("lead_is_informed", "Check the box to confirm that the lead knows and agrees."),
        ("accepts_requirements", "Check the box to accept the program's requirements."),
    ],
)
def test_each_agreement_must_be_ticked(terms, name, message):
    without = {key: value for key, value in agreements().items() if key != name}
    assert errors(without, terms) == {name: [message]}
    assert errors(agreements(**{name: ""}), terms) == {name: [message]}


@pytest.mark.parametrize("name", AGREEMENTS)
@pytest.mark.parametrize("forged", ["on", "true", "0", "999", "\x00"])
def test_a_tick_that_names_no_text_is_not_one(terms, name, forged):
    assert list(errors(agreements(**{name: forged}), terms)) == [name]


def test_a_check_under_an_older_text_is_required_again(terms, newer_terms):
    typed = {**agreements(), **dict.fromkeys(AGREEMENTS, str(terms.pk))}
    assert errors(typed, newer_terms) == {name: [CHANGED] for name in AGREEMENTS}


@pytest.mark.parametrize("is_bound", [True, False])
def test_a_tick_stays_under_new_terms_with_the_same_text(terms, is_bound):
    newer = new_terms(date(2026, 1, 1), flat_fee=1, requirements_text="I keep the rules.")
    typed = {**agreements(), **dict.fromkeys(AGREEMENTS, str(terms.pk))}
    form = (
        AgreementsForm(typed, terms=newer)
        if is_bound
        else AgreementsForm(initial=typed, terms=newer)
    )
    assert f'value="{newer.pk}"' in str(form["lead_is_informed"])
    assert "checked" in str(form["lead_is_informed"])
    assert "checked" not in str(form["accepts_requirements"])
    if is_bound:
        assert form.errors == {"accepts_requirements": [CHANGED]}


@pytest.mark.parametrize("is_bound", [True, False])
def test_a_tick_under_an_older_text_is_shown_unticked(terms, newer_terms, is_bound):
    # Shown ticked, the page would only have to be sent again to agree to what was not read.
    typed = {**agreements(), "lead_is_informed": str(terms.pk)}
    form = (
        AgreementsForm(typed, terms=newer_terms)
        if is_bound
        else AgreementsForm(initial=typed, terms=newer_terms)
    )
    assert "checked" not in str(form["lead_is_informed"])
    assert f'value="{newer_terms.pk}"' in str(form["lead_is_informed"])
    assert "checked" in str(form["accepts_requirements"])
    assert form["lead_is_informed"].label == "They know."


@pytest.mark.parametrize("is_bound", [True, False])
def test_a_tick_under_todays_text_is_shown_ticked(terms, is_bound):
    typed = agreements()
    form = (
        AgreementsForm(typed, terms=terms)
        if is_bound
        else AgreementsForm(initial=typed, terms=terms)
    )
    for name in AGREEMENTS:
        assert f'type="checkbox" name="{name}" value="{terms.pk}"' in str(form[name])
        assert "checked" in str(form[name])


def test_one_forms_texts_do_not_leak_into_the_next(terms, newer_terms):
    AgreementsForm(terms=newer_terms)
    form = AgreementsForm(agreements(**dict.fromkeys(AGREEMENTS, str(terms.pk))), terms=terms)
    assert form.errors == {}
    assert form["lead_is_informed"].label == terms.lead_is_informed_text
    assert form["accepts_requirements"].label == terms.requirements_text
