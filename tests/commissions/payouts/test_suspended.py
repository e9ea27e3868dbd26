"""A suspended partner's money: credits are posted, withdrawals wait, whoever tries to pay them."""

from collections import Counter

import pytest
from django.test import Client

from commissions.ledger.models import LedgerEntry
from commissions.payouts import batches, withdrawals
from commissions.payouts.models import DownloadedPayment, Withdrawal
from commissions.payouts.withdrawals import WithdrawalRefused
from leadportal.partners.models import Partner
from leadportal.partners.suspension import lift, suspend
from tests.commissions.entries import credit
from tests.commissions.finance import (
    LIST,
    act,
    address,
    all_of,
    asked,
    many,
    owner_with_money,
    text,
)
from tests.race import race
from tests.sessions import sign_in

pytestmark = pytest.mark.database


@pytest.fixture
def as_finance(client: Client, finance_user) -> Client:
    sign_in(client, finance_user)
    return client


def suspend_owner_of(row: Withdrawal, actor) -> Partner:
    partner = Partner.objects.get(account=row.account_id)
    suspend(partner, "Chargebacks", actor)
    return partner


def statuses() -> Counter:
    return Counter(Withdrawal.objects.values_list("status", flat=True))


def test_credit_is_posted_and_nothing_is_withdrawn(superuser):
    owner = owner_with_money()
    suspend(owner.partner, "Chargebacks", superuser)
    credit(owner.partner, superuser, "LD-LATER")
    assert LedgerEntry.objects.filter(kind="commission").count() == 2
    with pytest.raises(WithdrawalRefused, match="is suspended"):
        withdrawals.request(owner)
    assert not Withdrawal.objects.exists()
    lift(owner.partner, "Cleared", superuser)
    assert withdrawals.request(owner).amount == 708


def test_export_leaves_them_out_and_says_why(finance_user, superuser):
    free, held = many(2)
    partner = suspend_owner_of(held, superuser)
    batch = withdrawals.claim(all_of(free, held), finance_user)
    assert [row.pk for row in batch.withdrawals.all()] == [free.pk]
    (left,) = withdrawals.unclaimed(all_of(free, held), batch)
    assert left.problem.startswith(f"{held.number} waits because {partner} is suspended.")
    with pytest.raises(WithdrawalRefused):
        withdrawals.claim(all_of(held), finance_user)
    lift(partner, "Cleared", superuser)
    assert withdrawals.claim(all_of(held), finance_user)


def test_payment_is_refused_row_by_row_and_a_return_is_not(finance_user, superuser):
    free, held = many(2)
    partner = suspend_owner_of(held, superuser)
    done, refused = sorted(
        withdrawals.mark_paid(all_of(free, held), "PP-1", finance_user),
        key=lambda outcome: bool(outcome.problem),
    )
    assert (done.withdrawal, refused.withdrawal) == (free, held)
    assert f"waits because {partner} is suspended" in refused.problem
    assert statuses() == {"paid": 1, "pending": 1}
    (returned,) = withdrawals.give_back(all_of(held), "They asked for it", finance_user)
    assert returned.done


def test_file_of_a_batch_leaves_them_out(finance_user, superuser):
    free, held = many(2)
    batch = withdrawals.claim(all_of(free, held), finance_user)
    partner = suspend_owner_of(held, superuser)
    file = batches.download(batch, finance_user)
    assert free.number.encode() in file.content
    assert held.number.encode() not in file.content
    assert [payment.withdrawal_id for payment in DownloadedPayment.objects.all()] == [free.pk]
    withdrawals.mark_paid(all_of(free), "PP-1", finance_user)
    with pytest.raises(WithdrawalRefused, match="is of suspended partners"):
        batches.download(batch, finance_user)
    lift(partner, "Cleared", superuser)
    assert held.number.encode() in batches.download(batch, finance_user).content


