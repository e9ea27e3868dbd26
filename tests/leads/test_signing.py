"""A win is priced by the day the customer signed, and is posted only as it was shown."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from commissions import explanation
from commissions.calculator import Estimate, Line
from commissions.catalog.models import Price
from commissions.ledger import amendments
from commissions.ledger.errors import AmountRefused, EntryRefused, NotExplained
from commissions.ledger.models import LedgerEntry
from leadportal.approvals import decisions as approvals
from leadportal.approvals.models import Approval
from leads.decisions import DecisionError, decide
from leads.models import Lead, LeadEvent
from leads.status import Status
from tests.commissions.entries import TERMS, credit, frozen, new_terms
from tests.factories import LeadFactory
from tests.leads.answers import plan
from tests.leads.triage_pages import address, as_shown, final_line, said, shown, text, words
from tests.leads.world import one, row, win, won_with
from tests.sessions import sign_in
from tests.worlds import made_once

NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)
TODAY = NOON.date()
REASON = "A pilot: the fee was agreed by phone."
BUSINESS = (("livechat", "business", 5),)


def at(monkeypatch, moment):
    monkeypatch.setattr(timezone, "now", lambda: moment)


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    at(monkeypatch, NOON)


@made_once
def kept() -> tuple[Lead, Lead]:
    """Leads approved ten days ago, before a price changed: one paid a share, one the fee."""
    approved = NOON - timedelta(days=10)
    leads = [
        LeadFactory(
            status=Status.APPROVED, submitted_at=approved, commission_type=type_, lines=BUSINESS
        )
        for type_ in ("rev_share", "flat_fee")
    ]
    new_price(75, TODAY - timedelta(days=2))
    return leads[0], leads[1]


@pytest.fixture
def lead(made):
    return made[0]


@pytest.fixture
def fee_lead(made):
    return made[1]


def new_price(monthly, valid_from):
    Price.objects.create(
        plan=plan("livechat", "business"),
        billing_cycle="annual",
        monthly=Decimal(monthly),
        valid_from=valid_from,
    )


def entry_of(lead):
    return LedgerEntry.objects.get(reference=lead.reference, kind="commission")


# The entry point


@pytest.mark.database
@pytest.mark.parametrize(
    ("days_ago", "amount"), [(None, "450.00"), (0, "450.00"), (2, "450.00"), (3, "354.00")]
)
def test_price_list_of_the_signing_date_holds(lead, sales_user, days_ago, amount):
    new_terms(TODAY, holding_days=7)  # those of the lead are older
    signed_on = None if days_ago is None else TODAY - timedelta(days=days_ago)
    decide(one(lead), win(BUSINESS, signed_on=signed_on), sales_user)
    entry = entry_of(lead)
    assert entry.amount == Decimal(amount)
    assert explanation.signing_of(entry.explanation) == explanation.Signing(
        signed_on or TODAY, TODAY
    )
    assert entry.available_on == TODAY + timedelta(days=lead.terms.holding_days)


@pytest.mark.parametrize(
    ("signed_on", "words"),
    [
        (TODAY + timedelta(days=1), "in the future"),
        (TODAY - timedelta(days=11), "was approved on 31 Oct 2026"),
    ],
)
def test_signing_date_is_not_in_the_future_nor_before_the_approval(
    lead, sales_user, signed_on, words
):
    with pytest.raises(DecisionError, match=words):
        decide(one(lead), win(BUSINESS, signed_on=signed_on), sales_user)
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize(
    ("zone", "today"), [("Pacific/Pago_Pago", TODAY), ("Pacific/Kiritimati", date(2026, 11, 11))]
)
def test_days_are_those_of_the_business_time_zone(lead, sales_user, settings, zone, today):
    settings.TIME_ZONE = zone
    with pytest.raises(DecisionError, match="in the future"):
        decide(one(lead), win(BUSINESS, signed_on=today + timedelta(days=1)), sales_user)
    decide(one(lead), win(BUSINESS), sales_user)
    assert explanation.signing_of(entry_of(lead).explanation).signed_on == today


def test_approved_win_is_priced_by_its_signing_date(lead, sales_user, superuser, settings):
    settings.CREDIT_APPROVAL_LIMIT = Decimal(1)
    signed_on = TODAY - timedelta(days=5)
    decide(one(lead), win(BUSINESS, signed_on=signed_on), sales_user)
    approvals.approve(Approval.objects.get(), superuser)
    entry = entry_of(lead)
    assert entry.amount == Decimal("354.00")
    assert explanation.signing_of(entry.explanation).signed_on == signed_on


# Nothing is paid for $0.00 without a reason

FREE = [
    [("livechat", "business", 5, {"agreed_price": Decimal(0)})],
    [("livechat", "business", 5, {"agreed_annual": Decimal(0)})],
    [
        ("helpdesk", "team", 9, {}),
        ("livechat", "business", 5, {"agreed_price": Decimal(0)}),
    ],
]


def lines(chosen):
    return [row(product, code, agents, **agreed) for product, code, agents, agreed in chosen]


@pytest.mark.parametrize("chosen", FREE)
@pytest.mark.parametrize("reason", ["", "  \n "])
def test_fee_at_a_price_of_nothing_needs_a_reason(fee_lead, sales_user, chosen, reason):
    with pytest.raises(DecisionError, match=r"agreed price of \$0.00"):
        decide(one(fee_lead), won_with(*lines(chosen), zero_reason=reason), sales_user)
    decide(one(fee_lead), won_with(*lines(chosen), zero_reason=f" {REASON}\n"), sales_user)
    entry = entry_of(fee_lead)
    assert entry.amount == Decimal("500.00")
    assert explanation.signing_of(entry.explanation).zero_reason == REASON
    assert f"Reason for paying at a price of $0.00: {REASON}" in explanation.steps(
        entry.explanation
    )


def test_share_of_a_deal_with_a_free_line_needs_none(lead, sales_user):
    decide(one(lead), won_with(*lines(FREE[2])), sales_user)
    assert entry_of(lead).amount == Decimal("313.20")


@pytest.mark.parametrize("chosen", FREE)
def test_correction_at_a_price_of_nothing_needs_a_reason(
    fee_lead, sales_user, finance_user, chosen
):
    decide(one(fee_lead), win(BUSINESS), sales_user)
    entry = entry_of(fee_lead)
    with pytest.raises(AmountRefused, match=r"agreed price of \$0.00"):
        amendments.correct(entry, lines(chosen), "Free", finance_user)
    correction = amendments.correct(
        entry, lines(chosen), "Free", finance_user, zero_reason=f" {REASON} "
    )
    assert explanation.signing_of(correction.explanation).zero_reason == REASON


def test_approved_win_keeps_its_reason(fee_lead, sales_user, superuser, settings):
    settings.CREDIT_APPROVAL_LIMIT = Decimal(1)
    decide(one(fee_lead), won_with(*lines(FREE[0]), zero_reason=REASON), sales_user)
    approvals.approve(Approval.objects.get(), superuser)
    assert explanation.signing_of(entry_of(fee_lead).explanation).zero_reason == REASON


def test_second_person_reads_the_reason_and_that_the_deal_is_small(
    client, fee_lead, sales_user, finance_user, superuser, settings
):
    settings.CREDIT_APPROVAL_LIMIT = Decimal(1)
    decide(one(fee_lead), won_with(*lines(FREE[0]), zero_reason=REASON), sales_user)
    asked = Approval.objects.get()
    sign_in(client, superuser)
    page = text(client.get(asked.address))
    assert REASON in page
    assert "The deal is worth $0.00 a year, less than the commission of $500.00." in page
    approvals.approve(asked, superuser)
    correction = amendments.correct(
        entry_of(fee_lead), lines(FREE[1]), "Free", finance_user, zero_reason=REASON
    )
    assert f"at a price of $0.00 because: {REASON}" in correction.summary


def test_ledger_itself_refuses_a_fee_for_nothing_without_a_reason(partner, finance_user):
    free = Estimate((Line("LiveChat Business", 5, "annual", Decimal(0)),), TERMS)
    with pytest.raises(NotExplained, match="without a reason"):
        credit(
            partner,
            finance_user,
            explanation=frozen(free, "flat_fee"),
            amount=Decimal("500.00"),
        )


# Corrections


@pytest.fixture
def credited(lead, sales_user):
    decide(one(lead), win(BUSINESS), sales_user)
    return entry_of(lead)


def test_signing_date_and_type_are_corrected_with_what_changed(credited, finance_user):
    signed_on = TODAY - timedelta(days=3)
    first = amendments.correct(
        credited, [row("livechat", "business", 5)], "Earlier", finance_user, signed_on=signed_on
    )
    assert first.amount == Decimal("354.00")
    assert first.available_on == credited.available_on
    assert "Signed on 7 Nov 2026 instead of 10 Nov 2026" in explanation.steps(first.explanation)
    second = amendments.correct(
        first,
        [row("livechat", "business", 5)],
        "They chose the fee",
        finance_user,
        commission_type="flat_fee",
    )
    assert second.amount == Decimal("500.00")
    # What was corrected before stays
    assert explanation.signing_of(second.explanation).signed_on == signed_on
    assert "Commission type: Fixed fee instead of Share of the annual value" in explanation.steps(
        second.explanation
    )


def test_correction_is_not_signed_after_the_credit(credited, finance_user, monkeypatch):
    at(monkeypatch, NOON + timedelta(days=5))
    with pytest.raises(EntryRefused, match="10 Nov 2026"):
        amendments.correct(
            credited,
            [row("livechat", "business", 5)],
            "Later",
            finance_user,
            signed_on=TODAY + timedelta(days=1),
        )


def test_correction_is_not_signed_before_the_approval(client, credited, finance_user):
    (moved,) = LeadEvent.objects.filter(to_status=Status.APPROVED, lead__credit=credited)
    approved_on = timezone.localdate(moved.at)
    before = approved_on - timedelta(days=1)
    line = [row("livechat", "business", 6)]
    with pytest.raises(EntryRefused, match="cannot be signed before"):
        amendments.correct(credited, line, "Earlier", finance_user, signed_on=before)
    sign_in(client, finance_user)
    page = f"/admin/commissions/ledgerentry/{credited.pk}/correct/"
    typed = final_line(0, plan("livechat", "business"), 6) | {"reason": "Earlier", "do": "preview"}
    assert "the day the lead was approved, or a later day" in text(
        client.post(page, typed | {"signed_on": before.isoformat()})
    )
    assert amendments.correct(credited, line, "Earlier", finance_user, signed_on=approved_on)


# The pages


def page_of(lead):
    return address(lead, "win")


def typed(agents=5, **more):
    return words() | final_line(0, plan("livechat", "business"), agents) | more


def test_page_proposes_today_and_prices_by_what_is_typed(sales, lead):
    page = sales.get(page_of(lead))
    assert 'name="signed_on" value="2026-11-10"' in page.text
    assert 'min="2026-10-31"' in page.text
    assert 'max="2026-11-10"' in page.text
    assert "Commission $450.00" in text(page)
    page = sales.post(page_of(lead), typed(signed_on="7 Nov 2026", do="preview"))
    assert "Commission $354.00" in text(page)
    assert "Signed on 7 Nov 2026, at the prices of that day" in text(page)
    as_shown(sales, page_of(lead), typed(signed_on="2026-11-07"))
    assert entry_of(lead).amount == Decimal("354.00")


@pytest.mark.parametrize(
    ("day", "error"),
    [
        ("2026-11-11", "Enter 10 Nov 2026 or an earlier day."),
        ("2026-10-30", "Enter 31 Oct 2026, the day the lead was approved, or a later day."),
        ("03/02/2026", "3 February or 2 March? Enter the date as 2029-02-03 or 3 Feb 2029."),
        ("", "Enter the day the customer signed."),
    ],
)
def test_wrong_signing_date_is_said_beside_the_field(sales, lead, day, error):
    page = as_shown(sales, page_of(lead), typed(7, signed_on=day))
    assert page.context["typed"].deal.signing_form.errors == {"signed_on": [error]}
    assert 'name="lines-0-agents" value="7"' in page.text
    assert not LedgerEntry.objects.exists()


def test_what_changed_since_it_was_shown_must_be_confirmed_again(sales, lead, monkeypatch):
    seen = shown(sales.get(page_of(lead)))
    tomorrow = TODAY + timedelta(days=1)
    new_price(99, tomorrow)
    at(monkeypatch, NOON + timedelta(days=1))
    posted = typed(signed_on=tomorrow.isoformat(), message="As I typed it.")

    page = sales.post(page_of(lead), posted | seen)

    assert not LedgerEntry.objects.exists()
    assert "Nothing was saved yet: this is not what the page showed before." in text(page)
    assert "The commission is $594.00: 10% of $5,940.00 = $594.00." in text(page)
    assert "As I typed it." in page.text
    sales.post(page_of(lead), posted | shown(page))
    assert entry_of(lead).amount == Decimal("594.00")


@pytest.mark.parametrize("seen", [{}, {"shown": ""}, {"shown": "0" * 64}])
def test_win_that_was_not_shown_must_be_confirmed_again(sales, lead, seen):
    page = sales.post(page_of(lead), typed() | seen)
    assert "press “Mark as won” again" in text(page)
    assert not LedgerEntry.objects.exists()


def test_midnight_moves_the_day_it_is_available_so_it_must_be_confirmed_again(
    sales, lead, monkeypatch
):
    seen = shown(sales.get(page_of(lead)))
    at(monkeypatch, NOON + timedelta(hours=12))
    page = sales.post(page_of(lead), typed(signed_on="2026-11-10") | seen)
    assert "Available from 11 Nov 2026" in text(page)
    assert not LedgerEntry.objects.exists()


def test_reason_is_required_beside_its_field_and_only_then(sales, fee_lead):
    free = final_line(0, plan("livechat", "business"), 5, price="0")
    assert "data-asks-reason" not in sales.get(page_of(fee_lead)).text
    page = as_shown(sales, page_of(fee_lead), typed() | free)
    assert "data-asks-reason" in page.text
    [error] = page.context["typed"].deal.signing_form.errors["zero_reason"]
    assert "enter the reason" in error
    as_shown(sales, page_of(fee_lead), typed(zero_reason=REASON) | free)
    assert entry_of(fee_lead).explained.sums[-2:] == (
        f"Reason for paying at a price of $0.00: {REASON}",
        "$500.00 fixed fee",
    )


@pytest.mark.parametrize(("agents", "is_small"), [(1, False), (None, True)])
def test_deal_worth_less_than_the_commission_gets_a_warning(sales, fee_lead, agents, is_small):
    small = (
        final_line(0, plan("knowledgebase", "standard"), annual="499.99")
        if is_small
        else final_line(0, plan("livechat", "business"), agents)
    )
    page = text(sales.post(page_of(fee_lead), words(do="preview") | small))
    warning = "The deal is worth $499.99 a year, less than the commission of $500.00."
    assert (warning in page) is is_small


def test_signing_date_is_shown_with_the_final_deal(sales, lead, browser_of):
    as_shown(sales, page_of(lead), typed(signed_on="2026-11-07"))
    for page in (
        sales.get(address(lead)),
        browser_of(lead.submitted_by).get(lead.get_absolute_url()),
    ):
        assert "Signed on 7 Nov 2026." in text(page)


def test_second_press_after_the_first_says_who_won(sales, lead):
    as_shown(sales, page_of(lead), typed())
    page = as_shown(sales, page_of(lead), typed())
    assert "Already decided: Won" in page.context["conflict"]
    assert said(page) == []
