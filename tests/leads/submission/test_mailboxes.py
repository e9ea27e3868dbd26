"""What sales may doubt about a contact's address: a warning, never an error."""

import pytest

from leadportal.domains import registrable_domain
from leads.submission.mailboxes import FREE_MAIL, email_warning


@pytest.mark.parametrize(
    "email",
    [
        "anna@example.com",
        "anna@EXAMPLE.com",
        "anna@mail.example.com",
        "anna@mail.shop.example.com",
    ],
)
def test_an_address_of_the_company_is_no_reason_to_doubt(email):
    assert email_warning(email, "example.com") == ""


NATIONAL = (
    "163.com bk.ru daum.net docomo.ne.jp gmx.de hotmail.fr laposte.net libero.it mail.ru orange.fr"
    " outlook.com.br outlook.de qq.com rediffmail.com seznam.cz sfr.fr t-online.de uol.com.br"
    " web.de wp.pl yahoo.co.jp yahoo.co.uk"
)


@pytest.mark.parametrize("host", ["gmail.com", "GMAIL.com", *NATIONAL.split()])
@pytest.mark.parametrize("domain", ["example.com", "", "gmail.com"])
def test_a_free_mailbox_is_doubted_whatever_the_domain(host, domain):
    assert email_warning(f"anna@{host}", domain) == (
        f"{host.lower()} is a free email provider. "
        "An address at the company's own domain makes the lead more credible."
    )


def test_no_suffix_is_taken_for_a_free_mailbox():
    # A slip in the list would doubt a whole country.
    for host in FREE_MAIL:
        assert host.endswith(registrable_domain(host)), host


@pytest.mark.parametrize("host", ["nus.edu.sg", "facebook.com", "outlook.example", "gmx.io"])
def test_an_organizations_own_address_is_not_called_a_free_mailbox(host):
    assert email_warning(f"anna@{host}", host) == ""


def test_another_companys_address_is_doubted():
    warning = email_warning("anna@mail.other.co.uk", "example.com")
    assert "other.co.uk" in warning
    assert "example.com" in warning


def test_an_idn_address_is_compared_as_an_a_label():
    assert email_warning("anna@bücher.example", "xn--bcher-kva.example") == ""


@pytest.mark.parametrize("email", ["anna@other.com", "anna@localhost", "anna"])
def test_nothing_is_doubted_where_there_is_nothing_to_compare(email):
    assert email_warning(email, "") == ""


@pytest.mark.parametrize(
    ("email", "domain"),
    [("anna@notexample.com", "example.com"), ("anna@example.com.evil.test", "example.com")],
)
def test_a_domain_that_only_looks_alike_is_another(email, domain):
    assert email_warning(email, domain)
