"""Domains and addresses: what people paste, reduced to what can be compared."""

import re
from functools import cache
from typing import Any

import idna
from django.core.exceptions import ValidationError


@cache
def _extractor() -> Any:
    # Imported at the first use: with what it stands on it is a quarter of the time to start.
    from tldextract import TLDExtract

    # The bundled Public Suffix List only: nothing is fetched, nothing is cached on disk.
    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


_EXAMPLE = "such as example.com"
# What stands around an address and is no part of it
_AROUND = ".,;<>()\"'“”„‚‘’«»"


def registrable_domain(text: str) -> str:
    """Return the registrable domain of whatever was pasted, as an A-label in lower case.

    Takes a host name, an address of a page or of a mailbox, in any script. The rules are the Public
    Suffix List's, its private part too; an unlisted top-level domain counts as a suffix. Raises
    ValidationError, in words for people, where there is no such domain.
    """
    host = _host(text)
    if not host:
        raise ValidationError(f"Enter the company's domain, {_EXAMPLE}.")
    try:
        host = idna.encode(host, uts46=True, transitional=False).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        raise ValidationError(f"“{host[:60]}” is not a domain. Enter one {_EXAMPLE}.") from None
    if re.search(r"(^|\.)(\d+|0x[0-9a-f]*)$", host):
        raise ValidationError(f"“{host}” is a network address. Enter a domain {_EXAMPLE}.")
    labels = host.split(".")
    parts = _extractor()(host)
    if not parts.suffix and len(labels) > 1:
        return ".".join(labels[-2:])
    if not parts.suffix or not parts.domain:
        raise ValidationError(
            f"“{host}” is not one company's domain. Enter the full domain, {_EXAMPLE}."
        )
    return f"{parts.domain}.{parts.suffix}"


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


def normalize_email(email: str) -> str:
    """Return the address with its domain as an A-label in lower case; the mailbox stays as typed.

    Raises ValidationError where the domain is none.
    """
    mailbox, _, host = email.strip().rpartition("@")
    try:
        host = idna.encode(host, uts46=True, transitional=False).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        raise ValidationError("Enter an email address in the form name@example.com.") from None
    return f"{mailbox}@{host}"


def _host(text: str) -> str:
    # Mail programs copy `Anna Lindqvist <anna@example.com>`, texts wrap an address in such signs.
    bracketed = re.search(r"<([^<>]+)>", text)
    text = (bracketed[1] if bracketed else text).strip().strip(_AROUND)
    text = re.sub(r"^([a-z][a-z0-9+.-]*://|https?:|mailto:)", "", text, flags=re.IGNORECASE)
    text = re.split(r"[/?#\s]", text.lstrip("/"), maxsplit=1)[0]
    text = text.rpartition("@")[2]
    text = re.sub(r":\d*$", "", text)
    return text.strip(f"{_AROUND}[]")
