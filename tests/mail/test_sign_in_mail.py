"""Sign-in's own mail goes the same way: a mail server that is down delays it and nothing else."""

import re

import pytest
from django.urls import reverse

from leadportal.mail import worker
from tests.mail.conftest import make_due
from tests.mail.fixtures import use_server
from tests.sessions import sign_in


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_a_password_reset_is_answered_and_queued_while_the_mail_server_is_down(
    client, partner_user, outbox, mail_server, settings
):
    use_server(settings, 1)

    response = client.post(reverse("account_reset_password"), {"email": partner_user.email})

    assert response.status_code == 302
    assert response.url == reverse("account_reset_password_done")
    row = outbox.get()
    assert row.to == [partner_user.email]
    assert worker.send_due() == 0

    use_server(settings, mail_server.port)
    make_due()
    assert worker.send_due() == 1
    [message] = mail_server.received
    assert message["Subject"] == "Choose a new password for the lead portal"
    text = message.get_body(("plain",)).get_content()
    [link] = re.findall(r"http://testserver(/accounts/password/reset/key/\S+)", text)
    assert link in message.get_body(("html",)).get_content()
    assert client.get(link, follow=True).status_code == 200


def test_a_password_reset_for_a_strangers_address_is_answered_alike_and_queues_nothing(
    client, db, outbox
):
    response = client.post(reverse("account_reset_password"), {"email": "nobody@else.example"})

    assert response.status_code == 302
    assert not outbox.exists()


def test_a_changed_password_is_emailed_in_the_portals_layout(
    client, partner_user, outbox, settings
):
    settings.SITE_URL = "https://partners.example.com"
    settings.VENDOR_NAME = "Smith & Sons"
    partner_user.set_password("an old password")
    partner_user.save()
    sign_in(client, partner_user)

    response = client.post(
        reverse("account_change_password"),
        {
            "oldpassword": "an old password",
            "password1": "a new long password",
            "password2": "a new long password",
        },
        HTTP_USER_AGENT="Browser <1> & more",
    )

    assert response.status_code == 302
    row = outbox.get()
    assert row.subject == "Your password for the lead portal was changed"
    assert f"the password for {partner_user.email} was just changed" in row.text
    assert "From: 127.0.0.1, Browser <1> & more" in row.text
    assert "https://partners.example.com/accounts/password/reset/\n" in row.text
    assert "Smith & Sons lead portal" in row.text
    assert "<h1>Your password was changed</h1>" in row.html
    assert "Browser &lt;1&gt; &amp; more" in row.html
    assert "https://partners.example.com/accounts/password/reset/" in row.html


@pytest.mark.django_db(transaction=True)
def test_a_reset_password_is_confirmed_by_email(client, partner_user, outbox):
    client.post(reverse("account_reset_password"), {"email": partner_user.email})
    [link] = re.findall(r"http://testserver(\S+/key/\S+)", outbox.get().text)
    form = client.get(link, follow=True)

    client.post(
        form.redirect_chain[-1][0],
        {"password1": "a new long password", "password2": "a new long password"},
    )

    assert outbox.first().subject == "Your password for the lead portal was reset"
    assert "was just reset" in outbox.first().text
    assert client.login(email=partner_user.email, password="a new long password")
