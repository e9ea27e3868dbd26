"""One withdrawal as finance sees it, and the small pages that export, pay, return."""

from decimal import Decimal
from html import unescape

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commissions.ledger import posting
from commissions.ledger.models import LedgerEntry
from commissions.payouts.admin.actions import ExportView, PayView, ReturnView
from commissions.payouts.models import PaymentBatch, Withdrawal
from commissions.payouts.withdrawals import claim, give_back, mark_paid
from leadportal.db.groups import FINANCE
from leadportal.ui import bulk
from tests.commissions.finance import (
    LIST,
    act,
    address,
    all_of,
    asked,
    billing,
    many,
    press,
    requested,
    run_action,
    said,
    text,
)
from tests.factories import StaffFactory
from tests.sessions import sign_in
from tests.worlds import made_once

ACTIONS = ("export", "pay", "return")
TYPED = {
    "export": {},
    "pay": {"payment_reference": "PP-8841"},
    "return": {"reason": "The address does not exist"},
}


@made_once
def kept():
    return StaffFactory(name="Finn Finance", groups=(FINANCE,)), many(3)


@pytest.fixture
def finance_user(made):
    return made[0]


@pytest.fixture
def rows(made):
    """Three pending ones: of $354.00, $424.80 and $495.60."""
    return made[1]


@pytest.fixture
def row(rows):
    return rows[0]


# One withdrawal


def test_page_says_everything_of_a_withdrawal(finance, finance_user):
    row = requested(company="Kaffeehaus GmbH", paypal="kasse@haus.example", city="Kiel")
    claim(all_of(row), finance_user)
    mark_paid(all_of(row), "PP-8841", finance_user)
    give_back(all_of(row), "It bounced", finance_user)
    billing(row.requested_by, paypal="newer@haus.example")
    page = finance.get(address("withdrawal", "change", row.pk))
    shown = text(page)
    for words in (
        row.number,
        "Returned",
        row.account.partner.name,
        "$354.00",
        "Kaffeehaus GmbH",
        "DE123456789",
        "kasse@haus.example",
        "Lange Straße 12, 20095 Kiel, Germany",
        "PP-8841",
        f"Requested by {row.requested_by}",
        "Billing details at the time of the request",
        "Exported in batch 1 by Finn Finance",
        "Paid, recorded by Finn Finance",
        "Returned by Finn Finance",
        "It bounced",
        "−$354.00",
        "Returned withdrawal",
    ):
        assert words in shown, words
    assert "newer@haus.example" not in shown
    row.refresh_from_db()
    for link in (
        address("ledgerentry", "change", row.entry_id),
        address("ledgerentry", "change", row.return_entry_id),
        address("account", "change", row.account_id),
        address("paymentbatch", "change", row.batch_id),
    ):
        assert f'href="{link}"' in page.content.decode(), link


@pytest.mark.parametrize(
    ("state", "open_actions"),
    [
        ("pending", ["export", "pay", "return"]),
        ("batched", ["pay", "return"]),
        ("paid", ["return"]),
        ("returned", []),
    ],
)
def test_page_offers_what_can_be_done(finance, finance_user, row, state, open_actions):
    if state == "batched":
        claim(all_of(row), finance_user)
    if state == "paid":
        mark_paid(all_of(row), "PP-1", finance_user)
    if state == "returned":
        give_back(all_of(row), "Bounced", finance_user)
    html = finance.get(address("withdrawal", "change", row.pk)).content.decode()
    offered = [slug for slug in ACTIONS if f"/withdrawal/{slug}/?chosen={row.pk}" in html]
    assert offered == open_actions


@pytest.mark.database
@pytest.mark.parametrize("wrong", ["999999", "0", "x", "9" * 40])
def test_withdrawal_that_is_not_there_leads_to_the_list(finance, wrong):
    response = finance.get(f"{LIST}{wrong}/change/")
    assert response.status_code == 302
    assert response.url == LIST


# The small pages


