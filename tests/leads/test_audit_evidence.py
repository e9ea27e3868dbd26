"""The audit finds what was changed in histories, evidence and agreements past the guards."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, models, transaction
from django.utils import timezone

from commissions.catalog.models import Price
from commissions.catalog.terms import CommissionTerms
from commissions.ledger import amounts
from commissions.ledger.models import LedgerEntry
from commissions.payouts import withdrawals
from commissions.payouts.models import (
    BillingDetails,
    PaymentBatch,
    Sequence,
    Withdrawal,
    WithdrawalEvent,
)
from leadportal.db.digests import DigestField, digest
from leadportal.db.fields import MoneyField
from leadportal.db.guards import guard_of, guarded_models
from leadportal.partners.models import Partner
from leadportal.partners.suspension import suspend
from leads.models import Lead, LeadCount, LeadEvent
from leads.status import Status
from tests.factories import LeadFactory, StaffFactory, UserFactory
from tests.leads.books import Books, audited, found, unguarded
from tests.worlds import made_once

pytestmark = pytest.mark.database


@made_once(inside=unguarded)
def kept() -> Books:
    owner = UserFactory(partner__name="Brightside Consulting", partner__domain="brightside.example")
    books = Books(owner, StaffFactory(is_superuser=True))
    pending = Withdrawal.objects.filter(status="pending")
    withdrawals.claim(pending, books.finance)
    withdrawals.mark_paid(pending, "PP-2", books.finance)
    return books


@pytest.fixture
def books(made: Books) -> Iterator[Books]:
    """The books with nothing in the database that guards them; its last withdrawal is paid."""
    yield made
    transaction.set_rollback(True)


# Each returns the words by which the audit names it, one line each.


def a_paid_withdrawal_made_pending(books):
    Withdrawal.objects.filter(status="paid").update(
        status="pending", paid_at=None, paid_by=None, payment_reference="", last_event=1
    )
    return [
        "Withdrawal {w}: its history row 2 (pending to paid) was never taken over",
        "Withdrawal {w}: paid_at is None",
        "Withdrawal {w}: paid_by_id is None",
        "Withdrawal {w}: payment_reference is , when it became paid it was PP-2",
    ]


def a_status_alone(books):
    Withdrawal.objects.filter(status="paid").update(status="pending")
    return ["Withdrawal {w}: is pending, which its history row 2 does not say"]


def another_payment_reference(books):
    Withdrawal.objects.filter(status="paid").update(payment_reference="PP-3")
    return ["Withdrawal {w}: payment_reference is PP-3, when it became paid it was PP-2"]


def another_day_of_payment(books):
    Withdrawal.objects.filter(status="paid").update(paid_at=timezone.now() + timedelta(days=1))
    return ["Withdrawal {w}: paid_at is"]


def another_payer(books):
    Withdrawal.objects.filter(status="paid").update(paid_by=books.owner)
    return ["Withdrawal {w}: paid_by_id is"]


def no_batch_any_more(books):
    Withdrawal.objects.filter(status="paid").update(batch=None)
    return ["Withdrawal {w}: batch_id is None"]


def evidence_of_a_payment_that_never_was(books):
    Withdrawal.objects.filter(status="returned").update(payment_reference="PP-9")
    WithdrawalEvent.objects.filter(to_status="paid", withdrawal__status="returned").delete()
    return [
        "Withdrawal {r}: its history row 3 (paid to returned) does not follow the one before it",
        "Withdrawal {r}: looks paid, its history does not say so",
    ]


def another_reason_of_a_return(books):
    Withdrawal.objects.filter(status="returned").update(return_reason="Because")
    return ["Withdrawal {r}: return_reason is Because, when it became returned it was It bounced"]


def another_paypal(books):
    BillingDetails.objects.update(paypal="thief@elsewhere.example")
    return ["Billing details {b} of partner {p}: version 1 does not have the digest"]


def another_agreement_text(books):
    models.QuerySet(CommissionTerms).update(requirements_text="Anything at all")
    return ["Commission terms {t} from 2023-01-01: does not have the digest of its content"]


def another_price_in_force(books):
    rows = models.QuerySet(Price).filter(plan__product__code="helpdesk", plan__code="team")
    rows.filter(billing_cycle="annual").update(monthly=Decimal("1.00"))
    return ["Price {price} from 2023-01-01: does not have the digest of its content"]


def another_consent(books):
    bundle = Lead.objects.filter(pk=books.bundle.pk)
    bundle.update(accepts_requirements_at=timezone.now() - timedelta(days=5))
    return ["Lead {l}: was not agreed to when it was sent"]


def somebody_elses_consent(books):
    Lead.objects.filter(pk=books.bundle.pk).update(agreed_by=books.finance)
    return ["Lead {l}: was not agreed to when it was sent"]


def other_terms(books):
    terms = CommissionTerms.objects.get()
    terms.pk, terms.valid_from = None, timezone.localdate() + timedelta(days=30)
    terms.save()
    Lead.objects.filter(pk=books.bundle.pk).update(terms=terms)
    return ["Lead {l}: does not have the terms of its day"]


def another_submitter(books):
    Lead.objects.filter(pk=books.bundle.pk).update(
        submitted_by=books.finance, agreed_by=books.finance
    )
    return ["Lead {l}: was not submitted when and by whom its history says"]


def a_lost_lead_made_approved(books):
    lost = Lead.objects.filter(status="lost")
    reference = lost[0].reference
    lost.update(status="approved", last_event=2)
    LeadCount.objects.add({(books.partner.pk, "lost"): -1, (books.partner.pk, "approved"): 1})
    return [f"Lead {reference}: its history row 3 (approved to lost) was never taken over"]


def a_forged_history_row(books):
    lead = Lead.objects.get(status="submitted")
    LeadEvent.objects.create(
        lead=lead,
        number=2,
        kind="moved",
        from_status="submitted",
        to_status="approved",
        at=timezone.now(),
        actor=books.finance,
    )
    return [f"Lead {lead.reference}: its history row 2 (submitted to approved) was never taken"]


def a_changed_history_row(books):
    row = LeadEvent.objects.get(lead__status="rejected", number=2)
    LeadEvent.objects.filter(pk=row.pk).update(to_status="approved")
    return [f"Lead {row.lead.reference}: is rejected, which its history row 2 does not say"]


def a_history_that_skips(books):
    lost = Lead.objects.get(status="lost")
    LeadEvent.objects.filter(lead=lost, number=2).update(to_status="rejected")
    LeadEvent.objects.filter(lead=lost, number=3).update(from_status="rejected")
    return [f"Lead {lost.reference}: its history row 3 (rejected to lost) is not a change that may"]


def a_deleted_history(books):
    LeadEvent.objects.filter(lead__status="submitted").delete()
    reference = Lead.objects.get(status="submitted").reference
    return [
        f"Lead {reference}: is submitted, which its history row 1 does not say",
        f"Lead {reference}: was not submitted when and by whom its history says",
    ]


def a_deleted_batch(books):
    PaymentBatch.objects.create(number=3, created_at=timezone.now(), created_by=books.finance)
    Sequence.objects.filter(pk="batch").update(last=3)
    return ["Payment batch 3: the batch before it is gone"]


def a_counter_of_batches(books):
    Sequence.objects.filter(pk="batch").update(last=7)
    return ["Payment batches: 7 are counted, the last is number 1"]


def details_of_another_partner(books):
    other = UserFactory()
    strange = BillingDetails.objects.get()
    strange.pk, strange.partner = None, other.partner
    strange.save(force_insert=True)
    Withdrawal.objects.filter(status="paid").update(billing=strange)
    return [f"Withdrawal {{w}}: is paid to the details of partner {other.partner_id}"]


def a_suspension_that_nobody_lifted(books):
    suspend(books.partner, "Chargebacks", books.finance)
    Partner.objects.filter(pk=books.partner.pk).update(status="active", last_event=0)
    return ["Partner Brightside Consulting: its history row 1 (active to suspended) was never"]


def a_suspension_without_a_record(books):
    Partner.objects.filter(pk=books.partner.pk).update(status="suspended")
    return ["Partner Brightside Consulting: is suspended, which its history row 0 does not say"]


FAULTS = [
    a_paid_withdrawal_made_pending,
    a_status_alone,
    another_payment_reference,
    another_day_of_payment,
    another_payer,
    no_batch_any_more,
    evidence_of_a_payment_that_never_was,
    another_reason_of_a_return,
    another_paypal,
    another_agreement_text,
    another_price_in_force,
    another_consent,
    somebody_elses_consent,
    other_terms,
    another_submitter,
    a_lost_lead_made_approved,
    a_forged_history_row,
    a_changed_history_row,
    a_history_that_skips,
    a_deleted_history,
    a_deleted_batch,
    a_counter_of_batches,
    details_of_another_partner,
    a_suspension_that_nobody_lifted,
    a_suspension_without_a_record,
]


def test_books_are_in_order_before(kept: Books) -> None:
    assert found() == []


@pytest.mark.parametrize("plant", FAULTS)
def test_what_was_changed_past_the_guards_is_named(books: Books, plant: Any) -> None:
    names = {
        "w": Withdrawal.objects.get(status="paid").number,
        "r": Withdrawal.objects.get(status="returned").number,
        "b": BillingDetails.objects.get().pk,
        "p": books.partner.pk,
        "t": CommissionTerms.objects.get().pk,
        "price": Price.objects.get(
            plan__product__code="helpdesk", plan__code="team", billing_cycle="annual"
        ).pk,
        "l": books.bundle.reference,
    }
    expected = [line.format(**names) for line in plant(books)]
    named = found()
    assert len(named) == len(expected), named
    for line, begins in zip(named, expected, strict=True):
        assert line.startswith(begins), named


# Amounts

MONEY = [
    (model, field)
    for model in (LedgerEntry, Withdrawal, Lead)
    for field in model._meta.concrete_fields
    if isinstance(field, MoneyField)
]


@pytest.mark.sqlite
@pytest.mark.parametrize("value", ["'abc'", "1.5", "x'00'", "''", "'1.5'", str(10**15)])
@pytest.mark.parametrize(
    ("model", "field"), [pytest.param(m, f, id=f"{m.__name__}-{f.name}") for m, f in MONEY]
)
def test_amount_that_is_not_whole_cents_is_named(books, model, field, value) -> None:
    row = model._default_manager.order_by("pk")[0].pk
    table, column = model._meta.db_table, field.column
    with connection.cursor() as cursor:
        cursor.execute(f'UPDATE "{table}" SET "{column}" = {value} WHERE id = {row}')
    [fault] = map(str, amounts.audit())
    assert fault.startswith(f"Table {table}, row {row}: {column} is ")
    assert fault.endswith("which is not an amount in whole cents")


@pytest.mark.sqlite
def test_amount_that_cannot_be_read_is_named_before_all_else(books) -> None:
    row = books.account.pk
    with connection.cursor() as cursor:
        cursor.execute("UPDATE commissions_account SET balance = 'abc'")
    assert audited() == [
        f"Table commissions_account, row {row}: balance is 'abc', which is not an amount in whole "
        "cents",
        "1 fault found. 0 entries checked.",
    ]


@pytest.mark.postgresql
def test_amount_beyond_all_amounts_is_named(books) -> None:
    row = LedgerEntry.objects.order_by("pk")[0].pk
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE commissions_ledgerentry SET amount = {10**15} WHERE id = {row}")
    assert found()[0].startswith(f"Table commissions_ledgerentry, row {row}: amount is 10000")


# Digests


def test_digest_is_of_every_column_and_of_what_is_stored(db: None) -> None:
    for model in guarded_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, DigestField):
                for row in model._default_manager.all():
                    assert row.digest == digest(row)
    terms = CommissionTerms.objects.get()
    before = digest(terms)
    for field in CommissionTerms._meta.concrete_fields:
        if field.name in ("id", "digest"):
            continue
        changed = CommissionTerms.objects.get()
        old = getattr(changed, field.attname)
        step = timedelta(days=1) if field.name == "valid_from" else 1
        setattr(changed, field.attname, f"{old}!" if isinstance(old, str) else old + step)
        assert digest(changed) != before, field.name


def test_what_is_still_to_come_gets_a_new_digest_with_each_change(db: None) -> None:
    terms = CommissionTerms.objects.get()
    terms.pk, terms.valid_from = None, timezone.localdate() + timedelta(days=30)
    terms.save()
    terms.flat_fee = Decimal(600)
    terms.save(update_fields=["flat_fee"])
    terms.refresh_from_db()
    assert terms.digest == digest(terms)
    CommissionTerms.objects.filter(pk=terms.pk).update(flat_fee=Decimal(700))
    terms.refresh_from_db()
    assert (terms.flat_fee, terms.digest) == (Decimal(700), digest(terms))


def test_every_version_and_every_dated_row_has_a_digest() -> None:
    for model in guarded_models():
        guard = guard_of(model)
        names = {field.name for field in model._meta.concrete_fields}
        if guard.in_force_from or model is BillingDetails:
            assert "digest" in names, model


def test_decisions_by_the_entry_points_leave_no_fault(books: Books) -> None:
    for status in Status:
        LeadFactory(status=status)
    assert found() == []
