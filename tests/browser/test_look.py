"""How the pages look and feel in a real Chromium: both themes, a narrow screen, the keyboard."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from leadportal.partners.models import User
from leads.models import Draft, Lead
from leads.status import Status
from leads.submission import drafts
from tests.browser.looks import assert_fits
from tests.factories import LeadFactory
from tests.leads.answers import draft_of

SIGN_IN = "/accounts/login/"
LEADS = "/solution/leads/"

themes = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])


@pytest.fixture
def signed_in(
    open_page: Callable[..., Page], sign_in: Callable[[Page, User], None], partner_user: User
) -> Callable[..., Page]:
    """Open a page of a browser in which the partner is signed in, with `open_page`'s options."""

    def opened(**options: Any) -> Page:
        page = open_page(**options)
        sign_in(page, partner_user)
        return page

    return opened


def test_table_fits_beside_every_turn_of_the_layout(signed_in, partner_user):
    LeadFactory(
        partner=partner_user.partner,
        submitted_by=partner_user,
        company_name="Donaudampfschifffahrtselektrizitätenhauptbetriebswerk",
        domain="donaudampfschifffahrtselektrizitaetenhauptbetriebswerk.example",
        status=Status.APPROVED,
    )
    page = signed_in()
    for path in (LEADS, "/commissions/"):
        page.goto(path)
        for width in (320, 799, 800, 1087, 1088, 1199, 1200):
            page.set_viewport_size({"width": width, "height": 800})
            assert_fits(page)


def test_form_with_errors_is_well_made(open_page, db, assert_well_made):
    page = open_page()
    page.goto(SIGN_IN)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert_well_made(page)


# The page over again, written in pieces with a picture painted after each: how far things moved
IN_PIECES = """async (pieces) => {
    const html = await (await fetch(location.href)).text();
    let moved = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) moved += entry.value;
    }).observe({type: "layout-shift"});
    const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 20)));
    const size = Math.ceil(html.length / pieces);
    document.open();
    for (let at = 0; at < html.length; at += size) {
        document.write(html.slice(at, at + size));
        await painted();
    }
    document.close();
    await painted();
    return moved;
}"""
# The first half of a sum stands at the right of its column until the other half comes.
HALF_A_SUM = 0.0006


@pytest.mark.parametrize("path", ["/", LEADS])
def test_page_does_not_shift_while_it_arrives_in_pieces(signed_in, partner, path):
    bought = [("livechat", "business", 5), ("helpdesk", "team", 12_000)]
    for longer in range(12):
        LeadFactory(
            partner=partner, company_name="Nord" + "wind" * longer, lines=bought[longer % 2 :]
        )
    page = signed_in()
    page.goto(path)
    assert page.evaluate(IN_PIECES, 20) < HALF_A_SUM


# The theme


def is_dark(page: Page) -> bool:
    color = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(int(part) for part in color[4:-1].split(",")) < 3 * 128


def choose_theme(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name).click()


@themes
def test_theme_follows_the_device(open_page, db, dark):
    page = open_page(dark=dark)
    page.goto("/")
    assert is_dark(page) is dark


@themes
def test_chosen_theme_goes_before_the_devices_and_needs_no_script(open_page, db, dark):
    page = open_page(dark=dark, javascript=False)
    page.goto(SIGN_IN)
    choose_theme(page, "Light" if dark else "Dark")
    expect(page).to_have_url(SIGN_IN)
    assert is_dark(page) is not dark
    page.goto("/")
    assert is_dark(page) is not dark
    choose_theme(page, "Auto")
    assert is_dark(page) is dark


# The keyboard


def test_first_tab_skips_to_the_content(signed_in):
    page = signed_in()
    page.goto("/accounts/profile/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Change password")).to_be_focused()


def test_focus_is_visible(open_page, db):
    page = open_page()
    page.goto("/")
    for _ in range(4):
        page.keyboard.press("Tab")
        style = page.evaluate("getComputedStyle(document.activeElement).outline")
        assert "3px" in style
        assert "none" not in style


@pytest.mark.parametrize("javascript", [True, False])
def test_errors_take_the_focus_and_lead_to_their_fields(open_page, db, javascript):
    page = open_page(javascript=javascript)
    page.goto(SIGN_IN)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_title("Error: Sign in – LiveChat lead portal")
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    summary.get_by_role("link").nth(1).click()
    expect(page.get_by_label("Password")).to_be_focused()


# A phone


