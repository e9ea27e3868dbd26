"""Something on every page: data for all of them, and where they are."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from commissions.ledger import amendments, posting
from commissions.payouts import batches, large_payouts, withdrawals
from commissions.payouts import billing as billing_details
from commissions.payouts.models import Withdrawal
from commissions.statements.periods import Period
from leadportal.approvals.models import Approval
from leadportal.jobs.models import ScheduledJob
from leadportal.mail.models import OutgoingMail
from leadportal.partners import suspension
from leadportal.partners.invitations import accept, invite, revoke, token_of
from leadportal.partners.models import Invitation, Partner, User
from leads.decisions import decide
from leads.models import Lead
from leads.status import Status
from tests.commissions.entries import credit, won_lead
from tests.commissions.finance import DETAILS, LIST, address, all_of, many, owner_with_money
from tests.commissions.finance import requested as withdrawal_of
from tests.commissions.statements.test_statement import adjust, moment
from tests.factories import BUNDLE_5, LeadFactory, UserFactory
from tests.leads.answers import draft_of
from tests.leads.triage_pages import QUEUE
from tests.leads.triage_pages import address as lead_page
from tests.leads.world import decision, row

NOWHERE = "/nowhere/"
TEAM = "/accounts/team/"
LEADS = "/solution/leads/"
COMMISSIONS = "/commissions/"
APPROVALS = "/admin/approvals/approval/"
# Waiting, refused with a reason, credited: the others look like one of these.
STATUSES = (Status.SUBMITTED, Status.REJECTED, Status.WON)
LONG = "donaudampfschifffahrtselektrizitaetenhauptbetriebswerk@brightside-consulting.example"

# Where nothing is shown: what a script or a button sends, files, and what leads on to another page
NO_PAGES = frozenset(
    {
        "admin:autocomplete",
        "admin:jsi18n",
        "admin:leads_lead_by_reference",
        "admin:login",
        "admin:logout",
        "admin:password_change",  # leads to the portal's own
        "admin:password_change_done",
        "admin:view_on_site",
        "after_sign_in",
        "commissions:remittance",
        "commissions:statement_csv",
        "commissions:statement_pdf",
        "admin:commissions_paymentbatch_csv",
        "invitation_send_again",
        "leads:again",
        "leads:autosave",
        "leads:estimate",
        "leads:resume",
        "leads:warnings",
        "theme",
    }
)


class Everything:
    """Rows of every kind, and the addresses of their pages by role."""

    def __init__(self, people: dict[str, User]) -> None:
        self.people = people
        owner, finance = people["owner"], people["finance"]
        self._team(owner)
        # First the past: nothing is posted before the account's last entry.
        self.paid, self.returned, self.pending = year_of_money(owner, people["administrator"])
        self._leads(owner)
        self._finance(finance)
        ScheduledJob.objects.add_missing(timezone.now())
        OutgoingMail.objects.create(subject="Lead received", to=LONG, text="Thank you.")

    def _team(self, owner: User) -> None:
        left = UserFactory(partner=owner.partner, is_active=False, name="", email=LONG)
        self.left_behind = draft_of(left)
        self.invitation = invited(owner, f"x{LONG}")
        used, gone = invited(owner, f"y{LONG}"), invited(owner, f"z{LONG}")
        accept(token_of(used), "A", "battery horse 7", timezone.now())
        self.failed_invitation = token_of(gone)
        revoke(Invitation.objects.filter(pk=gone.pk))

    def _leads(self, owner: User) -> None:
        of_owner: dict[str, Any] = {"partner": owner.partner, "submitted_by": owner}
        self.leads = {
            status: LeadFactory(
                status=status, lines=BUNDLE_5, domain="nordwind.example", **of_owner
            )
            for status in Status
        }
        self.draft = draft_of(owner)
        pending = LeadFactory(status=Status.APPROVED, domain="nordwind.example", **of_owner)
        large = row("livechat", "business", 5, agreed_annual=Decimal(90000))
        note = "The contract is in the shared folder, signed by both sides. " * 9
        win = decision(Status.WON, lines=[large], note=note)
        (outcome,) = decide(Lead.objects.filter(pk=pending.pk), win, self.people["sales"])
        assert outcome.request is not None
        self.pending_lead, self.pending_win = pending, outcome.request

    def _finance(self, finance: User) -> None:
        credited = credit(owner_with_money().partner, finance)
        self.entry, self.account = credited, credited.account
        amendments.adjust(
            self.account.partner, Decimal("-1000.00"), "Paid twice", "ADJ-23456789", finance
        )
        self.reversed_entry = credit(self.account.partner, finance, "LD-REVERSED")
        amendments.reverse(self.reversed_entry, "The customer never paid", finance)
        self.reversed_lead = won_lead(self.people["owner"], finance)
        amendments.reverse(self.reversed_lead.credit, "The customer never paid", finance)
        waiting, batched, sent_back, held = many(4)
        long = withdrawal_of(
            company="The International Customer Experience Advisory Partners of the North Limited",
            paypal="accounts.receivable.department@international-advisory-partners.example",
            address="Building 12, Second Courtyard, 100 Old Harbour Promenade",
            city="Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch",
        )
        self.batch = withdrawals.claim(all_of(batched, long), finance)
        batches.download(self.batch, finance)
        reason = "They asked to wait " * 9
        self.request = batches.release(batched, reason, finance, was_sent=False)
        self.to_release, released = many(2)
        self.next_batch = withdrawals.claim(all_of(self.to_release, released), finance)
        batches.release(released, "It belongs to the next batch", finance)
        reference = "PP-8841-A-VERY-LONG-REFERENCE-OF-A-PAYPAL-PAYMENT-2026"
        withdrawals.mark_paid(all_of(long), reference, finance)
        withdrawals.give_back(all_of(sent_back), "The address does not exist " * 5, finance)
        self.large, asked = withdrawal_of(agents=150), withdrawal_of(agents=160)
        large_payouts.request_approval(all_of(asked), "I have called them", finance)
        self.payout = Approval.objects.get(subject=asked.number)
        self.suspended = held.account.partner
        suspension.suspend(self.suspended, "Under review", self.people["administrator"])
        self.withdrawals = [waiting, batched, Withdrawal.objects.get(pk=sent_back.pk), long, held]

    def pages(self, role: str) -> list[str]:
        """Return where this role's pages are, each kind once and in every state that differs."""
        return list(dict.fromkeys(getattr(self, f"_pages_of_{role}")()))

    def _pages_of_nobody(self) -> Iterator[str]:
        accounts = "/accounts/"
        yield from (
            "/",
            "/what-would-i-earn/",
            NOWHERE,
            f"{accounts}login/",
            f"{accounts}signup/",
        )
        yield from (f"{accounts}password/reset/", f"{accounts}password/reset/done/")
        yield from (f"{accounts}password/reset/key/{key}/" for key in ("1-wrong", "done"))
        yield from (f"{accounts}inactive/", f"{accounts}suspended/")
        yield f"{accounts}invitation/{token_of(self.invitation)}/"
        yield f"{accounts}invitation/{self.failed_invitation}/"

    def _pages_of_owner(self) -> Iterator[str]:
        arguments = self._arguments()
        for name in url_names():
            if not name.startswith("admin:") and name not in NO_PAGES and name not in OPEN_NAMES:
                yield from (reverse(name, args=given) for given in arguments.get(name, [()]))
        yield from (f"{LEADS}?q=nothing-like-it", f"{COMMISSIONS}?month=1999", NOWHERE)

    def _arguments(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return what stands in the partner's addresses, once for every state that differs."""
        month = Period.month_of(datetime.now(UTC))
        return {
            "deactivate_teammate": [(self.people["member"].pk,)],
            "invitation": [(token_of(self.invitation),)],
            "invitation_revoke": [(self.invitation.pk,)],
            "leads:page": [(self.draft.pk, page) for page in ("contact", "deal", "agreements")],
            "leads:discard": [(self.draft.pk,)],
            "leads:take_over": [(self.left_behind.pk,)],
            "leads:detail": [
                (lead.reference,)
                for lead in (*map(self.leads.__getitem__, STATUSES), self.reversed_lead)
            ],
            "leads:submitted": [(self.leads[Status.SUBMITTED].reference,)],
            "commissions:withdrawal": [(row.number,) for row in (self.returned, self.pending)],
            "commissions:withdrawal_requested": [(self.pending.number,)],
            "commissions:statement": [(month.year,)],
        }

    def _pages_of_member(self) -> Iterator[str]:
        yield from (TEAM, COMMISSIONS, f"{COMMISSIONS}withdraw/")

    def _pages_of_newcomer(self) -> Iterator[str]:
        yield from ("/", LEADS)
        yield from (f"{COMMISSIONS}{page}" for page in ("", "withdraw/", "withdrawals/"))

    def _pages_of_sales(self) -> Iterator[str]:
        submitted, won = self.leads[Status.SUBMITTED], self.leads[Status.WON]
        approved = self.leads[Status.APPROVED]
        yield from ("/admin/", f"{QUEUE}?status=all", f"{QUEUE}?q=acme&partner_name=bright")
        yield from (lead_page(submitted), lead_page(won))
        yield from (lead_page(submitted, page) for page in ("approve", "correct"))
        yield lead_page(approved, "win")
        yield from (lead_page(self.pending_lead), self.pending_win.address)
        chosen = ",".join(str(lead.pk) for lead in self.leads.values())
        yield from (f"{QUEUE}{word}/?selected={chosen}" for word in ("approve", "reject"))

    def _pages_of_finance(self) -> Iterator[str]:
        chosen = ",".join(str(row.pk) for row in self.withdrawals)
        yield f"{LIST}?status=all"
        yield from (address("withdrawal", "change", row.pk) for row in self.withdrawals[2:])
        yield from (
            f"{address('withdrawal', slug)}?chosen={chosen}" for slug in ("export", "return")
        )
        yield address("withdrawal", "change", self.large.pk)
        yield f"{address('withdrawal', 'request_approval')}?chosen={self.large.pk}"
        yield self.payout.address
        yield address("paymentbatch", "changelist")
        for batch in (self.batch, self.next_batch):
            yield address("paymentbatch", "change", batch.pk)
        yield address("withdrawal", "release", self.to_release.pk)
        yield from (f"/admin/approvals/approval/{query}" for query in ("", "?show=mine"))
        yield self.request.address
        yield address("ledgerentry", "changelist")
        for entry in (self.entry, self.reversed_entry):
            yield address("ledgerentry", "change", entry.pk)
        yield address("ledgerentry", "reverse", self.leads[Status.WON].credit_id)
        yield address("ledgerentry", "correct", self.entry.pk)
        yield from (lead_page(self.reversed_lead, page) for page in ("change", "undo"))
        yield address("account", "changelist")
        yield from (address("account", page, self.account.pk) for page in ("change", "adjust"))
        without_entries = Partner.objects.filter(account=None)[0]
        yield address("account", "adjust_partner", without_entries.pk)
        yield address("account", "changelist") + f"?q={without_entries.domain}"

    def _pages_of_administrator(self) -> Iterator[str]:
        """Yield the admin's lists, forms, histories and confirmations, of every model."""
        yield from ("/admin/", "/admin/partners/", reverse("admin:partners_user_add"))
        yield reverse("admin:auth_user_password_change", args=[self.people["member"].pk])
        yield reverse("admin:partners_partner_suspend", args=[self.people["owner"].partner_id])
        for page in ("lift", "change"):
            yield reverse(f"admin:partners_partner_{page}", args=[self.suspended.pk])
        for model in admin.site._registry:
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            row = model._default_manager.order_by("pk").last()
            assert row is not None, f"{model.__name__} has no row to show."
            yield from (reverse(f"{name}_{page}") for page in ("changelist", "add"))
            yield from (reverse(f"{name}_{page}", args=[row.pk]) for page in PAGES_OF_A_ROW)

    def lists(self) -> Iterator[str]:
        """Yield the admin's list of every model, in all statuses where it opens on one."""
        for model in admin.site._registry:
            opened = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            shows_all = {QUEUE: "status=all", LIST: "status=all", APPROVALS: "show=all"}
            yield f"{opened}?{shows_all.get(opened, '')}".rstrip("?")


# Of a template that another address shows, too; the journeys look at them with their errors.
WITH_ERRORS = frozenset(
    {"admin:commissions_withdrawal_pay", "admin:leads_lead_lose", "admin:leads_lead_reject"}
)
PAGES_OF_A_ROW = ("change", "history", "delete")
# What only a person who is not signed in is shown
OPEN_NAMES = frozenset(
    {
        "account_inactive",
        "account_reset_password_from_key_done",
        "account_login",
        "account_signup",
        "account_suspended",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
    }
)


def url_names() -> list[str]:
    """Return the name of every address of the portal, with its namespace."""
    return list(dict.fromkeys(_names(get_resolver(), "")))


def _names(resolver: URLResolver, namespace: str) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            if pattern.name:
                yield namespace + pattern.name
        else:
            inside = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from _names(pattern, namespace + inside)


def invited(owner: User, email: str = "nora@brightside.example") -> Invitation:
    """Return an open invitation to the owner's organization, as a member."""
    assert owner.partner is not None
    return invite(owner, owner.partner, email, User.Role.MEMBER, timezone.now())


def year_of_money(owner: User, staff: User) -> list[Withdrawal]:
    """Make a year of an account, and return a paid, a returned and a pending withdrawal.

    There is every kind of entry, and money available.
    """
    partner, now = owner.partner, datetime.now(UTC)
    with moment(now - timedelta(days=200)):
        entry = credit(partner, staff, "LD-OLD", agents=40)
        billing_details.save(DETAILS | {"company": "Brightside Consulting Ltd"}, owner)
        paid = withdrawals.request(owner)
        withdrawals.mark_paid(Withdrawal.objects.filter(pk=paid.pk), "PAYPAL-8XK21", staff)
    with moment(now - timedelta(days=100)):
        posting.reverse(entry, reason="The customer never paid", actor=staff)
        billing_details.save(DETAILS, owner)
    adjust(partner, staff, "9000.00", now - timedelta(days=60), "AD-1")
    with moment(now - timedelta(days=50)):
        returned = withdrawals.request(owner)
        withdrawals.give_back(
            Withdrawal.objects.filter(pk=returned.pk), "PayPal knows no such address", staff
        )
    with moment(now - timedelta(days=30)):
        pending = withdrawals.request(owner)
    won_lead(owner, staff)
    return [paid, returned, pending]
