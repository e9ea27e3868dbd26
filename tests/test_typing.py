"""What people type and paste is read in one way, by every form."""

from datetime import date
from decimal import Decimal
from functools import cache

import pytest
from django import forms
from django.contrib import admin
from django.contrib.auth.forms import ReadOnlyPasswordHashField
from django.core.exceptions import ValidationError
from django.test import RequestFactory
from django.urls import get_resolver
from hypothesis import given
from hypothesis import strategies as st

from leadportal.characters import has_letter_or_digit, on_one_line, without_invisible
from leadportal.domains import account_email, normalize_email
from leadportal.partners.forms import ResetPasswordForm, SignInForm, UserTokenForm
from leadportal.partners.models import User
from leadportal.ui.amounts import AmountField, SignedAmountField
from leadportal.ui.days import DayField
from leadportal.ui.fields import (
    AccountEmailField,
    DomainField,
    EmailField,
    LineField,
    NameField,
)
from leadportal.ui.lines_field import LinesField
from leadportal.ui.numbers import CountField, NumberField, PercentField
from tests.test_autocomplete import form_classes

INVISIBLE = "\u200b\u200e\u202e\u2060\u00ad\ufeff\U000e0041\u3164\u2800"


@cache
def all_fields() -> dict[str, forms.Field]:
    """Return every field of every form: the declared ones, and those of the admin's own."""
    get_resolver().url_patterns  # noqa: B018 - imports every form
    found = {
        f"{form.__qualname__}.{name}": field
        for form in form_classes()
        if form.__module__.partition(".")[0] in ("leads", "commissions", "leadportal")
        # Nobody types what a link in an email holds.
        and form is not UserTokenForm
        for name, field in getattr(form, "base_fields", {}).items()
        # allauth's is replaced when the form is made.
        if not (isinstance(field, forms.EmailField) and issubclass(form, ResetPasswordForm))
    }
    for form in (SignInForm(), ResetPasswordForm()):
        found |= {f"{type(form).__name__}().{name}": each for name, each in form.fields.items()}
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_staff=True, is_active=True)
    for model, pages in admin.site._registry.items():
        made = [pages.get_form(request, change=False)]
        made += [inline.get_formset(request).form for inline in pages.get_inline_instances(request)]
        for form in made:
            names = f"admin {model.__name__} {form.__name__}"
            found |= {f"{names}.{name}": field for name, field in form.base_fields.items()}
    return found


def of_class(*classes: type) -> list[forms.Field]:
    """Return the fields of these classes."""
    found = [field for field in all_fields().values() if isinstance(field, classes)]
    assert found
    return found


def is_plain_text(field: forms.Field) -> bool:
    """Return whether a field takes any text as it is."""
    return type(field) is forms.CharField and not isinstance(
        field.widget, forms.PasswordInput | forms.HiddenInput
    )


def test_every_field_reads_what_is_typed_as_all_others_do():
    fields = all_fields()
    assert len(fields) > 60
    ours = (NumberField, DayField, EmailField, DomainField, LineField, LinesField)
    djangos = (
        *(forms.IntegerField, forms.DecimalField, forms.FloatField, forms.EmailField),
        *(forms.DateField, forms.DateTimeField, forms.URLField),
    )
    wrong = [
        name
        for name, field in fields.items()
        if not isinstance(field, (*ours, ReadOnlyPasswordHashField))
        and (isinstance(field, djangos) or is_plain_text(field))
    ]
    assert wrong == []


def test_no_control_changes_what_is_typed_before_it_is_posted():
    # A date input shows a calendar, and posts the year first.
    changing = ("number", "email", "datetime-local", "month", "range", "url")
    wrong = {
        name: field.widget.input_type
        for name, field in all_fields().items()
        if getattr(field.widget, "input_type", "") in changing
    }
    assert wrong == {}


# Money and percentages

AMOUNTS = {
    "59": "59.00",
    "$1,200.50": "1200.50",
    "1 200.50": "1200.50",
    "1\u202f200.5": "1200.50",
    "1'200.50": "1200.50",
    "1’200": "1200.00",
    "US$ 66.50": "66.50",
    "66.50 USD": "66.50",
    "６６．５０": "66.50",
    "٦٦٫٥٠": "66.50",
    "\u200b66.50\u00a0": "66.50",
}
AMBIGUOUS = [
    "66,50",
    "66,5",
    "1e2",
    "5_9",
    "1.200,50",
    "1.200",
    "1,20,5",
    "1,2345",
    "0x10",
    "1.2.3",
]
AMBIGUOUS += ["1 2", "1,200'500", "€59", "NaN", "½", "1/2", "--5"]


@pytest.mark.parametrize(("typed", "amount"), AMOUNTS.items())
def test_amount_that_can_be_read_in_one_way_is_read(typed, amount):
    assert str(AmountField().clean(typed)) == amount
    assert str(SignedAmountField().clean(f"−{typed}")) == f"-{amount}"


