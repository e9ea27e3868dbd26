"""Page 2 of the form: what the lines come to, both ways of being paid, and a deal that is small."""

from datetime import date
from decimal import Decimal

import pytest

from commissions.catalog.terms import CommissionTerms
from leadportal.partners.models import Partner
from leads.deal import meets_criteria
from leads.fields import Page
from leads.submission.forms import CommissionForm
from leads.submission.pages import Pages
from tests.factories import BUNDLE_5, BUSINESS_5
from tests.leads.answers import deal, line, plan

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)


def estimate(answers, **others):
    pages = Pages({**answers, **others}, Partner(name="Brightside"), TODAY)
    return pages.estimate()


def test_lines_that_are_only_validated_need_only_the_plans_that_they_name():
    typed = deal(BUNDLE_5)
    named = {plan("livechat", "business"), plan("helpdesk", "team")}
    checked, shown = (Pages(typed, Partner(), TODAY, shown=page) for page in (None, Page.DEAL))
    assert set(checked.plans) == named
    assert len(shown.plans) == 10
    assert checked.is_complete(Page.DEAL)
    assert shown.is_complete(Page.DEAL)
    assert checked.estimate() == shown.estimate()


@pytest.mark.database
@pytest.mark.parametrize("forged", ["x", "²", "-1", "0", "9" * 18, "9" * 30, " 1"])
@pytest.mark.parametrize("page", [None, Page.DEAL])
def test_a_plan_that_there_is_not_is_refused_however_it_is_named(forged, page):
    typed = deal() | {"lines-0-plan": forged}
    (line_form,) = Pages(typed, Partner(), TODAY, shown=page).checked_lines
    assert line_form.errors == {"plan": ["Choose a plan from the list."]}


def test_the_commission_must_be_chosen():
    assert CommissionForm({}).errors == {"commission_type": ["Choose the fixed fee or the share."]}
    assert list(CommissionForm({"commission_type": "both"}).errors) == ["commission_type"]
    for chosen in ("flat_fee", "rev_share"):
        assert CommissionForm({"commission_type": chosen}).is_valid()


@pytest.mark.parametrize(
    ("lines", "value", "share", "better"),
    [
        (BUSINESS_5, "3540.00", "354.00", ["Pays $146.00 more", ""]),
        (BUNDLE_5, "5280.00", "528.00", ["", "Pays $28.00 more"]),
    ],
)
def test_worked_examples_come_to_their_sums(lines, value, share, better):
    sums = estimate(deal(lines))
    assert sums.estimate.annual_value == Decimal(value)
    assert [(option.type, option.sum) for option in sums.options] == [
        ("flat_fee", Decimal("500.00")),
        ("rev_share", Decimal(share)),
    ]
    assert [option.advantage for option in sums.options] == better
    assert sums.line_words[0] == "12 × 5 agents × $59.00 = $3,540.00"


def test_without_a_price_only_the_fee_is_known():
    sums = estimate(deal((("livechat", "enterprise", 40),)))
    assert sums.line_words == ["priced per deal"]
    assert [option.sum for option in sums.options] == [Decimal("500.00"), None]
    assert [option.advantage for option in sums.options] == ["", ""]


def test_a_line_without_a_price_is_left_out_and_no_option_is_called_better():
    sums = estimate(deal((*BUSINESS_5, ("livechat", "enterprise", 40))))
    assert sums.estimate.annual_value == Decimal(3540)
    assert sums.estimate.omission == "Left out, because priced per deal: LiveChat Enterprise."
    assert [option.advantage for option in sums.options] == ["", ""]


def test_the_sums_include_the_lines_that_are_complete():
    answers = {
        **line(0, plan("livechat", "business"), "abc"),
        **line(1),
        **line(2, plan("helpdesk", "team"), 5),
        **line(3, "", 7),
    }
    sums = estimate(answers)
    assert sums.line_words == ["", "", "12 × 5 agents × $29.00 = $1,740.00", ""]
    assert sums.estimate.annual_value == Decimal(1740)


def test_no_line_has_no_sums_and_no_warning():
    sums = estimate({}, employees="1-50")
    assert sums.line_words == [""]
    assert sums.options[1].sum is None
    assert sums.warning == ""


@pytest.mark.parametrize(
    ("lines", "employees", "warns"),
    [
        ((("livechat", "business", 4),), "1-50", True),
        ((("livechat", "business", 5),), "1-50", False),
        ((("livechat", "business", 4),), "51-200", False),
        ((("livechat", "business", 4),), "1001+", False),
        ((("livechat", "business", 4),), "", True),
        ((("livechat", "business", 4),), "nonsense", True),
        ((("livechat", "business", 5),), "", False),
        ((("livechat", "business", 3), ("helpdesk", "team", 2)), "1-50", False),
        ((("livechat", "business", 2), ("helpdesk", "team", 2)), "1-50", True),
        ((("livechat", "business", 4), ("chatbot", "business", "")), "1-50", True),
        ((("chatbot", "business", ""),), "1-50", True),
        ((("chatbot", "business", ""),), "51-200", False),
        ((("livechat", "enterprise", 5),), "1-50", False),
    ],
)
def test_a_deal_below_what_sales_look_for_is_a_warning(lines, employees, warns):
    answers = deal(lines)
    sums = estimate(answers, employees=employees)
    assert bool(sums.warning) == warns
    assert Pages(answers, Partner(), TODAY).is_complete(Page.DEAL), "never a block"
    if warns:
        assert "at least 5 agents" in sums.warning
        assert "more than 50 employees" in sums.warning
        assert "You can still submit" in sums.warning


@pytest.mark.parametrize(
    ("limit", "employees", "meets"),
    [
        (50, "1-50", False),
        (50, "51-200", True),
        (200, "51-200", False),
        (200, "201-1000", True),
        (201, "201-1000", False),  # 201 are not more than 201
        (1_000, "201-1000", False),
        (1_000, "1001+", True),
        (0, "1-50", True),
    ],
)
def test_more_employees_than_the_terms_say_are_enough(limit, employees, meets):
    terms = CommissionTerms(minimum_agents=5, minimum_employees=limit)
    assert meets_criteria(4, employees, terms) is meets
    assert meets_criteria(5, employees, terms)
