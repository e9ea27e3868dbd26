"""Sign-in's own mail goes the same way: a mail server that is down delays it and nothing else."""

import re

import pytest
from django.urls import reverse

from leadportal.mail import worker
from tests.mail.conftest import make_due
from tests.mail.fixtures import use_server


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
    text = mail_server.received[0].get_body(("plain",)).get_content()
    [link] = re.findall(r"http://testserver(/accounts/password/reset/key/\S+)", text)
    assert client.get(link, follow=True).status_code == 200


def test_a_password_reset_for_a_strangers_address_is_answered_alike_and_queues_nothing(
    client, db, outbox
):
    response = client.post(reverse("account_reset_password"), {"email": "nobody@else.example"})

    assert response.status_code == 302
    assert not outbox.exists()
