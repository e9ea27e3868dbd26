"""What sales may doubt about a contact's address. Never an error."""

from django.core.exceptions import ValidationError

from leadportal.domains import registrable_domain

FREE_MAIL = frozenset(
    {
        "aol.com",
        "fastmail.com",
        "free.fr",
        "gmail.com",
        "gmx.at",
        "gmx.de",
        "gmx.net",
        "googlemail.com",
        "hotmail.com",
        "icloud.com",
        "libero.it",
        "live.com",
        "mac.com",
        "mail.com",
        "mail.ru",
        "me.com",
        "msn.com",
        "naver.com",
        "o2.pl",
        "onet.pl",
        "orange.fr",
        "outlook.com",
        "pm.me",
        "proton.me",
        "protonmail.com",
        "qq.com",
        "seznam.cz",
        "t-online.de",
        "web.de",
        "wp.pl",
        "yahoo.com",
        "yandex.ru",
        "ymail.com",
        "zoho.com",
        "163.com",
    }
)


def email_warning(email: str, domain: str) -> str:
    """Return why sales may doubt this address (a free mailbox, another company's), or nothing."""
    host = email.rpartition("@")[2].lower()
    if host in FREE_MAIL:
        return (
            f"{host} is a free mail service. "
            "An address at the company's own domain helps sales to trust the lead."
        )
    try:
        other = registrable_domain(host)
    except ValidationError:
        return ""
    if domain and other != domain:
        return (
            f"This address is at {other}, the company's domain is {domain}. "
            "Check that both are right."
        )
    return ""
