"""Page 2 of the form: one to ten lines, each plan once, so many agents or none."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissions.catalog.lines import MAX_LINES, line_count, with_another_line, without_line
from commissions.catalog.models import Plan, Product
from commissions.catalog.price_list import Choice
from leads.fields import Page, answers_in
from leads.submission.forms import line_formset
from tests.leads.answers import line, plan

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)
WHOLE_NUMBER = "Enter the number of agents, from 1 to 100,000."


def formset(answers):
    return line_formset(answers, list(Plan.objects.select_related("product")), {}, is_bound=True)


def errors(answers):
    """Return each line's errors as {index: {field: [message]}}, and the page's as {None: …}."""
    checked = formset(answers)
    is_valid = checked.is_valid()
    found = {
        index: {name: list(texts) for name, texts in form.errors.items()}
        for index, form in enumerate(checked.forms)
        if form.errors
    }
    general = list(checked.non_form_errors())
    assert is_valid == (not found and not general)
    return found | ({None: general} if general else {})


def agents_of(typed):
    answers = line(0, plan("livechat", "business"), typed)
    checked = formset(answers)
    assert checked.is_valid(), checked.errors
    return checked.lines()[0].agents


# The count of agents


@pytest.mark.parametrize(
    ("typed", "agents"),
    [
        ("1", 1),
        ("5", 5),
        (" 5 ", 5),
        ("007", 7),
        ("1000", 1_000),
        ("1,000", 1_000),
        ("99,999", 99_999),
        ("100000", 100_000),
        ("100,000", 100_000),
        ("1 000", 1_000),
        ("५", 5),
    ],
)
def test_a_whole_number_of_agents_is_taken(typed, agents):
    assert agents_of(typed) == agents


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "0",
        "-1",
        "-5",
        "+5",
        "100001",
        "100,001",
        "999999999",
        "1" * 5_000,
        "1" + ",000" * 2_000,
        "5.0",
        "5.5",
        "1.000",
        "1,00",
        "1,0000",
        ",5",
        "5,",
        "1e3",
        "0x10",
        "abc",
        "5 agents",
        "five",
        "½",
        "NaN",
        "5\x00",
        "1\n2",
    ],
)
def test_what_is_no_count_of_agents_says_what_to_enter(typed):
    found = errors(line(0, plan("livechat", "business"), typed))
    assert list(found) == [0]
    assert list(found[0]) == ["agents"]
    if "\x00" not in typed:
        assert found[0]["agents"] == [WHOLE_NUMBER]


@pytest.mark.parametrize("typed", ["5", "0", "abc", "1\x00"])
def test_a_flat_plan_ignores_a_count_and_says_so(typed):
    checked = formset(line(0, plan("chatbot", "team"), typed))
    assert checked.is_valid(), checked.errors
    assert checked.lines()[0].agents is None
    assert checked.forms[0].note == "(Priced per account: the number of agents is ignored.)"


def test_a_line_says_nothing_where_nothing_is_ignored():
    checked = formset(line(0, plan("chatbot", "team"), " ") | line(1, plan("helpdesk", "team"), 3))
    assert checked.is_valid()
    assert [form.note for form in checked.forms] == ["", ""]


def test_a_flat_plan_without_a_count_is_complete():
    checked = formset(line(0, plan("chatbot", "team"), " "))
    assert checked.is_valid()
    assert checked.lines()[0].agents is None


def test_a_plan_without_a_list_price_is_a_line_like_any_other():
    assert errors(line(0, plan("livechat", "enterprise"), 40)) == {}


# The plan and how it is billed


@pytest.mark.parametrize("cycle", ["annual", "monthly"])
def test_both_billing_cycles_are_taken(cycle):
    checked = formset(line(0, plan("livechat", "business"), 5, cycle))
    assert checked.is_valid()
    assert checked.lines()[0].billing_cycle == cycle


@pytest.mark.parametrize("cycle", ["", "weekly", "ANNUAL"])
def test_another_billing_cycle_is_refused(cycle):
    assert list(errors(line(0, plan("livechat", "business"), 5, cycle))[0]) == ["billing_cycle"]


@pytest.mark.parametrize("typed", ["999999", "abc", "-1", "1.0", "９"])
def test_a_forged_plan_is_refused(typed):
    assert errors(line(0, typed, 5)) == {0: {"plan": ["Choose a plan from the list."]}}


def test_a_line_without_a_plan_is_refused():
    assert errors(line(0, "", 5)) == {0: {"plan": ["Choose a product and plan."]}}


def test_a_withdrawn_plan_names_itself():
    business = plan("livechat", "business")
    Plan.objects.filter(pk=business.pk).update(is_offered=False)
    assert errors(line(0, business, 5)) == {
        0: {"plan": ["LiveChat Business is no longer offered. Choose another plan."]}
    }


def test_a_withdrawn_plan_is_not_among_the_choices():
    Plan.objects.filter(pk=plan("livechat", "business").pk).update(is_offered=False)
    shown = str(line_formset({}, Plan.objects.all(), {}, is_bound=False).forms[0]["plan"])
    assert "LiveChat Team" in shown
    assert "LiveChat Business" not in shown


def test_each_plan_is_in_one_line_only():
    business = plan("livechat", "business")
    answers = {
        **line(0, business, 5),
        **line(1, plan("helpdesk", "team"), 5),
        **line(2, business, 3, "monthly"),
    }
    assert errors(answers) == {
        2: {"plan": ["LiveChat Business is already in another line. Remove one of them."]}
    }


# How many lines


def test_ten_lines_are_taken_and_an_eleventh_is_not():
    extra = Plan.objects.create(product=Product.objects.get(code="helpdesk"), code="x", name="X")
    plans = list(Plan.objects.all())
    assert len(plans) == 11
    answers = {}
    for index, chosen in enumerate(plans):
        answers |= line(index, chosen, "" if chosen.is_flat else 5)
    ten = {name: value for name, value in answers.items() if not name.startswith("lines-10-")}
    assert extra in plans
    assert errors(ten) == {}
    assert errors(answers) == {None: ["A lead has at most 10 products. Remove some."]}


def test_an_eleventh_line_is_saved_as_typed():
    typed = {f"lines-{index}-agents": "5" for index in (9, 10, 11, 99)}
    assert answers_in(Page.DEAL, typed) == {"lines-9-agents": "5", "lines-10-agents": "5"}


def test_without_any_line_the_first_one_has_the_error():
    for answers in ({}, line(0), {**line(0), **line(1)}):
        assert errors(answers) == {0: {"plan": ["Choose a product and plan."]}}


@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_empty_line_is_ignored_in_any_position(place):
    lines = [line(0)] * 3
    chosen = iter([plan("livechat", "business"), plan("helpdesk", "team")])
    answers = {}
    for index in range(len(lines)):
        answers |= line(index) if index == place else line(index, next(chosen), 5)
    assert errors(answers) == {}
    assert [str(row.plan) for row in formset(answers).lines()] == [
        "LiveChat Business",
        "HelpDesk Team",
    ]


def test_a_cycle_that_nobody_has_touched_is_the_one_the_page_shows():
    # Empty fields are not kept, and a choice is not autosaved before it is touched.
    business = plan("livechat", "business")
    autosaved = {"lines-1-plan": str(business.pk), "lines-1-agents": "5"}
    assert errors(autosaved) == {}
    (chosen,) = formset(autosaved).lines()
    assert chosen == Choice(business, 5, "annual")
    assert 'value="annual" selected' in str(
        line_formset(autosaved, [business], {}, is_bound=False).forms[1]["billing_cycle"]
    )


# Adding and removing lines

TYPED = st.dictionaries(
    st.builds(
        "lines-{}-{}".format,
        st.integers(0, MAX_LINES - 1),
        st.sampled_from(["plan", "agents", "billing_cycle"]),
    ),
    st.text(min_size=1, max_size=3),
)
OTHERS = st.dictionaries(st.sampled_from(["company_name", "commission_type"]), st.text())


def _lines(answers):
    """Return what was typed in each line, as {field: value} by line."""
    return [
        {
            name.split("-")[2]: value
            for name, value in answers.items()
            if name.startswith(f"lines-{index}-")
        }
        for index in range(line_count(answers))
    ]


@given(typed=TYPED, others=OTHERS)
def test_another_line_leaves_everything_typed_where_it_is(typed, others):
    answers = {**typed, **others}
    grown = with_another_line(answers)
    assert {name: grown[name] for name in answers} == answers
    assert line_count(grown) == min(line_count(answers) + 1, MAX_LINES)
    assert {value for name, value in grown.items() if name not in answers} <= {"annual"}


@given(typed=TYPED, others=OTHERS, index=st.integers(0, 12))
def test_a_line_less_moves_the_others_up_and_keeps_them(typed, others, index):
    answers = {**typed, **others}
    before, after = _lines(answers), _lines(without_line(answers, index))
    expected = [line for place, line in enumerate(before) if place != index]
    while len(expected) > 1 and not expected[-1]:
        expected.pop()
    assert after == (expected or [{}])
    for name, value in others.items():
        assert without_line(answers, index)[name] == value


def test_one_more_line_than_ten_is_not_to_be_had():
    answers = {"lines-9-agents": "5"}
    assert with_another_line(answers) == answers
