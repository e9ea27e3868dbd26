"""Fill an empty, migrated database with a program of partners and their leads.

Always the same leads for the same number, and such as the doors would have left them: lines,
frozen estimates, events with words, credits in their chain, counters, the text that search reads.
Of the leads of each partner any 25 in a row hold as many of each status and as many lines, so that
a page of any list is as much work as another.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import models, transaction
from django.utils import timezone

from benchmarks.deals import Deal, make_deals
from benchmarks.loading import Loading
from benchmarks.program import PACE, SALES, SINCE, Numbers
from benchmarks.words import ELSEWHERE, RARE, RARE_LEADS, Companies
from commissions.catalog.terms import CommissionTerms
from commissions.ledger.chain import Row, entry_hash
from commissions.ledger.models import Account, LedgerEntry
from leadportal.folding import search_text
from leadportal.money import from_cents
from leadportal.partners import groups
from leadportal.partners.models import Partner, User
from leads.models import DealLine, EventText, Lead, LeadCount, LeadEvent
from leads.search_index import phone_words
from leads.status import Status

Rows = dict[type[models.Model], list[tuple[Any, ...]]]
TABLES = (Partner, User, Account, LedgerEntry, Lead, DealLine, LeadEvent, EventText, LeadCount)

PERIOD = 25
CHUNK = 20_000
REFERENCE_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
# By the place in the period
STATUSES = tuple(
    {"s": "submitted", "a": "approved", "r": "rejected", "w": "won", "l": "lost"}[letter]
    for letter in "sarwlaarlsawralsrwalsarwl"
)
LINES = (1, 2, 1, 1, 2, 1, 3, 1, 2, 0, 1, 2, 1, 1, 2, 1, 1, 3, 1, 2, 1, 1, 2, 1, 1)
MESSAGES = {
    "approved": "Thank you. We will call them this week and let you know how it went.",
    "rejected": "They are a customer of ours already, so we cannot count this lead.",
    "won": "They signed yesterday. Thank you for the introduction.",
    "lost": "They have chosen another product for now; we will try again next year.",
}
REASONS = {"approved": "", "rejected": "existing_customer", "won": "", "lost": "chose_competitor"}
DESCRIPTION = (
    "They answer about {} chats and mails a week with a team in {}, and want one tool for all of "
    "them before their season begins."
)


@dataclass(slots=True)
class Book:
    """One partner while its leads are written; ids are the place, from 1."""

    id: int
    leads: int
    seen: int = 0
    balance: int = 0
    entries: int = 0
    head: str = ""
    specials: dict[int, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)


def fill(leads: int) -> None:
    """Fill the database that Django is connected to; takes minutes for a million leads."""
    if Lead.objects.exists() or Partner.objects.exists():
        raise SystemExit("This fills an empty database with invented leads: take a new one.")
    with Loading(TABLES) as loading, transaction.atomic():
        world = World(Numbers.of(leads), loading.null)
        for model, rows in world.people().items():
            loading.write(model, rows)
        for done in range(0, leads, CHUNK):
            world.go_on(min(CHUNK, leads - done))
            for model in TABLES:
                loading.write(model, world.rows.pop(model, []))
        for model, rows in world.sums().items():
            loading.write(model, rows)
    make_staff_sales()
    check()
    # The triggers are back since the loading has ended; what they would have refused is told here.
    call_command("audit_ledger", verbosity=0, stdout=StringIO(), stderr=StringIO())


class World:
    """Writes lead after lead in the order of time, as rows in the order of the models' columns."""

    def __init__(self, numbers: Numbers, null: Any) -> None:

        self.numbers, self.null = numbers, null
        self.random = random.Random(2026)
        self.companies = Companies(2026)
        self.now = timezone.now().replace(tzinfo=None, microsecond=1)
        self.begin = self.now - SINCE - numbers.leads * PACE
        self.terms = CommissionTerms.objects.in_force(self.now.date())
        self.deals = make_deals(self.terms, null)
        self.rows: Rows = defaultdict(list)
        self.lead = self.line = self.event = self.text = self.entry = 0
        self.staff = 2 * numbers.partners + 1
        self._share_out()

    def _share_out(self) -> None:
        """Decide whose each lead is, in the order of time, and where the words stand."""
        numbers = self.numbers
        others = range(3, numbers.partners + 1)
        weights = [self.random.lognormvariate(0, 1) for _ in others]
        rest = numbers.leads - numbers.big - numbers.small
        self.order = self.random.choices(others, weights, k=rest)
        self.order += [1] * numbers.big + [2] * numbers.small
        self.random.shuffle(self.order)
        leads = Counter(self.order)
        self.books = {id_: Book(id_, leads[id_]) for id_ in range(1, numbers.partners + 1)}
        big, small = self.books[1], self.books[2]
        big.specials = {big.leads * at // 100: RARE for at in (30, 60, 90)}
        big.specials |= {big.leads * at // 100: ELSEWHERE for at in (40, 55, 75)}
        small.specials = {small.leads // 2: RARE}
        self.rare_every = numbers.leads // (RARE_LEADS - 4)

    def people(self) -> Rows:
        """Return the organizations with two people each, then the vendor's sales person."""

        created, null = str(self.begin), self.null
        partners, users = [], []
        for id_ in self.books:
            domain = f"partner-{id_}.example"
            name = f"{self.companies.company(id_)[0]} Partners"
            partners.append((id_, name, domain, created, search_text(name, domain)))
            for place, role in enumerate(("owner", "member")):
                mailbox = {1: "big", 2: "small"}.get(id_) if role == "owner" else None
                email = f"{mailbox}@partner.example" if mailbox else f"{role}@{domain}"
                person = " ".join(self.companies.contact())
                users.append(
                    (
                        *(2 * id_ - 1 + place, "!", null, 0, email, person, id_, role),
                        *(0, 1, 0, created, search_text(person, email)),
                    )
                )
        users.append(
            (
                *(self.staff, "!", null, 0, SALES, "Sally Sales", null, "member"),
                *(1, 1, 0, created, search_text("Sally Sales", SALES)),
            )
        )
        return {Partner: partners, User: users}

    def go_on(self, count: int) -> None:
        """Write the next leads."""
        for partner in self.order[self.lead : self.lead + count]:
            book = self.books[partner]
            from_newest = book.leads - book.seen - 1
            book.seen += 1
            self._add(book, from_newest)

    def _add(self, book: Book, from_newest: int) -> None:

        self.lead += 1
        at = self.begin + self.lead * PACE
        place = from_newest % PERIOD
        status, source = STATUSES[place], "api" if place == 10 else "form"
        choices = self.deals[LINES[place]]
        deal = choices[int(self.random.random() * len(choices))]
        type_ = "flat_fee" if place % 7 in (1, 6) else "rev_share"
        changed = at if status == "submitted" else at + timedelta(hours=5)
        author = 2 * book.id - (place % 2)
        reference = self._reference(self.lead)
        credit = self.null
        if status == "won":
            credit = self._credit(book, deal, type_, reference, changed)
        book.counts[status] += 1
        company = self._company(book, from_newest)
        self.rows[Lead].append(
            (self.lead, reference, book.id, author, source, status, len(self._steps(status)) + 1)
            + (str(at), str(changed))
            + (str((at + timedelta(days=7)).date()),)
            + company(reference)
            + (type_, 1, place % 3 == 0, 0, self.terms.pk)
            + ((str(at), str(at), author) if source == "form" else (self.null,) * 3)
            + (deal.agents, int(deal.agents >= 5 or place % 2), deal.value)
            + (deal.commissions[type_], deal.texts[type_], int(deal.is_complete), credit)
        )
        self._history(deal, status, at, changed, author)

    def _company(self, book: Book, from_newest: int) -> Callable[[str], tuple[Any, ...]]:
        """Return a function from the lead's reference to the columns of company and contact."""

        draw = self.random.random
        special = book.specials.get(from_newest, "")
        if book.id > 2 and not special:
            if self.lead % self.rare_every == self.rare_every // 2:
                special = RARE
            elif draw() < 0.1:
                special = ELSEWHERE
        name, domain, country = self.companies.company(self.lead, special)
        first, last = self.companies.contact()
        email = f"{first}.{last}@{domain}".lower()
        description = DESCRIPTION.format(int(draw() * 900) + 50, country)
        employees = ("1-50", "51-200", "201-1000", "1001+")[from_newest % 4]

        def columns(reference: str) -> tuple[Any, ...]:
            phone = "+46812345678"
            text = search_text(
                name, domain, f"{first} {last}", email, reference, phone_words(phone)
            )
            contact = (name, domain, first, last, email, "Head of support", phone)
            return (*contact, country, employees, description, text)

        return columns

    def _reference(self, number: int) -> str:
        # Odd times the number, within 40 bits: no two are the same, and none tells the next.
        scattered = number * 0x9E3779B97F % (1 << 40)
        return "LD-" + "".join(
            REFERENCE_SIGNS[scattered >> shift & 31] for shift in range(0, 40, 5)
        )

    def _history(
        self, deal: Deal, status: str, at: datetime, changed: datetime, author: int
    ) -> None:

        stages = ("submitted", "final") if status == "won" else ("submitted",)
        lines = self.rows[DealLine]
        for stage in stages:
            for position, line in enumerate(deal.lines, start=1):
                self.line += 1
                lines.append((self.line, self.lead, stage, position, *line))
        events, texts = self.rows[LeadEvent], self.rows[EventText]
        self.event += 1
        events.append(
            (self.event, self.lead, 1, "submitted", "", "submitted", "", "", str(at), author)
        )
        before = "submitted"
        for number, step in enumerate(self._steps(status), start=2):
            self.event += 1
            self.text += 1
            moved = (self.event, self.lead, number, "moved", before, step, REASONS[step], "")
            events.append((*moved, str(changed), self.staff))
            texts.append((self.text, self.event, MESSAGES[step], "", "{}"))
            before = step

    def _steps(self, status: str) -> tuple[str, ...]:
        """Return the statuses that a lead has had after its submission."""
        if status == "submitted":
            return ()
        return ("approved", status) if status in ("won", "lost") else (status,)

    def _credit(self, book: Book, deal: Deal, type_: str, reference: str, at: datetime) -> int:

        self.entry += 1
        book.entries += 1
        amount, text = deal.commissions[type_], f"{reference}: {deal.words[type_]}"
        content = deal.texts[type_]
        row = Row(
            account_id=book.id,
            number=book.entries,
            kind="commission",
            amount=from_cents(amount),
            reference=reference,
            text=text,
            explanation=content,
            refers_to_id=None,
            posted_at=at.replace(tzinfo=UTC),
            posted_by_id=self.staff,
            previous_hash=book.head,
            hash="",
        )
        head = entry_hash(row)
        self.rows[LedgerEntry].append(
            (self.entry, *row[:3], amount, *row[4:7], self.null, str(at), *row[9:11], head)
        )
        book.head = head
        book.balance += amount
        return self.entry

    def sums(self) -> Rows:
        """Return the accounts and the counters."""

        accounts = [
            (book.id, book.id, book.balance, book.entries, book.head)
            for book in self.books.values()
        ]
        counts = [
            (book.id, status, book.counts[status])
            for book in self.books.values()
            for status in Status.values
        ]
        return {
            Account: accounts,
            LeadCount: [(number, *row) for number, row in enumerate(counts, start=1)],
        }


def make_staff_sales() -> None:
    """Let the vendor's sales person do what sales may."""

    User.objects.get(email=SALES).groups.add(Group.objects.get(name=groups.SALES))


def check() -> None:
    """Compare a sample with what the app itself would have written. Raises AssertionError."""

    for lead in Lead.objects.order_by("-pk")[:100]:
        written = lead.search_text
        lead.refresh_search_text()
        assert lead.search_text == written, (lead.search_text, written)
    big = dict(LeadCount.objects.filter(partner=1).values_list("status", "count"))
    for status, count in big.items():
        assert Lead.objects.filter(partner=1, status=status).count() == count
