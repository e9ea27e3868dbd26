"""The browser's own fixtures: they let a person in, and find what is wrong with a page."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from leadportal.partners.models import User

SIGN_IN = "/accounts/login/"
PROFILE = "/accounts/profile/"


@pytest.mark.parametrize("time", ["the first", "the second"])
def test_person_signed_in_by_cookie_is_let_in_and_unknown_to_the_next_test(
    page: Page, partner_user: User, sign_in: Callable[[Page, User], None], time: str
) -> None:
    assert page.context.cookies() == []
    page.goto(PROFILE)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(page, partner_user)
    page.goto(PROFILE)
    expect(page).to_have_url(PROFILE)


def test_page_opens_without_javascript(open_page: Callable[..., Page]) -> None:
    page = open_page(javascript=False)
    page.goto(SIGN_IN)
    page.set_content("<p>still</p><script>document.body.textContent = 'changed'</script>")
    assert page.text_content("p") == "still"


def test_page_opens_as_a_phone_in_the_dark(open_page: Callable[..., Page]) -> None:
    page = open_page(phone=True, dark=True)
    page.goto(SIGN_IN)
    assert page.evaluate("innerWidth") == 360
    assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")


@pytest.mark.parametrize(
    "html",
    [
        '<html lang="en"><title>t</title><main><h1>h</h1><img src="data:,"></main>',
        '<html lang="en"><title>t</title><main><h1>h</h1><button></button></main>',
        '<html lang="en"><title>t</title><main><h1>h</h1>'
        '<p style="color: #bbb; background: #fff">Hardly to be read</p></main>',
    ],
)
def test_axe_finds_what_is_not_accessible(
    page: Page, assert_accessible: Callable[[Page], None], html: str
) -> None:
    page.set_content(html)
    with pytest.raises(AssertionError, match="Rule Violated"):
        assert_accessible(page)


@pytest.mark.parametrize("fault", ["<button></button>", f"<pre>{'wide' * 100}</pre>"])
def test_page_written_over_another_is_looked_at_like_the_first(
    page: Page, assert_all_well_made: Callable[[Page, list[str]], None], fault: str
) -> None:
    html = f'<html lang="en"><title>t</title><main><h1>h</h1>{fault}</main>'
    page.route("**/faulty/", lambda route: route.fulfill(body=html, content_type="text/html"))
    with pytest.raises(AssertionError):
        assert_all_well_made(page, [SIGN_IN, "/faulty/"])


def test_inline_script_is_refused_and_complained_of(page: Page, complaints: list[str]) -> None:
    page.goto(SIGN_IN)
    page.evaluate(
        """const script = document.createElement("script");
        script.textContent = "document.title = 'changed'";
        document.head.append(script);"""
    )
    page.wait_for_timeout(100)
    assert page.title() != "changed"
    assert "Content Security Policy" in complaints[0]
    complaints.clear()


def test_missing_file_and_failing_script_are_complained_of(
    page: Page, complaints: list[str]
) -> None:
    page.goto(SIGN_IN)
    with page.expect_response("**/nowhere.css"):
        page.evaluate(
            """const link = document.createElement("link");
            link.rel = "stylesheet";
            link.href = "/static/nowhere.css";
            document.head.append(link);"""
        )
    page.evaluate("setTimeout(() => nowhere())")
    page.wait_for_timeout(100)
    assert any("nowhere.css" in complaint for complaint in complaints)
    assert any("nowhere is not defined" in complaint for complaint in complaints)
    complaints.clear()
