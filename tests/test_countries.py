"""A country is found by every name that people use for it, and never guessed."""

import pytest
from django import forms
from django_countries import countries as listed

from commissions.payouts.forms import BillingForm
from leadportal import countries
from leadportal.ui.country_field import CountryField
from leads.fields import BY_NAME

FOUND = {
    "AE": "UAE; U.A.E.; Dubai; United Arab Emirates; الإمارات",
    "AT": "Austria; Österreich; Autriche",
    "BA": "Bosnia; Bosnia & Herzegovina",
    "CD": "DR Congo; Democratic Republic of the Congo",
    "CI": "Ivory Coast; Cote d'Ivoire; Côte d’Ivoire",
    "CZ": "Czechia; Czech; Czech Republic; Česko; Cesko",
    "DE": "Germany; germany; GERMANY ; Ger\u200bmany; Deutschland; DE; Niemcy; ドイツ",
    "ES": "Spain; España; Espana; Spanien",
    "GB": "UK; U.K.; Great Britain; The United Kingdom; England; Scotland; GB; gbr",
    "GE": "Georgia; საქართველო",
    "GN": "Guinea",
    "IE": "Ireland; Éire; Eire; Republic of Ireland",
    "IN": "India; भारत",
    "JP": "Japan; 日本",
    "KR": "South Korea; S. Korea; Korea, Republic of; Republic of Korea; 한국",
    "LC": "St. Lucia; St Lucia; Saint Lucia",
    "MK": "North Macedonia; Macedonia",
    "NL": "Holland; Netherlands; the netherlands; Nederland",
    "PL": "Poland; Polska",
    "RU": "Russia; Russian Federation; Россия",
    "SK": "Slovakia; Slovak Republic",
    "SZ": "Eswatini; Swaziland",
    "TR": "Turkey; Türkiye; Turkiye",
    "TW": "Taiwan; 台灣; 臺灣",
    "UM": "United States Minor Outlying Islands",
    "US": "United States; USA; U.S.; US; the United States of America; America; Estados Unidos",
    "VN": "Vietnam; Viet Nam; Việt Nam",
    "XK": "Kosovo; Kosova; XK",
    "ZA": "South Africa; RSA; Republic of South Africa",
}
AMBIGUOUS = {
    "Congo": "Democratic Republic of the Congo or Republic of the Congo",
    "Korea": "North Korea or South Korea",
    "Saint Martin": "Saint Martin (French part) or Sint Maarten (Dutch part)",
    "Virgin Islands": "Virgin Islands (British) or Virgin Islands (U.S.)",
}
FIELDS = {
    "the form": BY_NAME["region"].form_field,
    "billing": lambda: BillingForm().fields["country"],
}


@pytest.fixture(params=FIELDS.values(), ids=FIELDS)
def field(request) -> forms.Field:
    return request.param()


def error(field: forms.Field, typed: str) -> str:
    with pytest.raises(forms.ValidationError) as raised:
        field.clean(typed)
    return " ".join(raised.value.messages)


@pytest.mark.parametrize(
    ("code", "name"),
    [(code, name.strip(" ")) for code, names in FOUND.items() for name in names.split(";")],
)
def test_a_country_is_found_by_the_names_that_people_use(code, name):
    assert countries.find(name) == [code]


def test_every_country_is_found_by_its_name_and_codes():
    for code, name in listed:
        assert [countries.find(each) for each in (name, code, listed.alpha3(code))] == [[code]] * 3
        assert countries.name_of(code) == name


def test_both_forms_take_a_name_and_give_the_code(field):
    typed = ["United States", "UK", "Deutschland", "日本", "Kosovo", " fr "]
    assert [field.clean(each) for each in typed] == ["US", "GB", "DE", "JP", "XK", "FR"]


@pytest.mark.parametrize(("typed", "names"), AMBIGUOUS.items())
def test_an_ambiguous_name_is_refused_with_a_question(field, typed, names):
    assert error(field, typed) == f"“{typed}” can be several countries. Enter {names}."


@pytest.mark.parametrize(
    ("typed", "advice"),
    [
        ("Germny", "Did you mean Germany?"),
        ("Emirate", "Did you mean United Arab Emirates?"),
        (
            "Etats-Unis",
            "Did you mean United States, United States Minor Outlying Islands or "
            "Virgin Islands (U.S.)?",
        ),
        ("Atlantis", "Choose one from the list."),
        ("x", "Choose one from the list."),
        ("<b>", "Choose one from the list."),
        ("--", "Choose one from the list."),
    ],
)
def test_an_unknown_name_is_refused_with_advice(field, typed, advice):
    assert error(field, typed) == f"“{typed}” is not a country that we know. {advice}"


def test_the_control_suggests_every_country_without_a_script():
    class Form(forms.Form):
        country = CountryField()

    html = str(Form(initial={"country": "Atlantis"})["country"])
    assert 'value="Atlantis"' in html
    assert 'list="id_country_list"' in html
    assert '<datalist id="id_country_list">' in html
    assert all(f'<option value="{name}">' in html for name in ("Kosovo", "Norway", "United States"))
    assert "United Kingdom (UK, Great Britain, Britain, England" in html
    assert html.count("<option") == len(listed)


def test_a_stored_country_is_shown_by_its_name():
    from commissions.payouts.models import BillingDetails

    form = BillingForm(instance=BillingDetails(country="XK"))
    assert 'value="Kosovo"' in str(form["country"])
