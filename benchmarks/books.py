"""Fill an empty database with the books of many partners, as the doors would have left them.

In bulk, past the doors: a million entries posted one by one would take hours.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.core.management import call_command
from django.db import models, transaction

from commissions import explanation
from commissions.calculator import CommissionType, Estimate, Line
from commissions.chain import entry_hash
from commissions.models import (
    Account,
    BillingDetails,
    CommissionTerms,
    LedgerEntry,
    Price,
    Withdrawal,
    WithdrawalStatus,
)
from leadportal.partners.models import Partner, User
from leads.models import DealLine, Lead, LeadCount
from leads.status import Status

ENTRIES_PER_PARTNER = 5_000
BATCH = 2_000
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
Kind = LedgerEntry.Kind


class NotEmpty(Exception):
    """The database has somebody's data in it."""


@dataclass
class Book:
    """One partner's account while it is being written."""

    partner: Partner
    account: Account
    billing: BillingDetails
    won: int = 0
    asked: Withdrawal | None = None
    last: dict[str, LedgerEntry] = field(default_factory=dict)


class Books:
    """Writes the entries of partner after partner, in the order of time, into the database."""

    def __init__(self) -> None:
        self.random = random.Random(2026)
        call_command("migrate", verbosity=0)
        if Partner.objects.exists() or LedgerEntry.objects.exists():
            raise NotEmpty("This fills an empty database with invented books: take a new one.")
        self.terms = CommissionTerms.objects.in_force(BEGIN.date())
        self.prices = list(Price.objects.select_related("plan__product"))
        self.entries = 0
        self.rows: dict[type[models.Model], list[models.Model]] = {}
        self.finance = User.objects.create(email="finance@vendor.example", is_staff=True)

    def extend(self, entries: int) -> None:
        """Add whole accounts of ENTRIES_PER_PARTNER until there are so many entries in all."""
        count = (entries - self.entries) // ENTRIES_PER_PARTNER
        books = [self._open() for _ in range(count)]
        with transaction.atomic():
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
            self._withdraw(book)
        elif turn == 0 and book.account.entry_count % 100 == 20:
            self._give_back(book)
        else:
            self._win(book)

    def _win(self, book: Book) -> None:
        deal, type_ = self._deal()
        reference = f"LD-{self.entries:08}"
        entry = self._append(
            book,
            Kind.COMMISSION,
            deal.commission(type_),
            reference,
            deal.words(type_),
            explanation.freeze(deal, type_),
        )
        owner = book.billing.saved_by
        lead = Lead(
            pk=entry.pk,
            reference=reference,
            partner=book.partner,
            submitted_by=owner,
            source="api",
            status=Status.WON,
            submitted_at=entry.posted_at - timedelta(days=30),
            changed_at=entry.posted_at,
            decision_due=entry.posted_at.date(),
            company_name=f"Nordwind Retail {entry.pk}",
            domain=f"nordwind-{entry.pk}.example",
            first_name="Anna",
            last_name="Lindqvist",
            contact_email=f"anna@nordwind-{entry.pk}.example",
            commission_type=type_,
            terms=self.terms,
            meets_criteria=True,
            credit=entry,
        )
        lead.refresh_search_text()
        self._add(lead)
        for position, line in enumerate(deal.lines, start=1):
            self._add(self._deal_line(lead, position, line))
        book.won += 1

    def _deal(self) -> tuple[Estimate, CommissionType]:
        """Return a deal of one line or two, every tenth line at a price agreed for it."""
        chosen = self.random.sample(self.prices, self.random.choice((1, 1, 2)))
        lines = tuple(self._line(price) for price in chosen)
        if len({line.plan for line in lines}) < len(lines):
            lines = lines[:1]
        types = (CommissionType.REV_SHARE, CommissionType.REV_SHARE, CommissionType.FLAT_FEE)
        return Estimate(lines, self.terms.as_calculated()), self.random.choice(types)

    def _line(self, price: Price) -> Line:
        # Most deals are of 5 to 50 agents, a few of hundreds.
        agents = None if price.plan.is_flat else int(self.random.lognormvariate(2.5, 1)) + 1
        agreed = self.random.random() < 0.1
        monthly = Decimal(self.random.randint(1_000, 9_999)).scaleb(-2) if agreed else price.monthly
        since: date | None = None if agreed else price.valid_from
        return Line(str(price.plan), agents, price.billing_cycle, monthly, since)

    def _deal_line(self, lead: Lead, position: int, line: Line) -> DealLine:
        plan = next(price.plan for price in self.prices if str(price.plan) == line.plan)
        return DealLine(
            lead=lead,
            stage=DealLine.Stage.FINAL,
            position=position,
            plan=plan,
            agents=line.agents,
            billing_cycle=line.billing_cycle,
            monthly_price=line.monthly_price,
            price_from=line.price_from,
        )

    def _refer(self, book: Book, kind: Kind, to: Kind) -> LedgerEntry:
        entry = book.last[to]
        return self._state(book, kind, -entry.amount, entry.reference, entry)

    def _correct(self, book: Book) -> None:
        wrong = book.last[Kind.COMMISSION]
        deal, type_ = self._deal()
        self._append(
            book,
            Kind.CORRECTION,
            deal.commission(type_),
            wrong.reference,
            "Corrected commission",
            explanation.freeze(deal, type_),
            wrong,
        )

    def _withdraw(self, book: Book) -> None:
        number = f"W-{self.entries:08}"
        entry = self._state(book, Kind.WITHDRAWAL, Decimal("-50.00"), number)
        book.asked = Withdrawal(
            pk=entry.pk,
            number=number,
            account=book.account,
            amount=-entry.amount,
            billing=book.billing,
            entry=entry,
            requested_at=entry.posted_at,
            requested_by=book.billing.saved_by,
        )

    def _give_back(self, book: Book) -> None:
        entry = self._refer(book, Kind.RETURN, Kind.WITHDRAWAL)
        assert book.asked
        book.asked.status = WithdrawalStatus.RETURNED
        book.asked.return_entry = entry
        book.asked.returned_at = entry.posted_at
        book.asked.returned_by = self.finance
        book.asked.return_reason = "Bounced"

    def _file(self, book: Book) -> None:
        """Store the withdrawal, once it is clear what became of it."""
        if book.asked:
            self._add(book.asked)
            book.asked = None

    def _state(
        self,
        book: Book,
        kind: Kind,
        amount: Decimal,
        reference: str,
        refers_to: LedgerEntry | None = None,
    ) -> LedgerEntry:
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
        refers_to: LedgerEntry | None = None,
    ) -> LedgerEntry:
        self.entries += 1
        account = book.account
        entry = LedgerEntry(
            pk=self.entries,
            account=account,
            number=account.entry_count + 1,
            kind=str(kind),
            amount=amount,
            reference=reference,
            text=text,
            explanation=content,
            refers_to=refers_to,
            posted_at=BEGIN + timedelta(seconds=60 * self.entries, microseconds=self.entries),
            posted_by=self.finance,
            previous_hash=account.head_hash,
        )
        entry.hash = account.head_hash = entry_hash(entry)
        account.entry_count = entry.number
        account.balance += amount
        book.last[kind] = entry
        self._add(entry)
        return entry

    def _add(self, row: models.Model) -> None:
        self.rows.setdefault(type(row), []).append(row)

    def _write(self) -> None:
        # In the order in which they refer to each other.
        for model in (LedgerEntry, Lead, DealLine, Withdrawal):
            model.objects.bulk_create(self.rows.pop(model, []), batch_size=BATCH)

    def _close(self, book: Book) -> None:
        self._file(book)
        book.account.save()
        LeadCount.objects.add({(book.partner.pk, Status.WON): book.won})


def sizes(entries: int) -> Iterator[int]:
    """Yield the sizes to measure at: a quarter of `entries`, and all of them."""
    for size in (entries // 4, entries):
        yield max(1, size // ENTRIES_PER_PARTNER) * ENTRIES_PER_PARTNER
