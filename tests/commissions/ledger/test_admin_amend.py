"""An entry and an account in the admin: read, reversed, corrected, adjusted."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from html import unescape

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.utils import timezone

from commissions.calculator import Estimate, Line
from commissions.catalog.models import Plan, Price
from commissions.catalog.price_list import Choice
from commissions.ledger import amendments
from commissions.ledger.admin import entries as ledger_pages
from commissions.ledger.forms import AdjustmentForm, ReasonForm
from commissions.ledger.models import Account, LedgerEntry
from commissions.payouts import withdrawals
from leadportal.db import triggers
from leadportal.db.groups import FINANCE, SALES
from leadportal.money import usd
from leads.models import Lead
from tests.commissions.entries import TERMS, credit, deal, frozen, in_catalog, won_lead
from tests.commissions.finance import address, asked, billing, carried, requested, said, text
from tests.factories import PartnerFactory, StaffFactory, UserFactory, olivia
from tests.leads.triage_pages import as_shown
from tests.sessions import sign_in
from tests.worlds import made_once

REASON = "They bought six agents"
PAGES = ("reverse", "correct")
NEVER_PAID = {"do": "post", "reason": "Never paid", "becomes": "won"}


@made_once
def kept():
    owner = olivia()
    sales = StaffFactory(name="Sally Sales", groups=(SALES,))
    return {
        "owner": owner,
        "sales": sales,
        "finance": StaffFactory(name="Finn Finance", groups=(FINANCE,)),
        "entry": won_lead(owner, sales).credit,
    }


@pytest.fixture
def partner_user(made):
    return made["owner"]


@pytest.fixture
def sales_user(made):
    return made["sales"]


@pytest.fixture
def finance_user(made):
    return made["finance"]


@pytest.fixture
def entry(made):
    """The credit of $354.00 of a won lead: 5 agents of LiveChat Business, a share."""
    return made["entry"]


@pytest.fixture
def business(db):
    return Plan.objects.select_related("product").get(product__code="livechat", code="business")


def page_of(entry, page):
    return address("ledgerentry", page, entry.pk)


def line(index, plan, agents="", cycle="annual", price="", annual=""):
    return {
        f"lines-{index}-plan": str(plan.pk),
        f"lines-{index}-agents": str(agents),
        f"lines-{index}-billing_cycle": cycle,
        f"lines-{index}-agreed_price": price,
        f"lines-{index}-agreed_annual": annual,
    }


def correct(client, entry, *lines, do="post", reason=REASON, **more):
    typed = {"do": do, "reason": reason}
    for each in lines:
        typed |= each
    return as_shown(client, page_of(entry, "correct"), typed | more)


def fragment(response):
    """The text of what htmx puts in place."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode()))).strip()


# An entry


def test_entry_opens_into_everything_about_it(finance, entry):
    page = finance.get(page_of(entry, "change"))
    shown = text(page)
    for words in (
        "Entry 1 of Brightside Consulting",
        "Commission",
        "$354.00",
        entry.reference,
        "LiveChat Business: 12 × 5 agents × $59.00 = $3,540.00",
        "10% of $3,540.00 = $354.00",
        "Terms since 1 Jan 2023: $500.00 fixed fee or 10%",
        "by Sally Sales",
        entry.hash,
        "none: this is the first entry",
        "this entry was not reversed, corrected or returned",
    ):
        assert words in shown, words
    html = page.content.decode()
    assert f'href="{address("account", "change", entry.account_id)}"' in html


def test_entry_leads_to_its_lead_for_who_may_see_leads(finance, finance_user, entry, business):
    amendments.correct(entry, [choice(business)], REASON, finance_user)
    link = f'href="/admin/leads/lead/by-reference/{entry.reference}/"'
    entries = LedgerEntry.objects.all()
    assert {each.kind for each in entries} == {"commission", "reversal", "correction"}
    for each in entries:
        assert link in finance.get(page_of(each, "change")).content.decode(), each.kind
    finance_user.groups.clear()
    grant(finance_user, "view_ledgerentry")
    assert link not in finance.get(page_of(entry, "change")).content.decode()