def test_page_between_names_what_it_will_do(finance, finance_user, rows):
    first, second, paid = rows
    mark_paid(all_of(paid), "PP-1", finance_user)
    # The list has only the pending ones: the third was paid after the list was shown.
    page = run_action(finance, "pay", first, second, paid)
    shown = text(page)
    total = first.amount + second.amount
    assert f"2 withdrawals, ${total} , become Paid" in shown
    assert first.number in shown
    assert second.number in shown
    assert "1 of the chosen withdrawals will not change" in shown
    assert f"{paid.number} was already paid by Finn Finance" in shown
    assert f"PayPal {first.billing.paypal}" in shown  # the mail, as an example
    assert Withdrawal.objects.filter(status="paid").count() == 1


def test_nothing_is_done_before_the_button_is_pressed(finance, row):
    for slug in ACTIONS:
        assert run_action(finance, slug, row).status_code == 200
        assert finance.get(address("withdrawal", slug), {"chosen": row.pk}).status_code == 200
        preview = {"do": "preview", "chosen": row.pk, **TYPED[slug]}
        assert finance.post(address("withdrawal", slug), preview).status_code == 200
        assert finance.post(address("withdrawal", slug), {"chosen": row.pk}).status_code == 200
    row.refresh_from_db()
    assert (row.status, row.batch_id) == ("pending", None)
    assert not PaymentBatch.objects.exists()


@pytest.mark.database
def test_export_leads_to_the_batch_and_its_file(finance, finance_user, rows):
    page = run_action(finance, "export", *rows)
    assert "3 withdrawals, $1,274.40 , go into a new batch" in text(page)
    response = act(finance, "export", *rows)
    batch = PaymentBatch.objects.get()
    assert response.url == address("paymentbatch", "change", batch.pk)
    assert said(response) == ["3 withdrawals, $1,274.40, were exported."]
    assert batch.created_by == finance_user


def test_export_of_what_was_exported_meanwhile_is_reported(finance, finance_user, rows):
    taken, free = rows[:2]
    claim(all_of(taken), finance_user)
    report = text(act(finance, "export", taken, free))
    assert "Not changed: 1" in report
    assert f"{taken.number} is already in batch 1, exported by Finn Finance" in report
    assert "Exported: 1" in report
    assert "Open batch 2" in report


def test_export_where_nothing_is_left_says_so(finance, finance_user, rows):
    claim(all_of(*rows[:2]), finance_user)
    response = act(finance, "export", *rows[:2])
    assert response.status_code == 302
    assert said(response) == [
        "None can be exported: they are paid, returned, in a batch or on hold."
    ]
    assert PaymentBatch.objects.count() == 1


def test_one_is_marked_as_paid_from_its_own_page(finance, finance_user, row):
    mail.outbox.clear()
    response = act(finance, "pay", row, payment_reference=" PP-8841 ")
    assert response.url == address("withdrawal", "change", row.pk)
    assert said(response) == ["1 withdrawal, $354.00, was marked as paid."]
    row.refresh_from_db()
    assert (row.status, row.payment_reference) == ("paid", "PP-8841")
    assert row.paid_by == finance_user
    assert [message.to for message in mail.outbox] == [[row.requested_by.email]]


@pytest.mark.database
def test_many_are_marked_as_paid_and_the_filtered_list_comes_back(finance, rows):
    query = "?_changelist_filters=batch%3Dnone"
    response = act(finance, "pay", *rows, query=query, payment_reference="PP-1")
    assert response.url == f"{LIST}?batch=none"
    assert said(response) == ["3 withdrawals, $1,274.40, were marked as paid."]
    assert Withdrawal.objects.filter(status="paid").count() == 3


@pytest.mark.database
def test_second_click_pays_nobody_twice(finance, row):
    mail.outbox.clear()
    act(finance, "pay", row, payment_reference="PP-1")
    response = act(finance, "pay", row, payment_reference="PP-1")
    assert response.url == address("withdrawal", "change", row.pk)
    [message] = said(response)[1:]
    assert f"{row.number} was already paid by Finn Finance on" in message
    assert "Nothing was changed." in message
    assert len(mail.outbox) == 1


