"""Finance's day in a real Chromium: exporting, paying, returning, correcting, adjusting."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Request, Route, expect

from commissions.ledger.models import Account, LedgerEntry
from commissions.payouts import paypal
from commissions.payouts.batches import download
from commissions.payouts.models import BatchDownload, Withdrawal
from commissions.payouts.withdrawals import claim, mark_paid
from leadportal.partners.models import User
from tests.browser.looks import NARROWEST, assert_fits
from tests.commissions.entries import won_lead
from tests.commissions.finance import LIST, address, all_of, billing, many
from tests.past_guards import past_guards

# That no page needs scripts the client's tests show as well.
scripts = pytest.mark.parametrize(
    "javascript", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["scripts", "no scripts"]
)


@pytest.fixture
def at_work(
    open_page: Callable[..., Page], sign_in: Callable[[Page, User], None], finance_user: User
) -> Callable[..., Page]:
    """Open a page of a browser in which finance is signed in, with `open_page`'s options."""

    def opened(**options: Any) -> Page:
        page = open_page(**options)
        sign_in(page, finance_user)
        return page

    return opened


@pytest.fixture
def waiting(db: None) -> list[Withdrawal]:
    """Three pending withdrawals, $354.00, $424.80 and $495.60, the longest waiting first."""
    rows = many(3)
    for days, row in enumerate(reversed(rows), start=1):
        with past_guards():
            all_of(row).update(requested_at=timezone.now() - timedelta(days=days))
    return rows


@pytest.fixture
def entry(partner_user: User, finance_user: User) -> LedgerEntry:
    """$354.00 credited for 5 agents of LiveChat Business."""
    billing(partner_user)
    return won_lead(partner_user, finance_user).credit


def press(page: Page, name: str) -> None:
    """Press the button of that name below the form, not one that looks alike."""
    page.locator(".decision-buttons").get_by_role("button", name=name, exact=True).click()


def choose(page: Page, action: str, *rows: Withdrawal) -> None:
    """Tick the rows in the list and run an action on them."""
    for row in rows:
        page.get_by_role("row", name=row.number).get_by_role("checkbox").check()
    page.get_by_label("Action:").select_option(label=action)
    page.get_by_role("button", name="Go").click()
    page.wait_for_load_state()


@scripts
def test_withdrawals_are_exported_paid_and_one_returned(at_work, waiting, javascript, tmp_path):
    page = at_work(javascript=javascript)
    page.goto(LIST)
    choose(page, "Export for payment", *waiting)
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Export for payment: 3 withdrawals, $1,274.40"
    )
    press(page, "Export for payment: $1,274.40")
    expect(page.get_by_role("heading", level=1)).to_have_text("Batch 1")
    expect(page.get_by_text("3 withdrawals, $1,274.40, were exported.")).to_be_visible()

    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download PayPal file").click()
    assert downloading.value.suggested_filename == "payments-batch-1.csv"
    downloading.value.save_as(tmp_path / "file.csv")
    assert (tmp_path / "file.csv").read_bytes() == paypal.payment_file(waiting)
    # The page stays as it is, and so does its button.
    with page.expect_download():
        page.get_by_role("button", name="Download PayPal file").click()
    assert BatchDownload.objects.count() == 2
    page.reload()
    expect(page.get_by_role("region", name="File downloads")).to_contain_text("Finn Finance")

    page.get_by_role("link", name="Mark 3 pending withdrawals as paid").click()
    press(page, "Mark as paid: $1,274.40")
    alert = page.get_by_role("alert")
    expect(alert).to_be_focused()
    alert.get_by_role("link", name="Enter the payment reference.").click()
    expect(page.get_by_label("Payment reference")).to_be_focused()
    page.get_by_label("Payment reference").fill("PP-8841")
    press(page, "Mark as paid: $1,274.40")
    expect(page.get_by_text("3 withdrawals, $1,274.40, were marked as paid.")).to_be_visible()
    expect(page.get_by_text("No payments are due.")).to_be_visible()

    page.goto(address("withdrawal", "change", waiting[0].pk))
    page.get_by_role("link", name="Return", exact=True).click()
    expect(page.get_by_text("1 of 1 was paid.")).to_be_visible()
    page.get_by_label("Reason").fill("It bounced")
    press(page, "Return: $354.00")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Returned")
    assert [row.status for row in Withdrawal.objects.order_by("pk")] == [
        "returned",
        "paid",
        "paid",
    ]
    assert {row.payment_reference for row in Withdrawal.objects.all()} == {"PP-8841"}


