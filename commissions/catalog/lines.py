"""The forms for a deal's lines: plan, agents and billing cycle."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from commissions.calculator import MAX_AGENTS
from commissions.catalog.models import BillingCycle, Plan
from commissions.catalog.price_list import Choice
from leadportal.db.keys import number
from leadportal.ui.controls import FAST_RENDERER
from leadportal.ui.numbers import CountField

Answers = dict[str, str]

MAX_LINES = 10
PREFIX = "lines"
# Two digits are enough for MAX_LINES; forged names with huge numbers do not match.
_PLACE = re.compile(rf"{PREFIX}-([0-9]{{1,2}})-(.+)")
_ENTER_AGENTS = f"Enter the number of agents, from 1 to {MAX_AGENTS:,}."


class PlanSelect(forms.Select):
    """A choice of plans.

    Options whose keys are in `flat` carry `data-flat`: the stylesheets then hide the number of
    agents.
    """

    flat: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if str(value) in self.flat:
            option["attrs"]["data-flat"] = True
        return option


class LineForm(forms.Form):
    """One line of a deal: plan, agents and billing cycle.

    `offers` says what each plan costs, in words, by the plan's key. For a plan priced per account
    the number of agents is ignored.
    """

    default_renderer = FAST_RENDERER
    # Whether a plan that is no longer offered can be chosen
    takes_withdrawn = False

    plan = forms.ChoiceField(
        label="Product and plan",
        widget=PlanSelect,
        error_messages={"required": "Choose a product and plan."},
    )
    agents = CountField(
        label="Agents",
        required=False,
        min_value=1,
        max_value=MAX_AGENTS,
        error_messages=dict.fromkeys(("invalid", "too_small", "too_large"), _ENTER_AGENTS),
    )
    billing_cycle = forms.ChoiceField(
        label="Billed",
        choices=BillingCycle.choices,
        initial=BillingCycle.ANNUAL,
        error_messages={"required": "Choose how the plan is billed."},
    )

    def __init__(
        self,
        *args: Any,
        plans: Sequence[Plan],
        offers: Mapping[int, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agents"].conditional = True  # type: ignore[attr-defined]
        self.plans = {str(plan.pk): plan for plan in plans}
        groups: dict[str, list[tuple[str, str]]] = {}
        for plan in plans:
            if plan.is_offered or self.takes_withdrawn:
                choice = (str(plan.pk), _label(plan, (offers or {}).get(plan.pk, "")))
                groups.setdefault(plan.product.name, []).append(choice)
        field = self.fields["plan"]
        field.choices = [("", "Choose a plan"), *groups.items()]  # type: ignore[attr-defined]
        field.widget.flat = frozenset(key for key, plan in self.plans.items() if plan.is_flat)
        typed = self["plan"].value()
        withdrawn = self.plans.get(str(typed)) if typed and not self.takes_withdrawn else None
        field.error_messages["invalid_choice"] = (
            f"{withdrawn} is no longer offered. Choose another plan."
            if withdrawn
            else "Choose a plan from the list."
        )

    def clean_plan(self) -> Plan:
        return self.plans[self.cleaned_data["plan"]]

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        plan: Plan | None = data.get("plan")
        if plan and plan.is_flat:
            self.errors.pop("agents", None)
            data["agents"] = None
        elif plan and "agents" in data and data["agents"] is None:
            self.add_error("agents", _ENTER_AGENTS)
        return data

    @property
    def note(self) -> str:
        """What of a checked line is ignored, in words, else ""."""
        plan: Plan | None = self.cleaned_data.get("plan")
        has_agents = bool((self["agents"].data or "").strip())
        if plan and plan.is_flat and has_agents:
            return "(Priced per account: the number of agents is ignored.)"
        return ""


def _label(plan: Plan, offer: str) -> str:
    """Return the text of a plan's option."""
    name = str(plan) if plan.is_offered else f"{plan} (no longer offered)"
    return f"{name} – {offer}" if offer else name


