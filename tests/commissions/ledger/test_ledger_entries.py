"""The ledger's entries: what each kind posts, what is refused and in which words."""

import hashlib
import json
import re
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from django.apps import apps
from django.conf import settings

from commissions import explanation
from commissions.ledger import errors, posting
from commissions.ledger.chain import COMPUTED, SIGNS, entry_hash, verify_chain
from commissions.ledger.models import Account, LedgerEntry
from leadportal.db.groups import FINANCE
from tests.commissions.entries import credit, deal, frozen
from tests.factories import PartnerFactory, StaffFactory
from tests.worlds import made_once

pytestmark = pytest.mark.database

NO_AMOUNTS = [354, 354.0, "354.00", None, Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity")]


@made_once
def kept():
    return PartnerFactory(), StaffFactory(name="Finn Finance", groups=(FINANCE,))


@pytest.fixture
def partner(made):
    return made[0]


@pytest.fixture
def finance(made):
    return made[1]


def right(entry, agents=4):
    """What `correct` takes beside reason and text: 4 agents earn a share of $283.20."""
    estimate, first = deal(agents), None
    if entry.kind in COMPUTED:
        estimate = replace(estimate, terms=explanation.thaw(entry.explanation).terms)
        first = explanation.signing_of(entry.explanation).credited_on
    return {
        "explanation": frozen(estimate, day=first),
        "amount": estimate.rev_share,
    }


def correct(entry, actor, reason="Wrong lines", agents=4, **fields):
    fields = {"text": "Corrected commission", **right(entry, agents), **fields}
    return posting.correct(entry, reason=reason, actor=actor, **fields)


def adjust(partner, amount, actor, reference="A-1", reason="Goodwill"):
    return posting.adjust(
        partner, amount=Decimal(amount), reason=reason, reference=reference, actor=actor
    )


def withdraw(partner, amount, actor, reference="W-2026-0001"):
    return posting.withdraw(partner, amount=Decimal(amount), reference=reference, actor=actor)


def story(partner):
    """The account's entries as (number, kind, amount, refers to number)."""
    return [
        (entry.number, entry.kind, str(entry.amount), entry.refers_to and entry.refers_to.number)
        for entry in LedgerEntry.objects.filter(account__partner=partner).order_by("number")
    ]


def steps(entry):
    return explanation.steps(entry.explanation)


# What each kind posts


def test_reversal_takes_the_commission_back(partner, finance):
    first = credit(partner, finance)
    entry = posting.reverse(first, reason="The customer\n never  paid.", actor=finance)
    assert story(partner) == [(1, "commission", "354.00", None), (2, "reversal", "-354.00", 1)]
    assert (entry.reference, entry.posted_by) == (first.reference, finance)
    assert entry.text == "Reversal of entry 1: The customer never paid."
    assert steps(entry) == ["Reverses entry 1: $354.00", "Reason: The customer never paid."]
    assert json.loads(entry.explanation)["amount"] == "-354.00"
    account = Account.objects.get()
    assert account.balance == 0
    assert verify_chain(account) == []


def test_reversal_of_withdrawn_money_leaves_a_debt(partner, finance):
    first = credit(partner, finance)
    withdraw(partner, "354.00", finance)
    posting.reverse(first, reason="The customer never paid", actor=finance)
    assert Account.objects.get().balance == Decimal("-354.00")
    with pytest.raises(errors.AmountRefused) as refusal:
        withdraw(partner, "1.00", finance, "W-2026-0002")
    assert str(refusal.value) == "$0.00 is available, less than $1.00."
    credit(partner, finance, "LD-NEXT", agents=10)
    withdraw(partner, "354.00", finance, "W-2026-0002")
    assert Account.objects.get().balance == 0
    assert verify_chain(Account.objects.get()) == []


def test_correction_reverses_the_wrong_one_and_names_it(partner, finance):
    first = credit(partner, finance)
    entry = correct(first, finance)
    assert story(partner) == [
        (1, "commission", "354.00", None),
        (2, "reversal", "-354.00", 1),
        (3, "correction", "283.20", 1),
    ]
    assert (entry.reference, entry.text) == (first.reference, "Corrected commission")
    assert steps(entry) == [
        "LiveChat Business: 12 × 4 agents × $59.00 = $2,832.00",
        "10% of $2,832.00 = $283.20",
        "Replaces entry 1: $354.00",
        "Reason: Wrong lines",
    ]
    assert explanation.recompute(entry.explanation) == Decimal("283.20")
    assert entry.explained.sums == ("10% of $2,832.00 = $283.20",)
    assert entry.explained.notes == ("Replaces entry 1: $354.00", "Reason: Wrong lines")
    account = Account.objects.get()
    assert account.balance == Decimal("283.20")
    assert verify_chain(account) == []


def test_correction_after_a_reversal_posts_no_second_one(partner, finance):
    first = credit(partner, finance)
    posting.reverse(first, reason="Wrong lines", actor=finance)
    entry = correct(first, finance, reason="The right lines came in", agents=6)
    assert [kind for _, kind, *_ in story(partner)] == ["commission", "reversal", "correction"]
    assert entry.refers_to == first
    assert steps(entry)[-1] == "Reason: The right lines came in"
    assert Account.objects.get().balance == Decimal("424.80")


def test_correction_can_be_corrected_and_reversed_in_turn(partner, finance):
    first = credit(partner, finance)
    second = correct(first, finance, agents=4)
    third = correct(second, finance, agents=6)
    posting.reverse(third, reason="The customer never paid", actor=finance)
    assert story(partner) == [
        (1, "commission", "354.00", None),
        (2, "reversal", "-354.00", 1),
        (3, "correction", "283.20", 1),
        (4, "reversal", "-283.20", 3),
        (5, "correction", "424.80", 3),
        (6, "reversal", "-424.80", 5),
    ]
    assert Account.objects.get().balance == 0
    assert verify_chain(Account.objects.get()) == []


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("25.00", "Adjustment of $25.00"),
        ("-25.00", "Adjustment of −$25.00"),
        ("0.01", "Adjustment of $0.01"),
        ("999999999999.99", "Adjustment of $999,999,999,999.99"),
        ("7", "Adjustment of $7.00"),
    ],
)
def test_adjustment_states_its_amount(partner, finance, amount, words):
    entry = adjust(partner, amount, finance)
    assert (entry.kind, entry.amount, entry.refers_to) == ("adjustment", Decimal(amount), None)
    assert (entry.reference, entry.text) == ("A-1", "Adjustment: Goodwill")
    assert steps(entry) == [words, "Reason: Goodwill"]
    account = Account.objects.get()
    assert account.balance == Decimal(amount)
    assert verify_chain(account) == []


