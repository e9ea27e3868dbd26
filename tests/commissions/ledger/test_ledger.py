"""Entries are posted through one door, once, and what is posted can be proven unchanged."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from commissions import explanation
from commissions.calculator import Estimate, Line
from commissions.ledger import errors, posting
from commissions.ledger.chain import entry_hash, verify_chain
from commissions.ledger.models import Account, LedgerEntry
from leadportal.db import triggers
from leadportal.db.groups import SALES
from tests.commissions.entries import TERMS, credit, deal, frozen
from tests.factories import PartnerFactory, StaffFactory
from tests.worlds import made_once

pytestmark = pytest.mark.database


@made_once
def kept():
    return PartnerFactory(), StaffFactory(name="Sally Sales", groups=(SALES,))


@pytest.fixture
def partner(made):
    return made[0]


@pytest.fixture
def sales(made):
    return made[1]


def test_credit_posts_the_first_entry_of_a_new_account(partner, sales):
    before = timezone.now()
    posted = credit(partner, sales)
    entry = LedgerEntry.objects.get()
    assert entry == posted
    assert (entry.number, entry.kind, entry.amount) == (1, "commission", Decimal("354.00"))
    assert (entry.reference, entry.text) == ("LD-7KQ2M9XA", "Commission for Nordwind Retail")
    assert (entry.posted_by, entry.refers_to, entry.previous_hash) == (sales, None, "")
    assert before <= entry.posted_at <= timezone.now()
    assert explanation.recompute(entry.explanation) == entry.amount
    account = Account.objects.get()
    assert (account.partner, account.balance) == (partner, Decimal("354.00"))
    assert (account.entry_count, account.head_hash) == (1, entry.hash)
    assert len(entry.hash) == 64


def test_entries_of_an_account_are_numbered_and_chained(partner, sales):
    first, second, third = (credit(partner, sales, f"LD-{n}", agents=n) for n in (1, 2, 3))
    assert [first.number, second.number, third.number] == [1, 2, 3]
    assert [second.previous_hash, third.previous_hash] == [first.hash, second.hash]
    assert first.posted_at <= second.posted_at <= third.posted_at
    account = Account.objects.get()
    assert account.balance == Decimal("70.80") * (1 + 2 + 3)
    assert verify_chain(account) == []


def test_accounts_are_apart(partner, stranger, sales):
    credit(partner, sales, "LD-ONE")
    other = credit(stranger.partner, sales, "LD-TWO", agents=10)
    assert (other.number, other.previous_hash) == (1, "")
    assert stranger.partner.account.balance == Decimal("708.00")
    assert partner.account.balance == Decimal("354.00")


def test_flat_fee_is_credited_as_such(partner, sales):
    text = frozen(deal(5), "flat_fee")
    entry = credit(partner, sales, explanation=text, amount=Decimal("500.00"))
    assert entry.amount == Decimal("500.00")
    assert explanation.steps(entry.explanation)[-1] == "$500.00 fixed fee"


def test_hash_is_over_every_part_of_the_entry(partner, sales, superuser):
    entry = credit(partner, sales)
    other = credit(PartnerFactory(), sales, "LD-OTHER")
    changes = {
        "account_id": other.account_id,
        "number": 2,
        "kind": "correction",
        "amount": Decimal("354.01"),
        "approval_id": 5,
        "available_on": entry.available_on + timedelta(days=1),
        "reference": "LD-8KQ2M9XA",
        "text": "Commission",
        "explanation": entry.explanation.replace("59.00", "59.01"),
        "refers_to_id": other.pk,
        "posted_at": entry.posted_at + timedelta(microseconds=1),
        "posted_by_id": superuser.pk,
        "previous_hash": other.hash,
    }
    hashed = {field.attname for field in LedgerEntry._meta.fields} - {"id", "hash", "label"}
    assert changes.keys() == hashed
    assert entry_hash(entry) == entry.hash
    for name, value in changes.items():
        fresh = LedgerEntry.objects.get(pk=entry.pk)
        setattr(fresh, name, value)
        assert entry_hash(fresh) != entry.hash, name


def test_hash_is_known():
    """Written out once: a change of the canonical form would break every chain there is."""
    entry = LedgerEntry(
        account_id=7,
        number=3,
        kind="commission",
        amount=Decimal(354),
        approval_id=5,
        available_on=date(2026, 12, 10),
        reference="LD-7KQ2M9XA",
        text="Commission for Bücher & Söhne",
        explanation='{"amount":"354.00"}',
        posted_at=datetime(2026, 11, 10, 16, 40, 0, 5, tzinfo=UTC),
        posted_by_id=2,
        previous_hash="ab" * 32,
    )
    written_out = (
        '{"account":7,"amount":"354.00","approval":5,"available_on":"2026-12-10","explanation":"{\\"amount\\":\\"354.00\\"}",'
        '"kind":"commission","number":3,"posted_at":"2026-11-10T16:40:00.000005Z","posted_by":2,'
        f'"previous_hash":"{"ab" * 32}","reference":"LD-7KQ2M9XA","refers_to":null,'
        '"text":"Commission for Bücher & Söhne"}'
    )
    assert entry_hash(entry) == hashlib.sha256(written_out.encode()).hexdigest()


def test_clock_set_back_does_not_turn_the_order_round(partner, sales, monkeypatch):
    first = credit(partner, sales, "LD-ONE")
    monkeypatch.setattr(timezone, "now", lambda: first.posted_at - timedelta(minutes=5))
    second = credit(partner, sales, "LD-TWO")
    assert second.posted_at == first.posted_at
    monkeypatch.undo()
    assert verify_chain(first.account) == []


def test_clock_minutes_behind_posts_nothing_and_is_logged(partner, sales, monkeypatch, caplog):
    first = credit(partner, sales, "LD-ONE")
    now = first.posted_at - timedelta(minutes=5, microseconds=1)
    monkeypatch.setattr(timezone, "now", lambda: now)
    with pytest.raises(errors.ClockBehind) as refusal:
        credit(partner, sales, "LD-TWO")
    assert "the server's clock says" in str(refusal.value)
    assert "Ask an administrator to check the clock" in str(refusal.value)
    assert [record.message for record in caplog.records] == [str(refusal.value)]
    assert LedgerEntry.objects.count() == 1
    # The audit says which entry is ahead of the clock.
    [fault] = verify_chain(first.account)
    assert (fault.number, "which is to come" in fault.problem) == (1, True)
    # Another account is not concerned.
    assert credit(PartnerFactory(), sales, "LD-THREE").posted_at == now


def test_second_commission_of_a_lead_is_refused_and_names_the_first(partner, sales):
    first = credit(partner, sales)
    with pytest.raises(errors.AlreadyCredited) as refusal:
        credit(partner, sales, agents=10)
    assert refusal.value.entry == first
    assert refusal.value.__cause__ is None  # The database did not have to say it.
    assert str(refusal.value).startswith("LD-7KQ2M9XA was already credited: entry 1, $354.00, "), (
        str(refusal.value)
    )
    assert str(refusal.value).endswith(", by Sally Sales.")
    assert Account.objects.get().balance == Decimal("354.00")


def test_second_commission_through_another_account_is_refused(partner, stranger, sales):
    first = credit(partner, sales)
    with pytest.raises(errors.AlreadyCredited) as refusal:
        credit(stranger.partner, sales)
    assert refusal.value.entry == first
    assert not Account.objects.filter(partner=stranger.partner, entry_count__gt=0).exists()


def test_reference_that_came_in_between_is_refused_just_so(partner, stranger, sales, monkeypatch):
    """What the lock cannot see, the database refuses; the words stay the same."""
    first = credit(partner, sales)
    look, looks = posting._credited, []

    def too_early(reference, after):
        looks.append(reference)
        return look(reference, after) if len(looks) > 1 else None

    monkeypatch.setattr(posting, "_credited", too_early)
    with pytest.raises(errors.AlreadyCredited) as refusal:
        credit(stranger.partner, sales)
    assert refusal.value.entry == first
    assert isinstance(refusal.value.__cause__, IntegrityError)
    assert LedgerEntry.objects.count() == 1


def test_other_integrity_errors_are_not_dressed_up(partner, sales, monkeypatch):
    """A number that is taken, say: no commission of the lead explains that error."""
    first = credit(partner, sales)
    triggers.drop("default")
    LedgerEntry.objects.filter(pk=first.pk).update(hash="f" * 64)
    Account.objects.update(head_hash="f" * 64)
    with monkeypatch.context() as patch:
        patch.setattr(posting, "entry_hash", lambda entry: "f" * 64)
        with pytest.raises(IntegrityError):
            credit(partner, sales, "LD-OTHER")


@pytest.mark.parametrize("amount", ["0.00", "-354.00", "NaN", "Infinity", "1E40"])
def test_amount_that_is_not_payable_is_refused(partner, sales, amount):
    with pytest.raises((errors.AmountRefused, errors.NotExplained)):
        credit(partner, sales, amount=Decimal(amount))
    assert not Account.objects.exists()


@pytest.mark.parametrize("amount", [354, 354.0, "354.00", None])
def test_amount_that_is_no_decimal_is_refused(partner, sales, amount):
    with pytest.raises(errors.AmountRefused):
        credit(partner, sales, amount=amount)


def test_nothing_to_credit_is_refused(partner, sales):
    free = Estimate((Line("LiveChat Business", 5, "annual", Decimal("0.00")),), TERMS)
    with pytest.raises(errors.AmountRefused, match="above zero"):
        credit(
            partner,
            sales,
            explanation=frozen(free),
            amount=free.rev_share,
        )


@pytest.mark.parametrize(
    "fields",
    [
        {"amount": Decimal("354.01")},
        {"amount": Decimal("354.001")},
        {"explanation": "by hand"},
        {"explanation": frozen(deal(5), "flat_fee")},
        {"explanation": frozen(deal(5)).replace("59.00", "69.00")},
    ],
)
def test_amount_without_its_explanation_is_refused(partner, sales, fields):
    with pytest.raises(errors.NotExplained):
        credit(partner, sales, **fields)
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize(
    "fields", [{"reference": ""}, {"reference": "L" * 41}, {"text": ""}, {"text": "T" * 201}]
)
def test_reference_and_text_are_required_and_limited_in_length(partner, sales, fields):
    with pytest.raises(errors.LedgerError, match=r"reference|text"):
        credit(partner, sales, **fields)
    assert not LedgerEntry.objects.exists()


def test_caller_that_fails_takes_the_credit_along(partner, sales):
    def decide():
        with transaction.atomic():
            credit(partner, sales)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        decide()
    assert not LedgerEntry.objects.exists()
    assert not Account.objects.filter(entry_count__gt=0).exists()
    assert credit(partner, sales).number == 1


def test_refusal_leaves_the_callers_transaction_usable(partner, sales):
    with transaction.atomic():
        credit(partner, sales)
        with pytest.raises(errors.AlreadyCredited):
            credit(partner, sales)
        credit(partner, sales, "LD-NEXT")
    assert verify_chain(partner.account) == []
    assert partner.account.entry_count == 2


def test_queries_do_not_grow_with_the_entries(partner, sales, django_assert_num_queries):
    credit(partner, sales, "LD-0")
    text = frozen(deal(5))
    # Savepoint and release, the locked account, an earlier credit, the last entry, insert, update
    with django_assert_num_queries(7):
        credit(partner, sales, "LD-1", explanation=text)
    for n in range(2, 12):
        credit(partner, sales, f"LD-{n}")
    with django_assert_num_queries(7):
        credit(partner, sales, "LD-12", explanation=text)


# What is posted stays


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE commissions_ledgerentry SET amount = amount + 1",
        "UPDATE commissions_ledgerentry SET text = 'nothing'",
        "DELETE FROM commissions_ledgerentry",
    ],
)
def test_database_itself_refuses_to_change_an_entry(partner, sales, statement):
    entry = credit(partner, sales)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert LedgerEntry.objects.get().hash == entry.hash


@pytest.mark.parametrize(
    ("kind", "amount", "refers"),
    [
        ("commission", "0.00", False),
        ("commission", "-1.00", False),
        ("reversal", "1.00", True),
        ("reversal", "-1.00", False),
        ("correction", "-1.00", True),
        ("correction", "1.00", False),
        ("adjustment", "0.00", False),
        ("adjustment", "1.00", True),
        ("withdrawal", "1.00", False),
        ("withdrawal", "-1.00", True),
        ("return", "-1.00", True),
        ("return", "1.00", False),
        ("gift", "1.00", False),
    ],
)
def test_database_refuses_a_sign_or_a_reference_that_does_not_fit_the_kind(
    partner, sales, kind, amount, refers
):
    first = credit(partner, sales)
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerEntry.objects.create(
            account=first.account,
            number=2,
            kind=kind,
            amount=Decimal(amount),
            reference="LD-OTHER",
            text="By hand",
            explanation="{}",
            refers_to=first if refers else None,
            posted_at=timezone.now(),
            posted_by=sales,
            hash="f" * 64,
        )


@pytest.mark.parametrize(
    ("kind", "amount", "refers"),
    [
        ("reversal", "-354.00", True),
        ("adjustment", "1.00", False),
        ("adjustment", "-1.00", False),
        ("withdrawal", "-354.00", False),
    ],
)
def test_other_kinds_join_the_chain(partner, sales, kind, amount, refers):
    first = credit(partner, sales)
    with transaction.atomic():
        entry = posting.post(
            posting.locked_account(partner),
            kind=kind,
            amount=Decimal(amount),
            reference=first.reference,
            text="As finance decided",
            explanation=explanation.canonical({"amount": amount, "steps": ["As decided."]}),
            actor=sales,
            refers_to=first if refers else None,
        )
    account = Account.objects.get()
    assert (entry.number, entry.previous_hash) == (2, first.hash)
    assert account.balance == Decimal("354.00") + Decimal(amount)
    assert verify_chain(account) == []
