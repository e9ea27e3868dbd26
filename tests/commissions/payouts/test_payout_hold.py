"""A newly entered PayPal account: owners hear of it, finance sees it, and nothing is paid yet."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from unittest import mock

import pytest
from django.utils import timezone

from commissions.payouts import batches, billing, withdrawals
from commissions.payouts.emails import masked
from commissions.payouts.models import BillingDetails, Withdrawal, WithdrawalStatus
from commissions.payouts.withdrawals import WithdrawalRefused
from leadportal.partners.models import User
from tests.commissions.entries import credit
from tests.commissions.finance import DETAILS, LIST, act, address, all_of, asked, said, text
from tests.factories import UserFactory
from tests.sessions import sign_in

OTHER = DETAILS | {"paypal": "other@brightside.example"}


@pytest.fixture(autouse=True)
def three_days(settings) -> None:
    settings.PAYOUT_DETAILS_HOLD_DAYS = 3


@pytest.fixture
def withdrawal(partner_user: User, superuser: User, settings) -> Withdrawal:
    """Requested now, with the first details, which were entered ten days ago."""
    with at(timezone.now() - timedelta(days=10)):
        billing.save(DETAILS, partner_user)
    credit(partner_user.partner, superuser)
    return withdrawals.request(partner_user)


@pytest.fixture
def held(partner_user: User, superuser: User) -> Withdrawal:
    """Requested now, with details that were changed just before."""
    with at(timezone.now() - timedelta(days=10)):
        billing.save(DETAILS, partner_user)
    billing.save(OTHER, partner_user)
    credit(partner_user.partner, superuser)
    return withdrawals.request(partner_user)


def at(moment: datetime) -> "mock._patch[mock.MagicMock]":
    return mock.patch("django.utils.timezone.now", return_value=moment)


def after(days: float) -> "mock._patch[mock.MagicMock]":
    return at(timezone.now() + timedelta(days=days))


# What is held


@pytest.mark.database
def test_new_account_is_paid_after_three_days_and_not_before(held, finance_user):
    assert not Withdrawal.objects.payable(timezone.now()).exists()
    with pytest.raises(WithdrawalRefused, match="on hold"):
        withdrawals.claim(all_of(held), finance_user)
    (outcome,) = withdrawals.mark_paid(all_of(held), "PP-1", finance_user)
    assert outcome.problem.startswith(f"{held.number} is on hold until ")
    with after(2.99):
        assert not Withdrawal.objects.payable(timezone.now()).exists()
        (outcome,) = withdrawals.mark_paid(all_of(held), "PP-1", finance_user)
        assert not outcome.done
    held.refresh_from_db()
    assert held.status == WithdrawalStatus.PENDING
    with after(3.01):
        assert Withdrawal.objects.payable(timezone.now()).get() == held
        batch = withdrawals.claim(all_of(held), finance_user)
        assert batch.withdrawals.get() == held
        (outcome,) = withdrawals.mark_paid(all_of(held), "PP-1", finance_user)
        assert outcome.done


@pytest.mark.database
def test_held_one_stays_behind_and_the_others_go(held, stranger, finance_user):
    with at(timezone.now() - timedelta(days=10)):
        billing.save(DETAILS, stranger)
    credit(stranger.partner, finance_user, "LD-2")
    free = withdrawals.request(stranger)
    rows = all_of(held, free)
    batch = withdrawals.claim(rows, finance_user)
    assert batch.withdrawals.get() == free
    (left_out,) = withdrawals.unclaimed(rows, batch)
    assert left_out.withdrawal == held
    assert "on hold until" in left_out.problem
    paid, kept = sorted(
        withdrawals.mark_paid(rows, "PP-1", finance_user), key=lambda outcome: outcome.problem
    )
    assert paid.withdrawal == free
    assert "on hold until" in kept.problem


@pytest.mark.database
def test_file_pays_nothing_that_is_held_since_its_export(held, settings, finance_user):
    settings.PAYOUT_DETAILS_HOLD_DAYS = 0
    batch = withdrawals.claim(all_of(held), finance_user)
    settings.PAYOUT_DETAILS_HOLD_DAYS = 3
    with pytest.raises(WithdrawalRefused, match=f"The PayPal account of {held.number} is on hold"):
        batches.download(batch, finance_user)
    assert not batch.downloads.exists()
    with after(3.01):
        assert batches.download(batch, finance_user).download.payment_count == 1


@pytest.mark.database
def test_held_one_can_be_returned(held, finance_user):
    (outcome,) = withdrawals.give_back(all_of(held), "Not yours", finance_user)
    assert outcome.done


@pytest.mark.database
def test_first_details_are_held_too(partner_user, superuser):
    billing.save(DETAILS, partner_user)
    credit(partner_user.partner, superuser)
    withdrawals.request(partner_user)
    assert not Withdrawal.objects.payable(timezone.now()).exists()


@pytest.mark.database
def test_other_details_of_the_same_account_are_not_held(withdrawal, partner_user, finance_user):
    version, _ = billing.save(DETAILS | {"city": "Hamburg", "vat": ""}, partner_user)
    assert version.paypal_since == BillingDetails.objects.get(version=1).paypal_since
    assert not version.is_held


@pytest.mark.database
def test_going_back_to_an_earlier_account_is_held_anew(withdrawal, partner_user):
    billing.save(OTHER, partner_user)
    version, _ = billing.save(DETAILS, partner_user)
    assert version.is_held


@pytest.mark.database
def test_what_was_requested_before_a_change_is_paid_where_it_was_requested(
    withdrawal, partner_user, finance_user
):
    billing.save(OTHER, partner_user)
    assert Withdrawal.objects.payable(timezone.now()).get() == withdrawal
    assert withdrawals.claim(all_of(withdrawal), finance_user).withdrawals.count() == 1


@pytest.mark.database
@pytest.mark.parametrize("days", [0, 1, 30])
def test_how_long_is_a_setting(held, settings, days):
    settings.PAYOUT_DETAILS_HOLD_DAYS = days
    assert Withdrawal.objects.payable(timezone.now()).exists() is (days == 0)
    with after(days + 0.01):
        assert Withdrawal.objects.payable(timezone.now()).exists()


# What finance sees

CHANGED = "Details changed on "


def test_finance_sees_until_when_it_is_held_and_cannot_pay_it(finance, held):
    until = timezone.localtime(held.billing.held_until)
    words = f"On hold until {until.day} {until:%b %Y, %H:%M}."
    for path in (LIST, address("withdrawal", "change", held.pk)):
        page = text(finance.get(path))
        assert CHANGED in page
        assert words in page
    page = finance.get(address("withdrawal", "change", held.pk)).text
    assert ">Return<" in page
    assert "Mark as paid" not in page
    assert "Export for payment" not in page
    nothing = f"{held.why_held} Nothing was changed."
    assert said(act(finance, "pay", held, payment_reference="PP-1")) == [nothing]
    assert "on hold" in said(act(finance, "export", held))[0]
    held.refresh_from_db()
    assert (held.status, held.batch) == (WithdrawalStatus.PENDING, None)


def test_finance_sees_that_details_changed_after_the_request(
    finance, withdrawal, partner_user, finance_user
):
    assert CHANGED not in text(finance.get(LIST))
    billing.save(OTHER, partner_user)
    batch = withdrawals.claim(all_of(withdrawal), finance_user)
    pages = [
        LIST,
        address("withdrawal", "change", withdrawal.pk),
        address("withdrawal", "pay") + f"?chosen={withdrawal.pk}",
        address("paymentbatch", "change", batch.pk),
    ]
    for path in pages:
        page = text(finance.get(path))
        assert CHANGED in page, path
        assert "after this request" in page, path
    withdrawals.mark_paid(all_of(withdrawal), "PP-1", finance_user)
    assert CHANGED not in text(finance.get(LIST + "?status=paid"))


def test_marks_cost_no_query_of_their_own(finance, withdrawal, partner_user):
    before = asked(finance, LIST)
    for city in ("Hamburg", "Bonn", "Ulm"):
        billing.save(OTHER | {"city": city}, partner_user)
    assert asked(finance, LIST) == before


# What the owners hear


@pytest.fixture
def second(partner_user: User) -> Iterator[User]:
    UserFactory(partner=partner_user.partner, is_active=False)
    UserFactory(partner=partner_user.partner, role=User.Role.MEMBER)
    return UserFactory(partner=partner_user.partner, email="second@brightside.example")


@pytest.mark.database
def test_all_owners_are_mailed_what_was_changed_and_nobody_else(
    withdrawal, partner_user, second, mailoutbox
):
    mailoutbox.clear()
    billing.save(OTHER | {"city": "Bonn"}, partner_user)
    assert sorted(mail.to[0] for mail in mailoutbox) == [partner_user.email, second.email]
    for mail in mailoutbox:
        html = mail.alternatives[0].content
        assert mail.subject == "Your billing details were changed"
        for words in (mail.body, html):
            assert "PayPal email: p…@brightside.example → o…@brightside.example" in words
            assert "City" in words
            assert "Olivia Owner" in words
            assert "we make no payments to the new PayPal account before" in words
            for secret in ("other@", "pay@", "Bonn", "Berlin", DETAILS["vat"]):
                assert secret not in words
        assert "VAT" not in mail.body


@pytest.mark.database
def test_first_details_are_announced_and_the_same_again_are_not(partner_user, second, mailoutbox):
    billing.save(DETAILS, partner_user)
    assert {mail.subject for mail in mailoutbox} == {"Your billing details were entered"}
    assert len(mailoutbox) == 2
    billing.save(DETAILS, partner_user)
    assert len(mailoutbox) == 2


@pytest.mark.parametrize(
    ("email", "shown"), [("pay@a.example", "p…@a.example"), ("x@b.example", "x…@b.example")]
)
def test_address_is_masked(email, shown):
    assert masked(email) == shown


def test_partner_reads_from_when_on_it_is_paid(client, held, partner_user):
    sign_in(client, partner_user)
    words = "we make no payments to it before"
    assert words in text(client.get("/commissions/billing/"))
    assert words in text(client.get(f"/commissions/withdrawals/{held.number}/"))
    with after(4):
        assert words not in text(client.get("/commissions/billing/"))
