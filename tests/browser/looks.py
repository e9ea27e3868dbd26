"""The sizes and colors in which pages are looked at, and what must hold in each of them."""

from playwright.sync_api import Page, ViewportSize

WIDE: ViewportSize = {"width": 1280, "height": 800}
NARROWEST: ViewportSize = {"width": 320, "height": 640}
# Colors do not depend on the width, nor the layout on the colors.
LOOKS = (("light", WIDE), ("dark", NARROWEST))


# The narrowest phones that are sold
PHONE: ViewportSize = {"width": 360, "height": 740}


def assert_named(page: Page) -> None:
    """Assert that the page has a title and one main heading."""
    assert page.title().strip(), page.url
    assert page.locator("h1").count() == 1, page.url


def assert_fits(page: Page) -> None:
    """Assert that nothing on the page asks for sideways scrolling."""
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"], page.url