def grant(user, *codenames):
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))


def choice(plan, agents=6):
    return Choice(plan=plan, agents=agents, billing_cycle="annual")


@pytest.mark.database
def test_entries_that_belong_together_lead_to_one_another(finance, finance_user, entry, business):
    correction = amendments.correct(entry, [choice(business)], REASON, finance_user)
    reversal = LedgerEntry.objects.get(kind="reversal")
    shown = text(finance.get(page_of(entry, "change")))
    assert "Reversed by entry 2 , −$354.00" in shown
    assert "Corrected by entry 3 , $424.80" in shown
    assert "Reverses entry 1 , $354.00" in text(finance.get(page_of(reversal, "change")))
    assert "Replaces entry 1 , $354.00" in text(finance.get(page_of(correction, "change")))


def test_withdrawals_entries_lead_to_the_withdrawal(finance, finance_user):
    row = requested()
    withdrawals.give_back(row._meta.model.objects.filter(pk=row.pk), "Bounced", finance_user)
    row.refresh_from_db()
    link = f'href="{address("withdrawal", "change", row.pk)}"'
    for entry in (row.entry, row.return_entry):
        assert link in finance.get(page_of(entry, "change")).content.decode()
    assert "Returned by entry 3 , $354.00" in text(finance.get(page_of(row.entry, "change")))


@pytest.mark.parametrize(
    ("state", "offered"),
    [
        ("commission", {"reverse", "correct"}),
        ("reversed", {"correct"}),
        ("corrected", set()),
        ("correction", {"reverse", "correct"}),
        ("reversal", set()),
        ("adjustment", set()),
    ],
)
def test_entry_offers_what_can_be_done(finance, finance_user, entry, business, state, offered):
    if state in ("reversed", "reversal"):
        reversal = amendments.reverse(entry, "Never paid", finance_user)
        entry = reversal if state == "reversal" else entry
    if state in ("corrected", "correction"):
        correction = amendments.correct(entry, [choice(business)], REASON, finance_user)
        entry = correction if state == "correction" else entry
    if state == "adjustment":
        partner = entry.account.partner
        entry = amendments.adjust(partner, Decimal(1), "A bonus", "ADJ-23456789", finance_user)
    html = finance.get(page_of(entry, "change")).content.decode()
    assert {page for page in PAGES if page_of(entry, page) in html} == offered
    for page in {*PAGES} - offered:
        response = finance.get(page_of(entry, page))
        assert response.url == page_of(entry, "change")
        assert said(response)
        before = LedgerEntry.objects.count()
        finance.post(page_of(entry, page), {"do": "post", "reason": REASON})
        assert LedgerEntry.objects.count() == before


# Reversing


def test_reversal_shows_what_it_does_before_it_is_posted(finance, entry):
    UserFactory(partner=entry.account.partner, email="second@brightside.example")
    shown = text(finance.get(page_of(entry, "reverse")))
    for words in (
        "A reversal of −$354.00 is posted.",
        "This is final.",
        "$354.00 → $0.00",
        "owner@brightside.example, second@brightside.example",
        "Commission reversed: −$354.00",
        "Reason: …",
    ):
        assert words in shown, words
    assert LedgerEntry.objects.count() == 1


@pytest.mark.database
def test_reversal_is_posted_and_emailed(finance, finance_user, entry):
    mail.outbox.clear()
    response = finance.post(page_of(entry, "reverse"), NEVER_PAID)
    assert response.url == page_of(entry, "change")
    assert said(response) == [
        f"Entry 1 was reversed by entry 2, −$354.00. {Lead.objects.get()} is still Won. "
        "Email sent to Olivia Owner."
    ]
    reversal = LedgerEntry.objects.get(kind="reversal")
    assert reversal.posted_by == finance_user
    assert Account.objects.get().balance == 0
    assert [message.to for message in mail.outbox] == [["owner@brightside.example"]]
    assert "Reason: Never paid" in mail.outbox[0].body


