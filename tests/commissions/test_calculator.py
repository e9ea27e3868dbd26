"""The sums, by worked examples that a person can check by hand, and by what must always hold."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commissions import calculator
from commissions.calculator import (
    CommissionType,
    Estimate,
    Line,
    Terms,
    annual_value,
    annual_value_words,
    commission,
    commission_words,
    percent,
)

DAY = date(2023, 1, 1)
TERMS = Terms(DAY, Decimal("500.00"), Decimal("10.00"))
FLAT, SHARE = CommissionType.FLAT_FEE, CommissionType.REV_SHARE


def line(agents, price=None, *, cycle="annual", agreed_annual=None, plan="LiveChat Business"):
    """A line at a list price; `price` and `agreed_annual` as people write them."""
    return Line(
        plan=plan,
        agents=agents,
        billing_cycle=cycle,
        monthly_price=price and Decimal(price),
        price_from=DAY if price else None,
        agreed_annual=agreed_annual and Decimal(agreed_annual),
    )


# lines → annual value, fixed fee, share of 10%, what pays more
EXAMPLES = {
    "the first example: 12 × 5 × 59": ([line(5, "59.00")], "3540.00", "354.00", FLAT),
    "the bundle: 3,540 + 12 × 5 × 29": (
        [line(5, "59.00"), line(5, "29.00", plan="HelpDesk Team")],
        "5280.00",
        "528.00",
        SHARE,
    ),
    "one agent of the cheapest plan: 12 × 20": ([line(1, "20.00")], "240.00", "24.00", FLAT),
    "billed monthly: 12 × 5 × 69": (
        [line(5, "69.00", cycle="monthly")],
        "4140.00",
        "414.00",
        FLAT,
    ),
    "a flat plan: 12 × 52": ([line(None, "52.00")], "624.00", "62.40", FLAT),
    "a flat plan, billed monthly: 12 × 65": (
        [line(None, "65.00", cycle="monthly")],
        "780.00",
        "78.00",
        FLAT,
    ),
    "the dearest flat plan: 12 × 424": ([line(None, "424.00")], "5088.00", "508.80", SHARE),
    "flat and per agent: 12 × 49 + 12 × 7 × 41": (
        [line(None, "49.00"), line(7, "41.00")],
        "4032.00",
        "403.20",
        FLAT,
    ),
    "four products: 3,540 + 1,740 + 1,704 + 588": (
        [line(5, "59.00"), line(5, "29.00"), line(None, "142.00"), line(None, "49.00")],
        "7572.00",
        "757.20",
        SHARE,
    ),
    "just below break-even: 12 × 416.66": ([line(None, "416.66")], "4999.92", "499.99", FLAT),
    "a cent below what the share rounds to the fee": (
        [line(1, agreed_annual="4999.94")],
        "4999.94",
        "499.99",
        FLAT,
    ),
    "rounded up to the fee: neither pays more": (
        [line(1, agreed_annual="4999.95")],
        "4999.95",
        "500.00",
        None,
    ),
    "break-even: neither pays more": (
        [line(1, agreed_annual="5000.00")],
        "5000.00",
        "500.00",
        None,
    ),
    "a cent above, rounded down to the fee": (
        [line(1, agreed_annual="5000.01")],
        "5000.01",
        "500.00",
        None,
    ),
    "just above break-even: 12 × 416.67 = 5,000.04": (
        [line(None, "416.67")],
        "5000.04",
        "500.00",
        None,
    ),
    "above break-even by a cent of the share": (
        [line(1, agreed_annual="5000.05")],
        "5000.05",
        "500.01",
        SHARE,
    ),
    "half a cent goes up: 10% of 0.05": ([line(1, agreed_annual="0.05")], "0.05", "0.01", FLAT),
    "less than half a cent goes: 10% of 0.04": (
        [line(1, agreed_annual="0.04")],
        "0.04",
        "0.00",
        FLAT,
    ),
    "half a cent goes up to an even cent too: 10% of 0.15": (
        [line(1, agreed_annual="0.15")],
        "0.15",
        "0.02",
        FLAT,
    ),
    "and from an even cent: 10% of 0.25": ([line(1, agreed_annual="0.25")], "0.25", "0.03", FLAT),
    "an agreed price: 12 × 200 × 47.50": (
        [Line("LiveChat Enterprise", 200, "annual", Decimal("47.50"))],
        "114000.00",
        "11400.00",
        SHARE,
    ),
    "an agreed amount a year, whatever the count": (
        [line(300, agreed_annual="99999.99")],
        "99999.99",
        "10000.00",
        SHARE,
    ),
    "an agreed amount goes before a price": (
        [line(5, "59.00", agreed_annual="3000.00")],
        "3000.00",
        "300.00",
        FLAT,
    ),
    "priced per deal counts nothing yet": (
        [line(5, "59.00"), line(100)],
        "3540.00",
        "354.00",
        None,
    ),
    "only priced per deal": ([line(100)], "0.00", "0.00", None),
    "given away": ([line(10, "0.00")], "0.00", "0.00", FLAT),
    "no lines": ([], "0.00", "0.00", None),
    "as many as may be: 12 × 100,000 × 59": (
        [line(100_000, "59.00")],
        "70800000.00",
        "7080000.00",
        SHARE,
    ),
    "seven Business agents, below break-even: 12 × 7 × 59": (
        [line(7, "59.00")],
        "4956.00",
        "495.60",
        FLAT,
    ),
    "eight, above: 12 × 8 × 59": ([line(8, "59.00")], "5664.00", "566.40", SHARE),
    "ten Team agents, below: 12 × 10 × 41": ([line(10, "41.00")], "4920.00", "492.00", FLAT),
    "eleven, above: 12 × 11 × 41": ([line(11, "41.00")], "5412.00", "541.20", SHARE),
    "seventeen Starter agents, billed monthly, below: 12 × 17 × 24": (
        [line(17, "24.00", cycle="monthly")],
        "4896.00",
        "489.60",
        FLAT,
    ),
    "eighteen, above: 12 × 18 × 24": (
        [line(18, "24.00", cycle="monthly")],
        "5184.00",
        "518.40",
        SHARE,
    ),
    "a flat plan's account billed monthly: 12 × 499": (
        [line(None, "499.00", cycle="monthly")],
        "5988.00",
        "598.80",
        SHARE,
    ),
    "both cycles in one deal: 12 × 5 × 59 + 12 × 5 × 34": (
        [line(5, "59.00"), line(5, "34.00", cycle="monthly", plan="HelpDesk Team")],
        "5580.00",
        "558.00",
        SHARE,
    ),
    "three flat plans: 624 + 588 + 5,088": (
        [line(None, "52.00"), line(None, "49.00"), line(None, "424.00")],
        "6300.00",
        "630.00",
        SHARE,
    ),
    "a flat plan at an agreed price: 12 × 130": (
        [Line("ChatBot Team", None, "annual", Decimal("130.00"))],
        "1560.00",
        "156.00",
        FLAT,
    ),
    "an agreed price with cents, 119.988 up: 12 × 3 × 33.33": (
        [Line("LiveChat Enterprise", 3, "annual", Decimal("33.33"))],
        "1199.88",
        "119.99",
        FLAT,
    ),
    "an agreed price with cents, 112.308 up: 12 × 7 × 13.37": (
        [Line("LiveChat Enterprise", 7, "monthly", Decimal("13.37"))],
        "1123.08",
        "112.31",
        FLAT,
    ),
    "an agreed price with cents, 101.724 down: 12 × 7 × 12.11": (
        [Line("LiveChat Enterprise", 7, "annual", Decimal("12.11"))],
        "1017.24",
        "101.72",
        FLAT,
    ),
    "a list price and an agreed amount a year: 3,540 + 2,000": (
        [line(5, "59.00"), line(50, agreed_annual="2000.00")],
        "5540.00",
        "554.00",
        SHARE,
    ),
    "a third of a cent goes: 10% of 3,333.33 is 333.333": (
        [line(20, agreed_annual="3333.33")],
        "3333.33",
        "333.33",
        FLAT,
    ),
    "two thirds of a cent go up: 10% of 6,666.67 is 666.667": (
        [line(20, agreed_annual="6666.67")],
        "6666.67",
        "666.67",
        SHARE,
    ),
    "rounded once, not by line: 10% of 3,333.33 + 3,333.33 is 666.666": (
        [line(20, agreed_annual="3333.33"), line(10, agreed_annual="3333.33")],
        "6666.66",
        "666.67",
        SHARE,
    ),
    "three thirds of 10,000.00 make a cent less: 3 × 3,333.33": (
        [line(1, agreed_annual="3333.33") for _ in range(3)],
        "9999.99",
        "1000.00",
        SHARE,
    ),
    "half a cent goes up at the break-even, too: 10% of 5,000.15": (
        [line(20, agreed_annual="5000.15")],
        "5000.15",
        "500.02",
        SHARE,
    ),
    "agreed to the cent: 10% of 1,234.56 is 123.456": (
        [line(20, agreed_annual="1234.56")],
        "1234.56",
        "123.46",
        FLAT,
    ),
}


@pytest.mark.parametrize(
    ("lines", "value", "share", "better"), EXAMPLES.values(), ids=EXAMPLES.keys()
)
def test_worked_example(lines, value, share, better):
    estimate = Estimate(tuple(lines), TERMS)
    assert estimate.annual_value == annual_value(lines) == Decimal(value)
    assert estimate.rev_share == commission(SHARE, Decimal(value), TERMS) == Decimal(share)
    assert estimate.flat_fee == commission(FLAT, Decimal(value), TERMS) == Decimal("500.00")
    assert estimate.better == better
    assert estimate.difference == abs(Decimal(share) - 500)


@pytest.mark.parametrize(
    ("value", "share_percent", "expected"),
    [
        ("100.00", "33.33", "33.33"),
        ("0.10", "33.33", "0.03"),
        ("1000.01", "33.33", "333.30"),
        ("3540.00", "12.50", "442.50"),
        ("3540.01", "12.50", "442.50"),
        ("3540.04", "12.50", "442.51"),
        ("3540.00", "0.00", "0.00"),
        ("3540.00", "100.00", "3540.00"),
        ("0.00", "10.00", "0.00"),
    ],
)
def test_share_is_rounded_half_up_once(value, share_percent, expected):
    terms = Terms(DAY, Decimal(500), Decimal(share_percent))
    assert str(commission(SHARE, Decimal(value), terms)) == expected


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (line(5, "59.00"), "12 × 5 agents × $59.00 = $3,540.00"),
        (line(1, "59.00"), "12 × 1 agent × $59.00 = $708.00"),
        (line(12_345, "59.00"), "12 × 12,345 agents × $59.00 = $8,740,260.00"),
        (line(None, "49.00"), "12 × $49.00 = $588.00"),
        (line(5, "69.00", cycle="monthly"), "12 × 5 agents × $69.00 = $4,140.00"),
        (
            Line("LiveChat Enterprise", 200, "annual", Decimal("47.50")),
            "12 × 200 agents × $47.50 (agreed) = $114,000.00",
        ),
        (line(5, agreed_annual="3000.00"), "$3,000.00 a year, as agreed"),
        (line(200), "priced per deal"),
        (line(None), "priced per deal"),
    ],
)
def test_line_is_spelled_out(of, words):
    assert of.words == words


def test_commission_is_spelled_out():
    assert commission_words(SHARE, Decimal("3540.00"), TERMS) == "10% of $3,540.00 = $354.00"
    assert commission_words(FLAT, Decimal("3540.00"), TERMS) == "$500.00 fixed fee"
    estimate = Estimate((line(5, "59.00"),), TERMS)
    assert estimate.words("rev_share") == "10% of $3,540.00 = $354.00"
    assert estimate.commission("flat_fee") == Decimal("500.00")


def test_annual_value_is_spelled_out_where_several_lines_have_a_price():
    bundle = [line(5, "59.00"), line(200), line(5, "29.00")]
    assert annual_value_words(bundle) == ["Annual value: $3,540.00 + $1,740.00 = $5,280.00"]
    assert annual_value_words(bundle[:2]) == []
    assert annual_value_words([]) == []


def test_estimate_says_what_it_leaves_out():
    def of(*plans):
        return Estimate(tuple(line(5, plan=plan) for plan in plans), TERMS)

    assert of("A").omission == "Left out, because priced per deal: A."
    assert of("A", "B", "C").omission == "Left out, because priced per deal: A, B and C."
    mixed = Estimate((line(5, "59.00"), line(9, plan="LiveChat Enterprise")), TERMS)
    assert mixed.omission == "Left out, because priced per deal: LiveChat Enterprise."
    assert [left.plan for left in mixed.unpriced] == ["LiveChat Enterprise"]
    assert not mixed.is_complete
    assert Estimate((line(5, "59.00"),), TERMS).omission == ""


@pytest.mark.parametrize(
    ("share_percent", "words"),
    [("10.00", "10%"), ("12.50", "12.5%"), ("0", "0%"), ("100", "100%")],
)
def test_percent_has_no_needless_zeros(share_percent, words):
    assert percent(Decimal(share_percent)) == words


@pytest.mark.parametrize(
    ("fee", "share_percent", "break_even"),
    [
        ("500", "10", "5000.00"),
        ("500", "12.5", "4000.00"),
        ("500", "30", "1666.67"),
        ("0", "5", "0"),
    ],
)
def test_break_even_is_where_the_share_reaches_the_fee(fee, share_percent, break_even):
    terms = Terms(DAY, Decimal(fee), Decimal(share_percent))
    assert terms.break_even == Decimal(break_even)


def test_without_a_share_there_is_no_break_even():
    assert Terms(DAY, Decimal(500), Decimal(0)).break_even is None


@pytest.mark.parametrize("agents", [0, -1, 100_001, True, False, 5.0, "5", Decimal(5)])
def test_agents_out_of_range_are_refused(agents):
    with pytest.raises(calculator.AgentsOutOfRange, match="from 1 to 100,000"):
        line(agents, "59.00")


@pytest.mark.parametrize(
    ("amount", "error"),
    [
        (59.0, calculator.NotADecimal),
        (59, calculator.NotADecimal),
        ("59.00", calculator.NotADecimal),
        (True, calculator.NotADecimal),
        (Decimal("NaN"), calculator.NotADecimal),
        (Decimal("sNaN"), calculator.NotADecimal),
        (Decimal("Infinity"), calculator.NotADecimal),
        (Decimal("-0.01"), calculator.NegativePrice),
        (Decimal("0.005"), calculator.PartOfACent),
        (Decimal("1E-400"), calculator.PartOfACent),
        (Decimal("1000000000.01"), calculator.AmountTooLarge),
        (Decimal("1E400"), calculator.AmountTooLarge),
    ],
)
def test_what_is_no_price_is_refused_everywhere(amount, error):
    with pytest.raises(error):
        Line("LiveChat Business", 5, "annual", monthly_price=amount)
    with pytest.raises(error):
        Line("LiveChat Business", 5, "annual", agreed_annual=amount)
    with pytest.raises(error):
        Terms(DAY, amount, Decimal(10))


@pytest.mark.parametrize("value", [3540.0, 3540, None, Decimal("NaN"), Decimal(-1)])
def test_commission_of_what_is_no_annual_value_is_refused(value):
    with pytest.raises(calculator.CalculationError):
        commission(SHARE, value, TERMS)
    with pytest.raises(calculator.CalculationError):
        commission(FLAT, value, TERMS)


@pytest.mark.parametrize("share_percent", [10.0, 10, Decimal(-1), Decimal("NaN")])
def test_what_is_no_percentage_is_refused(share_percent):
    with pytest.raises(calculator.CalculationError):
        Terms(DAY, Decimal(500), share_percent)


def test_unknown_commission_type_is_refused():
    with pytest.raises(ValueError, match="lifetime"):
        commission("lifetime", Decimal(1), TERMS)


# What must hold for any deal

cents = st.integers(0, 10**11).map(lambda count: Decimal(count).scaleb(-2))
counts = st.none() | st.integers(1, calculator.MAX_AGENTS)
lines = st.builds(
    Line,
    plan=st.sampled_from(["LiveChat Business", "HelpDesk Team", "ChatBot Team"]),
    agents=counts,
    billing_cycle=st.sampled_from(["annual", "monthly"]),
    monthly_price=st.none() | cents,
    price_from=st.none() | st.dates(),
    agreed_annual=st.none() | cents,
)
deals = st.lists(lines, max_size=10)
all_terms = st.builds(
    Terms,
    valid_from=st.dates(),
    flat_fee=cents,
    share_percent=st.decimals(0, 100, places=2),
)


@settings(max_examples=40)
@given(deals, st.randoms(use_true_random=False))
def test_order_of_lines_does_not_matter(deal, random):
    shuffled = random.sample(deal, len(deal))
    assert annual_value(shuffled) == annual_value(deal)


@given(st.integers(2, calculator.MAX_AGENTS), cents, st.data())
def test_splitting_a_line_does_not_change_the_annual_value(agents, price, data):
    first = data.draw(st.integers(1, agents - 1))
    whole = Line("LiveChat Business", agents, "annual", price)
    parts = [
        Line("LiveChat Business", first, "annual", price),
        Line("LiveChat Business", agents - first, "annual", price),
    ]
    assert annual_value(parts) == annual_value([whole])


@settings(max_examples=40)
@given(cents, cents, all_terms)
def test_share_never_falls_as_the_value_rises(one, other, terms):
    low, high = sorted((one, other))
    assert commission(SHARE, low, terms) <= commission(SHARE, high, terms)
    assert commission(FLAT, low, terms) == commission(FLAT, high, terms) == terms.flat_fee


@settings(max_examples=40)
@given(deals, all_terms)
def test_commission_is_whole_cents_within_half_a_cent_of_the_exact_share(deal, terms):
    value = annual_value(deal)
    share = commission(SHARE, value, terms)
    exact = value * terms.share_percent / 100
    assert share == share.quantize(Decimal("0.01"))
    assert Decimal("-0.005") < share - exact <= Decimal("0.005")


@settings(max_examples=40)
@given(deals, all_terms)
def test_better_is_the_one_that_pays_more(deal, terms):
    estimate = Estimate(tuple(deal), terms)
    if estimate.better is None:
        assert not estimate.is_complete or estimate.flat_fee == estimate.rev_share
    else:
        other = SHARE if estimate.better == FLAT else FLAT
        won = estimate.commission(estimate.better) - estimate.commission(other)
        assert won == estimate.difference > 0


@given(all_terms)
def test_share_of_the_break_even_reaches_the_fee(terms):
    if terms.break_even is None:
        assert terms.share_percent == 0
    else:
        assert commission(SHARE, terms.break_even, terms) >= terms.flat_fee


@settings(max_examples=40)
@given(lines)
def test_words_of_a_line_compute_to_what_they_say(of):
    if of.annual_value is None:
        assert of.words == "priced per deal"
        return
    numbers = of.words.replace(",", "").replace("$", "").replace(" (agreed)", "")
    if of.agreed_annual is not None:
        assert numbers == f"{of.agreed_annual:.2f} a year as agreed"
        return
    factors, _, said = numbers.partition(" = ")
    product = Decimal(1)
    for factor in factors.split(" × "):
        product *= Decimal(factor.split()[0])
    assert product == Decimal(said) == of.annual_value
