"""Every kind of email on a phone and on a desktop: no word is broken, nothing is cut off."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from leadportal.mail.models import OutgoingMail
from tests.browser.looks import PHONE
from tests.mail.every_email import send_every_email

NAME = "Müller Kundenservice International Partners of the North"
SIZES = (PHONE | {"width": 360}, {"width": 1280, "height": 800})

# Words of up to this many characters fit in a line of 360 px; what is longer, such as an address of
# a page, may be broken.
BROKEN_WORDS = """longest => {
    const broken = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        for (const word of node.data.matchAll(/\\b[A-Z]{1,3}-[0-9A-Z]{4,8}|[^\\s\\-–/@]+/g)) {
            const range = document.createRange();
            range.setStart(node, word.index);
            range.setEnd(node, word.index + word[0].length);
            const lines = new Set([...range.getClientRects()].map(box => Math.round(box.top)));
            if (word[0].length <= longest && lines.size > 1) broken.push(word[0]);
        }
    }
    return broken;
}"""


@pytest.mark.usefixtures("outbox")
@pytest.mark.django_db(transaction=True)
def test_no_email_breaks_a_word_or_scrolls_sideways(open_page: Callable[..., Page]) -> None:
    send_every_email(NAME)
    rows = list(OutgoingMail.objects.exclude(html=""))
    assert len(rows) > 25
    page = open_page()
    for size in SIZES:
        page.set_viewport_size(size)
        for row in rows:
            page.set_content(row.html)
            assert page.evaluate(BROKEN_WORDS, 28) == [], (row.subject, size)
            overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert overflow <= 0, (row.subject, size)
