"""Many tabs ask for one balance, or change where it goes, at once: money goes as it was shown."""

import pytest

from commissions.ledger.models import LedgerEntry
from commissions.payouts import billing, eligibility, withdrawals
from commissions.payouts.models import Withdrawal
from tests.commissions.entries import credit
from tests.commissions.finance import DETAILS
from tests.race import race

pytestmark = pytest.mark.database


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_twenty_tabs_request_one_balance_once(partner_user, finance_user):
    credit(partner_user.partner, finance_user)
    billing.save(DETAILS, partner_user)
    results = race(20, lambda _: eligibility.request_as_shown(partner_user, "354.00", "1"))
    refused = [result for result in results if isinstance(result, withdrawals.WithdrawalRefused)]
    assert len(refused) == 19
    entry = LedgerEntry.objects.get(kind="withdrawal")
    assert str(entry.amount) == "-354.00"


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_money_goes_to_the_details_that_were_shown_or_nowhere(partner_user, finance_user):
    """Half change the details while the others ask: whoever succeeds saw what is paid to."""
    credit(partner_user.partner, finance_user)
    billing.save(DETAILS, partner_user)

    def act(number):
        if number % 2:
            return billing.save(DETAILS | {"company": f"Company {number}"}, partner_user)
        return eligibility.request_as_shown(partner_user, "354.00", "1")

    race(8, act)
    for withdrawal in Withdrawal.objects.select_related("billing"):
        assert withdrawal.billing.version == 1
