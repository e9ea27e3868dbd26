"""Page 2 of the form: what the customer is likely to buy, and how the partner is paid."""

from collections.abc import Sequence
from typing import Any

from django import forms

from commissions.calculator import CommissionType
from commissions.catalog.lines import MAX_LINES, BaseLineFormSet, LineForm, lines_over
from commissions.catalog.models import Plan

_LineFormSet = forms.formset_factory(
    LineForm, formset=BaseLineFormSet, extra=0, max_num=MAX_LINES, validate_max=True
)


def line_formset(
    answers: dict[str, Any], plans: Sequence[Plan], *, is_bound: bool
) -> BaseLineFormSet:
    """Return the lines' forms over what was typed: bound to be validated, or only to be shown."""
    lines: BaseLineFormSet = lines_over(_LineFormSet, answers, plans, is_bound=is_bound)
    return lines


class CommissionForm(forms.Form):
    """How the partner wants to be paid for this lead."""

    commission_type = forms.ChoiceField(
        label="How would you like to be paid?",
        choices=[
            (CommissionType.FLAT_FEE.value, "Fixed fee"),
            (CommissionType.REV_SHARE.value, "Share of the annual value"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the fixed fee or the share."},
    )
