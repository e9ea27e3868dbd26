"""What people paste into the domain's and the address's field, and what becomes of it."""

import re
import time

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from leadportal.domains import normalize_email, readable_domain, registrable_domain
from leads.submission.mailboxes import email_warning

PASTED = {
    # As it is, and what a browser or a mail program adds
    "example.com": "example.com",
    "EXAMPLE.Com": "example.com",
    "  example.com\n": "example.com",
    "\u3000example.com\u00a0": "example.com",
    "\u200bexample.com": "example.com",
    "www.example.com": "example.com",
    "example.com.": "example.com",
    "https://www.example.com:8443/a/b?next=https://other.com#top": "example.com",
    "HTTPS://EXAMPLE.COM": "example.com",
    "http:/example.com": "example.com",
    "https:example.com": "example.com",
    "//example.com/x": "example.com",
    "ftp://example.com/file": "example.com",
    "example.com:443": "example.com",
    "example.com/": "example.com",
    "example.com?x=1": "example.com",
    "example.com#top": "example.com",
    "https://user:secret@shop.example.com/": "example.com",
    "https://example.com@evil.test/": "evil.test",
    "https://example.com/?to=anna@other.com": "example.com",
    "https://example.com,": "example.com",
    "(https://example.com)": "example.com",
    "<https://example.com>": "example.com",
    "“example.com”": "example.com",
    '"example.com"': "example.com",
    "[example.com]": "example.com",
    "https://example.com, https://www.example.com/de": "example.com",
    "anna@example.com; bo@mail.example.com": "example.com",
    "example.com (see p. 3.45)": "example.com",
    "https://example.com/a,b": "example.com",
    # Hosts may have underscores
    "my_site.example.com": "example.com",
    "_dmarc.example.com": "example.com",
    # Addresses of mailboxes
    "anna@example.com": "example.com",
    "anna@mail.example.com": "example.com",
    "mailto:anna@example.com?subject=Hello": "example.com",
    "Anna Lindqvist <anna@example.com>": "example.com",
    # Suffixes of several levels, and the list's own exceptions
    "shop.example.co.uk": "example.co.uk",
    "a.b.c.example.com.au": "example.com.au",
    "www.ck": "www.ck",
    "www.city.kawasaki.jp": "city.kawasaki.jp",
    # The list's private part: each of them is somebody's own
    "shop.acme.github.io": "acme.github.io",
    "assets.acme.s3.amazonaws.com": "acme.s3.amazonaws.com",
    # Rules of 2025 and 2026
    "www.hdfc.bank.in": "hdfc.bank.in",
    "acme.kh": "acme.kh",
    # A joiner that Persian needs
    "نامه\u200cای.com": "xn--mgba3gch31f060k.com",
    # A top-level domain that no list knows
    "intranet.acme.internal": "acme.internal",
    # Any script, stored as A-labels
    "www.bücher.example": "xn--bcher-kva.example",
    "BÜCHER.example": "xn--bcher-kva.example",
    "xn--bcher-kva.example": "xn--bcher-kva.example",
    "XN--BCHER-KVA.EXAMPLE": "xn--bcher-kva.example",
    "bu\u0308cher.example": "xn--bcher-kva.example",
    "straße.de": "xn--strae-oqa.de",
    "почта.рф": "xn--80a1acny.xn--p1ai",
    "مثال.السعودية": "xn--mgbh0fb.xn--mgberp4a5d4ar",
    "www.例子.公司.cn": "xn--fsqu00a.xn--55qx5d.cn",
    "例子。公司。cn": "xn--fsqu00a.xn--55qx5d.cn",
    "ｅｘａｍｐｌｅ．ｃｏｍ": "example.com",
    "anna@почта.рф": "xn--80a1acny.xn--p1ai",
}

NOTHING = "Enter the company's domain"
NO_DOMAIN = "is not a domain"
NOT_ONE_COMPANYS = "is not one company's domain"
NETWORK_ADDRESS = "is a network address"
INVISIBLE = "has an invisible character"
TWO = "Enter one domain: example.com or another.com, not both."

