"""The file for PayPal's Payouts Web: its columns, who can be paid by it, harmless anywhere."""

import csv
from io import StringIO

import pytest
from django.core.exceptions import ValidationError

from commissions.payouts import exports, paypal
from commissions.payouts.forms import BillingForm
from commissions.payouts.models import BillingDetails, PaymentBatch, Withdrawal
from commissions.payouts.withdrawals import WithdrawalRefused, claim, unclaimed
from tests.commissions.finance import DETAILS, all_of, many, requested


def rows(content):
    return list(csv.reader(StringIO(content.decode(), newline="")))


def file_of(*withdrawals):
    return paypal.payment_file(withdrawals)


def test_file_has_the_columns_of_payouts_web_and_no_header(db):
    row = requested(paypal="kasse@haus.example")
    assert file_of(row).decode() == (
        f"kasse@haus.example,354.00,USD,{row.number},"
        f"LiveChat partner commission {row.number},PAYPAL,\r\n"
    )


def test_file_has_a_row_for_each_payment_in_their_order(db):
    withdrawals = many(3)[::-1]
    lines = rows(file_of(*withdrawals))
    assert [line[3] for line in lines] == [row.number for row in withdrawals]
    assert [line[1] for line in lines] == ["495.60", "424.80", "354.00"]
    assert {len(line) for line in lines} == {7}


def test_file_is_utf8_without_bom(db, settings):
    settings.VENDOR_NAME = "Łódź Chat"
    content = file_of(requested())
    assert not content.startswith(b"\xef\xbb\xbf")
    assert "Łódź Chat partner commission" in content.decode()


def test_amount_is_a_plain_number_with_a_dot_and_two_decimals(db):
    assert rows(file_of(requested(agents=1_000)))[0][1] == "70800.00"


def test_number_is_unique_and_fits_paypals_column(db):
    numbers = [line[3] for line in rows(file_of(*many(3)))]
    assert len(set(numbers)) == 3
    assert all(len(number) <= 30 and " " not in number for number in numbers)


# What is typed, and what the file names
ADDRESSES = [
    ("+anna@example.com", "+anna@example.com"),
    ("-anna@example.com", "-anna@example.com"),
    ("Pay.Roll+1@Example.COM", "Pay.Roll+1@example.com"),
    (" anna@example.com \n", "anna@example.com"),
    ("＋anna@example.com", "+anna@example.com"),
    ("o'neill_&_sons~x@sub.example.co.uk", "o'neill_&_sons~x@sub.example.co.uk"),
    ("anna@bücher.example", "anna@xn--bcher-kva.example"),
    ("a" * 64 + "@" + "b" * 50 + ".example", "a" * 64 + "@" + "b" * 50 + ".example"),
]


@pytest.mark.parametrize(("typed", "named"), ADDRESSES)
def test_recipient_is_normalized_and_never_escaped(db, typed, named):
    assert paypal.recipient(typed) == named
    row = requested(paypal=typed)
    assert rows(file_of(row))[0][0] == named
    assert paypal.can_pay(row)


NOBODY = [
    "",
    "anna",
    "anna@",
    "@example.com",
    "@SUM(A1)@example.com",
    "anna@localhost",
    "anna@[127.0.0.1]",
    "anna@127.0.0.1",
    "anna@-example.com",
    "anna@example..com",
    ".anna@example.com",
    "anna..berg@example.com",
    "anna berg@example.com",
    "anna,berg@example.com",
    '"anna"@example.com',
    "änna@example.com",
    "=1+1@example.com",
    "=cmd|'/C calc'!A0@example.com",
    "+cmd|'/C'!A0@example.com",
    '=HYPERLINK("http://evil.example","Pay")@example.com',
    "anna@example.com\r\nmax@example.com",
    "anna@example.com;max@example.com",
    "an\u200bna@example.com",
    "anna@exam\u00adple.com",
    "anna@example.com,354.00",
    "a\x00nna@example.com",
    "a" * 64 + "@" + "b" * 60 + ".example",
]


@pytest.mark.parametrize("typed", NOBODY)
def test_what_is_no_address_is_refused_with_words(typed):
    with pytest.raises(ValidationError) as refused:
        paypal.recipient(typed)
    assert refused.value.messages[0].endswith(".")


@pytest.mark.parametrize("typed", NOBODY)
def test_what_paypal_cannot_pay_is_refused_where_it_is_typed(db, typed):
    form = BillingForm(DETAILS | {"paypal": typed})
    # A line's end in the middle is taken out by the browser's own field, as Django does.
    assert form.is_valid() is False, form.cleaned_data
    assert list(form.errors) == ["paypal"]


@pytest.mark.parametrize(("typed", "named"), ADDRESSES)
def test_billing_details_keep_the_address_as_the_file_names_it(db, typed, named):
    form = BillingForm(DETAILS | {"paypal": typed})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["paypal"] == named


def test_withdrawal_to_no_address_is_not_exported_and_says_how_to_go_on(finance_user):
    good, bad = requested(), requested(paypal="=1+1@example.com")
    batch = claim(all_of(good, bad), finance_user)
    assert list(batch.withdrawals.all()) == [good]
    [outcome] = unclaimed(all_of(good, bad), batch)
    assert outcome.problem == (
        f"{bad.number} cannot be exported because PayPal cannot pay =1+1@example.com. "
        "Return it so that the partner can correct the address."
    )
    with pytest.raises(WithdrawalRefused, match="PayPal cannot pay"):
        claim(all_of(bad), finance_user)
    assert PaymentBatch.objects.count() == 1


def test_file_holds_no_more_than_paypal_takes(finance_user, monkeypatch):
    monkeypatch.setattr(paypal, "MOST_PAYMENTS", 2)
    withdrawals = many(3)
    with pytest.raises(WithdrawalRefused, match="at most 2 payments in one file"):
        claim(Withdrawal.objects.all(), finance_user)
    assert claim(all_of(*withdrawals[:2]), finance_user).withdrawals.count() == 2


@pytest.mark.parametrize("vendor", ["=1+1", "+49", "-1", "@here", "\t=1+1", "＝1+1"])
def test_note_is_harmless_in_a_spreadsheet(db, settings, vendor):
    settings.VENDOR_NAME = vendor
    assert rows(file_of(requested()))[0][4].startswith("'")


def test_note_fits_its_cell_and_begins_no_other(db, settings):
    settings.VENDOR_NAME = 'A "quoted", name;=1+1\r\nof two lines ' + "x" * 500
    row = requested()
    [line] = rows(file_of(row))
    assert len(line) == 7
    assert line[4].startswith('A "quoted", name,=1+1 of two lines xxx')
    assert line[4].endswith(f" partner commission {row.number}")
    assert len(line[4]) == paypal.LONGEST_NOTE - 1
    assert ";" not in file_of(row).decode()


def test_partners_own_words_are_not_in_the_file(db):
    row = requested(company="=1+1", vat="+49", address="@here", zip_code="-1+1")
    for words in ("=1+1", "+49", "@here"):
        assert words not in file_of(row).decode()
    assert exports.safe(row.billing.company) == "'=1+1"
    assert BillingDetails.objects.get(pk=row.billing_id).company == "=1+1"