@pytest.mark.parametrize("typed", AMBIGUOUS)
def test_ambiguous_amount_is_refused_with_an_explanation_everywhere(typed):
    for field in of_class(AmountField, PercentField):
        with pytest.raises(ValidationError) as refused:
            field.clean(typed)
        assert any(word in refused.value.messages[0] for word in ("decimals", "period"))


@pytest.mark.parametrize(
    ("field", "typed", "suggested"),
    [
        (AmountField(), "66,50", "66.50"),
        (AmountField(), "1.200,50", "1200.50"),
        (AmountField(), "$ 66,5", "66.5"),
        (PercentField(), "12,5 %", "12.5"),
    ],
)
def test_decimal_comma_is_explained_by_the_number_with_a_period(field, typed, suggested):
    with pytest.raises(ValidationError, match=f"after a period: {suggested}"):
        field.clean(typed)


@pytest.mark.parametrize(
    ("typed", "percent"), [("10", "10"), ("12.5%", "12.5"), ("１０ ％", "10"), ("0.25", "0.25")]
)
def test_percentage_is_read(typed, percent):
    assert PercentField().clean(typed) == Decimal(percent)


def test_percentage_is_shown_as_it_is_typed():
    assert PercentField().prepare_value(Decimal("10.00")) == "10"


@given(st.decimals(min_value=0, max_value=9_999_999, places=2))
def test_amount_is_read_as_it_is_written(amount):
    for typed in (f"{amount}", f"{amount:,}", f"${amount:,}", f"{amount:,}".replace(",", " ")):
        assert AmountField().clean(typed) == amount


# Counts


@pytest.mark.parametrize(
    ("typed", "count"),
    [
        *[("5", 5), ("５", 5), ("٥", 5), ("५", 5), ("005", 5), ("0", 0)],
        *[(f"1{sign}000", 1000) for sign in " \u00a0\u202f\u2009'’,٬"],
        *[("1,00,000", 100_000), (" 12\u200b", 12), ("1 000 000", 1_000_000)],
    ],
)
def test_count_is_read_as_keyboards_type_it(typed, count):
    assert CountField().clean(typed) == count


@pytest.mark.parametrize("typed", ["1.5", "1,5", "1.000", "1 00", "1_000", "1e3", "+5", "-1", "½"])
def test_what_is_no_count_is_refused_everywhere(typed):
    for field in of_class(CountField):
        with pytest.raises(ValidationError):
            field.clean(typed)


@pytest.mark.parametrize(
    ("limits", "typed", "words"),
    [
        ({"max_value": 1_000}, "1001", "Enter 1,000 or less"),
        ({"min_value": 3}, "2", "Enter 3 or more"),
        ({}, "9" * 5_000, "or less"),
    ],
)
def test_count_out_of_range_is_refused(limits, typed, words):
    with pytest.raises(ValidationError, match=words):
        CountField(**limits).clean(typed)


# Dates


@pytest.mark.parametrize(
    "typed",
    [
        *["2029-02-03", "2029/02/03", "3 Feb 2029", "3. February 2029", "Feb 3, 2029"],
        *["february 3 2029", "２０２９-０２-０３", "\u200b2029-02-03 "],
    ],
)
def test_date_that_can_be_read_in_one_way_is_read(typed):
    assert DayField().clean(typed) == date(2029, 2, 3)


@pytest.mark.parametrize(
    "typed", ["03/02/2029", "3.2.2029", "03-02-29", "13/02/2029", "2029-02-30", "today", "2/2029"]
)
def test_ambiguous_date_is_refused_with_an_example_everywhere(typed):
    for field in of_class(DayField):
        with pytest.raises(ValidationError, match="3 Feb 2029"):
            field.clean(typed)


def test_ambiguous_date_names_both_readings():
    with pytest.raises(ValidationError, match=r"^\['3 February or 2 March\?"):
        DayField().clean("03/02/2029")


# Characters that nobody sees

KEPT = [
    "می\u200cخواهم",  # Persian: the joiner keeps the letters apart
    "ه\u200d.ش",
    "ක්\u200dෂ",  # Sinhala: behind a virama
    "👩\u200d💻",
    "👩🏽\u200d⚕\ufe0f",
    "🏳\ufe0f\u200d🌈",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "葛\U000e0100城",
    "❤\ufe0f",
    "1\ufe0f\u20e3 ‼\ufe0f ℹ\ufe0f ™\ufe0f ↔\ufe0f 〰\ufe0f",
    "Åsa Łódź 王小明 Ελένη",
]
DROPPED = {
    "\u200bAcme\ufeff": "Acme",
    "Ac\u200bme": "Acme",
    "A\u200dB": "AB",
    "soft\u00adhyphen": "softhyphen",
    "Evil\u202egpj": "Evilgpj",
    "A\U000e0041B": "AB",
    "\ufe0fA": "A",
    "Acme\ufe0f": "Acme",
    "می\u200c": "می",
    "a\x1bb\x9f": "ab",
    INVISIBLE: "",
}


@pytest.mark.parametrize("text", KEPT)
def test_invisible_character_stays_where_a_script_needs_it(text):
    assert without_invisible(text) == on_one_line(text) == text