@scripts
def test_release_is_approved_by_a_second_person(
    at_work, open_page, sign_in, superuser, waiting, finance_user, javascript
):
    row = waiting[0]
    batch = claim(all_of(*waiting), finance_user)
    download(batch, finance_user)
    page, second = at_work(javascript=javascript), open_page(javascript=javascript)
    sign_in(second, superuser)
    page.goto(address("paymentbatch", "change", batch.pk))
    page.get_by_role("link", name=f"Release {row.number}").click()
    page.get_by_label("Reason").fill("They asked to wait")
    page.get_by_role("button", name="Request approval").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose whether the file was sent to PayPal.")
    expect(page.get_by_label("Reason")).to_have_value("They asked to wait")
    page.get_by_label("No, and it will not be sent").check()
    page.get_by_role("button", name="Request approval").click()
    expect(page.get_by_role("button", name="Cancel request")).to_be_visible()

    second.goto("/admin/")
    second.locator("#nav-sidebar, #content-main").get_by_role(
        "link", name="Approval requests"
    ).first.click()
    second.get_by_role("link", name="Release from a batch").first.click()
    expect(second.get_by_text("They asked to wait")).to_be_visible()
    second.get_by_label("Message").fill("I checked with PayPal")
    second.get_by_role("button", name="Approve").click()
    expect(second.get_by_role("heading", level=1)).to_contain_text("Approved")

    page.get_by_role("button", name="Cancel request").click()
    expect(page.locator(".messagelist")).to_contain_text("was already approved by Ada Admin on")
    page.goto(address("paymentbatch", "change", batch.pk))
    expect(page.get_by_role("region", name="Changed since the last download")).to_contain_text(
        "Released by Finn Finance, approved by Ada Admin"
    )
    assert Withdrawal.objects.get(pk=row.pk).batch is None


@scripts
def test_entry_is_corrected(at_work, entry, javascript):
    page = at_work(javascript=javascript)
    page.goto(address("ledgerentry", "change", entry.pk))
    page.get_by_role("link", name="Correct", exact=True).click()
    page.wait_for_load_state()
    outcome = page.locator("#outcome")
    expect(outcome).to_contain_text("there is nothing to correct")

    page.get_by_role("group", name="Line 1").get_by_label("Agents").fill("6")
    page.get_by_label("Reason", exact=True).fill("They bought six agents")
    if not javascript:
        press(page, "Refresh the preview")
    expect(outcome).to_contain_text("$354.00 → $424.80")
    expect(outcome).to_contain_text("10% of $4,248.00 = $424.80")
    expect(outcome.locator("pre")).to_contain_text("Reason: They bought six agents")
    expect(page.get_by_role("group", name="Line 1")).to_contain_text(
        "12 × 6 agents × $59.00 = $4,248.00"
    )
    press(page, "Post correction")
    expect(page.get_by_text("Entry 1 was corrected by entry 3: $424.80")).to_be_visible()
    page.get_by_role("link", name="entry 3").click()
    expect(page.get_by_role("region", name="How it was computed")).to_contain_text(
        "10% of $4,248.00 = $424.80"
    )
    assert Account.objects.get().balance == Decimal("424.80")


def test_entry_is_reversed_while_a_preview_is_on_its_way(at_work, entry):
    page = at_work()
    page.goto(address("ledgerentry", "change", entry.pk))
    page.get_by_role("link", name="Reverse", exact=True).click()
    page.wait_for_load_state()
    expect(page.get_by_text("This is final.")).to_be_visible()
    stopped: list[Request] = []
    held: dict[bool, list[Route]] = {True: [], False: []}
    page.on("requestfailed", lambda request: stopped.append(request))
    page.route("**/reverse/", lambda route: held[is_preview(route.request)].append(route))
    page.get_by_label("It goes back to Approved").check()
    page.get_by_label("Reason", exact=True).fill("The customer never signed")
    wait_until(page, lambda: held[True])
    button = page.locator(".decision-buttons").get_by_role("button", name="Reverse $354.00")
    button.click(no_wait_after=True)
    wait_until(page, lambda: held[False] and held[True][-1].request in stopped)
    [sent] = held[False]
    sent.continue_()
    expect(page.get_by_text("Entry 1 was reversed by entry 2, −$354.00.")).to_be_visible()
    expect(page.get_by_text("is now Approved for further review.")).to_be_visible()
    expect(page.get_by_role("link", name="Reverse", exact=True)).to_be_hidden()
    for preview in held[True]:
        preview.abort()  # unanswered, it would be told of in another test's log


def is_preview(request: Request) -> bool:
    return "hx-request" in request.headers


def wait_until(page: Page, condition: Callable[[], object]) -> None:
    """Let the browser's events in until the condition holds."""
    for _ in range(200):
        if condition():
            return
        page.wait_for_timeout(50)
    pytest.fail("It has not come about in ten seconds.")