def test_preview_is_the_mail_that_is_sent(finance, entry):
    typed = {"do": "preview", "reason": "They <never> paid", "becomes": "won"}
    preview = finance.post(
        page_of(entry, "reverse"), typed, headers={"HX-Request": "true"}
    ).context["preview"]
    assert LedgerEntry.objects.count() == 1
    mail.outbox.clear()
    finance.post(page_of(entry, "reverse"), typed | {"do": "post"})
    [sent] = mail.outbox
    assert (preview.email.subject, preview.email.body) == (sent.subject, sent.body)
    assert preview.balance_after == Account.objects.get().balance


@pytest.mark.database
def test_second_click_reverses_once(finance, entry):
    finance.post(page_of(entry, "reverse"), NEVER_PAID)
    response = finance.post(page_of(entry, "reverse"), NEVER_PAID)
    assert response.status_code == 302
    assert "Entry 1 was already reversed: entry 2" in said(response)[-1]
    assert LedgerEntry.objects.count() == 2


def test_reversal_below_zero_warns(finance, entry, partner_user):
    billing(partner_user)
    withdrawals.request(partner_user)
    shown = text(finance.get(page_of(entry, "reverse")))
    assert "$0.00 → −$354.00" in shown
    assert "The balance falls below zero." in shown


def test_where_nobody_can_be_emailed_the_page_says_so(finance, entry, partner_user):
    partner_user.is_active = False
    partner_user.save()
    assert "The organization has no active owner, so no email is sent." in text(
        finance.get(page_of(entry, "reverse"))
    )
    response = finance.post(page_of(entry, "reverse"), NEVER_PAID)
    assert "no email was sent" in said(response)[0]


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("", "Give a reason. The partner will read it."),
        (" \n ", "Give a reason. The partner will read it."),
        ("x" * 201, "The limit is 200 characters"),
        ("a\x00b", "Null characters are not allowed."),
    ],
)
@pytest.mark.parametrize("form", [ReasonForm, AdjustmentForm])
def test_reason_that_cannot_be_is_an_error(form, reason, words):
    typed = {"amount": "25.00", "reason": reason, "reference": "ADJ-23456789"}
    errors = form(typed).errors
    assert errors.keys() == {"reason"}
    assert words in " ".join(errors["reason"])


@pytest.mark.parametrize("page", PAGES)
def test_page_without_a_reason_says_so(finance, entry, business, page):
    typed = {"do": "post", "reason": "", **line(0, business, 6)}
    response = finance.post(page_of(entry, page), typed)
    assert response.status_code == 200
    assert "Give a reason. The partner will read it." in text(response)
    assert "<title>Error: " in response.content.decode()
    assert LedgerEntry.objects.count() == 1


def test_broken_chain_is_said_on_the_page(finance, entry):
    Account.objects.update(head_hash="0" * 64)
    response = finance.post(page_of(entry, "reverse"), NEVER_PAID)
    assert "Run audit_ledger and look into it first." in text(response)
    assert LedgerEntry.objects.count() == 1


# Correcting


def test_correction_begins_with_the_lines_as_they_were_credited(finance, partner_user, sales_user):
    line_of = Line("LiveChat Business", 5, "monthly", Decimal("50.00"), None)
    flat = Line("ChatBot Team", None, "annual", Decimal("142.00"), date(2023, 1, 1))
    agreed = Line("LiveChat Enterprise", 100, "annual", None, None, Decimal("90000.00"))
    estimate = Estimate((line_of, flat, agreed), TERMS)
    entry = credit(
        partner_user.partner,
        sales_user,
        explanation=frozen(in_catalog(estimate)),
        amount=estimate.rev_share,
    )
    page = finance.get(page_of(entry, "correct"))
    forms = page.context["deal"].lines.forms
    names = [str(Plan.objects.get(pk=form["plan"].value())) for form in forms]
    assert names == ["LiveChat Business", "ChatBot Team", "LiveChat Enterprise"]
    fields = ("agents", "billing_cycle", "agreed_price", "agreed_annual")
    assert [[form[name].value() for name in fields] for form in forms] == [
        ["5", "monthly", "50.00", ""],
        ["", "annual", "", ""],
        ["100", "annual", "", "90000.00"],
    ]
    assert "there is nothing to correct" in text(page)


