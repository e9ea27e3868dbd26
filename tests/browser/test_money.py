"""The partner's money in a real Chromium: billing details, withdrawal, statement, paper."""

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

from commissions.payouts import billing, withdrawals
from commissions.payouts.models import Withdrawal
from commissions.statements.periods import Period
from leadportal.partners.models import User
from tests.browser.everything import COMMISSIONS, year_of_money
from tests.browser.looks import NARROWEST, assert_fits
from tests.commissions.entries import credit, won_lead
from tests.commissions.finance import DETAILS
from tests.commissions.statements.test_statement import adjust
from tests.factories import PASSWORD

# That no page needs scripts the client's tests show as well.
scripts = pytest.mark.parametrize(
    "javascript", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["js", "no-js"]
)


@pytest.fixture
def signed_in(
    open_page: Callable[..., Page], sign_in: Callable[[Page, User], None], partner_user: User
) -> Callable[..., Page]:
    """Open a page of a browser in which the owner is signed in, with `open_page`'s options."""

    def opened(**options: Any) -> Page:
        page = open_page(**options)
        sign_in(page, partner_user)
        return page

    return opened


@pytest.fixture
def history(partner_user: User, superuser: User) -> list[Withdrawal]:
    """A year of an account: every kind of entry, a withdrawal of each status, money available."""
    return year_of_money(partner_user, superuser)


def download(page: Page, link: str) -> tuple[str, bytes]:
    """Follow a link to a file and return the file's name and its content."""
    with page.expect_download() as downloading:
        page.get_by_role("link", name=link).click()
    return downloading.value.suggested_filename, Path(downloading.value.path()).read_bytes()


