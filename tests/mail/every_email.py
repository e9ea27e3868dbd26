"""Every kind of email that the portal sends, about a partner and a company of any name."""

from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from commissions.ledger import amendments
from commissions.payouts import billing, withdrawals
from leadportal.approvals import decisions as approvals
from leadportal.mail import outbox as outgoing
from leadportal.mail.models import OutgoingMail
from leadportal.partners import emails as team_emails
from leadportal.partners import invitations, suspension
from leadportal.partners.models import User
from leads import emails
from leads.decisions import decide
from leads.models import Lead
from leads.status import Status
from tests.commissions.entries import credit
from tests.commissions.finance import DETAILS, all_of
from tests.factories import LeadFactory, PartnerFactory, StaffFactory, UserFactory
from tests.leads.world import decision, row
from tests.sessions import sign_in

FOLDER = Path(settings.BASE_DIR) / "templates"
TEMPLATES = frozenset(
    str(path.relative_to(FOLDER).with_suffix(""))
    for pattern in ("*/mail/*.txt", "account/email/*_message.txt")
    for path in FOLDER.glob(pattern)
)
DOMAIN = "xn--mller-kva.de"


def send_every_email(name: str) -> None:
    """Queue one email of each kind; `name` is the partner's, the company's and the payee's."""
    staff = StaffFactory(name="Ada Admin", is_superuser=True)
    second = StaffFactory(name="Sid Sales", is_superuser=True)
    partner = PartnerFactory(name=name, domain=DOMAIN)
    owner = UserFactory(name="", partner=partner, email=f"owner@{DOMAIN}")
    _leads(name, owner, staff, second)
    _money(name, owner, staff)
    _team(owner, staff)
    _passwords(owner)
    suspension.suspend(partner, "Chargebacks", staff, "Please call us.")
    suspension.lift(partner, "Cleared", staff)


def _leads(name: str, owner: User, staff: User, second: User) -> None:
    fields = {"partner": owner.partner, "submitted_by": owner, "company_name": name}
    fields |= {"domain": DOMAIN, "contact_email": f"anna@{DOMAIN}"}
    for status in Status:
        lead = LeadFactory(**fields, status=status)
        if status == Status.SUBMITTED:
            outgoing.queue(emails.submitted(lead))
        else:
            emails.send_decided([lead], "", "Thank you.")
    line = row("livechat", "business", 5, agreed_annual=Decimal("60000.00"))
    approved = LeadFactory(**fields | {"domain": "other.example"}, status=Status.APPROVED)
    win = decision(Status.WON, lines=[line], message="Signed!")
    chosen = Lead.objects.filter(pk=approved.pk)
    [outcome] = decide(chosen, win, staff)
    assert outcome.request is not None
    approvals.approve(outcome.request, second, "Checked")


def _money(name: str, owner: User, staff: User) -> None:
    for number in range(2):
        amendments.reverse(
            credit(owner.partner, staff, f"LD-{number}2345678", label=name), "Paid twice", staff
        )
    entry = credit(owner.partner, staff, "LD-92345678", label=name)
    amendments.correct(entry, [row("livechat", "business", 9)], "Nine agents", staff)
    amendments.adjust(owner.partner, Decimal("800.00"), "A bonus", "ADJ-23456789", staff)
    details = DETAILS | {"company": name[:100], "paypal": f"pay@{DOMAIN}"}
    billing.save(details, owner)
    billing.save(details | {"paypal": f"new@{DOMAIN}"}, owner)
    paid = withdrawals.request(owner)
    [outcome] = withdrawals.mark_paid(all_of(paid), "PP-8841-A", staff)
    assert outcome.done, outcome.problem
    withdrawals.give_back(all_of(paid), "The address does not exist", staff)


def _team(owner: User, staff: User) -> None:
    partner = owner.partner
    long = f"donaudampfschifffahrtselektrizitaetenhauptbetriebswerk@{DOMAIN}"
    invitations.invite(owner, partner, long, User.Role.OWNER, timezone.now())
    other = UserFactory(partner=partner, email=f"other@{DOMAIN}", name="")
    team_emails.send_owner_added(other, staff)
    team_emails.send_email_changed(other, f"old@{DOMAIN}", staff)
    team_emails.send_password_set(other, staff)


def _passwords(owner: User) -> None:
    client = Client()
    client.post(reverse("account_reset_password"), {"email": owner.email})
    [link] = [
        word for word in OutgoingMail.objects.first().text.split() if "/password/reset/key/" in word
    ]
    form = client.get(link.partition("testserver")[2], follow=True)
    new = {"password1": "a new long password", "password2": "a new long password"}
    client.post(form.redirect_chain[-1][0], new)
    owner.refresh_from_db()
    sign_in(client, owner)
    changed = {"password1": "another one 12", "password2": "another one 12"}
    typed = {"oldpassword": "a new long password"} | changed
    client.post(reverse("account_change_password"), typed)
