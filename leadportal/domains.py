"""Domains and email addresses: pasted text reduced to what can be compared."""

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

import idna
from django.core.exceptions import ValidationError

from leadportal.characters import (
    ZWJ,
    ZWNJ,
    halfwidth,
    has_invisible,
    stripped,
    without_any_invisible,
)

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

_EXAMPLE = "such as example.com"
_NO_EMAIL = "Enter an email address in the form name@example.com."
# Characters around an address that are not part of it
_AROUND = ".,;<>()\"'“”„‚‘’«»"
_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]*://|https?:|mailto:)", re.IGNORECASE)
_BRACKETED = re.compile(r"<([^<>]+)>")
_BETWEEN = re.compile(r"[\s;|]+|,(?=\s|https?:|www\.)|(?<=\w)(?=https?://)", re.IGNORECASE)
_LIKE_ADDRESS = re.compile(r"@|[^\W_]\.[^\W\d_]{2}")
_EMAIL_LABEL = re.compile(r"\b(e-?mail|mail)\s*:\s*", re.IGNORECASE)


@cache
def _suffixes() -> "PublicSuffixList":
    # Imported at the first use, because reading the package's list is slow.
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(accept_unknown=True)


def registrable_domain(text: str) -> str:
    """Return the registrable domain of whatever was pasted, as an A-label in lower case.

    Takes a host name, a web address or an email address, in any script. The rules are the Public
    Suffix List's, including its private part; an unlisted top-level domain counts as a suffix.
    Raises ValidationError, with a message for people, if there is no such domain or there are two.
    """
    first, *others = _hosts(text)
    domain = _registrable(first)
    for host in others:
        other = _registrable(host)
        if other != domain:
            shown = readable_domain(domain), readable_domain(other)
            raise ValidationError(f"Enter one domain: {shown[0]} or {shown[1]}, not both.")
    return domain


def _registrable(host: str) -> str:
    if not host:
        raise ValidationError(f"Enter the company's domain, {_EXAMPLE}.")
    if has_invisible(host.replace(ZWJ, "").replace(ZWNJ, "").replace("\x00", "")):
        raise ValidationError("The domain has an invisible character in it. Type it again.")
    # Hosts may have underscores, domains may not.
    encoded = _encoded(host.replace("_", "x"))
    if encoded is None:
        raise ValidationError(f"“{host[:60]}” is not a domain. Enter one {_EXAMPLE}.")
    if re.search(r"(^|\.)(\d+|0x[0-9a-f]*)$", encoded):
        raise ValidationError(f"“{encoded}” is a network address. Enter a domain {_EXAMPLE}.")
    domain = _suffixes().privatesuffix(encoded)
    if domain is None:
        raise ValidationError(
            f"“{readable_domain(encoded)}” is not one company's domain. Enter the full domain, "
            f"{_EXAMPLE}."
        )
    labels = re.split("[.。．｡]", host)[-len(domain.split(".")) :]
    if any("_" in label for label in labels):
        raise ValidationError(f"“{host[:60]}” is not a domain. Enter one {_EXAMPLE}.")
    return domain


def _encoded(host: str) -> str | None:
    """Return a host as an A-label in lower case, None if it is not one."""
    try:
        return idna.encode(host, uts46=True, transitional=False).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        return None


def readable_domain(domain: str) -> str:
    """Return an A-label domain as people write it (`xn--bcher-kva.example` as `bücher.example`)."""
    if "xn--" not in domain:
        return domain
    try:
        return idna.decode(domain)
    except (idna.IDNAError, UnicodeError):
        return domain


def readable_email(email: str) -> str:
    """Return the address with its domain as people write it."""
    mailbox, at, domain = email.rpartition("@")
    return f"{mailbox}{at}{readable_domain(domain)}"


def normalize_email(text: str) -> str:
    """Return the one address in whatever was pasted, its domain as an A-label in lower case.

    Takes `Ann Lee <ann@example.com>`, `mailto:ann@example.com`, and an address with the punctuation
    that surrounds it in a text. The mailbox stays as typed. Raises ValidationError, with a message
    for people, if there is no address or there are two, and for an invisible character in one.
    """
    first, *others = map(_normalized, _emails(halfwidth(stripped(text))))
    for other in others:
        if other != first:
            shown = readable_email(first), readable_email(other)
            raise ValidationError(f"Enter one email address: {shown[0]} or {shown[1]}, not both.")
    return first


def account_email(text: str) -> str:
    """Return the address by which an account is found, in lower case.

    Never raises: text that is not an address is returned without blanks and invisible characters.
    """
    visible = without_any_invisible(text)
    try:
        return normalize_email(visible).lower()
    except ValidationError:
        return visible.lower()


def _normalized(email: str) -> str:
    if has_invisible(email.replace("\x00", "")):
        raise ValidationError("The address has an invisible character in it. Type it again.")
    mailbox, _, host = email.rpartition("@")
    encoded = _encoded(host)
    if encoded is None:
        raise ValidationError(_NO_EMAIL, code="invalid")
    return f"{mailbox}@{encoded}"


def _emails(text: str) -> list[str]:
    """Return the addresses in a pasted text; the text itself if there are none."""
    bracketed = [each for each in _BRACKETED.findall(text) if "@" in each]
    if bracketed:
        return [_bare(each) for each in bracketed]
    found = [each for each in re.split(r"[\s;,|]+", _EMAIL_LABEL.sub("", text)) if each]
    # A word that is no address: nobody knows what was meant.
    return [_bare(each) for each in found if "@" in each] if _all_emails(found) else [_bare(text)]


def _all_emails(found: list[str]) -> bool:
    return bool(found) and all("@" in each for each in found)


def _bare(email: str) -> str:
    """Return an address without what a link or a text puts around it."""
    email = email.strip()
    if email[:7].lower() == "mailto:":
        email = unquote(email[7:].partition("?")[0])
    email = email.lstrip("<>();, \t\n“”„‚«»").rstrip("<>();,. \t\n“”„‚«»")
    return email[1:-1] if len(email) > 1 and email[0] == email[-1] and email[0] in "'\"" else email


def _hosts(text: str) -> Iterator[str]:
    """Yield the host of a pasted text, then the hosts of further addresses in it."""
    text = stripped(text)
    # Mail programs copy `Anna Lindqvist <anna@example.com>`, texts wrap an address in such signs.
    found = _BRACKETED.findall(text) or [each for each in _BETWEEN.split(text) if each] or [""]
    hosts = (host for each in found for host in _hosts_of(each))
    yield next(hosts)
    yield from (host for host in hosts if _LIKE_ADDRESS.search(host))


def _hosts_of(address: str) -> list[str]:
    """Return the host of one address; of several between commas the host of each."""
    address = _SCHEME.sub("", address.strip().strip(_AROUND), count=1)
    authority = re.split(r"[/?#]", address.lstrip("/"), maxsplit=1)[0]
    parts = authority.split(",")
    if not all(map(_LIKE_ADDRESS.search, parts)):
        parts = [authority]
    return [re.sub(r":\d*$", "", part.rpartition("@")[2]).strip(f"{_AROUND}[]") for part in parts]