def words_of(pdf: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


# The way of the money


@scripts
@pytest.mark.django_db(transaction=True)
def test_owner_enters_details_withdraws_and_reads_that_it_was_paid(
    signed_in: Callable[..., Page],
    partner_user: User,
    superuser: User,
    assert_well_made: Callable[[Page], None],
    javascript: bool,
) -> None:
    lead = won_lead(partner_user, superuser)
    page = signed_in(javascript=javascript)
    page.goto(COMMISSIONS)
    expect(page.get_by_text("$354.00").first).to_be_visible()
    page.get_by_role("link", name="enter your billing details").click()

    # What is wrong is said, and nothing typed is lost
    page.get_by_label("Company or full name").fill("Brightside Consulting GmbH")
    page.get_by_label("PayPal email").fill("nobody")
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Company or full name")).to_have_value("Brightside Consulting GmbH")
    page.get_by_role("link", name="Enter the street and number.").click()
    expect(page.get_by_label("Address")).to_be_focused()

    page.get_by_label("Address").fill("Invalidenstraße 12")
    page.get_by_label("City").fill("Berlin")
    page.get_by_label("Country").fill("Germany")
    page.get_by_label("PayPal email").fill("pay@brightside.example")
    page.get_by_role("button", name="Save and continue").click()

    # Where money goes takes the password once more; what was typed is kept, a wrong one included
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm your password")
    if javascript:
        assert_well_made(page)
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type("not my password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Incorrect password.")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm and continue").click()
    expect(page.get_by_role("status")).to_contain_text("saved as version 1")
    expect(page.get_by_role("heading", level=1)).to_have_text("Withdraw $354.00?")
    expect(page.get_by_role("main")).to_contain_text("pay@brightside.example")

    page.get_by_role("button", name="Withdraw $354.00").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Withdrawal requested")
    number = page.locator(".confirmation-reference").inner_text()
    page.get_by_role("link", name="See this withdrawal").click()
    expect(page.get_by_role("main")).to_contain_text("Pending: not paid yet")

    withdrawals.mark_paid(Withdrawal.objects.filter(number=number), "PAYPAL-8XK21", superuser)
    page.reload()
    expect(page.locator(".status")).to_have_text("Paid")
    name, remittance = download(page, "Download as PDF")
    assert name == f"remittance-{number}.pdf"
    for words in (number, "PAYPAL-8XK21", "$354.00", "Invalidenstraße 12"):
        assert words in words_of(remittance)

    page.goto(COMMISSIONS)
    expect(page.locator(".balances")).to_contain_text("$354.00")
    expect(page.locator(".balance-main dd")).to_have_text("$0.00")
    page.locator("#entry-1").get_by_text("How it was computed").click()
    expect(page.get_by_text("10% of $3,540.00 = $354.00").last).to_be_visible()
    page.get_by_role("link", name=lead.reference).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(lead.company_name)


@pytest.mark.django_db(transaction=True)
def test_second_tab_reads_what_the_first_one_requested(
    signed_in: Callable[..., Page], partner_user: User, sales_user: User
) -> None:
    credit(partner_user.partner, sales_user)
    billing.save(DETAILS, partner_user)
    first = signed_in()
    second = first.context.new_page()
    for page in (first, second):
        page.goto(f"{COMMISSIONS}withdraw/")
    first.get_by_role("button", name="Withdraw $354.00").click()
    expect(first.get_by_role("heading", level=1)).to_have_text("Withdrawal requested")
    second.get_by_role("button", name="Withdraw $354.00").click()
    alert = second.get_by_role("alert")
    expect(alert).to_be_focused()
    expect(alert).to_contain_text("Already requested: W-")
    expect(alert).to_contain_text("by Olivia Owner")
    assert Withdrawal.objects.count() == 1


# The statement


@scripts
@pytest.mark.django_db(transaction=True)
def test_statement_is_turned_page_by_page_and_taken_along(
    signed_in: Callable[..., Page], partner_user: User, finance_user: User, javascript: bool
) -> None:
    now = datetime.now(UTC)
    this = Period.month_of(now)
    last = this.previous
    adjust(partner_user.partner, finance_user, "100.00", last.start, "AD-1")
    adjust(partner_user.partner, finance_user, "20.00", last.end, "AD-2")
    page = signed_in(javascript=javascript)
    page.goto(f"{COMMISSIONS}statements/")
    page.get_by_role("link", name=this.label, exact=True).click()
    expect(page.get_by_role("row", name="Opening balance")).to_contain_text("$100.00")
    expect(page.get_by_role("row", name="Closing balance")).to_contain_text("$120.00")
    page.get_by_role("link", name=f"← {last.label}").click()
    expect(page.get_by_role("row", name="Opening balance")).to_contain_text("$0.00")
    expect(page.get_by_role("row", name="Closing balance")).to_contain_text("$100.00")
    name, pdf = download(page, "PDF of this statement")
    assert name == f"statement-{last.code}.pdf"
    assert f"Statement for {last.label}" in words_of(pdf)
    name, csv = download(page, "CSV of this statement")
    assert name == f"statement-{last.code}.csv"
    assert b'"100.00"' in csv
    page.get_by_role("link", name=f"{this.label} →").click()
    page.get_by_role("link", name=f"All of {this.year}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Statement for {this.year}")


@pytest.mark.django_db(transaction=True)
def test_printed_statement_is_the_statement_alone(
    signed_in: Callable[..., Page], history: list[Withdrawal]
) -> None:
    page = signed_in(dark=True)
    page.goto(f"{COMMISSIONS}statements/{datetime.now(UTC).year}/")
    # A4 is narrower than where a screen's tables become cards.
    page.set_viewport_size({"width": 794, "height": 1123})
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("columnheader", name="Balance")).to_be_visible()
    assert_fits(page)
    expect(page.get_by_role("row", name="Closing balance")).to_be_visible()
    for hidden in (".sidebar", ".topbar", ".statement-links", ".back-link"):
        expect(page.locator(hidden).first).to_be_hidden()
    color = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert color == "rgb(255, 255, 255)"


# The look


