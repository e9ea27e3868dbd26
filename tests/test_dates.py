"""One way to write a date everywhere, and no guess at what an ambiguous one means."""

import re
from datetime import date, datetime
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.utils.formats import date_format
from django.utils.timezone import get_current_timezone

from leadportal.ui.locale.en import formats

ROOT = Path(settings.BASE_DIR)
# A date, a moment, a moment with its zone, and the weekday of a promised day
WRITTEN = {"j M Y", "j M Y, H:i", "j M Y, H:i e", "l, j M Y"}
IN_TEMPLATES = re.compile(r'\|date:"([^"]*)"')
IN_CODE = re.compile(r'date_format\([^)]*,\s*"([^"]*)"\)|strftime\(|%[dmBY]\b')
# What machines read, and a chart's or a statement's name of a month
OF_CODE = {
    "commissions/ledger/chain.py",  # UTC, as the audit compares it
    "commissions/explanation.py",  # pure, so it cannot ask Django
    "commissions/statements/periods.py",
    "commissions/statements/statement.py",
    "leadportal/ui/days.py",  # ways to type one
    "commissions/catalog/signing_form.py",  # as a browser's date field takes it
    "leadportal/ui/formats.py",  # fifty rows of a list, which Django's filter would slow
    "leads/facts.py",
}


def test_templates_write_dates_alike():
    used = {
        pattern
        for path in (ROOT / "templates").rglob("*.*")
        for pattern in IN_TEMPLATES.findall(path.read_text())
    }
    assert used <= WRITTEN, used - WRITTEN


def test_code_writes_dates_by_the_shared_formats():
    own = {
        str(path.relative_to(ROOT))
        for app in ("leads", "commissions", "leadportal")
        for path in (ROOT / app).rglob("*.py")
        if "/management/" not in str(path)
        for pattern in IN_CODE.findall(path.read_text())
        if pattern not in ("DATE_FORMAT", "DATETIME_FORMAT")
    }
    assert own == OF_CODE


def test_django_writes_dates_as_the_portal_does():
    day = date(2029, 3, 2)
    assert date_format(day) == date_format(day, "j M Y") == "2 Mar 2029"
    assert date_format(day, "SHORT_DATE_FORMAT") == "2 Mar 2029"
    moment = datetime(2029, 3, 2, 16, 5, tzinfo=get_current_timezone())
    assert date_format(moment, "DATETIME_FORMAT") == "2 Mar 2029, 16:05"


@pytest.mark.parametrize(
    "typed", ["2029-03-02", "2 Mar 2029", "2 March 2029", "Mar 2 2029", "March 2 2029"]
)
def test_a_date_is_read_where_it_is_clear(typed):
    assert forms.DateField().clean(typed) == date(2029, 3, 2)


@pytest.mark.parametrize("typed", ["03/02/2029", "3/2/29", "03.02.2029", "03-02-2029", "2 3 2029"])
def test_an_ambiguous_date_is_not_guessed(typed):
    with pytest.raises(forms.ValidationError):
        forms.DateField().clean(typed)


def test_every_format_of_input_begins_with_the_year_or_names_the_month():
    assert not [each for each in formats.DATE_INPUT_FORMATS if "%m" in each and each[:2] != "%Y"]
