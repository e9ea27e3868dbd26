"""A name that people choose themselves cannot become the text of others' email."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from leadportal.mail.models import OutgoingMail
from leadportal.partners.invitations import invite, token_of
from leadportal.partners.models import User
from leadportal.partners.names import validate_name
from tests.sessions import sign_in

HOSTILE = [
    "Olivia\nYour account is closed",
    "Olivia\u2028Sign in",
    "Olivia\x85Sign in",
    "Pay at https://evil.example/x",
    "www.evil",
    "evil.com",
    "t.co",
    "mail boss@evil.example",
    "пример.рф",
]
GOOD = [
    "Olivia Owner",
    "J. R. R. Tolkien",
    "J.R. Smith",
    "Dr. Anne-Marie O'Neill",
    "李小龍",
    "Max 2.",
]


@pytest.mark.database
@pytest.mark.parametrize("name", HOSTILE)
def test_name_like_a_text_or_a_link_is_refused(name):
    with pytest.raises(ValidationError):
        validate_name(name)


@pytest.mark.database
@pytest.mark.parametrize("name", GOOD)
def test_name_of_a_person_is_accepted(name):
    validate_name(name)


@pytest.mark.database
@pytest.mark.parametrize("name", [name for name in HOSTILE if len(name.splitlines()) == 1])
def test_no_form_takes_such_a_name(client, partner_user, name):
    invitation = invite(
        partner_user, partner_user.partner, "new@brightside.example", "member", timezone.now()
    )
    accept = f"/accounts/invitation/{token_of(invitation)}/"
    client.post(accept, {"name": name, "password": "battery horse 7"})
    assert not User.objects.filter(email="new@brightside.example").exists()
    sign_in(client, partner_user)
    client.post("/accounts/profile/", {"name": name})
    partner_user.refresh_from_db()
    assert partner_user.name == "Olivia Owner"


@pytest.mark.database
@pytest.mark.parametrize("name", HOSTILE)
def test_older_name_of_that_kind_is_not_in_an_invitation(outbox, partner_user, name):
    User.objects.filter(pk=partner_user.pk).update(name=name)
    partner_user.refresh_from_db()
    now = timezone.now()
    invite(partner_user, partner_user.partner, "new@brightside.example", "member", now)
    mail = OutgoingMail.objects.get()
    assert f"{name} (" not in mail.text + mail.html
    assert "Your account" not in mail.text
    assert "owner@brightside.example" in mail.text