def test_withdrawal_and_its_return(partner, finance):
    credit(partner, finance)
    taken = withdraw(partner, "354.00", finance)
    assert steps(taken) == ["Withdrawn from $354.00 available"]
    assert (taken.reference, taken.text) == ("W-2026-0001", "Withdrawal W-2026-0001")
    assert Account.objects.get().balance == 0
    given = posting.give_back(taken, reason="The account is closed", actor=finance)
    assert story(partner) == [
        (1, "commission", "354.00", None),
        (2, "withdrawal", "-354.00", None),
        (3, "return", "354.00", 2),
    ]
    assert given.reference == taken.reference
    assert given.text == "Withdrawal W-2026-0001 returned: The account is closed"
    assert steps(given) == ["Returns entry 2: $354.00", "Reason: The account is closed"]
    again = withdraw(partner, "354.00", finance, "W-2026-0002")
    assert again.number == 4
    assert verify_chain(Account.objects.get()) == []


def test_part_of_what_is_available_can_be_withdrawn(partner, finance):
    credit(partner, finance)
    withdraw(partner, "100.01", finance)
    with pytest.raises(errors.AmountRefused, match=r"\$253.99 is available, less than \$254.00"):
        withdraw(partner, "254.00", finance, "W-2026-0002")
    withdraw(partner, "253.99", finance, "W-2026-0002")
    assert Account.objects.get().balance == 0


def test_long_reason_is_cut_in_the_text_and_complete_in_the_explanation(partner, finance):
    reason = "The customer asked for its money back. " * 20
    entry = posting.reverse(credit(partner, finance), reason=reason, actor=finance)
    assert len(entry.text) == 200
    assert entry.text.endswith("…")
    assert steps(entry)[1] == f"Reason: {reason.strip()}"


# What each kind refuses, in words for the person who asked


@pytest.fixture
def every_kind(partner, finance):
    """One entry of each kind on one account."""
    first = credit(partner, finance)
    correction = correct(first, finance)
    taken = withdraw(partner, "283.20", finance)
    return {
        "commission": first,
        "reversal": LedgerEntry.objects.get(kind="reversal"),
        "correction": correction,
        "adjustment": adjust(partner, "5.00", finance),
        "withdrawal": taken,
        "return": posting.give_back(taken, reason="It bounced", actor=finance),
    }


