"""Billing details: owners change them, each change is a version, and none is ever lost."""

import re
from html import unescape

import pytest
from django.core.exceptions import PermissionDenied

from commissions.payouts import billing, withdrawals
from commissions.payouts.forms import BillingForm
from commissions.payouts.models import BillingDetails
from commissions.payouts.views import billing as billing_page
from tests.commissions.entries import credit
from tests.commissions.finance import DETAILS
from tests.race import race
from tests.sessions import sign_in

ADDRESS = "/commissions/billing/"


@pytest.fixture
def owner(client, partner_user):
    sign_in(client, partner_user, confirmed=True)
    return client


def versions():
    rows = BillingDetails.objects.order_by("version")
    return [(row.version, row.company, row.paypal) for row in rows]


def typed(response, name):
    """Return what stands in a field of the page."""
    return unescape(re.search(rf'name="{name}" value="([^"]*)"', response.text)[1])


# Versions


@pytest.mark.database
def test_first_details_are_version_1(owner, partner_user):
    response = owner.post(ADDRESS, DETAILS, follow=True)
    assert "Your billing details are saved as version 1." in response.text
    (row,) = BillingDetails.objects.all()
    assert {name: str(getattr(row, name)) for name in billing.FIELDS} == DETAILS
    assert (row.partner, row.saved_by, row.version) == (partner_user.partner, partner_user, 1)


@pytest.mark.database
def test_change_is_a_new_version_and_the_old_one_stays(owner):
    owner.post(ADDRESS, DETAILS)
    response = owner.post(ADDRESS, DETAILS | {"company": "Brightside SE"}, follow=True)
    assert "as version 2." in response.text
    assert versions() == [
        (1, "Brightside Consulting GmbH", "pay@brightside.example"),
        (2, "Brightside SE", "pay@brightside.example"),
    ]
    assert typed(response, "company") == "Brightside SE"
    assert "Version 1, saved by Olivia Owner on" in response.text


@pytest.mark.database
def test_saving_the_same_again_makes_no_version(owner):
    owner.post(ADDRESS, DETAILS)
    response = owner.post(
        ADDRESS, DETAILS | {"company": " Brightside  Consulting GmbH "}, follow=True
    )
    assert "Nothing has changed. Version 1 is still current." in response.text
    assert len(versions()) == 1


@pytest.mark.database
def test_of_two_tabs_the_last_one_wins_and_no_row_is_lost(owner):
    owner.post(ADDRESS, DETAILS)
    owner.post(ADDRESS, DETAILS | {"city": "Hamburg"})
    owner.post(ADDRESS, DETAILS | {"paypal": "other@brightside.example"})
    rows = BillingDetails.objects.order_by("version")
    assert [(row.version, row.city, row.paypal) for row in rows] == [
        (1, "Berlin", "pay@brightside.example"),
        (2, "Hamburg", "pay@brightside.example"),
        (3, "Berlin", "other@brightside.example"),
    ]


@pytest.mark.database
def test_going_back_to_earlier_details_is_a_version_of_its_own(owner):
    for city in ("Berlin", "Hamburg", "Berlin"):
        owner.post(ADDRESS, DETAILS | {"city": city})
    assert [version for version, *_ in versions()] == [1, 2, 3]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_those_who_save_at_once_leave_a_version_each(partner_user):
    def save(number):
        return billing.save(DETAILS | {"company": f"Company {number}"}, partner_user)

    results = race(8, save)
    assert [is_new for _, is_new in results] == [True] * 8
    rows = BillingDetails.objects.order_by("version")
    assert [row.version for row in rows] == list(range(1, 9))
    assert {row.company for row in rows} == {f"Company {number}" for number in range(8)}


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_those_who_save_the_same_at_once_leave_one(partner_user):
    results = race(8, lambda _: billing.save(DETAILS, partner_user))
    assert sorted(is_new for _, is_new in results) == [False] * 7 + [True]
    assert len(versions()) == 1


