"""docs/ledger.md suffices to verify the tables: this verifier was written from that page alone.

It reads the tables by SQL and takes nothing from the program.
"""

import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from tests.factories import StaffFactory, olivia
from tests.leads.books import Books, unguarded
from tests.worlds import made_once

pytestmark = pytest.mark.database

ENTRY = (
    *("id", "account_id", "number", "kind", "amount", "approval_id", "available_on", "reference"),
    *("text", "explanation", "refers_to_id", "posted_at", "posted_by_id", "previous_hash", "hash"),
)


@made_once
def kept():
    return Books(olivia(), StaffFactory(is_superuser=True))


def read(table: str, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        names = ", ".join(f'"{name}"' for name in columns)
        cursor.execute(f'SELECT {names} FROM "{table}" ORDER BY id')
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def dollars(cents: int) -> str:
    return f"{Decimal(cents) / 100:.2f}"


def moment(stored: Any) -> datetime:
    """PostgreSQL stores timestamptz, SQLite a text in UTC."""
    if isinstance(stored, datetime):
        return stored.astimezone(UTC)
    return datetime.fromisoformat(stored).replace(tzinfo=UTC)


def text(value: str) -> str:
    """A JSON string, escaped as JSON asks and no further."""
    short = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    short |= {"\b": "\\b", "\f": "\\f"}
    escaped = (
        short.get(letter, f"\\u{ord(letter):04x}" if letter < " " else letter) for letter in value
    )
    return f'"{"".join(escaped)}"'


def hash_of(row: dict[str, Any]) -> str:
    def number(value: int | None) -> str:
        return "null" if value is None else str(value)

    at = moment(row["posted_at"]).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    parts = {
        "account": number(row["account_id"]),
        "amount": text(dollars(row["amount"])),
        "approval": number(row["approval_id"]),
        "available_on": text(str(row["available_on"])),
        "explanation": text(row["explanation"]),
        "kind": text(row["kind"]),
        "number": number(row["number"]),
        "posted_at": text(at),
        "posted_by": number(row["posted_by_id"]),
        "previous_hash": text(row["previous_hash"]),
        "reference": text(row["reference"]),
        "refers_to": number(row["refers_to_id"]),
        "text": text(row["text"]),
    }
    content = "{" + ",".join(f'"{name}":{value}' for name, value in parts.items()) + "}"
    return hashlib.sha256(content.encode()).hexdigest()


def computed(content: dict[str, Any]) -> tuple[str, str]:
    """What a commission comes to, and from when, by the page's numbered steps."""
    value, is_free = Decimal(0), False
    for line in content["lines"]:
        agreed, price = line["agreed_annual"], line["monthly_price"]
        count = 1 if line["agents"] is None else line["agents"]
        worth = Decimal(agreed) if agreed is not None else 12 * count * Decimal(price)
        assert line["annual_value"] == f"{worth:.2f}"
        is_free |= worth == 0 and line["price_from"] is None
        value += worth
    assert content["annual_value"] == f"{value:.2f}"
    terms = content["terms"]
    if content["commission_type"] == "flat_fee":
        amount = Decimal(terms["flat_fee"])
        assert content["zero_reason"] or (value and not is_free)
    else:
        share = value * Decimal(terms["share_percent"]) / 100
        amount = share.quantize(Decimal("0.01"), ROUND_HALF_UP)
    credited_on = date.fromisoformat(content["credited_on"])
    assert date.fromisoformat(content["signed_on"]) <= credited_on
    return f"{amount:.2f}", str(credited_on + timedelta(days=terms["holding_days"]))


def verify() -> int:
    """Check all accounts as the page says; return how many entries there are."""
    accounts = read("commissions_account", ("id", "balance", "entry_count", "head_hash"))
    entries = read("commissions_ledgerentry", ENTRY)
    by_id = {row["id"]: row for row in entries}
    for account in accounts:
        head, last, balance = "", None, 0
        own = sorted(
            (row for row in entries if row["account_id"] == account["id"]),
            key=lambda row: row["number"],
        )
        assert [row["number"] for row in own] == list(range(1, account["entry_count"] + 1))
        for row in own:
            assert row["previous_hash"] == head
            assert row["hash"] == hash_of(row)
            assert last is None or moment(row["posted_at"]) >= last
            available_on, content = str(row["available_on"]), json.loads(row["explanation"])
            if row["kind"] in ("commission", "correction"):
                assert computed(content) == (dollars(row["amount"]), available_on)
            else:
                assert content["amount"] == dollars(row["amount"])
            if row["kind"] in ("reversal", "correction"):
                assert available_on == str(by_id[row["refers_to_id"]]["available_on"])
            elif row["kind"] != "commission":
                posted = moment(row["posted_at"]).date()
                assert abs(date.fromisoformat(available_on) - posted) <= timedelta(days=1)
            head, last, balance = row["hash"], moment(row["posted_at"]), balance + row["amount"]
        assert (account["head_hash"], account["balance"]) == (head, balance)
    return len(entries)


def test_page_suffices_to_verify_the_tables(made):
    assert verify() == made.entries().count() == 8


@pytest.mark.parametrize(
    "changes",
    [
        {"available_on": date(2020, 1, 1)},
        {"amount": Decimal("1.00")},
        {"text": "Another"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_was_changed_does_not_pass(made, changes):
    with unguarded(), transaction.atomic():
        made.entries(2).update(**changes)
        with pytest.raises(AssertionError):
            verify()