def test_menu_opens_without_script_and_marks_the_page(signed_in):
    page = signed_in(phone=True, javascript=False)
    page.goto("/accounts/profile/")
    link = page.get_by_role("link", name="Leads", exact=True)
    expect(link).to_be_hidden()
    page.get_by_text("Menu").click()
    link.click()
    expect(page).to_have_url(LEADS)
    page.get_by_text("Menu").click()
    expect(link).to_have_attribute("aria-current", "page")


def test_table_becomes_cards_that_say_what_each_value_is(signed_in, partner_user):
    page = signed_in(phone=True)
    page.goto("/accounts/team/")
    cell = page.locator("td[data-label='Role']")
    assert cell.evaluate("cell => getComputedStyle(cell, '::before').content") == '"Role"'
    assert cell.evaluate("cell => getComputedStyle(cell).display") == "flow-root"


@pytest.mark.parametrize("status", [Status.SUBMITTED, Status.APPROVED, Status.WON])
def test_lead_is_two_lines_on_a_phone(signed_in, partner_user, status):
    LeadFactory(partner=partner_user.partner, status=status, company_name="Nordwind Retail")
    page = signed_in(phone=True)
    page.goto(LEADS)
    row = page.locator("#leads tbody tr")
    assert row.bounding_box()["height"] <= 84
    company, badge, amount = (
        row.locator(each).bounding_box() for each in ("a", ".status", "td.money")
    )
    assert abs(company["y"] - badge["y"]) < 8
    assert amount["y"] > company["y"]
    expect(row.locator("[data-label=Contact]")).to_be_hidden()
    assert_fits(page)


def test_commission_is_below_the_status_on_a_phone(signed_in, lead):
    page = signed_in(phone=True)
    page.goto(lead.get_absolute_url())
    headings = page.locator("h2").all_inner_texts()
    assert headings == ["Status", "Commission estimated", "Timeline", "Submitted details"]
    tops = [heading.bounding_box()["y"] for heading in page.locator("h2").all()]
    assert tops == sorted(tops)


def test_paper_gets_the_content_alone(signed_in, lead):
    page = signed_in()
    page.goto(lead.get_absolute_url())
    page.emulate_media(media="print")
    expect(page.locator(".sidebar")).to_be_hidden()
    expect(page.get_by_role("heading", name="Nordwind Retail")).to_be_visible()


# portal.js: autosave, copying, one submission per form