@pytest.mark.database
def test_withdrawal_keeps_the_billing_version_it_was_requested_with(
    owner, partner_user, sales_user
):
    credit(partner_user.partner, sales_user)
    owner.post(ADDRESS, DETAILS)
    withdrawal = withdrawals.request(partner_user)
    owner.post(ADDRESS, DETAILS | {"paypal": "other@brightside.example"})
    withdrawal.refresh_from_db()
    assert withdrawal.billing.version == 1
    assert withdrawal.billing.paypal == "pay@brightside.example"


@pytest.mark.parametrize("who", ["teammate", "sales_user", "finance_user", "superuser"])
def test_billing_details_are_saved_by_owners_alone(request, who):
    with pytest.raises(PermissionDenied):
        billing.save(DETAILS, request.getfixturevalue(who))
    assert versions() == []


# The form


def cleaned(**changes):
    form = BillingForm(DETAILS | changes)
    assert form.is_valid(), form.errors
    return form.cleaned_data


@pytest.mark.parametrize(
    ("field", "typed", "kept"),
    [
        ("vat", "  DE 123456789\t", "DE 123456789"),
        ("company", " Brightside \n  Consulting ", "Brightside Consulting"),
        ("paypal", " Pay.Roll+1@Brightside.EXAMPLE ", "Pay.Roll+1@brightside.example"),
        ("zip_code", " 10115 ", "10115"),
        ("company", "株式会社ブライトサイド", "株式会社ブライトサイド"),
        ("vat", "", ""),
        ("state", "", ""),
        ("zip_code", "", ""),
        ("type", "individual", "individual"),
        ("vat", "1" * 30, "1" * 30),
    ],
)
def test_typed_text_is_saved_without_stray_spaces(db, field, typed, kept):
    assert cleaned(**{field: typed})[field] == kept


# field, what is typed, the error
WRONG = [
    ("company", "", "Enter the company's name, or your full name."),
    ("company", "   ", "Enter the company's name, or your full name."),
    ("company", "x" * 201, "Shorten this by 1 character. The limit is 200 characters."),
    ("address", "", "Enter the street and number."),
    ("city", "", "Enter the city."),
    ("country", "", "Enter the country."),
    ("country", "XX", "“XX” is not a country that we know. Choose one from the list."),
    ("type", "", "Choose whether a business or an individual is paid."),
    ("paypal", "", "Enter the email address of your PayPal account."),
    ("paypal", "nobody", "Enter an email address in the form name@example.com."),
    ("paypal", "a@b@c.example", "Enter an email address in the form name@example.com."),
    ("vat", "1" * 31, "Shorten this by 1 character. The limit is 30 characters."),
    ("city", "Ber\x00lin", "Null characters are not allowed."),
]
FIRST = {field: (field, typed, error) for field, typed, error in reversed(WRONG)}
LAST = {field: (field, typed, error) for field, typed, error in WRONG}


@pytest.mark.parametrize(("field", "typed", "error"), WRONG)
def test_error_says_what_is_wrong(db, field, typed, error):
    assert BillingForm(DETAILS | {field: typed}).errors == {field: [error]}


@pytest.mark.parametrize(
    "wrong",
    [WRONG[:1], FIRST.values(), LAST.values()],
    ids=["one", "the first of each field", "the last of each field"],
)
def test_page_says_each_error_and_nothing_typed_is_lost(owner, wrong):
    changes = {field: typed for field, typed, _ in wrong}
    response = owner.post(ADDRESS, DETAILS | changes)
    assert response.status_code == 422
    text = unescape(response.text)
    assert "<title>Error: Billing details" in text
    for _, _, error in wrong:
        # In the summary, linked to the field, and beside the field
        assert text.count(error) == 2
    for name in ("company", "vat", "address", "city", "zip_code", "paypal"):
        if name not in changes:
            assert f'name="{name}" value="{DETAILS[name]}"' in text
    assert BillingDetails.objects.count() == 0