def test_what_somebody_else_has_paid_is_reported_row_by_row(finance, superuser, rows):
    first, second = rows[:2]
    mark_paid(all_of(first), "PP-1", superuser)
    report = text(act(finance, "pay", first, second, payment_reference="PP-2"))
    assert "1 of 2 withdrawals marked as paid" in report
    assert f"{first.number} was already paid by Ada Admin on" in report
    assert "1 withdrawal, $424.80, was marked as paid." in report
    first.refresh_from_db()
    assert first.payment_reference == "PP-1"


def test_where_somebody_else_has_paid_all_nobody_is_emailed(finance, superuser, rows):
    mark_paid(all_of(*rows[:2]), "PP-1", superuser)
    mail.outbox.clear()
    report = text(act(finance, "pay", *rows[:2], payment_reference="PP-2"))
    assert "0 of 2 withdrawals marked as paid" in report
    assert "Nothing was changed, and no partner was notified." in report
    assert mail.outbox == []


@pytest.mark.database
def test_return_asks_for_a_reason_and_gives_the_money_back(finance, row):
    response = act(finance, "return", row, reason="The address does not exist")
    assert said(response) == ["1 withdrawal, $354.00, was returned."]
    row.refresh_from_db()
    assert (row.status, row.return_reason) == ("returned", "The address does not exist")
    assert row.account.balance == Decimal("354.00")
    assert mail.outbox[-1].subject == f"Withdrawal {row.number}: $354.00 returned"


def test_return_warns_of_what_was_paid_or_exported(finance, finance_user, rows):
    paid, exported = rows[:2]
    mark_paid(all_of(paid), "PP-1", finance_user)
    claim(all_of(exported), finance_user)
    shown = text(run_action(finance, "return", paid, exported))
    assert "1 of 2 was paid. Return only payments that came back" in shown
    assert "Exported in batch 1. A file that was downloaded before still pays them." in shown
    assert "Make sure that the payment is stopped or has bounced." in shown


@pytest.mark.parametrize(
    ("slug", "typed", "words"),
    [
        ("pay", {}, "Enter the payment reference."),
        ("pay", {"payment_reference": "   "}, "Enter the payment reference."),
        ("pay", {"payment_reference": "x" * 101}, "The limit is 100 characters"),
        ("pay", {"payment_reference": "a\x00b"}, "Null characters are not allowed."),
        ("return", {}, "Give a reason. The partner will read it."),
        ("return", {"reason": "x" * 201}, "The limit is 200 characters"),
    ],
)
def test_error_is_said_and_nothing_is_done(finance, row, slug, typed, words):
    page = act(finance, slug, row, **typed)
    assert page.status_code == 200
    assert words in text(page)
    assert "<title>Error: " in page.content.decode()
    row.refresh_from_db()
    assert row.status == "pending"


def test_mail_follows_what_is_typed(finance, row):
    typed = {"do": "preview", "chosen": row.pk, "payment_reference": "PP-<8841>"}
    shown = finance.post(address("withdrawal", "pay"), typed, headers={"HX-Request": "true"})
    assert "<html" not in shown.content.decode()
    assert "Payment reference: PP-<8841>" in unescape(shown.content.decode())
    row.refresh_from_db()
    assert row.status == "pending"


@pytest.mark.database
def test_all_that_the_filters_hold_are_chosen_at_once(finance, rows, monkeypatch):
    monkeypatch.setattr(bulk, "NAMED", 3)
    rows += many(2)
    page = run_action(finance, "pay", rows[0], select_across="1")
    total = sum(row.amount for row in rows)
    assert f"5 withdrawals, ${total:,}" in text(page)
    assert "and 2 more, included in the total" in text(page)
    late = requested()
    response = press(finance, page, payment_reference="PP-1")
    assert response.url == LIST
    assert said(response) == [f"5 withdrawals, ${total:,}, were marked as paid."]
    assert Withdrawal.objects.filter(status="paid").count() == 5
    late.refresh_from_db()
    assert late.status == "pending"  # it came after the page was shown


