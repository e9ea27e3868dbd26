"""The forms of the pages. Their fields come from `leads.fields`; they return typed data."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from crispy_forms import layout
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout
from django import forms
from django.core.exceptions import ValidationError

from commissions.calculator import CommissionType
from commissions.catalog.lines import MAX_LINES, BaseLineFormSet, LineForm, lines_over
from commissions.catalog.models import Plan
from commissions.catalog.terms import CommissionTerms
from leadportal.db.keys import number
from leadportal.partners.models import Partner
from leadportal.ui.controls import FAST_RENDERER
from leadportal.ui.lines_field import LinesField
from leads import fields
from leads.fields import LONGEST_ANSWER, Field, Page
from leads.fields.phones import phone_number
from leads.models.lead import Source
from leads.submission.mailboxes import email_warning
from leads.submission.profiles import domain_warning
from leads.submission.submit import REQUIRED, Agreements, Contact, Involvement


def _form_fields(page: Page) -> dict[str, forms.Field]:
    return {field.name: field.form_field() for field in fields.on_page(page)}


def _layout(of: Iterable[Field]) -> FormHelper:
    """Return the crispy-forms layout of these fields; fields of one row stand side by side."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.include_media = False
    helper.layout = Layout()
    for _, row in groupby(of, key=lambda field: field.row or field.name):
        placed = [_placed(field) for field in row]
        helper.layout.append(Div(*placed, css_class="field-row") if placed[1:] else placed[0])
    return helper


def _placed(field: Field) -> object:
    if field.template:
        return layout.Field(field.name, template=field.template)
    return field.name


class ContactForm(forms.BaseForm):
    """Page 1: the company and its contact, validated for the partner who submits them.

    `source` decides which fields are required.
    """

    base_fields = _form_fields(Page.CONTACT)
    default_renderer = FAST_RENDERER
    helper = _layout(fields.on_page(Page.CONTACT))
    own_domain = "This is your own organization's domain. Enter the customer's domain."

    def __init__(
        self, *args: Any, partner: Partner, source: Source = Source.FORM, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.partner = partner
        for name, field in self.fields.items():
            field.required = name in REQUIRED[source]

    def clean_domain(self) -> str:
        domain: str = self.cleaned_data["domain"]
        if domain and domain == self.partner.domain:
            raise ValidationError(self.own_domain)
        return domain

    def clean_phone_number(self) -> str:
        typed: str = self.cleaned_data["phone_number"]
        return phone_number(typed, self.cleaned_data.get("region", ""))

    def contact(self) -> Contact:
        """Return the typed contact. Call it on a valid form."""
        return Contact(**self.cleaned_data)

    def warnings(self) -> dict[str, str]:
        """Return warnings by field name; they never prevent submission."""
        email: str = self.cleaned_data.get("contact_email", "")
        domain: str = self.cleaned_data.get("domain", "")
        of_domain = domain_warning(domain)
        # Compared with somebody else's domain, every address is another company's.
        of_email = email_warning(email, "" if of_domain else domain) if email else ""
        warnings = {"domain": of_domain, "contact_email": of_email}
        return {name: warning for name, warning in warnings.items() if warning}


class SignatureForm(forms.Form):
    """A signature or a contact card, whose parts fill page 1."""

    default_renderer = FAST_RENDERER

    signature = LinesField(
        label="Signature or contact card",
        help_text="From an email, or a vCard (.vcf). We fill in the empty fields for you to check.",
        max_length=LONGEST_ANSWER,
        widget=forms.Textarea(attrs={"rows": 6, "data-autosave": "never"}),
        error_messages={"required": "Paste a signature or contact card first."},
    )

    def clean(self) -> dict[str, Any]:
        from leads.submission import signature  # at the first use: its patterns are large

        self.found = signature.read(self.cleaned_data.get("signature", ""))
        if "signature" in self.cleaned_data and not self.found:
            self.add_error(
                "signature",
                "We found no name, address or number in this text. Fill in the fields below.",
            )
        return self.cleaned_data


_LineFormSet = forms.formset_factory(
    LineForm, formset=BaseLineFormSet, extra=0, max_num=MAX_LINES, validate_max=True
)


def line_formset(
    answers: dict[str, Any],
    plans: Sequence[Plan],
    offers: Mapping[int, str],
    *,
    is_bound: bool,
) -> BaseLineFormSet:
    """Return the formset of the lines, with the answers bound or as initial values."""
    lines: BaseLineFormSet = lines_over(_LineFormSet, answers, plans, offers, is_bound=is_bound)
    return lines


class CommissionForm(forms.BaseForm):
    """Page 2, below the lines: how the partner wants to be paid for this lead."""

    base_fields = _form_fields(Page.DEAL)
    default_renderer = FAST_RENDERER

    def choice(self) -> CommissionType:
        """Return the chosen commission type. Call it on a valid form."""
        return CommissionType(self.cleaned_data["commission_type"])


def _agreed_now(answers: Mapping[str, Any], terms: CommissionTerms) -> dict[str, Any]:
    """Return the answers, with an agreement to an identical earlier text counted as one to `terms`.

    One query if other terms were agreed to.
    """
    agreed = {field.name: number(answers.get(field.name, "")) for field in fields.AGREEMENTS}
    others = {key for key in agreed.values() if key is not None and key != terms.pk}
    if not others:
        return dict(answers)
    found = CommissionTerms.objects.in_bulk(others)
    same = [
        field.name
        for field in fields.AGREEMENTS
        if field.terms_text
        and (other := found.get(agreed[field.name] or 0))
        and field.terms_text(other) == field.terms_text(terms)
    ]
    return {**answers, **dict.fromkeys(same, str(terms.pk))}


class AgreementsForm(forms.BaseForm):
    """Page 3: involvement and agreements, under the terms of today."""

    base_fields = _form_fields(Page.AGREEMENTS)
    default_renderer = FAST_RENDERER
    agreements_layout = _layout(fields.AGREEMENTS)

    def __init__(self, *args: Any, terms: CommissionTerms, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound:
            self.data = _agreed_now(self.data, terms)
        self.initial = _agreed_now(self.initial or {}, terms)
        for field in fields.AGREEMENTS:
            assert field.terms_text  # noqa: S101 - it is what makes an agreement
            self.fields[field.name].show(field.terms_text(terms), str(terms.pk))  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        chosen = [name for name in fields.INVOLVEMENT if data.get(name)]
        if not chosen and not data.get(fields.NOT_INVOLVED):
            self.add_error(
                fields.INVOLVEMENT[0],
                "Choose how you would like to be involved, or “I don't want to be involved”.",
            )
        if chosen and data.get(fields.NOT_INVOLVED):
            self.add_error(
                fields.NOT_INVOLVED, "Uncheck this or the options above. You cannot choose both."
            )
        return data

    @property
    def involvement_fields(self) -> list[forms.BoundField]:
        """The kinds of involvement, then “not involved”."""
        return [self[name] for name in (*fields.INVOLVEMENT, fields.NOT_INVOLVED)]

    @property
    def has_involvement_errors(self) -> bool:
        """Whether any kind of involvement has an error."""
        return any(field.errors for field in self.involvement_fields)

    def involvement(self) -> Involvement:
        """Return the partner's involvement. Call it on a valid form."""
        return Involvement(**{name: self.cleaned_data[name] for name in fields.INVOLVEMENT})

    def agreements(self) -> Agreements:
        """Return the partner's agreements. Call it on a valid form."""
        return Agreements(
            **{field.name: bool(self.cleaned_data[field.name]) for field in fields.AGREEMENTS}
        )