class Sheet:
    """A small page with the portal's script, and every request that it makes."""

    HTML = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Sheet</title>{person}
        <script src="/static/js/portal.js" defer></script>
        <form method="post" action="/sent/" {attributes}>
          <input type="hidden" name="csrfmiddlewaretoken" value="token">
          <input name="company"><input name="contact"><textarea name="notes"></textarea>
          <input type="checkbox" name="informed">
          <input type="radio" name="size" value="1"><input type="radio" name="size" value="2">
          <button>Send</button>
        </form>
        <p data-autosave-status role="status"></p>
        <button data-copy="LD-7KQ2M9XA" hidden>Copy</button></html>"""

    def __init__(
        self, page: Page, attributes: str = 'data-autosave-url="/saved/"', person: str = ""
    ) -> None:
        self.page = page
        self.saved: list[str] = []
        self.held: list[Route] = []
        self.holds = self.fails = False
        self.answer: dict[str, Any] = {"status": 204}
        self.sent = 0
        meta = f'<meta name="person" content="{person}">' if person else ""
        html = self.HTML.format(attributes=attributes, person=meta)
        page.route("**/sheet/", lambda route: route.fulfill(body=html, content_type="text/html"))
        page.route("**/saved/", self._save)
        page.route("**/sent/", self._send)
        page.goto("/sheet/")

    def _save(self, route: Route) -> None:
        assert route.request.headers["x-csrftoken"] == "token"
        self.saved.append(route.request.post_data or "")
        if self.holds:
            self.held.append(route)
        elif self.fails:
            route.abort()
        else:
            route.fulfill(**self.answer)

    def _send(self, route: Route) -> None:
        self.sent += 1
        route.fulfill(status=204)  # nothing to show: the form stays, and stays sent

    def expect_status(self, words: str) -> None:
        expect(self.page.get_by_role("status")).to_have_text(words)


@pytest.fixture
def sheet(page: Page) -> Sheet:
    return Sheet(page)


def test_autosave_sends_the_field_that_changed_alone(sheet):
    sheet.page.locator("[name=contact]").fill("Ada & Co.")
    sheet.expect_status("Saved")
    assert sheet.saved == ["contact=Ada+%26+Co."]


def test_autosave_waits_for_a_pause_in_typing(sheet):
    sheet.page.locator("[name=company]").press_sequentially("Nordwind", delay=30)
    sheet.expect_status("Saved")
    assert sheet.saved == ["company=Nordwind"]


def test_autosave_sends_a_choice_at_once_and_an_unticked_box_as_empty(sheet):
    sheet.page.locator("[name=informed]").check()
    sheet.expect_status("Saved")
    sheet.page.locator("[name=informed]").uncheck()
    sheet.page.locator("[name=size][value='2']").check()
    sheet.page.wait_for_timeout(300)
    assert sheet.saved == ["informed=on", "informed=", "size=2"]


def test_autosave_never_lets_an_older_value_overtake_a_newer(sheet):
    company = sheet.page.locator("[name=company]")
    sheet.holds = True
    for value in ("N", "No", "Nor"):
        company.fill(value)
        company.dispatch_event("change")
    sheet.expect_status("Saving…")
    sheet.page.wait_for_timeout(700)
    assert sheet.saved == ["company=N"]  # the next waits for its answer
    sheet.holds = False
    sheet.held.pop().fulfill(status=204)
    sheet.expect_status("Saved")
    assert sheet.saved == ["company=N", "company=Nor"]


def test_autosave_says_when_it_failed_and_tries_again(sheet):
    sheet.fails = True
    sheet.page.locator("[name=company]").fill("Nordwind")
    sheet.expect_status("Not saved – check your connection")
    sheet.fails = False
    sheet.page.evaluate("window.dispatchEvent(new Event('online'))")
    sheet.expect_status("Saved")
    assert sheet.saved == ["company=Nordwind", "company=Nordwind"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"status": 302, "headers": {"location": SIGN_IN}}, "Not saved. You have been signed out."),
        ({"status": 401, "body": "Signed <b>out</b>."}, "Not saved. Signed out."),
        ({"status": 403}, "Not saved. This page is out of date."),
        ({"status": 403, "body": "<html>Refused"}, "Not saved. This page is out of date."),
        ({"status": 409, "body": "Sent <b>already</b>."}, "Sent already."),
        ({"status": 410, "body": "Discarded."}, "Discarded."),
    ],
)
def test_autosave_says_why_nothing_more_can_be_saved_and_stops(open_page, answer, words):
    # A clock, once installed, stays in its context.
    sheet = Sheet(open_page(kept=False))
    sheet.answer = answer
    sheet.page.clock.install()
    sheet.page.locator("[name=company]").fill("Nordwind")
    sheet.page.locator("[name=contact]").fill("Ada")
    sheet.page.clock.run_for(1_000)
    expect(sheet.page.get_by_role("status")).to_contain_text(words)
    sheet.page.locator("[name=notes]").fill("Typed on")
    sheet.page.clock.run_for(60_000)
    assert len(sheet.saved) == 1
    expect(sheet.page.get_by_role("status")).to_contain_text(words)


def test_autosave_sends_nothing_while_it_still_reads_why_not(sheet):
    sheet.answer = {"status": 410, "body": "Discarded."}
    sheet.page.evaluate(
        """() => {
          const text = Response.prototype.text;
          Response.prototype.text = function () {
            const contact = document.querySelector("[name=contact]");
            contact.value = "Ada";
            contact.dispatchEvent(new Event("change", { bubbles: true }));
            return text.call(this);
          };
        }"""
    )
    sheet.page.locator("[name=company]").fill("Nordwind")
    sheet.expect_status("Discarded.")
    sheet.page.wait_for_timeout(300)
    assert sheet.saved == ["company=Nordwind"]


def test_autosave_goes_on_after_a_text_that_is_too_long(sheet):
    sheet.answer = {"status": 400}
    sheet.page.locator("[name=notes]").fill("Long")
    sheet.expect_status("Not saved: this is too long")
    sheet.answer = {"status": 204}
    sheet.page.locator("[name=company]").fill("Nordwind")
    sheet.expect_status("Saved")
    assert sheet.saved == ["notes=Long", "company=Nordwind"]


def test_typing_into_a_draft_that_was_sent_meanwhile_leads_to_the_lead(signed_in, partner_user):
    draft = draft_of(partner_user)
    page = signed_in()
    page.goto(f"{LEADS}submit/{draft.pk}/contact/")
    lead = drafts.submit(draft.pk, partner_user, timezone.now())
    page.get_by_label("Company name").fill("Nord")
    status = page.locator("[data-autosave-status]")
    expect(status).to_contain_text("Not saved: this lead has already been submitted.")
    expect(status).to_be_in_viewport()
    status.get_by_role("link", name=f"See {lead.reference}").click()
    expect(page).to_have_url(lead.get_absolute_url())


def test_typing_into_a_draft_that_was_discarded_meanwhile_says_so(
    signed_in, partner_user, assert_accessible
):
    draft = draft_of(partner_user)
    page = signed_in()
    page.goto(f"{LEADS}submit/{draft.pk}/contact/")
    drafts.discard(draft.pk, partner_user, timezone.now())
    page.get_by_label("Job title").fill("Owner")
    status = page.locator("[data-autosave-status]")
    expect(status).to_have_text("Not saved: this draft was discarded.")
    assert_accessible(page)
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This draft was discarded")
    assert Draft.objects.get().answers == {}
    assert_accessible(page)
    page.get_by_role("button", name="Save as a new draft").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What are they likely to buy?")
    assert Draft.objects.to_continue().get().answers["job_title"] == "Owner"


def test_page_out_of_the_back_forward_cache_is_loaded_anew_and_goes_on(page):
    sheet = Sheet(page, person="7")
    sheet.fails = True
    sheet.page.locator("[name=company]").fill("Nordwind")
    sheet.expect_status("Not saved – check your connection")
    sheet.fails = False
    with sheet.page.expect_navigation():
        sheet.page.evaluate(
            """for (const [name, persisted] of [["pagehide", true], ["pageshow", true]])
            window.dispatchEvent(new PageTransitionEvent(name, {persisted}))"""
        )
    expect(sheet.page.locator("[name=company]")).to_have_value("Nordwind")
    sheet.expect_status("Saved")
    with sheet.page.expect_response("**/saved/"):
        sheet.page.locator("[name=contact]").fill("Ada")
    assert sheet.saved[-2:] == ["company=Nordwind", "contact=Ada"]


def test_what_was_typed_last_is_saved_when_the_page_is_left_at_once(signed_in, partner_user):
    page = signed_in()
    page.goto(f"{LEADS}submit/")
    page.get_by_label("Company name").fill("Nordwind")
    page.goto("/")
    page.wait_for_timeout(500)
    assert Draft.objects.get(author=partner_user).answers["company_name"] == "Nordwind"


def test_submitting_stops_the_autosave(sheet):
    sheet.page.locator("[name=company]").fill("Nordwind")
    sheet.page.get_by_role("button", name="Send").click()
    sheet.page.wait_for_timeout(800)
    assert sheet.saved in ([], ["company=Nordwind"])  # the change may go before the click
    assert sheet.sent == 1


def test_form_is_sent_once_however_often_it_is_clicked(sheet):
    send = sheet.page.get_by_role("button", name="Send")
    for _ in range(3):
        send.click(force=True)
    expect(send).to_have_attribute("aria-disabled", "true")
    assert sheet.sent == 1


def test_form_can_be_sent_again_when_the_back_button_brings_it_back(sheet):
    send = sheet.page.get_by_role("button", name="Send")
    send.click()
    expect(send).to_have_attribute("aria-disabled", "true")
    sheet.page.evaluate(
        "window.dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"
    )
    expect(send).not_to_have_attribute("aria-disabled", "true")
    send.click()
    sheet.page.wait_for_timeout(200)
    assert sheet.sent == 2


def test_counter_says_how_many_characters_are_left_or_too_many(open_page, superuser, sign_in):
    page = open_page()
    sign_in(page, superuser)
    page.goto(reverse("admin:partners_partner_add"))
    name, counter = page.locator("[name=name]"), page.locator(".counter")
    name.fill("x" * 179)
    expect(counter).to_have_count(0)
    for typed, words in ((180, "20 characters left"), (199, "1 character left")):
        name.fill("x" * typed)
        expect(counter).to_have_text(words)
    name.fill("🎉" * 203)
    expect(counter).to_have_text("3 characters too many")
    assert len(name.input_value()) == 203, "nothing was cut off"
    name.fill("short")
    expect(counter).to_be_hidden()


def test_copying_is_offered_where_there_is_script(sheet):
    sheet.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sheet.page.get_by_role("button", name="Copy").click()
    expect(sheet.page.get_by_role("button", name="Copied")).to_be_visible()
    assert sheet.page.evaluate("navigator.clipboard.readText()") == "LD-7KQ2M9XA"


def test_copying_is_not_offered_without_script(signed_in, lead: Lead):
    page = signed_in(javascript=False)
    page.goto(lead.get_absolute_url())
    expect(page.get_by_text(lead.reference).first).to_be_visible()
    expect(page.get_by_role("button", name="Copy")).to_be_hidden()
