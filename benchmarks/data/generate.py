"""Fill an empty database with partners, their leads and their accounts.

The same arguments always give the same rows, and they are such as the portal itself would have
written: lines, frozen estimates, history, chained ledger entries, counters, search text. Of each
partner's leads any 25 in a row have the same statuses and numbers of lines, so that every page of a
list is the same amount of work.
"""

import gc
import random
from collections import Counter
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from django.contrib.auth.models import Group
from django.core.management import call_command
from django.utils import timezone

from benchmarks.data.companies import ELSEWHERE, RARE, RARE_LEADS, Companies
from benchmarks.data.deals import Deal, credited, make_deals
from benchmarks.data.loader import Table, loading, write
from benchmarks.table import BIG, SALES, SMALL
from commissions import explanation
from commissions.catalog.terms import CommissionTerms
from commissions.ledger.chain import Row, entry_hash
from commissions.ledger.models import Account, LedgerEntry
from commissions.payouts.models import BillingDetails, Withdrawal, WithdrawalEvent
from leadportal.db import groups
from leadportal.db.digests import digest
from leadportal.folding import search_text
from leadportal.money import from_cents
from leadportal.partners.models import Partner, User
from leads.models import DealLine, EventText, Lead, LeadCount, LeadEvent
from leads.models.search_index import phone_words
from leads.status import Status

# From one lead to the next: a million of them in three years. The newest is ten days old.
PACE = timedelta(days=3 * 365) / 1_000_000
AGE_OF_NEWEST = timedelta(days=10)
LEAST = 250  # leads of the two special partners, so that every status has a second page
CHUNK = 20_000
MOST_DEALS = 50_000

PERIOD = 25
# By the place in the period: submitted, approved, rejected, won, lost
STATUSES = {
    "leads": "sarwlaarlsawralsrwalsarwl",
    "ledger": "w" * PERIOD,
}
LINES = (1, 2, 1, 1, 2, 1, 3, 1, 2, 0, 1, 2, 1, 1, 2, 1, 1, 3, 1, 2, 1, 1, 2, 1, 1)
NAMES = {"s": "submitted", "a": "approved", "r": "rejected", "w": "won", "l": "lost"}
MESSAGES = {
    "approved": "Thank you. We will call them this week and let you know how it went.",
    "rejected": "They are a customer of ours already, so we cannot count this lead.",
    "won": "They signed yesterday. Thank you for the introduction.",
    "lost": "They have chosen another product for now; we will try again next year.",
}
REASONS = {"rejected": "existing_customer", "lost": "chose_competitor"}
DESCRIPTION = (
    "They answer about {} chats and mails a week with a team in {}, and want one tool for all of "
    "them before their season begins."
)
PHONE = "+46812345678"
REFERENCE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(slots=True)
class Book:
    """One partner while its leads are written; partner and account have the same id."""

    id: int
    leads: int
    owner: int = 0
    billing: int = 0
    seen: int = 0
    balance: int = 0
    entries: int = 0
    head: str = ""
    specials: dict[int, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)


def fill(kind: str, leads: int) -> None:
    """Fill the database that Django is connected to; a million leads take minutes.

    `kind` is "leads" (of every status) or "ledger" (all of them won).
    """
    gc.disable()  # millions of tuples, and no cycle among them
    call_command("migrate", run_syncdb=True, verbosity=0)
    if Partner.objects.exists():
        raise SystemExit("This fills an empty database with invented data: use a new one.")
    generator = Generator(leads, STATUSES[kind])
    with loading(generator.tables):
        generator.add_people()
        for done in range(0, leads, CHUNK):
            generator.add_leads(min(CHUNK, leads - done))
            write(generator.tables)
        generator.add_totals()
        write(generator.tables)
    User.objects.get(email=SALES).groups.add(Group.objects.get(name=groups.SALES))
    for lead in Lead.objects.order_by("-pk")[:100]:
        written = lead.search_text
        lead.refresh_search_text()
        assert lead.search_text == written, (lead.search_text, written)


