"""The final lines: what the customer bought, in a win and in a correction."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from commissions.calculator import Estimate, Terms
from commissions.catalog.lines import (
    MAX_LINES,
    PREFIX,
    Answers,
    BaseLineFormSet,
    LineForm,
    lines_over,
)
from commissions.catalog.models import Plan
from commissions.catalog.price_list import (
    Choice,
    Listed,
    NotPayable,
    ReasonNeeded,
    offers,
    price_lines,
    require_payable,
)
from leadportal.ui.amounts import AmountField


class FinalLineForm(LineForm):
    """One final line, with a price if none is listed or a different one was agreed.

    Plans that are no longer offered can be chosen, too. `words` is how the line's annual value is
    computed, once the formset is validated.
    """

    agreed_price = AmountField(label="Agreed price per month", required=False)
    agreed_annual = AmountField(label="or agreed amount per year", required=False)

    words = ""
    use_required_attribute = False

    takes_withdrawn = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("agreed_price") is not None and data.get("agreed_annual") is not None:
            self.add_error(
                "agreed_annual", "Enter the price per month or the amount per year, not both."
            )
        return data


class BaseFinalLineFormSet(BaseLineFormSet):
    """Final lines, priced as of `day`, under `terms`, for a partner paid by `commission_type`.

    `listed` are that day's list prices. `estimate` covers the complete lines. A line without a
    price gets an error at its field; lines for which nothing can be credited are an error of the
    formset. A missing `zero_reason` is reported by `reason_needed`, because its field belongs to
    another form.
    """

    def __init__(
        self,
        *args: Any,
        terms: Terms,
        commission_type: str,
        day: date,
        listed: Listed,
        zero_reason: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.terms = terms
        self.commission_type = commission_type
        self.day = day
        self.listed = listed
        self.zero_reason = zero_reason
        self.reason_needed = ""
        self.estimate = Estimate((), terms)

    def clean(self) -> None:
        super().clean()
        complete = [form for form in self._final_forms() if form.has_changed() and not form.errors]
        choices = [Choice.of(form.cleaned_data) for form in complete]
        self.estimate = Estimate(tuple(price_lines(choices, self.day, self.listed)), self.terms)
        for form, line in zip(complete, self.estimate.lines, strict=True):
            form.words = f"{line.words} {form.note}".strip()
            if not line.is_priced:
                form.add_error(
                    "agreed_price", f"{line.plan} has no list price. Enter the agreed price."
                )
        if any(self.errors):
            return
        try:
            require_payable(self.estimate, self.commission_type, self.zero_reason)
        except ReasonNeeded as error:
            self.reason_needed = str(error)
        except NotPayable as error:
            raise ValidationError(str(error)) from error

    def _final_forms(self) -> list[FinalLineForm]:
        return list(self.forms)


_LINE_FIELD = re.compile(rf"{PREFIX}-([0-9]{{1,2}})-({'|'.join(FinalLineForm.base_fields)})")
_FinalLineFormSet: Any = forms.formset_factory(
    FinalLineForm, formset=BaseFinalLineFormSet, extra=0, max_num=MAX_LINES, validate_max=True
)


def final_lines(
    answers: Answers,
    plans: Sequence[Plan],
    listed: Listed,
    *,
    terms: Terms,
    commission_type: str,
    day: date,
    zero_reason: str,
    is_bound: bool,
) -> BaseFinalLineFormSet:
    """Return the formset of the final lines, with the answers bound or as initial values."""
    lines: BaseFinalLineFormSet = lines_over(
        _FinalLineFormSet,
        answers,
        plans,
        offers(plans, listed),
        is_bound=is_bound,
        terms=terms,
        commission_type=commission_type,
        day=day,
        zero_reason=zero_reason,
        listed=listed,
    )
    return lines


def typed_lines(posted: Mapping[str, str]) -> Answers:
    """Return the raw answers of the lines' fields."""
    return {
        name: value
        for name, value in posted.items()
        if (match := _LINE_FIELD.fullmatch(name)) and int(match[1]) <= MAX_LINES
    }