def test_account_is_adjusted_and_a_double_click_posts_once(at_work, entry):
    page = at_work()
    page.goto(address("account", "change", entry.account_id))
    page.get_by_role("link", name="Adjust", exact=True).click()
    page.wait_for_load_state()
    outcome = page.locator("#outcome")
    page.get_by_label("Amount, US dollars").fill("€25")
    expect(outcome).to_contain_text("The email is shown once the amount is valid.")
    page.get_by_label("Amount, US dollars").fill("-25.00")
    expect(outcome).to_contain_text("$354.00 → $329.00")
    expect(outcome.locator("pre")).to_contain_text("We have deducted $25.00 from your account.")
    page.get_by_label("Reason").fill("Paid twice in May")
    button = page.get_by_role("button", name="Post adjustment")
    button.dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("Account of Brightside Consulting")
    assert LedgerEntry.objects.filter(kind="adjustment").count() == 1
    assert Account.objects.get().balance == Decimal("329.00")


def test_withdrawal_is_paid_by_keyboard_alone(at_work, waiting):
    page = at_work()
    page.goto(address("withdrawal", "change", waiting[0].pk))
    page.get_by_role("link", name="Mark as paid", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_label("Payment reference").focus()
    page.keyboard.type("PP-8841")
    # Enter in the field only refreshes: it must pay nothing.
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    expect(page.get_by_role("button", name="Mark as paid: $354.00")).to_be_visible()
    assert Withdrawal.objects.filter(status="paid").count() == 0
    page.get_by_label("Payment reference").focus()
    page.keyboard.press("Tab")
    expect(page.locator(".decision-buttons button").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 withdrawal, $354.00, was marked as paid.")).to_be_visible()


def test_of_two_people_at_once_the_second_reads_who_was_first(
    at_work, open_page, sign_in, superuser, waiting
):
    first, second = at_work(), open_page()
    sign_in(second, superuser)
    for page in (first, second):
        page.goto(LIST)
        choose(page, "Mark as paid", waiting[0], waiting[1])
        page.get_by_label("Payment reference").fill("PP-1")
        expect(page.locator("#outcome pre")).to_contain_text("PP-1")
    press(first, "Mark as paid: $778.80")
    expect(first.get_by_text("were marked as paid.")).to_be_visible()
    second.get_by_label("Payment reference").fill("PP-2")
    # The preview notices first, beside what is typed; the button reports row by row.
    expect(second.locator("#outcome")).to_contain_text("was already paid by Finn Finance")
    expect(second.get_by_label("Payment reference")).to_have_value("PP-2")
    press(second, "Mark as paid: $778.80")
    expect(second.get_by_role("heading", level=1)).to_have_text("0 of 2 withdrawals marked as paid")
    assert {row.payment_reference for row in Withdrawal.objects.all()} == {"PP-1", ""}


def test_every_page_with_errors_is_accessible_and_narrow(
    at_work, entry, waiting, assert_accessible
):
    page = at_work(dark=True)
    page.set_viewport_size(NARROWEST)
    chosen = waiting[0].pk
    for path, field in (
        (address("ledgerentry", "reverse", entry.pk), "Reason"),
        (address("ledgerentry", "correct", entry.pk), "Reason"),
        (address("account", "adjust", entry.account_id), "Amount, US dollars"),
        (f"{address('withdrawal', 'pay')}?chosen={chosen}", "Payment reference"),
        (f"{address('withdrawal', 'return')}?chosen={chosen}", "Reason"),
    ):
        page.goto(path)
        page.wait_for_load_state()
        page.locator(".decision-buttons button").first.click()
        summary = page.get_by_role("alert")
        expect(summary).to_be_focused()
        assert page.title().startswith("Error: ")
        assert_accessible(page)
        assert_fits(page)
        summary.get_by_role("link").first.click()
        expect(page.get_by_label(field, exact=True)).to_be_focused()


def test_report_is_accessible_and_narrow(
    at_work, finance_user, superuser, waiting, assert_accessible
):
    page = at_work()
    page.set_viewport_size(NARROWEST)
    page.goto(LIST)
    choose(page, "Mark as paid", *waiting)
    page.get_by_label("Payment reference").fill("PP-2")
    expect(page.locator("#outcome pre")).to_contain_text("PP-2")
    mark_paid(all_of(waiting[0]), "PP-1", superuser)
    press(page, "Mark as paid: $1,274.40")
    expect(page.get_by_role("region", name="Not changed: 1")).to_contain_text(
        "was already paid by Ada Admin"
    )
    expect(page.get_by_role("region", name="Marked as paid: 2")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)