class Generator:
    """Adds lead after lead, in the order of time, to the tables."""

    def __init__(self, leads: int, statuses: str) -> None:
        self.leads, self.statuses = leads, statuses
        self.rng = random.Random(2026)
        self.companies = Companies(2026)
        now = timezone.now().replace(tzinfo=None, microsecond=1)
        self.begin = now - AGE_OF_NEWEST - leads * PACE
        terms = CommissionTerms.objects.in_force(now.date())
        self.holding_period = timedelta(days=terms.holding_days)
        self.deals = make_deals(max(240, min(MOST_DEALS, leads // 16)), terms, now.date())
        self._share_out(min(2_000, max(20, leads // 500)))
        self._make_tables(terms)

    def _share_out(self, partners: int) -> None:
        """Decide whose each lead is, in the order of time, and which have the special words."""
        of_big, of_small = max(self.leads // 10, LEAST), min(500, max(LEAST, self.leads // 4))
        others = range(3, partners + 1)
        weights = [self.rng.lognormvariate(0, 1) for _ in others]
        self.order = self.rng.choices(others, weights, k=self.leads - of_big - of_small)
        self.order += [1] * of_big + [2] * of_small
        self.rng.shuffle(self.order)
        leads = Counter(self.order)
        self.books = {id_: Book(id_, leads[id_]) for id_ in range(1, partners + 1)}
        big, small = self.books[1], self.books[2]
        big.specials = {big.leads * at // 100: RARE for at in (30, 60, 90)}
        big.specials |= {big.leads * at // 100: ELSEWHERE for at in (40, 55, 75)}
        small.specials = {small.leads // 2: RARE}
        self.rare_every = self.leads // (RARE_LEADS - 4)

    def _make_tables(self, terms: CommissionTerms) -> None:
        self.partner, self.account, self.entry = map(Table, (Partner, Account, LedgerEntry))
        self.user = Table(User, password="!")  # noqa: S106 - one that nobody can sign in with
        self.billing = Table(
            BillingDetails, version=1, address="1 Main Street", city="Stockholm", country="SE"
        )
        self.withdrawal = Table(Withdrawal, payment_reference="Transfer")
        self.step = Table(WithdrawalEvent)
        self.lead = Table(
            Lead,
            terms=terms,
            is_included_in_communication=True,
            job_title="Head of support",
            phone_number=PHONE,
        )
        self.phone_words = phone_words(PHONE)
        self.line, self.event, self.text = map(Table, (DealLine, LeadEvent, EventText))
        self.count = Table(LeadCount)
        self.tables = [value for value in vars(self).values() if isinstance(value, Table)]

    def add_people(self) -> None:
        """Add the vendor's staff member, then the partners with two users each."""
        self.staff = self._add_user(SALES, "Sally Sales", None, "member")
        for id_, book in self.books.items():
            domain = f"partner-{id_}.example"
            name = f"{self.companies.company(id_)[0]} Partners"
            self.partner.add(name=name, domain=domain, search_text=search_text(name, domain))
            email = {1: BIG, 2: SMALL}.get(id_, f"owner@{domain}")
            book.owner = self._add_user(email, self._person(), id_, "owner")
            self._add_user(f"member@{domain}", self._person(), id_, "member")
            book.billing = self._add_billing(id_, name, email, book.owner)

    def _add_billing(self, partner: int, company: str, paypal: str, owner: int) -> int:
        details = {
            "partner_id": partner,
            "company": company,
            "paypal": paypal,
            "saved_by_id": owner,
        }
        at = self.begin.replace(tzinfo=UTC)
        row = copy(self.billing.like)
        for name, value in {**details, "saved_at": at, "paypal_since": at}.items():
            setattr(row, name, value)
        return self.billing.add(
            **details, saved_at=str(self.begin), paypal_since=str(self.begin), digest=digest(row)
        )

    def _add_user(self, email: str, name: str, partner: int | None, role: str) -> int:
        is_staff = int(partner is None)
        return self.user.add(
            email=email,
            name=name,
            search_text=search_text(name, email),
            partner_id=partner,
            role=role,
            is_staff=is_staff,
        )

    def _person(self) -> str:
        return " ".join(self.companies.contact())

    def add_leads(self, count: int) -> None:
        """Add the next leads with all that belongs to them."""
        done = self.lead.last_id
        for number, partner in enumerate(self.order[done : done + count], start=done + 1):
            book = self.books[partner]
            from_newest = book.leads - book.seen - 1
            book.seen += 1
            self._add_lead(number, book, from_newest)

    def _add_lead(self, number: int, book: Book, from_newest: int) -> None:
        at = self.begin + number * PACE
        place = from_newest % PERIOD
        status = NAMES[self.statuses[place]]
        # A won lead has a price.
        choices = self.deals[LINES[place] or int(status == "won")]
        deal = choices[int(self.rng.random() * len(choices))]
        type_ = "flat_fee" if place % 7 in (1, 6) else "rev_share"
        changed = at if status == "submitted" else at + timedelta(hours=5)
        author = book.owner + place % 2
        is_form = place != 10
        reference = _reference(number)
        name, domain, country = self.companies.company(number, self._special(number, book))
        first, last = self.companies.contact()
        email = f"{first}.{last}@{domain}".lower()
        credit = None
        if status == "won":
            credit = self._win(book, deal, type_, reference, name, changed)
        book.counts[status] += 1
        self.lead.add(
            reference=reference,
            partner_id=book.id,
            submitted_by_id=author,
            source="form" if is_form else "api",
            status=status,
            last_event=len(_steps(status)),
            submitted_at=str(at),
            changed_at=str(changed),
            decision_due=str((at + timedelta(days=7)).date()),
            company_name=name,
            domain=domain,
            first_name=first,
            last_name=last,
            contact_email=email,
            region=country,
            employees=("1-50", "51-200", "201-1000", "1001+")[from_newest % 4],
            description=DESCRIPTION.format(int(self.rng.random() * 900) + 50, country),
            search_text=search_text(
                *(name, domain, domain, f"{first} {last}", email, email, reference),
                self.phone_words,
            ),
            commission_type=type_,
            attends_meetings=int(place % 3 == 0),
            lead_is_informed_at=str(at) if is_form else None,
            accepts_requirements_at=str(at),
            agreed_by_id=author,
            agents=deal.agents,
            meets_criteria=int(deal.agents >= 5 or place % 2),
            annual_value=deal.annual_value,
            estimated_commission=deal.commissions[type_],
            estimate=deal.explanations[type_],
            estimate_is_complete=int(deal.is_complete),
            credit_id=credit,
        )
        self._add_history(number, deal, status, str(at), str(changed), author)

    def _special(self, number: int, book: Book) -> str:
        """Return the special word of the company's name, "" for most."""
        special = book.specials.get(book.leads - book.seen, "")
        if special or book.id <= 2:
            return special
        if number % self.rare_every == self.rare_every // 2:
            return RARE
        return ELSEWHERE if self.rng.random() < 0.1 else ""

    def _add_history(
        self, lead: int, deal: Deal, status: str, at: str, changed: str, author: int
    ) -> None:
        for stage in ("submitted", "final") if status == "won" else ("submitted",):
            for position, line in enumerate(deal.lines, start=1):
                self.line.add(lead_id=lead, stage=stage, position=position, **line)
        steps = _steps(status)
        for event_number, (before, step) in enumerate(zip(("", *steps), steps, strict=False), 1):
            event = self.event.add(
                lead_id=lead,
                number=event_number,
                kind="moved" if before else "submitted",
                from_status=before,
                to_status=step,
                reason=REASONS.get(step, ""),
                at=changed if before else at,
                actor_id=self.staff if before else author,
            )
            if before:
                self.text.add(event_id=event, message=MESSAGES[step], changes="{}")

    def _win(
        self, book: Book, deal: Deal, type_: str, reference: str, company: str, at: datetime
    ) -> int:
        """Post the credit of a won lead, after every 16th what finance posts; return its id."""
        amount = deal.commissions[type_]
        assert amount is not None
        text, content = (
            f"{reference}: {deal.words[type_]}",
            credited(deal.credits[type_], at.date()),
        )
        of_lead = {"label": company, "available_on": at.date() + self.holding_period}
        credit = self._post(
            book, "commission", amount, reference, at, text=text, content=content, **of_lead
        )
        if book.entries % 20 == 16:
            same = {"refers_to": credit, **of_lead}
            self._post(book, "reversal", -amount, reference, at, **same)
            self._post(
                book, "correction", amount, reference, at, text=text, content=content, **same
            )
            # Available at once, as the commissions are not, and enough for the withdrawal
            adjustment = 5_001 + self.rng.randint(0, 4_000) * 2
            self._post(book, "adjustment", adjustment, f"A-{self.entry.last_id}", at)
            self._withdraw(book, at)
        return credit

    def _withdraw(self, book: Book, at: datetime) -> None:
        """Add a withdrawal of 50 US dollars; one of five is returned."""
        number, cents = f"W-{self.entry.last_id:08}", 5_000
        entry = self._post(book, "withdrawal", -cents, number, at)
        is_returned = self.withdrawal.last_id % 5 == 0
        steps = ("pending", "paid", "returned") if is_returned else ("pending", "paid")
        evidence = {"paid": "Transfer", "returned": "Bounced"}
        withdrawal = self.withdrawal.add(
            number=number,
            last_event=len(steps),
            account_id=book.id,
            amount=cents,
            status="returned" if is_returned else "paid",
            billing_id=book.billing,
            entry_id=entry,
            requested_at=str(at),
            requested_by_id=book.owner,
            paid_at=str(at),
            paid_by_id=self.staff,
            returned_at=str(at) if is_returned else None,
            returned_by_id=self.staff if is_returned else None,
            return_reason="Bounced" if is_returned else "",
            return_entry_id=self._post(book, "return", cents, number, at, refers_to=entry)
            if is_returned
            else None,
        )
        for step_number, (before, step) in enumerate(zip(("", *steps), steps, strict=False), 1):
            self.step.add(
                withdrawal_id=withdrawal,
                number=step_number,
                from_status=before,
                to_status=step,
                at=str(at),
                actor_id=self.staff if before else book.owner,
                evidence=evidence.get(step, ""),
            )

    def _post(
        self,
        book: Book,
        kind: str,
        cents: int,
        reference: str,
        at: datetime,
        *,
        text: str = "",
        content: str = "",
        refers_to: int | None = None,
        label: str = "",
        available_on: date | None = None,
    ) -> int:
        """Append an entry to the partner's chain; return its id."""
        amount = from_cents(cents)
        text = text or f"{kind.capitalize()} of {amount}"
        content = content or explanation.canonical({"amount": str(amount), "steps": [text]})
        book.entries += 1
        book.balance += cents
        row = Row(
            *(book.id, book.entries, kind, amount, None, available_on or at.date()),
            *(reference, text, content, refers_to),
            *(at.replace(tzinfo=UTC), self.staff, book.head, ""),
        )
        book.head = entry_hash(row)
        stored = row._asdict() | {
            "amount": cents,
            "available_on": str(row.available_on),
            "posted_at": str(at),
            "hash": book.head,
        }
        return self.entry.add(**stored, label=label)

    def add_totals(self) -> None:
        """Add the accounts and the counters."""
        for book in self.books.values():
            self.account.add(
                partner_id=book.id,
                balance=book.balance,
                entry_count=book.entries,
                head_hash=book.head,
            )
            for status in Status.values:
                self.count.add(partner_id=book.id, status=status, count=book.counts[status])


def _steps(status: str) -> tuple[str, ...]:
    """Return the statuses that a lead has had, its present one last."""
    decided = {"submitted": (), "won": ("approved", "won"), "lost": ("approved", "lost")}
    return ("submitted", *decided.get(status, (status,)))


def _reference(number: int) -> str:
    # Odd times the number, within 40 bits: no two are equal, and none tells the next.
    scattered = number * 0x9E3779B97F % (1 << 40)
    return "LD-" + "".join(REFERENCE_ALPHABET[scattered >> shift & 31] for shift in range(0, 40, 5))