@pytest.mark.parametrize(("text", "seen"), DROPPED.items())
def test_invisible_character_is_dropped_elsewhere(text, seen):
    assert without_invisible(text) == on_one_line(text) == seen


def test_lines_end_in_one_way():
    assert without_invisible("a\r\nb\rc\u2028d\te\n") == "a\nb\nc\nd\te"
    assert on_one_line("a\r\n b\u00a0\u3000c") == "a b c"


@given(st.text())
def test_dropping_twice_changes_nothing(text):
    once = without_invisible(text)
    assert without_invisible(once) == once
    assert on_one_line(on_one_line(text)) == on_one_line(text)


def test_no_text_field_keeps_what_nobody_sees():
    for field in of_class(LineField, LinesField):
        assert field.clean(f"{INVISIBLE}Acme{INVISIBLE} 7{INVISIBLE}") == "Acme 7"


def test_nothing_but_invisible_characters_is_nothing():
    for field in of_class(LineField, LinesField):
        if field.required:
            with pytest.raises(ValidationError):
                field.clean(INVISIBLE)
        else:
            assert field.clean(INVISIBLE) == ""


@pytest.mark.parametrize("typed", ["-", "…", "🎉", "()"])
def test_name_has_a_letter_or_a_digit_everywhere(typed):
    for field in of_class(NameField):
        with pytest.raises(ValidationError, match="letter or digit"):
            field.clean(typed)


def test_every_name_is_a_name_field():
    names = ("name", "company", "company_name", "first_name", "last_name")
    found = {
        name: field
        for name, field in all_fields().items()
        if name.rpartition(".")[2] in names and "Group" not in name
    }
    assert len(found) > 8
    assert [name for name, field in found.items() if not isinstance(field, NameField)] == []


@pytest.mark.parametrize(("text", "has_one"), [("王", True), ("٥", True), ("\u3164", False)])
def test_letter_or_digit_can_be_seen(text, has_one):
    assert has_letter_or_digit(text) is has_one


# Email addresses

PASTED = {
    "ann@acme.com": "ann@acme.com",
    "Ann Lee <ann@acme.com>": "ann@acme.com",
    '"Lee, Ann" <ann@acme.com>': "ann@acme.com",
    "<ann@acme.com>": "ann@acme.com",
    "mailto:ann@acme.com": "ann@acme.com",
    "mailto:ann%2Bx@acme.com?subject=Hi": "ann+x@acme.com",
    "<mailto:ann@acme.com>": "ann@acme.com",
    "E-mail: ann@acme.com": "ann@acme.com",
    "ann@acme.com;": "ann@acme.com",
    "ann@acme.com,": "ann@acme.com",
    "(ann@acme.com).": "ann@acme.com",
    "'ann@acme.com'": "ann@acme.com",
    "ann@acme.com; ANN <ann@ACME.com>": "ann@acme.com",
    "\u200bann@acme.com\u00a0\ufeff": "ann@acme.com",
    "ａｎｎ＠ａｃｍｅ．ｃｏｍ": "ann@acme.com",
    "ann@bücher.example": "ann@xn--bcher-kva.example",
}
REFUSED = {
    "ann@acme.com bob@acme.com": "not both",
    "ann@acme.com; bob@acme.com": "not both",
    "Ann <ann@acme.com>, Bob <bob@acme.com>": "not both",
    "ann\u200b@acme.com": "invisible",
    "ann@ac\u00adme.com": "invisible",
    "ann@acme\u202e.com": "invisible",
    "Ann Lee": "name@example.com",
    "ann lee@acme.com": "name@example.com",
    "ann@acme": "name@example.com",
    "@": "name@example.com",
}


@pytest.mark.parametrize(("typed", "address"), PASTED.items())
def test_pasted_address_is_taken_everywhere(typed, address):
    for field in of_class(EmailField):
        assert field.clean(typed) == address


@pytest.mark.parametrize(("typed", "words"), REFUSED.items())
def test_no_address_or_two_are_refused_in_words_everywhere(typed, words):
    for field in of_class(EmailField):
        if isinstance(field, AccountEmailField) and words == "invisible":
            assert field.clean(typed) == "ann@acme.com"
            return
        with pytest.raises(ValidationError) as refused:
            field.clean(typed)
        assert words in refused.value.messages[0]


def test_address_is_shown_as_people_write_it():
    assert EmailField().prepare_value("ann@xn--bcher-kva.example") == "ann@bücher.example"
    assert DomainField().prepare_value("xn--bcher-kva.example") == "bücher.example"


@pytest.mark.parametrize("written", ["Ann@Acme.com", " ann@acme.com\u200b", "a\u200bnn@ACME.com"])
def test_account_has_one_address_however_it_is_written(written):
    assert account_email(written) == "ann@acme.com"
    assert User.objects.model(email=written).email == written, "only saving changes it"


@given(st.text(alphabet="an@.,;<> \u200bü\n\"'", max_size=30))
def test_normalizing_twice_changes_nothing(text):
    try:
        once = normalize_email(text)
    except ValidationError:
        return
    assert normalize_email(once) == once
