"""Sales' forms of a decision: its words, and the final lines of a win."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from commissions.calculator import MAX_AMOUNT, Estimate
from commissions.models import BillingCycle, Plan
from leadportal.money import CENT, usd
from leads import deal
from leads.decisions import DecisionError, price_win
from leads.forms.deal import MAX_LINES, PREFIX, BaseLineFormSet, LineForm, line_count
from leads.models import Lead
from leads.status import REASONS

Answers = dict[str, str]

_AMOUNT = re.compile(r"\$? ?([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(\.[0-9]{1,2})?")


class DecisionForm(forms.Form):
    """Why, in a code where the status asks for one; what the partner reads; what staff read."""

    reason = forms.ChoiceField(
        label="Reason",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a reason."},
    )
    message = forms.CharField(
        label="Message to the partner",
        help_text="The partner reads this in the mail and on the lead's page.",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Write a sentence that the partner will read."},
    )
    note = forms.CharField(
        label="Note for staff (optional)",
        help_text="The partner never sees this.",
        max_length=2_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    required_css_class = "required"

    def __init__(self, *args: Any, to: str, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        if to in REASONS:
            choices = [(reason.value, reason.label) for reason in REASONS[to]]
            self.fields["reason"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["reason"]


class AmountField(forms.CharField):
    """US dollars as people type them (`59`, `$1,200.50`): a Decimal, or None where left empty."""

    default_error_messages = {
        "invalid": "Enter US dollars with at most two decimals, such as 59 or 1,200.50.",
        "negative": "Enter an amount of zero or more US dollars.",
        "too_large": f"Enter an amount of at most {usd(MAX_AMOUNT)}.",
    }
    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value: Any) -> Any:
        typed = super().to_python(value)
        if not typed:
            return None
        match = _AMOUNT.fullmatch(typed)
        if match is None:
            is_negative = typed[0] in "-−" and _AMOUNT.fullmatch(typed[1:])
            code = "negative" if is_negative else "invalid"
            raise ValidationError(self.error_messages[code], code=code)
        amount = Decimal(match[1].replace(",", "") + (match[2] or ""))
        if amount > MAX_AMOUNT:
            raise ValidationError(self.error_messages["too_large"], code="too_large")
        return amount.quantize(CENT)


class FinalLineForm(LineForm):
    """One line of what was sold; a price where none is listed or another was agreed.

    Every plan may have been sold, one that is no longer offered too. `words` say how the line's
    annual value comes about, once the formset has been checked.
    """

    agreed_price = AmountField(label="Agreed price per month", required=False)
    agreed_annual = AmountField(label="or agreed sum per year", required=False)

    words = ""
    use_required_attribute = False

    def __init__(self, *args: Any, plans: Sequence[Plan], **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, plans=plans, **kwargs)
        groups: dict[str, list[tuple[str, str]]] = {}
        for plan in plans:
            label = str(plan) if plan.is_offered else f"{plan} (no longer offered)"
            groups.setdefault(plan.product.name, []).append((str(plan.pk), label))
        field = self.fields["plan"]
        field.choices = [("", "Choose a plan"), *groups.items()]  # type: ignore[attr-defined]
        field.error_messages["invalid_choice"] = "Choose a plan from the list."

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("agreed_price") is not None and data.get("agreed_annual") is not None:
            self.add_error(
                "agreed_annual", "Enter the price per month or the sum per year, not both."
            )
        return data


class BaseFinalLineFormSet(BaseLineFormSet):
    """What was sold, priced as of `day` under the lead's own terms.

    `estimate` holds those lines that are whole. A line without a price says so beside its field; a
    win that cannot be credited (see `decisions.price_win`) is an error of the whole.
    """

    def __init__(self, *args: Any, lead: Lead, day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lead = lead
        self.day = day
        self.estimate = Estimate((), lead.terms.as_calculated())

    def clean(self) -> None:
        super().clean()
        whole = [form for form in self._final_forms() if form.has_changed() and not form.errors]
        lines = [form.cleaned_data for form in whole]
        self.estimate = deal.estimate(lines, self.lead.terms, self.day)
        for form, line in zip(whole, self.estimate.lines, strict=True):
            form.words = line.words
            if not line.is_priced:
                form.add_error(
                    "agreed_price", f"{line.plan} has no list price: enter what was agreed."
                )
        if any(self.errors):
            return
        if self.estimate.annual_value > MAX_AMOUNT:
            raise ValidationError(
                f"The annual value would be {usd(self.estimate.annual_value)}. "
                "Check the agents and the prices."
            )
        try:
            price_win(self.lead, lines, self.day)
        except DecisionError as error:
            raise ValidationError(str(error)) from error

    def _final_forms(self) -> list[FinalLineForm]:
        return list(self.forms)


_LINE_FIELD = re.compile(rf"{PREFIX}-([0-9]{{1,2}})-({'|'.join(FinalLineForm.base_fields)})")
_FinalLineFormSet: Any = forms.formset_factory(
    FinalLineForm, formset=BaseFinalLineFormSet, extra=0, max_num=MAX_LINES, validate_max=True
)


def final_lines(
    answers: Answers, plans: Sequence[Plan], lead: Lead, day: date, *, is_bound: bool
) -> BaseFinalLineFormSet:
    """Return the forms of the final lines over what was typed: to be checked, or only shown."""
    count = line_count(answers)
    kwargs: dict[str, Any] = {
        "prefix": PREFIX,
        "form_kwargs": {"plans": plans},
        "lead": lead,
        "day": day,
    }
    if is_bound:
        management = {f"{PREFIX}-TOTAL_FORMS": count, f"{PREFIX}-INITIAL_FORMS": 0}
        cycles = {f"{PREFIX}-{index}-billing_cycle": BillingCycle.ANNUAL for index in range(count)}
        data = {**cycles, **answers, **management}
        formset: BaseFinalLineFormSet = _FinalLineFormSet(data, **kwargs)
        if not formset.filled():
            formset.forms[0].empty_permitted = False
    else:
        initial = [
            {
                name: answers[key]
                for name in FinalLineForm.base_fields
                if (key := f"{PREFIX}-{index}-{name}") in answers
            }
            for index in range(count)
        ]
        formset = _FinalLineFormSet(initial=initial, **kwargs)
    return formset


def typed_lines(posted: Mapping[str, str]) -> Answers:
    """Return what was typed in the lines' own fields, as it was typed."""
    return {
        name: value
        for name, value in posted.items()
        if (match := _LINE_FIELD.fullmatch(name)) and int(match[1]) <= MAX_LINES
    }


def as_submitted(lead: Lead) -> Answers:
    """Return the answers that say the deal was won just as it was sent, with what was agreed."""
    answers: Answers = {}
    for index, line in enumerate(lead.submitted_lines):
        agreed_price = line.monthly_price if line.price_from is None else None
        values = {
            "plan": line.plan_id,
            "agents": line.agents,
            "billing_cycle": line.billing_cycle,
            "agreed_price": None if line.agreed_annual is not None else agreed_price,
            "agreed_annual": line.agreed_annual,
        }
        for name, value in values.items():
            answers[f"{PREFIX}-{index}-{name}"] = "" if value is None else str(value)
    return answers