@pytest.mark.database
def test_more_than_a_step_go_step_by_step_and_the_sum_is_of_all(finance, rows, monkeypatch):
    monkeypatch.setattr(PayView, "step", 2)
    page = run_action(finance, "pay", rows[0], query="?status=all", select_across="1")
    assert "This is done in steps of 2" in text(page)
    step = press(finance, page, payment_reference="PP-1")
    assert "2 of 3 withdrawals processed: 2 are marked as paid, 0 were not" in text(step)
    assert [row.status for row in Withdrawal.objects.order_by("pk")] == ["paid", "paid", "pending"]
    last = press(finance, step)
    assert last.url == f"{LIST}?status=all"
    assert said(last) == ["3 withdrawals, $1,274.40, were marked as paid."]
    assert {row.payment_reference for row in Withdrawal.objects.all()} == {"PP-1"}


def test_what_an_earlier_step_refused_is_reported_in_its_own_words(
    finance, superuser, rows, monkeypatch
):
    monkeypatch.setattr(ReturnView, "step", 1)
    page = run_action(finance, "return", *rows)
    give_back(all_of(rows[0]), "Bounced", superuser)
    steps = press(finance, press(finance, page, reason="The address does not exist"))
    report = text(press(finance, steps))
    assert "2 of 3 withdrawals returned" in report
    assert f"{rows[0].number} was already returned by Ada Admin on" in report


def test_export_is_one_file_at_most(finance, rows, monkeypatch):
    assert ExportView.step == 5_000
    page = run_action(finance, "export", *rows)
    monkeypatch.setattr(ExportView, "step", 2)
    message = "PayPal takes at most 5,000 payments in one file. Filter the list for fewer."
    assert said(run_action(finance, "export", *rows)) == [message]
    refused = press(finance, page)
    assert refused.status_code == 409
    assert message in text(refused)
    assert not PaymentBatch.objects.exists()


@pytest.mark.parametrize("htmx", [True, False])
def test_what_is_typed_stays_where_somebody_else_was_faster(finance, superuser, rows, htmx):
    page = run_action(finance, "pay", *rows, select_across="1")
    mark_paid(all_of(*rows), "PP-1", superuser)
    headers = {"HX-Request": "true"} if htmx else {}
    shown = press(finance, page, headers=headers, do="preview", payment_reference="PP-8841")
    html = shown.content.decode()
    assert "HX-Redirect" not in shown
    assert "No withdrawal is left in the filtered list. What you typed is still here" in html
    if htmx:
        assert html.lstrip().startswith('<div id="outcome"')
    else:
        assert shown.status_code == 409
        assert 'value="PP-8841"' in html
        assert 'value="pay"' not in html


def test_button_comes_before_the_rows(finance, rows):
    html = run_action(finance, "pay", *rows).content.decode()
    assert html.index('value="pay"') < html.index(f">{rows[0].number}</a>")


@pytest.mark.parametrize(
    ("query", "offered"),
    [
        ("", ["export", "pay", "return"]),
        ("?status=paid", ["return"]),
        ("?status=returned", []),
        ("?status=all", ["export", "pay", "return"]),
        ("?batch=1", ["pay", "return"]),
        ("?batch=none", ["export", "pay", "return"]),
    ],
)
def test_list_offers_what_its_status_allows(finance, finance_user, rows, query, offered):
    claim(all_of(*rows[:2]), finance_user)
    mark_paid(all_of(rows[0]), "PP-1", finance_user)
    give_back(all_of(rows[1]), "Bounced", finance_user)
    html = finance.get(LIST + query).content.decode()
    assert [slug for slug in ACTIONS if f'value="{slug}_selected"' in html] == offered