def test_form_opens_with_the_current_details(owner):
    owner.post(ADDRESS, DETAILS | {"type": "individual"})
    response = owner.get(ADDRESS)
    for name in ("company", "vat", "address", "city", "zip_code", "paypal"):
        assert typed(response, name) == DETAILS[name]
    assert typed(response, "country") == "Germany"
    assert re.search(r'value="individual"[^>]*checked', response.text)


def test_markup_in_details_is_escaped(owner, client, teammate):
    owner.post(ADDRESS, DETAILS | {"company": "<script>alert(1)</script>"})
    assert "<script>alert" not in owner.get(ADDRESS).text
    sign_in(client, teammate)
    assert "<script>alert" not in client.get(ADDRESS).text


# On the way to a withdrawal


def test_saving_leads_on_to_the_withdrawal_it_was_missing_for(owner):
    page = owner.get(f"{ADDRESS}?next=withdraw")
    assert '<input type="hidden" name="next" value="withdraw">' in page.text
    refused = owner.post(f"{ADDRESS}?next=withdraw", DETAILS | {"next": "withdraw", "city": ""})
    assert '<input type="hidden" name="next" value="withdraw">' in refused.text
    response = owner.post(f"{ADDRESS}?next=withdraw", DETAILS | {"next": "withdraw"})
    assert (response.status_code, response.url) == (302, "/commissions/withdraw/")


@pytest.mark.parametrize("elsewhere", ["", "//evil.example", "/accounts/logout/", "Withdraw"])
def test_saving_leads_nowhere_else(owner, elsewhere):
    response = owner.post(ADDRESS, DETAILS | {"next": elsewhere})
    assert response.url == ADDRESS


# Who


def test_member_reads_and_does_not_change(client, owner, teammate):
    owner.post(ADDRESS, DETAILS)
    sign_in(client, teammate)
    text = client.get(ADDRESS).text
    assert "Brightside Consulting GmbH" in text
    assert "Only an owner of your organization can change them." in text
    assert "Save billing details" not in text
    assert client.post(ADDRESS, DETAILS | {"company": "Mine"}).status_code == 404
    assert len(versions()) == 1


def test_member_reads_that_there_are_none_yet(client, teammate):
    sign_in(client, teammate)
    assert "There are no billing details yet." in client.get(ADDRESS).text


@pytest.mark.database
def test_stranger_sees_and_changes_their_own_alone(owner, client, stranger):
    owner.post(ADDRESS, DETAILS)
    sign_in(client, stranger, confirmed=True)
    assert "Brightside" not in client.get(ADDRESS).text
    client.post(ADDRESS, DETAILS | {"company": "Somebody Else Ltd"})
    rows = BillingDetails.objects.order_by("pk")
    assert [(row.partner.name, row.version) for row in rows] == [
        ("Brightside Consulting", 1),
        ("Somebody Else", 1),
    ]


@pytest.mark.parametrize("who", ["sales_user", "finance_user", "superuser"])
def test_staff_have_no_such_page(client, request, who):
    sign_in(client, request.getfixturevalue(who))
    assert client.get(ADDRESS).status_code == 404
    assert client.post(ADDRESS, DETAILS).status_code == 404
    assert versions() == []


def test_anonymous_is_sent_to_sign_in(client, db):
    assert client.get(ADDRESS).url == f"/accounts/login/?next={ADDRESS}"
    assert client.post(ADDRESS, DETAILS).url == f"/accounts/login/?next={ADDRESS}"
    assert versions() == []


@pytest.mark.database
@pytest.mark.parametrize("count", [1, 8])
def test_page_takes_three_queries(
    owner, django_assert_num_queries, partner_user, count, monkeypatch
):
    assert billing_page.SHOWN == 25
    monkeypatch.setattr(billing_page, "SHOWN", 5)
    for number in range(count):
        billing.save(DETAILS | {"company": f"Company {number}"}, partner_user)
    # Session, person with the organization, versions with who saved them
    with django_assert_num_queries(3):
        text = owner.get(ADDRESS).text
    # The latest of the earlier ones; each is kept
    assert text.count("<summary>Version") == min(count - 1, 5)
    assert len(versions()) == count
