"""Fill an empty database with the books of many partners, as the doors would have left them.

In bulk, past the doors: a million entries posted one by one would take hours.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.core.management import call_command
from django.db import transaction

from benchmarks.ledger.copying import hurried, moment
from benchmarks.ledger.deals import invented
from benchmarks.ledger.tables import tables
from commissions import explanation
from commissions.catalog.models import Price
from commissions.catalog.terms import CommissionTerms
from commissions.ledger.chain import Row, entry_hash
from commissions.ledger.models import Account, LedgerEntry
from commissions.payouts.models import BillingDetails, WithdrawalStatus
from leadportal.db import triggers
from leadportal.money import to_cents
from leadportal.partners.models import Partner, User
from leads.models import LeadCount
from leads.status import Status

ENTRIES_PER_PARTNER = 5_000
BATCH = 5_000
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
Kind = LedgerEntry.Kind

# So many deals are invented; each lead is won with one of them.
DEALS = 50_000


class NotEmpty(Exception):
    """The database has somebody's data in it."""


@dataclass
class Book:
    """One partner's account while it is being written."""

    partner: Partner
    account: Account
    billing: BillingDetails
    won: int = 0
    asked: "Asked | None" = None
    last: dict[str, "Posted"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Posted:
    """An entry, as others refer to it; `amount` is US dollars."""

    id: int
    amount: Decimal
    reference: str
    at: datetime


@dataclass
class Asked:
    """A withdrawal of which it is not yet known what becomes of it."""

    entry: Posted
    given_back: Posted | None = None


class Books:
    """Writes the entries of partner after partner, in the order of time, into the database."""

    def __init__(self) -> None:
        self.random = random.Random(2026)
        call_command("migrate", verbosity=0)
        if Partner.objects.exists() or LedgerEntry.objects.exists():
            raise NotEmpty("This fills an empty database with invented books: take a new one.")
        self.terms = CommissionTerms.objects.in_force(BEGIN.date())
        self.entries = 0
        self.finance = User.objects.create(email="finance@vendor.example", is_staff=True)
        self.table = tables(self.terms)
        prices = list(Price.objects.select_related("plan__product"))
        terms = self.terms.as_calculated()
        self.deals = [invented(self.random, prices, terms) for _ in range(DEALS)]

    def extend(self, entries: int) -> None:
        """Add whole accounts of ENTRIES_PER_PARTNER until there are so many entries in all."""
        count = (entries - self.entries) // ENTRIES_PER_PARTNER
        books = [self._open() for _ in range(count)]
        with triggers.suspended("default"), hurried(self.table.values()):
            for _ in range(ENTRIES_PER_PARTNER):
                for book in books:
                    self._post(book)
                if self.entries % BATCH < count:
                    self._write()
            for book in books:
                self._close(book)
            self._write()

    def _open(self) -> Book:
        number = Partner.objects.count() + 1
        partner = Partner.objects.create(
            name=f"Partner {number}", domain=f"partner-{number}.example"
        )
        owner = User.objects.create(
            email=f"owner@{partner.domain}", partner=partner, role=User.Role.OWNER
        )
        billing = BillingDetails.objects.create(
            partner=partner,
            version=1,
            company=partner.name,
            address="1 Main Street",
            city="Stockholm",
            country="SE",
            paypal=owner.email,
            paypal_since=BEGIN,
            saved_at=BEGIN,
            saved_by=owner,
        )
        return Book(partner, Account.objects.create(partner=partner), billing)

    def _post(self, book: Book) -> None:
        """Append the next entry; of twenty, sixteen are commissions."""
        turn = book.account.entry_count % 20
        if turn == 1:
            self._file(book)
        if turn == 16:
            self._refer(book, Kind.REVERSAL, Kind.COMMISSION)
        elif turn == 17:
            self._correct(book)
        elif turn == 18:
            amount = Decimal(self.random.randint(-2_000, 4_000) * 2 + 1).scaleb(-2)
            self._state(book, Kind.ADJUSTMENT, amount, f"A-{self.entries}")
        elif turn == 19:
            number = f"W-{self.entries:08}"
            book.asked = Asked(self._state(book, Kind.WITHDRAWAL, Decimal("-50.00"), number))
        elif turn == 0 and book.account.entry_count % 100 == 20 and book.asked:
            book.asked.given_back = self._refer(book, Kind.RETURN, Kind.WITHDRAWAL)
        else:
            self._win(book)

    def _win(self, book: Book) -> None:
        deal = self.random.choice(self.deals)
        reference = f"LD-{self.entries:08}"
        credit = self._append(
            book, Kind.COMMISSION, deal.amount, reference, deal.words, deal.explanation
        )
        self.table["lead"].add(
            credit.id,
            credit.id,
            reference,
            book.partner.pk,
            book.billing.saved_by_id,
            moment(credit.at - timedelta(days=30)),
            moment(credit.at),
            credit.at.date(),
            f"Nordwind Retail {credit.id}",
            f"nordwind-{credit.id}.example",
            f"anna@nordwind-{credit.id}.example",
            str(deal.type),
        )
        begun, by = credit.at - timedelta(days=30), book.billing.saved_by_id
        finance = self.finance.pk
        for event in (
            (1, "submitted", "", "submitted", moment(begun), by),
            (2, "moved", "submitted", "approved", moment(credit.at), finance),
            (3, "moved", "approved", "won", moment(credit.at), finance),
        ):
            self.table["event"].add(credit.id, *event)
        for line in deal.lines:
            self.table["line"].add(credit.id, *line)
        book.won += 1

    def _refer(self, book: Book, kind: Kind, to: Kind) -> Posted:
        entry = book.last[to]
        return self._state(book, kind, -entry.amount, entry.reference, entry)

    def _correct(self, book: Book) -> None:
        wrong = book.last[Kind.COMMISSION]
        deal = self.random.choice(self.deals)
        self._append(
            book,
            Kind.CORRECTION,
            deal.amount,
            wrong.reference,
            "Corrected commission",
            deal.explanation,
            wrong,
        )

    def _file(self, book: Book) -> None:
        """Store the withdrawal, once it is clear what became of it."""
        if book.asked:
            entry, back = book.asked.entry, book.asked.given_back
            self._record(book, entry, back)
            self.table["withdrawal"].add(
                entry.id,
                entry.reference,
                book.account.pk,
                to_cents(-entry.amount),
                book.billing.pk,
                entry.id,
                moment(entry.at),
                book.billing.saved_by_id,
                str(WithdrawalStatus.RETURNED if back else WithdrawalStatus.PENDING),
                back and back.id,
                back and moment(back.at),
                back and self.finance.pk,
                "Bounced" if back else "",
                2 if back else 1,
            )
            book.asked = None

    def _record(self, book: Book, entry: Posted, back: Posted | None) -> None:
        steps = self.table["step"]
        owner = book.billing.saved_by_id
        steps.add(entry.id, 1, "", "pending", moment(entry.at), owner, "")
        if back:
            at, finance = moment(back.at), self.finance.pk
            steps.add(entry.id, 2, "pending", "returned", at, finance, "Bounced")

    def _state(
        self,
        book: Book,
        kind: Kind,
        amount: Decimal,
        reference: str,
        refers_to: Posted | None = None,
    ) -> Posted:
        words = [f"{kind.label} of {amount}", "Reason: as finance decided that day"]
        content = explanation.canonical({"amount": str(amount), "steps": words})
        return self._append(book, kind, amount, reference, words[0], content, refers_to)

    def _append(
        self,
        book: Book,
        kind: Kind,
        amount: Decimal,
        reference: str,
        text: str,
        content: str,
        refers_to: Posted | None = None,
    ) -> Posted:
        self.entries += 1
        account = book.account
        account.entry_count += 1
        at = BEGIN + timedelta(seconds=60 * self.entries, microseconds=self.entries)
        named = refers_to and refers_to.id
        row = Row(
            account.pk,
            account.entry_count,
            str(kind),
            amount,
            reference,
            text,
            content,
            named,
            at,
            self.finance.pk,
            account.head_hash,
            "",
        )
        account.head_hash = entry_hash(row)
        account.balance += amount
        stored = row._replace(
            amount=to_cents(amount),  # type: ignore[arg-type]
            posted_at=moment(at),
            hash=account.head_hash,
        )
        self.table["entry"].add(self.entries, *stored)
        posted = book.last[kind] = Posted(self.entries, amount, reference, at)
        return posted

    def _write(self) -> None:
        with transaction.atomic():
            for table in self.table.values():
                table.write()

    @transaction.atomic
    def _close(self, book: Book) -> None:
        self._file(book)
        book.account.save()
        LeadCount.objects.add({(book.partner.pk, Status.WON): book.won})


def sizes(entries: int) -> Iterator[int]:
    """Yield the sizes to measure at: a quarter of `entries`, and all of them."""
    for size in (entries // 4, entries):
        yield max(1, size // ENTRIES_PER_PARTNER) * ENTRIES_PER_PARTNER