@pytest.mark.database
@pytest.mark.parametrize("chosen", ["", "x", "0", "-1", "9" * 40, "1;2", "999999,,x"])
def test_forged_choice_does_no_harm(finance, chosen):
    response = finance.post(
        address("withdrawal", "pay"), {"do": "pay", "chosen": chosen, **TYPED["pay"]}
    )
    assert response.status_code == 302
    assert said(response)[-1] == "Choose at least one withdrawal."
    assert finance.get(address("withdrawal", "pay"), {"chosen": chosen}).status_code == 302


@pytest.mark.parametrize("slug", ACTIONS)
def test_nothing_is_done_where_nothing_is_chosen(finance, slug):
    page = address("withdrawal", slug)
    response = finance.post(page, {"do": slug, "chosen": "", **TYPED[slug]})
    assert response.status_code == 302
    assert said(response)[-1] == "Choose at least one withdrawal."
    assert finance.get(page).status_code == 302


@pytest.mark.database
def test_pending_ones_of_a_batch_are_paid_together(finance, finance_user, rows):
    first, second, other = rows
    batch = claim(all_of(first, second), finance_user)
    mark_paid(all_of(first), "PP-1", finance_user)
    page = finance.get(address("withdrawal", "pay"), {"batch": batch.number})
    assert "1 withdrawal, $424.80" in text(page)
    assert first.number not in text(page)
    assert other.number not in text(page)
    response = press(finance, page, payment_reference="PP-2")
    assert said(response) == ["1 withdrawal, $424.80, was marked as paid."]
    assert sorted(row.status for row in Withdrawal.objects.all()) == ["paid", "paid", "pending"]


# Who may


@pytest.mark.parametrize("model", ["withdrawal", "paymentbatch"])
def test_sales_see_nothing_of_it(client, sales_user, finance_user, row, model):
    batch = claim(all_of(row), finance_user)
    sign_in(client, sales_user)
    pk = row.pk if model == "withdrawal" else batch.pk
    assert client.get(address(model, "changelist")).status_code == 403
    assert client.get(address(model, "change", pk)).status_code == 403
    assert client.get(address("paymentbatch", "csv", batch.pk)).status_code == 403
    for slug in ACTIONS:
        assert client.get(address("withdrawal", slug), {"chosen": row.pk}).status_code == 403
        assert act(client, slug, row, **TYPED[slug]).status_code == 403
    index = client.get("/admin/").content.decode()
    assert "withdrawal" not in index.lower()
    row.refresh_from_db()
    assert row.status == "pending"


def test_who_may_only_look_is_offered_nothing(client, finance_user, row):
    batch = claim(all_of(row), finance_user)
    finance_user.groups.clear()
    grant(finance_user, "view_withdrawal", "view_paymentbatch")
    sign_in(client, finance_user)
    page = client.get(address("withdrawal", "change", row.pk))
    assert page.status_code == 200
    assert "Mark as paid" not in text(page)
    assert "Mark as paid" not in text(client.get(LIST))
    assert "Release" not in text(page)
    of_batch = text(client.get(address("paymentbatch", "change", batch.pk)))
    assert "Download PayPal file" not in of_batch
    assert "Release" not in of_batch
    for path in (
        address("paymentbatch", "csv", batch.pk),
        address("withdrawal", "release", row.pk),
    ):
        assert client.get(path).status_code == client.post(path).status_code == 403
    assert act(client, "pay", row, payment_reference="PP-1").status_code == 403


def grant(user, *codenames):
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))


@pytest.mark.parametrize("who", ["partner_user", "teammate", "stranger"])
def test_partners_people_find_no_such_page(client, db, request, row, who):
    sign_in(client, request.getfixturevalue(who))
    assert client.get(LIST).status_code == 404
    assert client.get(address("withdrawal", "change", row.pk)).status_code == 404
    assert act(client, "pay", row, payment_reference="PP-1").status_code == 404