@pytest.mark.django_db(transaction=True)
def test_refused_forms_are_accessible_and_narrow(
    signed_in: Callable[..., Page],
    history: list[Withdrawal],
    partner_user: User,
    assert_accessible: Callable[[Page], None],
) -> None:
    page = signed_in(dark=True)
    page.set_viewport_size(NARROWEST)
    page.goto(f"{COMMISSIONS}billing/")
    page.get_by_label("City").fill("")
    page.get_by_role("button", name="Save billing details").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)
    page.goto(f"{COMMISSIONS}withdraw/")
    withdrawals.request(partner_user)
    page.get_by_role("button", name="Withdraw $354.00").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)


@pytest.mark.django_db(transaction=True)
def test_nothing_overflows_beside_any_turn_of_the_layout(
    signed_in: Callable[..., Page], partner_user: User, finance_user: User
) -> None:
    long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
    billing.save(
        DETAILS | {"company": long, "paypal": f"{'x' * 60}@{'y' * 60}.example"}, partner_user
    )
    adjust(partner_user.partner, finance_user, "9999999.99", datetime.now(UTC), "A" * 40)
    credit(partner_user.partner, finance_user, text=long * 2)
    page = signed_in()
    month = Period.month_of(datetime.now(UTC))

    def assert_fit(*paths: str) -> None:
        for path in paths:
            page.goto(f"{COMMISSIONS}{path}")
            for width in (320, 360, 799, 800, 1087, 1088, 1280):
                page.set_viewport_size({"width": width, "height": 800})
                assert_fits(page)

    assert_fit("", "billing/", "withdraw/", f"statements/{month.year}/{month.month}/")
    number = withdrawals.request(partner_user).number
    assert_fit("", "withdrawals/", f"withdrawals/{number}/")


@pytest.mark.django_db(transaction=True)
def test_picture_of_earnings_can_be_read_at_every_width(
    signed_in: Callable[..., Page], history: list[Withdrawal]
) -> None:
    page = signed_in()
    page.goto(COMMISSIONS)
    # Whoever does not see it has the same numbers in the table beside it
    rows = page.get_by_role("table", name="What you earned").get_by_role("row").all()
    assert len(rows) == 13
    for width in (320, 360, 800, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert_readable(page.locator("svg.chart"))


def assert_readable(chart: Locator) -> None:
    expect(chart).to_be_visible()
    boxes = sides(chart.locator("g > text:not(.chart-year)"))
    assert len(boxes) == 12
    # Large enough to read, no larger than the text around it, and beside one another
    size = chart.evaluate(
        """(svg) => parseFloat(getComputedStyle(svg.querySelector("text")).fontSize)
            * svg.clientWidth / svg.viewBox.baseVal.width"""
    )
    assert 10 <= size <= 15
    assert all(one[1] <= next_one[0] for one, next_one in pairwise(boxes))
    # The grid's amounts stay inside the drawing
    [(outer, _)] = sides(chart)
    assert all(left >= outer - 1 for left, _ in sides(chart.locator(".chart-amount")))


def sides(shapes: Locator) -> list[list[float]]:
    """Return where each of the shapes begins and ends, from the left."""
    return shapes.evaluate_all(
        """(all) => all.map((shape) => shape.getBoundingClientRect())
            .map((box) => [box.left, box.right])"""
    )


@pytest.mark.django_db(transaction=True)
def test_filters_are_places_to_go_back_to(
    signed_in: Callable[..., Page], history: list[Withdrawal]
) -> None:
    page = signed_in()
    page.goto(COMMISSIONS)
    rows = page.get_by_role("table", name="Entries of your account").locator("tbody tr")
    expect(rows).to_have_count(8)
    kinds = page.get_by_role("navigation", name="Filter by kind")
    kinds.get_by_role("link", name="Withdrawal", exact=True).click()
    expect(rows).to_have_count(3)
    page.get_by_text("Choose a month").click()
    month = Period.month_of(datetime.now(UTC))
    page.get_by_role("navigation", name="Filter by month").get_by_role(
        "link", name=month.label, exact=True
    ).click()
    expect(page.get_by_text(f"No entries of this kind in {month.label}.")).to_be_visible()
    page.go_back()
    expect(rows).to_have_count(3)
    page.go_back()
    expect(rows).to_have_count(8)