REFUSED = {
    "https://example.comhttps://another.com": TWO,
    "": NOTHING,
    "   ": NOTHING,
    "....": NOTHING,
    "https://": NOTHING,
    "anna@": NOTHING,
    "<>": NOTHING,
    "com": NOT_ONE_COMPANYS,
    "co.uk": NOT_ONE_COMPANYS,
    "公司.cn": NOT_ONE_COMPANYS,
    "github.io": NOT_ONE_COMPANYS,
    "localhost": NOT_ONE_COMPANYS,
    "Nordwind Retail": NOT_ONE_COMPANYS,
    "exa mple.com": NOT_ONE_COMPANYS,
    "acme,com": NO_DOMAIN,
    "acme..com": NO_DOMAIN,
    "-acme.com": NO_DOMAIN,
    "acme-.com": NO_DOMAIN,
    "foo_bar.com": NO_DOMAIN,
    "www.foo_bar.co.uk": NO_DOMAIN,
    "exam\u200bple.com": INVISIBLE,
    "exam\u00adple.com": INVISIBLE,
    "example\u202e.com": INVISIBLE,
    "example.com\nanother.com": TWO,
    "example.com,another.com": TWO,
    "https://example.com/,https://another.com/": TWO,
    "anna@example.com; bo@another.com": TWO,
    "Anna <anna@example.com>, Bo <bo@another.com>": TWO,
    "acme.com\x00": NO_DOMAIN,
    "xn--zzzzzz99999.com": NO_DOMAIN,
    "i❤.ws": NO_DOMAIN,
    "acme.com:port": NO_DOMAIN,
    "[::1]": NO_DOMAIN,
    "http://[2001:db8::1]:80/": NO_DOMAIN,
    "a" * 300: NO_DOMAIN,
    "a" * 300 + ".com": NO_DOMAIN,
    "ü" * 60 + ".com": NO_DOMAIN,
    ".".join(["abcdefghi"] * 26): NO_DOMAIN,  # 259 signs, each label short
    "192.168.0.1": NETWORK_ADDRESS,
    "http://127.0.0.1:8000/": NETWORK_ADDRESS,
    "anna@10.0.0.1": NETWORK_ADDRESS,
    "2130706433": NETWORK_ADDRESS,
    "0x7f.1": NETWORK_ADDRESS,
    "1.0x7f": NETWORK_ADDRESS,
}


@pytest.mark.parametrize(("pasted", "domain"), PASTED.items())
def test_pasted_text_is_reduced_to_its_registrable_domain(pasted, domain):
    assert registrable_domain(pasted) == domain
    assert registrable_domain(domain) == domain, "reducing twice changes nothing"


@pytest.mark.parametrize(("pasted", "problem"), REFUSED.items())
def test_what_has_no_registrable_domain_is_refused_in_words(pasted, problem):
    with pytest.raises(ValidationError) as refused:
        registrable_domain(pasted)
    (message,) = refused.value.messages
    assert problem in message
    assert problem == INVISIBLE or "example.com" in message, "the message says what would be right"
    assert len(message) < 200, "a long text is not repeated whole"


def test_the_longest_domain_is_taken():
    label = "a" * 63
    assert registrable_domain(f"www.{label}.com") == f"{label}.com"


@pytest.mark.parametrize(
    "pasted",
    ["a" * 10**6, "é" * 10**6, ("é" * 60 + ".") * 10**4, "a." * 10**5, ":" * 10**6, "<" * 10**6],
    ids=["letters", "umlauts", "labels", "dots", "colons", "brackets"],
)
def test_a_megabyte_is_refused_without_delay(pasted):
    begun = time.monotonic()
    with pytest.raises(ValidationError):
        registrable_domain(pasted)
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("example.com", "example.com"),
        ("xn--bcher-kva.example", "bücher.example"),
        ("xn--80a1acny.xn--p1ai", "почта.рф"),
        ("", ""),
        ("xn--zzzzzz99999.com", "xn--zzzzzz99999.com"),
    ],
)
def test_a_domain_is_shown_as_people_write_it(stored, shown):
    assert readable_domain(stored) == shown


@pytest.mark.parametrize(
    ("typed", "normalized"),
    [
        ("Anna.Lindqvist@Example.COM", "Anna.Lindqvist@example.com"),
        ("  anna@example.com ", "anna@example.com"),
        ("anna@BÜCHER.example", "anna@xn--bcher-kva.example"),
        ("anna+leads@mail.example.com", "anna+leads@mail.example.com"),
        ('"a@b"@example.com', '"a@b"@example.com'),
    ],
)
def test_an_address_keeps_its_mailbox_and_has_its_domain_normalized(typed, normalized):
    assert normalize_email(typed) == normalized


@pytest.mark.parametrize("typed", ["anna@", "anna@-example.com", "anna@exa mple.com"])
def test_an_address_at_no_domain_is_refused(typed):
    with pytest.raises(ValidationError):
        normalize_email(typed)


# Templates show an address by a filter that knows how people write it
RAW = re.compile(r'(?<!value=")\{\{ ?(?:\w+\.)*(?:email|contact_email|paypal|domain) ?\}\}')


def test_no_template_shows_an_address_as_it_is_stored():
    folder = settings.BASE_DIR / "templates"
    templates = [path for path in folder.rglob("*") if path.suffix in (".html", ".txt")]
    assert len(templates) > 100
    raw = [
        f"{path.relative_to(folder)}: {found}"
        for path in templates
        for found in RAW.findall(path.read_text())
    ]
    assert raw == []


def test_warning_about_an_address_names_domains_as_people_write_them():
    warning = email_warning("anna@xn--mller-kva.de", "xn--bcher-kva.example")
    assert "müller.de" in warning
    assert "bücher.example" in warning
    assert "xn--" not in warning
