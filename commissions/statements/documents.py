"""A statement as a document, for the screen and as PDF."""

from collections.abc import Iterator
from datetime import date

from django.utils import timezone

from commissions.statements.statement import Statement, StatementLine
from leadportal.money import usd
from leadportal.ui.bidi import isolate
from leadportal.ui.documents.model import Cell, Column, Document, Fact, Kind, Table, day

COLUMNS = (
    Column("Posted", Kind.DATE),
    Column("Entry", is_heading=True),
    Column("Reference", Kind.REFERENCE),
    Column("Amount", Kind.AMOUNT),
    Column("Balance", Kind.AMOUNT),
)


def statement_document(statement: Statement) -> Document:
    """Return the statement as a document. Once its period is over, it never changes."""
    return Document(
        title=statement.title,
        at=statement.as_of,
        facts=list(_facts(statement)),
        figures=(
            Fact("Opening balance", usd(statement.opening)),
            Fact("Earned", usd(statement.earned)),
            Fact("Withdrawn and returned", usd(statement.withdrawn)),
            Fact("Closing balance", usd(statement.closing)),
        ),
        table=Table(
            "Opening balance, entries in their order, closing balance",
            COLUMNS,
            list(_rows(statement)),
        ),
        note="" if statement.lines else "No entry was posted in this period.",
    )


def _facts(statement: Statement) -> Iterator[Fact]:
    first, last = statement.period.first_day, statement.period.last_day
    yield Fact("Account", f"{isolate(statement.account.partner.name)}, in US dollars")
    yield Fact("Period", f"{day(first)} to {day(last)} ({statement.zone})")
    if not statement.is_final:
        as_of = day(statement.as_of, "DATETIME_FORMAT")
        yield Fact("So far", f"As of {as_of}: the period is not over")


def _rows(statement: Statement) -> Iterator[tuple[Cell, ...]]:
    first, last = statement.period.first_day, statement.period.last_day
    yield _balance(day(first), "Opening balance", usd(statement.opening))
    end_day = last if statement.is_final else timezone.localdate(statement.as_of)
    for line in statement.lines:
        yield _entry(line, end_day)
    end = day(last) if statement.is_final else day(statement.as_of)
    yield _balance(end, "Closing balance", usd(statement.closing))


def _balance(on: str, name: str, amount: str) -> tuple[Cell, ...]:
    return Cell(on), Cell(name), Cell(), Cell(), Cell(amount)


def _entry(line: StatementLine, end_day: date) -> tuple[Cell, ...]:
    entry = line.entry
    # As of the statement's end, so that one of a period that is over never changes.
    available_from = None if line.is_reversed else entry.available_from(end_day)
    note = f"{entry.text} · available from {day(available_from)}" if available_from else entry.text
    return (
        Cell(day(entry.posted_at)),
        Cell(f"{entry.number}. {entry.get_kind_display()}", note=note),
        Cell(entry.reference, note=entry.label, url=entry.reference_url),
        Cell(usd(entry.amount)),
        Cell(usd(line.balance)),
    )