def test_plan_that_was_renamed_is_filled_in_under_its_new_name(finance, entry, business):
    business.name = "Growth"
    business.save()
    page = finance.get(page_of(entry, "correct"))
    assert page.context["deal"].lines.forms[0]["plan"].value() == str(business.pk)
    assert page.context["unknown_plans"] == []
    # Nor is the other name a difference
    assert "there is nothing to correct" in text(page)


def test_plan_that_is_not_in_the_catalog_must_be_chosen(finance, partner_user, sales_user):
    entry = credit(partner_user.partner, sales_user, "LD-IMPORTED", explanation=frozen(deal(5)))
    page = finance.get(page_of(entry, "correct"))
    assert "LiveChat Business: not in the catalog any more." in text(page)
    assert page.context["deal"].lines.forms[0]["plan"].value() == ""


def test_correction_shows_old_and_new_sum_before_it_is_posted(finance, entry, business):
    shown = text(correct(finance, entry, line(0, business, 6), do="preview"))
    for words in (
        "$354.00 → $424.80",
        "Difference $70.80",
        "Annual value $4,248.00",
        "10% of $4,248.00 = $424.80",
        "12 × 6 agents × $59.00 = $4,248.00",
        "Commission corrected: $424.80",
        f"Reason: {REASON}",
    ):
        assert words in shown, words
    assert LedgerEntry.objects.count() == 1


@pytest.mark.database
def test_correction_is_posted_and_emailed_as_previewed(finance, finance_user, entry, business):
    preview = finance.post(
        page_of(entry, "correct"),
        {"do": "preview", "reason": REASON, **line(0, business, 6)},
        headers={"HX-Request": "true"},
    )
    told = preview.context["preview"]
    assert "<html" not in preview.content.decode()
    assert '<p class="line-words" id="lines-0-words" hx-swap-oob="true">12 × 6 agents' in (
        preview.content.decode()
    )
    mail.outbox.clear()
    response = correct(finance, entry, line(0, business, 6))
    assert said(response) == [
        "Entry 1 was corrected by entry 3: $424.80 instead of $354.00. Email sent to Olivia Owner."
    ]
    [sent] = mail.outbox
    assert (told.email.subject, told.email.body) == (sent.subject, sent.body)
    account = Account.objects.get()
    assert account.balance == told.balance_after == Decimal("424.80")
    correction = LedgerEntry.objects.get(kind="correction")
    assert (correction.refers_to, correction.posted_by) == (entry, finance_user)


def test_correction_is_priced_by_the_list_of_the_entrys_day(
    finance, sales_user, business, monkeypatch
):
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 10, 12, tzinfo=UTC))
    entry = credit(PartnerFactory(), sales_user)
    Price.objects.create(
        plan=business, billing_cycle="annual", monthly=Decimal(99), valid_from=date(2026, 11, 11)
    )
    monkeypatch.undo()
    page = correct(finance, entry, line(0, business, 6), do="preview")
    assert "Signed on 10 Nov 2026, at the prices of that day" in text(page)
    correct(finance, entry, line(0, business, 6))
    assert LedgerEntry.objects.get(kind="correction").amount == Decimal("424.80")


def test_correction_after_a_reversal_adds_the_full_amount(finance, finance_user, entry, business):
    amendments.reverse(entry, "By mistake", finance_user)
    page = correct(finance, entry, line(0, business, 5), do="preview")
    assert "Account balance $0.00 → $354.00" in text(page)
    correct(finance, entry, line(0, business, 5))
    assert Account.objects.get().balance == Decimal("354.00")