@pytest.mark.parametrize("model", ["withdrawal", "paymentbatch"])
def test_nothing_is_typed_into_a_row_even_by_the_superuser(client, superuser, row, model):
    batch = claim(all_of(row), superuser)
    pk = row.pk if model == "withdrawal" else batch.pk
    sign_in(client, superuser)
    for page, args in (("add", ()), ("change", (pk,)), ("delete", (pk,))):
        assert client.post(address(model, page, *args), {"post": "yes"}).status_code == 403, page
    client.post(
        address(model, "changelist"),
        {"action": "delete_selected", "_selected_action": [pk], "post": "yes"},
    )
    assert Withdrawal.objects.filter(pk=row.pk).exists()
    assert PaymentBatch.objects.filter(pk=batch.pk).exists()


# Queries


def test_pages_ask_the_same_of_the_database_at_1_and_at_8_rows(finance, rows, monkeypatch):
    monkeypatch.setattr(bulk, "NAMED", 5)

    def of(rows):
        chosen = ",".join(str(row.pk) for row in rows)
        return [asked(finance, address("withdrawal", slug), {"chosen": chosen}) for slug in ACTIONS]

    one = rows[:1]
    of(one)
    # Session, user, two kinds of permissions; the withdrawals' sums and the first of them; of an
    # export, PayPal's addresses; where something is decided, the requests that it cancels
    assert of(one) == [7, 7, 7]
    assert of([*rows, *many(5)]) == [7, 7, 7]


@pytest.mark.database
def test_page_between_asks_eight_times(finance, superuser, rows):
    give_back(all_of(rows[0]), "Bounced", superuser)
    chosen = {"selected": ",".join(str(row.pk) for row in rows)}
    for slug in ACTIONS:
        with CaptureQueriesContext(connection) as captured:
            page = finance.get(address("withdrawal", slug), chosen)
        assert "1 of the chosen withdrawals will not change" in text(page)
        assert len(captured) == 8
        across = {"up_to": rows[-1].pk, "_changelist_filters": "status=all"}
        with CaptureQueriesContext(connection) as captured:
            finance.get(address("withdrawal", slug), across)
        assert len(captured) == 9  # with the list's own


@pytest.mark.database
def test_withdrawals_own_page_asks_once(finance, finance_user, row):
    claim(all_of(row), finance_user)
    give_back(all_of(row), "Bounced", finance_user)
    page = address("withdrawal", "change", row.pk)
    asked(finance, page)
    # Session, user, two kinds of permissions; the withdrawal, its downloads and its releases
    assert asked(finance, page) == 7
    assert LedgerEntry.objects.filter(account=row.account_id).count() == 3


# A reversal after the request


@pytest.mark.database
@pytest.mark.parametrize("slug", ["export", "pay"])
def test_account_below_zero_is_warned_of_before_it_is_paid(finance, finance_user, rows, slug):
    debtor = rows[1].account
    assert "below zero" not in text(act_page(finance, slug, rows))
    posting.reverse(debtor.entries.get(kind="commission"), reason="Unpaid", actor=finance_user)
    shown = text(act_page(finance, slug, rows))
    assert "1 of these withdrawals belongs to an account with a balance below zero" in shown
    # Beside that one, and no other
    warning = "The account's balance is −$424.80: a commission was reversed"
    assert shown.count(warning) == 1
    page = text(finance.get(address("withdrawal", "change", rows[1].pk)))
    assert warning in page
    assert warning not in text(finance.get(address("withdrawal", "change", rows[0].pk)))
    # Still possible: it may be offset against later commissions.
    act(finance, slug, rows[1], payment_reference="PP-1")
    assert warning in text(finance.get(address("withdrawal", "change", rows[1].pk))) or (
        slug == "pay"
    )


def act_page(client, slug, rows):
    chosen = ",".join(str(row.pk) for row in rows)
    return client.get(address("withdrawal", slug), {"chosen": chosen})
