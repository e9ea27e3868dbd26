"""No text is cut off silently, and each form says how much of it is too much."""

import re

import pytest
from django import forms
from django.conf import settings
from django.contrib.admin import site
from django.core.exceptions import ValidationError
from django.urls import get_resolver, reverse

from leadportal.approvals.models import Approval
from leadportal.lengths import excess, length
from leadportal.partners.models import User
from tests.test_autocomplete import form_classes


@pytest.mark.parametrize(
    ("text", "limit", "error"),
    [
        ("x" * 200, 200, ""),
        ("x" * 201, 200, "Shorten this by 1 character. The limit is 200 characters."),
        ("漢" * 6_234, 5_000, "Shorten this by 1,234 characters. The limit is 5,000 characters."),
        ("🎉" * 3, 2, "Shorten this by 1 character. The limit is 2 characters."),
        ("a\r\n" * 100, 200, ""),
        ("a\n" * 100, 200, ""),
    ],
)
def test_error_says_how_much_is_too_much(text, limit, error):
    assert excess(text, limit) == error


def limited(form: type) -> list[tuple[str, forms.CharField]]:
    """The form's fields whose length is limited."""
    return [
        (name, field)
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field, forms.CharField) and field.max_length
    ]


def drawn(form: type, field: forms.Field) -> str:
    class Alone(forms.BaseForm):
        default_renderer = form.default_renderer
        base_fields = {"text": field}

    return str(Alone()["text"])


def errors(field: forms.CharField, text: str) -> str:
    try:
        field.run_validators(field.to_python(text))
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


@pytest.fixture
def all_forms(rf, superuser) -> list[type]:
    """Every form of the portal, those of sign-in and of the admin's pages among them."""
    get_resolver().url_patterns  # noqa: B018 - imports every form
    request = rf.get("/")
    request.user = superuser
    return [
        *(each for each in form_classes() if "tests" not in each.__module__),
        *(admin.get_form(request) for admin in site._registry.values()),
    ]


def test_no_control_of_any_form_cuts_off_what_is_pasted(all_forms):
    checked = [
        (name, field.max_length, drawn(form, field))
        for form in all_forms
        for name, field in limited(form)
    ]
    assert len(checked) > 40
    assert [name for name, _, html in checked if "maxlength" in html] == []
    assert [name for name, limit, html in checked if f'data-limit="{limit}"' not in html] == []


def test_every_form_says_how_much_is_too_much_and_counts_line_ends_once(all_forms):
    for form in all_forms:
        for name, field in limited(form):
            limit = field.max_length
            said = f"Shorten this by 3 characters. The limit is {limit:,} characters."
            assert said in errors(field, "x" * (limit + 3)), (form, name)
            if isinstance(field.widget, forms.Textarea):
                text = "\r\n".join("x" * (limit // 2))
                assert len(text) > limit > length(text)
                assert errors(field, text) == "", (form, name)


def test_text_of_several_lines_is_stored_as_it_is_counted(all_forms):
    several = {
        (form.__qualname__, name): field.to_python("one\r\ntwo")
        for form in all_forms
        if form.__module__.partition(".")[0] in ("leads", "commissions", "leadportal")
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field.widget, forms.Textarea)
    }
    assert len(several) > 5
    assert set(several.values()) == {"one\ntwo"}


def test_models_count_and_say_the_same():
    reason = Approval._meta.get_field("reason")
    reason.run_validators("x\r\n" * 250)
    with pytest.raises(ValidationError, match="Shorten this by 2 characters"):
        reason.run_validators("x" * 502)
    with pytest.raises(ValidationError, match="Shorten this by 1 character"):
        User._meta.get_field("name").run_validators("x" * 151)


def test_no_template_cuts_off_what_is_pasted():
    templates = list((settings.BASE_DIR / "templates").rglob("*.html"))
    assert [path for path in templates if re.search(r"\bmaxlength", path.read_text())] == []


@pytest.mark.parametrize(
    ("who", "page", "parameter"),
    [
        ("partner_user", "leads:list", "q"),
        ("superuser", "admin:leads_lead_changelist", "q"),
        ("superuser", "admin:leads_lead_changelist", "partner_name"),
        ("superuser", "admin:partners_partner_changelist", "q"),
        ("superuser", "admin:commissions_withdrawal_changelist", "q"),
    ],
)
def test_search_too_long_is_refused_not_cut_off(request, client, lead, who, page, parameter):
    client.force_login(request.getfixturevalue(who))
    searched = client.get(reverse(page), {parameter: "x" * 205})
    text = searched.content.decode()
    assert "This search is too long. Shorten this by 5 characters." in text
    assert lead.company_name not in text
    exact = client.get(reverse(page), {parameter: "x" * 200})
    assert "too long" not in exact.content.decode()