def test_lines_are_added_and_removed(finance, entry, business):
    helpdesk = Plan.objects.get(product__code="helpdesk", code="team")
    page = correct(finance, entry, line(0, business, 6), do="add-line")
    assert len(page.context["deal"].lines.forms) == 2
    two = (line(0, business, 6), line(1, helpdesk, 5))
    page = correct(finance, entry, *two, do="remove-line-0")
    [form] = page.context["deal"].lines.forms
    assert form["plan"].value() == str(helpdesk.pk)
    correct(finance, entry, *two)
    assert LedgerEntry.objects.get(kind="correction").amount == Decimal("598.80")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"agents": "5"}, "there is nothing to correct"),
        ({"agents": "0"}, "from 1 to 100,000"),
        ({"agents": "100001"}, "from 1 to 100,000"),
        ({"agents": "2.5"}, "from 1 to 100,000"),
        ({"agents": "6", "price": "59.005"}, "at most two decimals"),
        ({"agents": "6", "price": "-59"}, "zero or more US dollars"),
        ({"agents": "6", "price": "NaN"}, "at most two decimals"),
        ({"agents": "6", "price": "€59"}, "at most two decimals"),
        ({"agents": "6", "annual": "1000000000000000"}, "at most $1,000,000,000.00"),
        ({"agents": "6", "price": "0"}, "commission would be $0.00"),
        ({"agents": "100000", "price": "900000"}, "Check the agents and prices"),
        ({"agents": "6", "price": "1", "annual": "1"}, "not both"),
    ],
)
def test_lines_that_cannot_be_are_said_and_nothing_is_posted(
    finance, entry, business, fields, words
):
    agents = fields.pop("agents")
    response = correct(finance, entry, line(0, business, agents, **fields))
    assert response.status_code == 200
    assert words in text(response)
    assert LedgerEntry.objects.count() == 1


def test_plan_without_a_price_asks_for_one(finance, entry):
    enterprise = Plan.objects.get(product__code="livechat", code="enterprise")
    response = correct(finance, entry, line(0, enterprise, 6))
    assert "LiveChat Enterprise has no list price. Enter the agreed price." in text(response)


@pytest.mark.database
def test_second_click_corrects_once(finance, entry, business):
    correct(finance, entry, line(0, business, 6))
    response = correct(finance, entry, line(0, business, 6))
    assert "Entry 1 was already corrected: entry 3" in said(response)[-1]
    assert LedgerEntry.objects.count() == 3


def test_torn_explanation_is_not_corrected(finance, entry):
    triggers.drop("default")
    LedgerEntry.objects.update(explanation="torn")
    response = finance.get(page_of(entry, "correct"))
    assert "cannot be read" in said(response)[0]


def test_forged_lines_do_no_harm(finance, entry):
    forged = {f"lines-{index}-plan": "1" for index in range(300)}
    for do in ("post", "preview", "add-line", "remove-line-0", "remove-line-99"):
        page = finance.post(page_of(entry, "correct"), forged | {"do": do, "reason": REASON})
        assert page.status_code == 200
        assert len(page.context["deal"].lines.forms) <= 11
    assert LedgerEntry.objects.count() == 1


# An account


@pytest.mark.database
def test_account_shows_what_its_money_is_doing(finance, entry, partner_user, finance_user):
    billing(partner_user)
    withdrawal = withdrawals.request(partner_user)
    credit(partner_user.partner, finance_user, "LD-SECOND", agents=6)
    shown = text(finance.get(address("account", "change", entry.account_id)))
    for words in (
        "Account of Brightside Consulting",
        "Olivia Owner, owner@brightside.example",
        "Balance $424.80",
        "Available $424.80",
        "Withdrawn $354.00",
        "Total earned $778.80",
        "All 3 entries",
        withdrawal.number,
        "pay@brightside.example",
        "LD-SECOND",
    ):
        assert words in shown, words


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("25", "25.00"),
        ("25.5", "25.50"),
        ("$1,200.50", "1200.50"),
        (" 1,200 ", "1200.00"),
        ("-25.00", "-25.00"),
        ("−25.00", "-25.00"),
        ("- 25.00", "-25.00"),
        ("-$25", "-25.00"),
        ("0.01", "0.01"),
        ("1000000000", "1000000000.00"),
    ],
)
def test_amount_of_either_sign_is_read(typed, amount):
    form = AdjustmentForm({"amount": typed, "reason": "A bonus", "reference": "ADJ-23456789"})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["amount"] == Decimal(amount)


