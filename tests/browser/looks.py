"""The sizes and colors in which pages are looked at, and what must hold in each of them."""

from playwright.sync_api import Page, ViewportSize

WIDE: ViewportSize = {"width": 1280, "height": 800}
NARROWEST: ViewportSize = {"width": 320, "height": 640}
# Colors do not depend on the width, nor the layout on the colors.
LOOKS = (("light", WIDE), ("dark", NARROWEST))


# The narrowest phones that are sold
PHONE: ViewportSize = {"width": 360, "height": 740}

# The innermost elements that reach over the right edge
TOO_WIDE = """() => [...document.body.querySelectorAll("*")]
    .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
    .filter((element, _, all) => !all.some((other) => other !== element && element.contains(other)))
    .map((element) => element.outerHTML.slice(0, 200))"""


def assert_named(page: Page) -> None:
    """Assert that the page has a title and one main heading."""
    assert page.title().strip(), page.url
    assert page.locator("h1").count() == 1, page.url


def assert_fits(page: Page) -> None:
    """Assert that nothing on the page asks for sideways scrolling."""
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"], f"{page.url}: {page.evaluate(TOO_WIDE)}"