@pytest.mark.parametrize("kind", ["reversal", "adjustment", "withdrawal", "return"])
def test_what_was_not_computed_is_neither_reversed_nor_corrected(every_kind, finance, kind):
    entry, before = every_kind[kind], LedgerEntry.objects.count()
    words = "only a commission or a correction can be reversed"
    with pytest.raises(errors.EntryRefused, match=words):
        posting.reverse(entry, reason="No", actor=finance)
    with pytest.raises(errors.EntryRefused, match=words):
        correct(entry, finance)
    assert LedgerEntry.objects.count() == before


@pytest.mark.parametrize("kind", ["commission", "reversal", "correction", "adjustment", "return"])
def test_only_a_withdrawal_is_given_back(every_kind, finance, kind):
    with pytest.raises(errors.EntryRefused, match="is not a withdrawal, so it cannot be returned"):
        posting.give_back(every_kind[kind], reason="No", actor=finance)


@pytest.mark.parametrize("reason", ["", "   ", "\n\t"])
def test_reason_is_required(partner, finance, reason):
    first = credit(partner, finance)
    taken = withdraw(partner, "54.00", finance)
    for refused in (
        lambda: posting.reverse(first, reason=reason, actor=finance),
        lambda: correct(first, finance, reason=reason),
        lambda: adjust(partner, "5.00", finance, reason=reason),
        lambda: posting.give_back(taken, reason=reason, actor=finance),
    ):
        with pytest.raises(errors.EntryRefused, match="Give a reason"):
            refused()
    assert LedgerEntry.objects.count() == 2


def test_second_request_names_who_did_it_first(partner, finance, superuser):
    first = credit(partner, finance)
    corrected = correct(first, finance)
    reversal = LedgerEntry.objects.get(kind="reversal")
    adjusted = adjust(partner, "5.00", finance)
    taken = withdraw(partner, "288.20", finance)
    given = posting.give_back(taken, reason="It bounced", actor=finance)
    before = LedgerEntry.objects.count()
    for ask, done, words in (
        (
            lambda: posting.reverse(first, reason="Again", actor=superuser),
            reversal,
            "Entry 1 was already reversed: entry 2, −$354.00, ",
        ),
        (
            lambda: correct(first, superuser),
            corrected,
            "Entry 1 was already corrected: entry 3, $283.20, ",
        ),
        (
            lambda: adjust(partner, "7.00", superuser),
            adjusted,
            "A-1 was already posted: entry 4, $5.00, ",
        ),
        (
            lambda: withdraw(partner, "1.00", superuser),
            taken,
            "W-2026-0001 was already withdrawn: entry 5, −$288.20, ",
        ),
        (
            lambda: posting.give_back(taken, reason="Again", actor=superuser),
            given,
            "Withdrawal W-2026-0001 was already returned: entry 6, $288.20, ",
        ),
    ):
        with pytest.raises(errors.AlreadyPosted) as refusal:
            ask()
        assert refusal.value.entry == done
        assert str(refusal.value).startswith(words)
        assert str(refusal.value).endswith(", by Finn Finance.")
    assert LedgerEntry.objects.count() == before


def test_adjustments_reference_is_taken_on_every_account(partner, stranger, finance):
    first = adjust(partner, "5.00", finance)
    with pytest.raises(errors.AlreadyPosted) as refusal:
        adjust(stranger.partner, "5.00", finance)
    assert refusal.value.entry == first
    assert not Account.objects.filter(partner=stranger.partner).exists()


@pytest.mark.parametrize("amount", NO_AMOUNTS)
def test_what_is_no_amount_is_refused(partner, finance, amount):
    first = credit(partner, finance)
    for refused in (
        lambda: posting.adjust(partner, amount=amount, reason="R", reference="A", actor=finance),
        lambda: posting.withdraw(partner, amount=amount, reference="W", actor=finance),
        lambda: correct(first, finance, amount=amount),
    ):
        with pytest.raises(errors.AmountRefused, match="US dollars"):
            refused()
    assert LedgerEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "Enter an amount above or below zero."),
        ("0.00", "Enter an amount above or below zero."),
        ("1.005", "An amount has at most two decimals, unlike 1.005."),
        ("-1.005", "An amount has at most two decimals, unlike -1.005."),
        ("1E-400", "An amount has at most two decimals, unlike 1E-400."),
        ("1E15", "An amount is at most $999,999,999,999.99."),
        ("-1E15", "An amount is at most $999,999,999,999.99."),
        ("1E400", "An amount is at most $999,999,999,999.99."),
    ],
)
def test_adjustment_that_no_entry_can_hold_is_refused(partner, finance, amount, words):
    with pytest.raises(errors.AmountRefused) as refusal:
        adjust(partner, amount, finance)
    assert str(refusal.value) == words
    assert not Account.objects.exists()