@pytest.mark.database
@pytest.mark.parametrize(("typed", "amount"), [("$900.50", "900.50"), ("−25.00", "-25.00")])
def test_adjustment_of_either_sign_is_posted_and_emailed(finance, entry, typed, amount):
    page = address("account", "adjust", entry.account_id)
    reference = carried(finance.get(page), "reference")
    mail.outbox.clear()
    posted = {"do": "post", "amount": typed, "reason": "A bonus", "reference": reference}
    response = finance.post(page, posted)
    adjustment = LedgerEntry.objects.get(kind="adjustment")
    assert adjustment.amount == Decimal(amount)
    assert re.fullmatch(r"ADJ-[2-9A-HJ-NP-Z]{8}", adjustment.reference)
    assert response.url == address("account", "change", entry.account_id)
    assert adjustment.reference in said(response)[0]
    assert usd(Decimal(amount)) in said(response)[0], "what was typed is read back"
    assert Account.objects.get().balance == Decimal("354.00") + Decimal(amount)
    assert "Reason: A bonus" in mail.outbox[0].body


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Enter the amount"),
        ("0", "above or below zero"),
        ("0.00", "above or below zero"),
        ("-0", "above or below zero"),
        ("25.005", "at most two decimals"),
        ("-25.005", "at most two decimals"),
        ("NaN", "at most two decimals"),
        ("Infinity", "at most two decimals"),
        ("1e3", "at most two decimals"),
        ("€25", "at most two decimals"),
        ("25 EUR", "at most two decimals"),
        ("£25.00", "at most two decimals"),
        ("-€25", "at most two decimals"),
        ("--25", "at most two decimals"),
        ("25,00", "after a period: 25.00"),
        ("1.200,50", "after a period: 1200.50"),
        ("1000000000000000", "between −$1,000,000,000.00 and $1,000,000,000.00"),
        ("-1000000000000000", "between −$1,000,000,000.00 and $1,000,000,000.00"),
        ("1000000000.01", "between −$1,000,000,000.00 and $1,000,000,000.00"),
        ("9" * 5_000, "between −$1,000,000,000.00 and $1,000,000,000.00"),
        ("25\x00", "at most two decimals"),
    ],
)
def test_amount_that_cannot_be_is_an_error(typed, words):
    form = AdjustmentForm({"amount": typed, "reason": "A bonus", "reference": "ADJ-23456789"})
    assert form.errors.keys() == {"amount"}
    assert words in " ".join(form.errors["amount"])


@pytest.mark.parametrize(
    ("typed", "words"), [("", "Enter the amount"), ("25.005", "at most two decimals")]
)
def test_amount_that_cannot_be_is_said_and_nothing_is_posted(finance, entry, typed, words):
    page = address("account", "adjust", entry.account_id)
    posted = {"do": "post", "amount": typed, "reason": "A bonus", "reference": "ADJ-23456789"}
    response = finance.post(page, posted)
    assert response.status_code == 200
    assert words in text(response)
    assert "<title>Error: " in response.content.decode()
    assert LedgerEntry.objects.count() == 1


@pytest.mark.database
def test_second_click_adjusts_once(finance, entry):
    page = address("account", "adjust", entry.account_id)
    reference = carried(finance.get(page), "reference")
    typed = {"do": "post", "amount": "25", "reason": "A bonus", "reference": reference}
    mail.outbox.clear()
    finance.post(page, typed)
    response = finance.post(page, typed)
    assert response.status_code == 302
    assert f"{reference} was already posted: entry 2, $25.00" in said(response)[-1]
    assert Account.objects.get().balance == Decimal("379.00")
    assert len(mail.outbox) == 1


def test_each_opening_of_the_page_has_a_reference_of_its_own(finance, entry):
    page = address("account", "adjust", entry.account_id)
    references = {carried(finance.get(page), "reference") for _ in range(3)}
    assert len(references) == 3