class BaseLineFormSet(forms.BaseFormSet):
    """At least one line, each plan once. Empty lines are ignored."""

    default_error_messages = {
        "too_many_forms": f"A lead has at most {MAX_LINES} products. Remove some."
    }

    def full_clean(self) -> None:
        if self.is_bound and not self.filled():
            # An empty page shows its errors at the first line.
            self.forms[0].empty_permitted = False
        super().full_clean()

    def clean(self) -> None:
        seen: set[Plan] = set()
        for form in self.filled():
            plan = form.cleaned_data.get("plan")
            if plan in seen:
                form.add_error("plan", f"{plan} is already in another line. Remove one of them.")
            elif plan:
                seen.add(plan)

    def filled(self) -> list[LineForm]:
        """Return the forms with any answer."""
        return [form for form in self.forms if form.has_changed()]

    def lines(self) -> list[Choice]:
        """Return the choices in the complete lines."""
        return [Choice.of(form.cleaned_data) for form in self.filled() if form.is_valid()]


_LINE_FIELD = re.compile(rf"{PREFIX}-(0|[1-9][0-9]?)-({'|'.join(LineForm.base_fields)})")


def is_line_field(name: str) -> bool:
    """Return whether a line has a field of this name; one line above the limit is included."""
    match = _LINE_FIELD.fullmatch(name)
    return match is not None and int(match[1]) <= MAX_LINES


def named_plans(answers: dict[str, Any]) -> list[Plan]:
    """Return the plans chosen in the answers, including withdrawn ones."""
    keys = [
        number(value)
        for name, value in answers.items()
        if (match := _PLACE.match(name)) and match[2] == "plan"
    ]
    plans = Plan.objects.filter(pk__in=[key for key in keys if key is not None])
    return list(plans.select_related("product").order_by())


def line_count(answers: dict[str, Any]) -> int:
    """Return how many lines the typed answers have, at least one."""
    indices = [int(match[1]) for name in answers if (match := _PLACE.match(name))]
    return max(indices, default=0) + 1


def lines_over(
    formset: Any,
    answers: dict[str, Any],
    plans: Sequence[Plan],
    offers: Mapping[int, str],
    *,
    is_bound: bool,
    **kwargs: Any,
) -> Any:
    """Return a formset of the lines, with the answers bound or as initial values."""
    count = line_count(answers)
    kwargs |= {"prefix": PREFIX, "form_kwargs": {"plans": plans, "offers": offers}}
    if is_bound:
        management = {f"{PREFIX}-TOTAL_FORMS": count, f"{PREFIX}-INITIAL_FORMS": 0}
        # An untouched choice may be missing from the post: it is the one that the page shows.
        cycles = {f"{PREFIX}-{index}-billing_cycle": BillingCycle.ANNUAL for index in range(count)}
        return formset({**cycles, **answers, **management}, **kwargs)
    initial = [
        {
            name: answers[key]
            for name in formset.form.base_fields
            if (key := f"{PREFIX}-{index}-{name}") in answers
        }
        for index in range(count)
    ]
    return formset(initial=initial, **kwargs)


def with_another_line(answers: dict[str, str]) -> dict[str, str]:
    """Return the answers with an empty line added, up to MAX_LINES."""
    count = line_count(answers)
    if count >= MAX_LINES:
        return answers
    return {**answers, f"{PREFIX}-{count}-billing_cycle": BillingCycle.ANNUAL.value}


def without_line(answers: dict[str, str], index: int) -> dict[str, str]:
    """Return the answers without the line at `index`; those after it move up."""
    kept: dict[str, str] = {}
    for name, value in answers.items():
        match = _PLACE.match(name)
        if match is None:
            kept[name] = value
        elif int(match[1]) != index:
            place = int(match[1]) - (int(match[1]) > index)
            kept[f"{PREFIX}-{place}-{match[2]}"] = value
    return kept


def changed_lines(answers: dict[str, str], action: str) -> dict[str, str]:
    """Return the answers with a line added or removed, according to the button's `action`."""
    removed = re.fullmatch(r"remove-line-([0-9]{1,2})", action)
    if removed:
        return without_line(answers, int(removed[1]))
    return with_another_line(answers) if action == "add-line" else answers