def test_withdrawal_that_no_file_held_is_not_paid_with_its_batch(
    as_finance, finance_user, superuser
):
    free, held = many(2)
    batch = withdrawals.claim(all_of(free, held), finance_user)
    partner = suspend_owner_of(held, superuser)
    batches.download(batch, finance_user)
    lift(partner, "Cleared", superuser)
    path, said = address("paymentbatch", "change", batch.pk), f"{held.number} is in no downloaded"
    page = text(as_finance.get(path))
    assert "Mark 1 pending withdrawal as paid" in page
    assert "One pending withdrawal in this batch is in no file that was downloaded" in page
    assert said in text(as_finance.get(address("withdrawal", "change", held.pk)))
    chosen = {"chosen": f"{free.pk},{held.pk}"}
    assert said in text(as_finance.get(address("withdrawal", "pay"), chosen))
    paid, refused = withdrawals.mark_paid(all_of(free, held), "PP-1", finance_user)
    assert paid.done
    assert said in refused.problem
    assert "Download a new file." in text(as_finance.get(path))
    batches.download(batch, finance_user)
    (paid,) = withdrawals.mark_paid(all_of(held), "PP-2", finance_user)
    assert paid.done


def test_downloaded_file_is_out_of_date_after_a_suspension(as_finance, finance_user, superuser):
    rows = many(3)
    batch = withdrawals.claim(all_of(*rows), finance_user)
    batches.download(batch, finance_user)
    path = address("paymentbatch", "change", batch.pk)
    as_finance.get(path)
    partner = suspend_owner_of(rows[0], superuser)
    page = text(as_finance.get(path))
    assert "Do not send the file" in page
    assert f"{rows[0].number} Partner suspended by Ada Admin" in page
    assert "One pending withdrawal in this batch waits because its partner is suspended." in page
    assert "Mark 2 pending withdrawals as paid" in page
    cost = asked(as_finance, path)
    suspend_owner_of(rows[1], superuser)
    assert asked(as_finance, path) == cost <= 10
    lift(partner, "Cleared", superuser)
    (change,) = batches.changes_since(batch.downloads.get(), [])
    assert change.payment.withdrawal == rows[1]


def test_bulk_pages_report_row_by_row(as_finance, superuser):
    free, held = many(2)
    partner = suspend_owner_of(held, superuser)
    for slug, typed in (("pay", {"payment_reference": "PP-1"}), ("export", {})):
        chosen = f"{free.pk},{held.pk}"
        page = text(as_finance.get(address("withdrawal", slug), {"chosen": chosen}))
        assert f"{held.number} waits because {partner} is suspended" in page
        report = text(act(as_finance, slug, free, held, **typed))
        assert f"{held.number} waits because {partner} is suspended" in report
        Withdrawal.objects.filter(pk=held.pk, status="pending", batch=None).get()
        free = many(1)[0]


def test_finance_sees_the_suspension_wherever_the_partner_is(as_finance, superuser):
    (held,) = many(1)
    suspend_owner_of(held, superuser)
    entry = held.entry
    for path in (
        LIST,
        address("withdrawal", "change", held.pk),
        address("account", "changelist"),
        address("account", "change", held.account_id),
        address("ledgerentry", "changelist"),
        address("ledgerentry", "change", entry.pk),
    ):
        assert ">Suspended<" in as_finance.get(path).content.decode(), path
    page = text(as_finance.get(address("withdrawal", "change", held.pk)))
    assert "is suspended since" in page
    assert "Reason: Chargebacks" in page
    assert "Mark as paid" not in page
    assert "Export" not in page


@pytest.mark.django_db(transaction=True)
def test_nobody_is_paid_after_the_suspension_has_committed(finance_user, superuser):
    """Whichever comes first, a withdrawal is not paid by one who began after the suspension."""
    rows = many(4)

    def act_of(number: int):
        if number < 4:
            return suspend_owner_of(rows[number], superuser)
        return withdrawals.mark_paid(all_of(*rows), "PP-1", finance_user)

    *_, outcomes = race(5, act_of)
    paid = {outcome.withdrawal.number for outcome in outcomes if outcome.done}
    for row in Withdrawal.objects.select_related("account__partner__account"):
        assert (row.status == "paid") == (row.number in paid)
        if row.status == "paid":
            assert row.paid_at <= row.account.partner.events.get().at