def test_page_keeps_its_reference_when_there_was_an_error(finance, entry):
    page = address("account", "adjust", entry.account_id)
    reference = carried(finance.get(page), "reference")
    typed = {"do": "post", "amount": "x", "reason": "A bonus", "reference": reference}
    assert carried(finance.post(page, typed), "reference") == reference


@pytest.mark.parametrize("reference", ["", "LD-7KQ2M9XA", "ADJ-short", "ADJ-0000OOOO", "x" * 100])
def test_forged_reference_posts_nothing(finance, entry, reference):
    page = address("account", "adjust", entry.account_id)
    typed = {"do": "post", "amount": "25", "reason": "A bonus", "reference": reference}
    response = finance.post(page, typed)
    assert "This page is incomplete." in text(response)
    assert LedgerEntry.objects.count() == 1


def test_adjustment_shows_what_it_does_before_it_is_posted(finance, entry):
    page = address("account", "adjust", entry.account_id)
    assert "$354.00" in text(finance.get(page))
    typed = {"do": "preview", "amount": "-400", "reason": "", "reference": "ADJ-23456789"}
    shown = fragment(finance.post(page, typed, headers={"HX-Request": "true"}))
    assert "$354.00 → −$46.00" in shown
    assert "The balance falls below zero." in shown
    assert "We have deducted $400.00 from your account." in shown
    assert "Reason: …" in shown
    assert LedgerEntry.objects.count() == 1


# Who may


@pytest.mark.parametrize("who", ["sales_user", "reader"])
def test_nobody_but_finance_amends(client, request, entry, business, finance_user, who):
    if who == "reader":
        finance_user.groups.clear()
        grant(finance_user, "view_ledgerentry", "view_account")
        sign_in(client, finance_user)
        assert "Reverse" not in text(client.get(page_of(entry, "change")))
        account = address("account", "change", entry.account_id)
        assert "Adjust" not in text(client.get(account))
    else:
        sign_in(client, request.getfixturevalue(who))
    page = address("account", "adjust", entry.account_id)
    for path in (page_of(entry, "reverse"), page_of(entry, "correct"), page):
        assert client.get(path).status_code == 403
        typed = {"do": "post", "reason": REASON, "amount": "1", "reference": "ADJ-23456789"}
        assert client.post(path, typed | line(0, business, 6)).status_code == 403
    assert LedgerEntry.objects.count() == 1


@pytest.mark.parametrize("wrong", [0, 999_999])
def test_what_is_not_there_leads_to_the_list(finance, wrong):
    for page in PAGES:
        response = finance.get(address("ledgerentry", page, wrong))
        assert response.url == address("ledgerentry", "changelist")
    response = finance.get(address("account", "adjust", wrong))
    assert response.url == address("account", "changelist")


# Queries


def test_pages_ask_the_same_of_the_database_however_long_the_account(
    finance, finance_user, monkeypatch
):
    monkeypatch.setattr(ledger_pages, "LATEST", 5)
    owner = UserFactory()
    billing(owner)
    entry = credit(owner.partner, finance_user, "LD-FIRST")
    paths = [
        page_of(entry, "change"),
        page_of(entry, "reverse"),
        page_of(entry, "correct"),
        address("account", "change", entry.account_id),
        address("account", "adjust", entry.account_id),
    ]
    for path in paths:
        asked(finance, path)
    before = [asked(finance, path) for path in paths]
    # Session, user, two kinds of permissions, the row; then what each shows
    assert before == [9, 8, 10, 10, 5]
    for n in range(8):
        credit(owner.partner, finance_user, f"LD-{n}")
        withdrawals.request(owner)
    assert [asked(finance, path) for path in paths] == before


def test_lists_hold_25_rows_and_ask_the_same_of_the_database(
    finance, finance_user, partner_user, entry
):
    path = address("ledgerentry", "changelist")
    asked(finance, path)
    before = asked(finance, path)
    for n in range(25):
        credit(partner_user.partner, finance_user, f"LD-{n}")
    page = finance.get(path)
    assert len(page.context["cl"].result_list) == 25
    assert asked(finance, path) == before
    of_account = finance.get(path, {"account__id__exact": entry.account_id})
    assert of_account.context["cl"].result_count == 26