@pytest.mark.parametrize("amount", ["0.00", "-0.01", "-354.00", "0.001", "354.01", "1E15"])
def test_withdrawal_of_what_is_not_there_is_refused(partner, finance, amount):
    credit(partner, finance)
    with pytest.raises(errors.AmountRefused):
        withdraw(partner, amount, finance)
    assert Account.objects.get().balance == Decimal("354.00")


def test_nothing_is_withdrawn_from_a_new_partner(partner, finance):
    with pytest.raises(errors.AmountRefused, match=r"\$0.00 is available"):
        withdraw(partner, "0.01", finance)
    assert not Account.objects.exists()


def test_correction_that_does_not_follow_is_refused(partner, finance):
    first = credit(partner, finance)
    with pytest.raises(errors.NotExplained, match=r"comes to \$283.20, not to 283.21"):
        correct(first, finance, amount=Decimal("283.21"))
    with pytest.raises(errors.NotExplained):
        correct(first, finance, explanation='{"amount":"283.20","steps":[]}')
    assert story(partner) == [(1, "commission", "354.00", None)]


def test_correction_that_does_not_fit_takes_its_reversal_along(partner, finance):
    first = credit(partner, finance)
    with pytest.raises(errors.EntryRefused, match="text: "):
        correct(first, finance, text="T" * 201)
    assert story(partner) == [(1, "commission", "354.00", None)]
    assert verify_chain(Account.objects.get()) == []


@pytest.mark.parametrize("reference", ["", "R" * 41])
def test_reference_is_required_and_limited_in_length(partner, finance, reference):
    credit(partner, finance)
    with pytest.raises(errors.EntryRefused, match="reference: "):
        adjust(partner, "5.00", finance, reference=reference)
    with pytest.raises(errors.EntryRefused, match="reference: "):
        withdraw(partner, "5.00", finance, reference=reference)
    assert LedgerEntry.objects.count() == 1


def test_money_in_the_holding_period_is_not_withdrawn(partner, finance):
    credit(partner, finance, holding_days=1)
    with pytest.raises(errors.AmountRefused):
        withdraw(partner, "0.01", finance)


def test_nothing_is_built_on_a_broken_chain(partner, finance):
    first = credit(partner, finance)
    taken = withdraw(partner, "54.00", finance)
    Account.objects.update(entry_count=3)
    for refused in (
        lambda: posting.reverse(first, reason="R", actor=finance),
        lambda: correct(first, finance),
        lambda: adjust(partner, "5.00", finance),
        lambda: withdraw(partner, "5.00", finance, "W-2"),
        lambda: posting.give_back(taken, reason="R", actor=finance),
    ):
        with pytest.raises(errors.BrokenChain, match="Run audit_ledger and look into it first"):
            refused()
    assert LedgerEntry.objects.count() == 2


def test_page_about_the_ledger_has_every_kind_with_its_sign():
    page = (settings.BASE_DIR / "docs" / "ledger.md").read_text()
    table = re.findall(r"^\| (\w+) \| ([+−±]) \|", page, flags=re.MULTILINE)
    signs = {(1,): "+", (-1,): "−", (1, -1): "±"}
    assert table == [(kind, signs[SIGNS[kind]]) for kind in LedgerEntry.Kind.values]


def test_page_about_the_ledger_hashes_its_example():
    """Somebody without the code verifies entries by this page alone."""
    page = (settings.BASE_DIR / "docs" / "ledger.md").read_text()
    found = re.search(r"^(\{\"account\":.+\})$(?s:.*?)`([0-9a-f]{64})`", page, flags=re.MULTILINE)
    content, expected = found.groups()
    assert hashlib.sha256(content.encode()).hexdigest() == expected
    values = json.loads(content)
    entry = LedgerEntry(
        account_id=values.pop("account"),
        amount=Decimal(values.pop("amount")),
        approval_id=values.pop("approval"),
        available_on=date.fromisoformat(values.pop("available_on")),
        posted_at=datetime.fromisoformat(values.pop("posted_at")),
        posted_by_id=values.pop("posted_by"),
        refers_to_id=values.pop("refers_to"),
        **values,
    )
    assert entry_hash(entry) == expected


def test_page_about_the_ledger_names_columns_that_exist():
    page = (settings.BASE_DIR / "docs" / "ledger.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (`.+) \|$", page, flags=re.MULTILINE)
    columns = {
        model._meta.db_table: {field.column for field in model._meta.concrete_fields}
        for model in apps.get_models()
    }
    assert len(rows) == 7
    for table, named in rows:
        # What stands in parentheses is said of the column before it.
        outside = re.sub(r"\([^)]*\)", "", named)
        assert set(re.findall(r"`(\w+)`", outside)) <= columns[table], table
