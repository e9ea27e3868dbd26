"""How a form's fields and errors are drawn."""

import re

import pytest
from django import forms
from django.template import Context, Template
from django.template.loader import render_to_string

from leadportal.ui.controls import Problem, problems


class CompanyForm(forms.Form):
    company = forms.CharField(help_text="As its own people write it.")
    title = forms.CharField(required=False)
    agents = forms.CharField(required=False, widget=forms.TextInput(attrs={"class": "width-short"}))
    notes = forms.CharField(widget=forms.Textarea, required=False)
    secret = forms.CharField(widget=forms.PasswordInput, required=False)
    region = forms.ChoiceField(choices=[("", "Choose"), ("PL", "Poland")])
    size = forms.ChoiceField(
        choices=[(1, "Small"), (2, "Big")], widget=forms.RadioSelect, help_text="Roughly."
    )
    agrees = forms.BooleanField(label="I agree")
    version = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["agents"].conditional = True


def drawn(field: forms.BoundField) -> str:
    html = Template("{% load crispy_forms_filters %}{{ field|as_crispy_field }}").render(
        Context({"field": field})
    )
    return re.sub(r"\s+", " ", html)


def tag(html: str, name: str) -> str:
    found = re.findall(rf"<{name}\b[^>]*>", html)
    assert len(found) == 1, html
    return found[0]


def test_field_has_label_hint_error_and_control_in_that_order():
    html = drawn(CompanyForm({})["company"])
    places = [html.index(part) for part in ("<label", "hint", "field-error", "<input")]
    assert places == sorted(places)


def test_control_is_described_by_its_hint_and_error():
    html = drawn(CompanyForm({})["company"])
    control = tag(html, "input")
    described = re.search(r'aria-describedby="([^"]*)"', control)[1].split()
    assert described == ["id_company_helptext", "id_company_error"]
    assert all(html.count(f'id="{name}"') == 1 for name in described)
    assert 'aria-invalid="true"' in control


def test_unbound_field_is_described_by_its_hint_alone():
    control = tag(drawn(CompanyForm()["company"]), "input")
    assert 'aria-describedby="id_company_helptext"' in control
    assert "aria-invalid" not in control


@pytest.mark.parametrize(
    ("name", "says_optional"),
    [("company", False), ("title", True), ("agents", False), ("region", False)],
)
def test_only_optional_fields_say_so_unless_it_depends(name, says_optional):
    assert ("(optional)" in drawn(CompanyForm()[name])) is says_optional


@pytest.mark.parametrize(
    ("name", "element", "css"),
    [
        ("company", "input", 'class="form-control"'),
        ("agents", "input", 'class="form-control width-short"'),
        ("notes", "textarea", 'class="form-control"'),
        ("secret", "input", 'class="form-control"'),
        ("region", "select", 'class="form-select"'),
        ("agrees", "input", 'class="form-check-input"'),
    ],
)
def test_control_has_bootstraps_class_beside_its_own(name, element, css):
    assert css in tag(drawn(CompanyForm()[name]), element)


def test_drawing_twice_changes_nothing():
    form = CompanyForm({})
    assert drawn(form["agents"]) == drawn(form["agents"])


def test_radios_are_a_named_group_that_its_hint_and_error_describe():
    html = drawn(CompanyForm({})["size"])
    group = tag(html, "fieldset")
    assert 'aria-describedby="id_size_helptext id_size_error"' in group
    assert "<legend" in html
    assert html.count('type="radio"') == 2
    assert "aria-invalid" not in html  # which a radio may not have


def test_chosen_radio_is_checked_whatever_its_type():
    html = drawn(CompanyForm({"size": "2"})["size"])
    assert re.findall(r'value="(\d)"[^>]*\bchecked', html) == ["2"]


def test_hidden_field_is_the_input_alone():
    html = drawn(CompanyForm(initial={"version": "7"})["version"])
    assert html.startswith('<input type="hidden" name="version" value="7"')
    assert "label" not in html


def test_label_and_error_are_escaped():
    class Form(forms.Form):
        name = forms.CharField(label="<b>", error_messages={"required": "<i>"})

    html = drawn(Form({})["name"])
    assert "&lt;b&gt;" in html
    assert "&lt;i&gt;" in html


# The error summary


def test_problems_follow_the_page_and_lead_to_their_controls():
    form = CompanyForm({"company": "Nordwind"})
    form.add_error(None, "Look again.")
    assert problems(Context({"form": form})) == [
        Problem("", "Look again."),
        Problem("id_region", "This field is required."),
        Problem("id_size_0", "This field is required."),
        Problem("id_agrees", "This field is required."),
    ]


def test_problems_of_several_forms_and_formsets_come_in_their_order():
    lines = forms.formset_factory(CompanyForm, max_num=1, validate_max=True)(
        {
            "form-TOTAL_FORMS": 2,
            "form-INITIAL_FORMS": 0,
            **{
                f"form-{index}-{name}": value
                for index in (0, 1)
                for name, value in {"region": "PL", "size": "1", "agrees": "on"}.items()
            },
        }
    )
    found = problems(Context({"forms": [CompanyForm({"company": "x"}), lines]}))
    assert [problem.anchor for problem in found] == [
        "id_region",
        "id_size_0",
        "id_agrees",
        "",
        "id_form-0-company",
        "id_form-1-company",
    ]


def test_unbound_form_and_no_form_have_no_problems():
    assert problems(Context({"form": CompanyForm()})) == []
    assert problems(Context({})) == []


def test_error_of_a_hidden_field_leads_nowhere():
    form = CompanyForm({})
    form.add_error("version", "Old.")
    assert Problem("", "Old.") in problems(Context({"form": form}))


def test_summary_can_take_the_focus_and_is_absent_without_errors():
    def summary(form):
        return render_to_string("_error_summary.html", {"found": problems({"form": form})})

    html = summary(CompanyForm({}))
    assert 'role="alert"' in html
    assert 'tabindex="-1"' in html
    assert '<a href="#id_company">This field is required.</a>' in html
    assert summary(CompanyForm()).strip() == ""
