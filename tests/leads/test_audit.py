"""The audit finds nothing where nothing is wrong, keeps to what it is asked, and reads receipts."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from commissions import explanation
from commissions.ledger import audit as ledger_audit
from commissions.ledger import posting, receipts
from commissions.ledger.models import Account, LedgerEntry
from commissions.ledger.snapshot import Scope
from commissions.management.commands import audit_ledger
from leadportal.db import triggers
from leads.models import LeadCount
from leads.status import Status
from tests.factories import (
    BUNDLE_5,
    BUSINESS_5,
    PartnerFactory,
    StaffFactory,
    UserFactory,
)
from tests.leads.books import Books, audited, delete_withdrawals, found, unguarded
from tests.worlds import made_once

pytestmark = pytest.mark.database


def published(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("publish_heads", *arguments, stdout=out)
    return out.getvalue().splitlines()


@made_once
def kept() -> Books:
    owner = UserFactory(partner__name="Brightside Consulting", partner__domain="brightside.example")
    return Books(owner, StaffFactory(is_superuser=True))


@pytest.fixture
def books(made: Books) -> Books:
    return made


@pytest.fixture
def open_books(books: Books) -> Iterator[Books]:
    """The books with nothing in the database that guards them."""
    with unguarded():
        yield books


# Where nothing is wrong


def test_nothing_is_found_where_nothing_is_wrong(books, stranger, superuser):
    Books(stranger, superuser)
    PartnerFactory()
    assert audited() == ["The ledger is in order. 16 entries checked."]
    kinds = set(books.entries().values_list("kind", flat=True))
    assert kinds == set(LedgerEntry.Kind.values)


def test_entries_of_a_deleted_account_are_found(open_books, stranger, superuser):
    Books(stranger, superuser)
    gone = open_books.account.pk
    delete_withdrawals(account=gone)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"DELETE FROM {Account._meta.db_table} WHERE id = %s", [gone])
    named = found()
    assert named[0] == f"Account {gone}: is gone, its entries are not"
    assert all(line.startswith((f"Account {gone}", "Lead")) for line in named)


def test_faults_of_others_are_left_out_for_one_partner(books, stranger, superuser):
    other = Books(stranger, superuser)
    LeadCount.objects.filter(partner=other.partner).update(count=7)
    Account.objects.filter(pk=other.account.pk).update(balance=1)
    assert len(found()) == 1 + len(Status)
    assert audited("--partner", str(books.partner.pk)) == [
        "The ledger is in order. 8 entries checked."
    ]
    assert len(found("--partner", str(other.partner.pk))) == 1 + len(Status)


# A chain written anew, every hash of it: only what was published outside can tell


def rewritten(books):
    content = explanation.canonical({"amount": "90.00", "steps": ["Adjustment of $90.00"]})
    books.entries(5).update(amount=Decimal("90.00"), explanation=content)
    books.rehash()


@pytest.fixture
def receipt_file(books, tmp_path: Path):
    path = tmp_path / "heads.txt"
    path.write_text("# kept by the auditors\n\n" + "\n".join(published()) + "\n")
    return str(path)


def test_receipt_is_a_line_per_account_and_day(books, stranger, superuser):
    other = Books(stranger, superuser)
    today = timezone.localdate().isoformat()
    assert published() == [
        f"{of.account.pk} {today} 8 {of.account.head_hash}"
        for of in sorted((books, other), key=lambda of: of.account.pk)
    ]
    assert published("--partner", "Somebody Else") == [
        f"{other.account.pk} {today} 8 {other.account.head_hash}"
    ]
    assert published("--since", "2999-01-01") == []


def test_receipts_have_the_days_of_the_business(books, settings, monkeypatch):
    settings.TIME_ZONE = "Pacific/Auckland"
    day = date(2030, 6, 1)
    for hour, moment in enumerate(("2030-06-01T11:59:59", "2030-06-01T12:00:00")):
        at = datetime.fromisoformat(f"{moment}+00:00")
        monkeypatch.setattr(timezone, "now", lambda at=at: at)
        posting.adjust(
            books.partner,
            amount=Decimal(1),
            reason="A day's end",
            reference=f"B-{hour}",
            actor=books.finance,
        )
    assert [line.split()[1:3] for line in published()[-2:]] == [
        [day.isoformat(), "9"],
        [(day + timedelta(days=1)).isoformat(), "10"],
    ]
    assert [line.split()[2] for line in published("--since", "2030-06-02")] == ["10"]


def test_rewritten_chain_is_found_by_its_receipts(open_books, receipt_file):
    assert found("--receipts", receipt_file) == []
    rewritten(open_books)
    assert found() == []
    today = timezone.localdate()
    assert found("--receipts", receipt_file) == [
        f"Account {open_books.account.pk}, entry 8: is not the one whose hash was published on "
        f"{today}: its chain was written anew"
    ]


def test_receipts_hold_when_more_is_posted(books, receipt_file):
    for n in range(3):
        books.won(BUSINESS_5)
        Path(receipt_file).write_text(
            Path(receipt_file).read_text() + "\n".join(published()) + f" # run {n}\n"
        )
    assert found("--receipts", receipt_file) == []
    assert len(list(receipts.read(Path(receipt_file).read_text().splitlines()))) == 4


def test_chain_that_was_cut_off_and_continued_is_found_by_its_receipts(open_books, receipt_file):
    """The last entries deleted, and others posted in their place by the code itself."""
    delete_withdrawals(entry=open_books.entry(8))
    open_books.entries(8).delete()
    open_books.rehash()
    for _ in range(2):
        open_books.won(BUSINESS_5)
    assert found() == []
    [fault] = found("--receipts", receipt_file)
    assert f"Account {open_books.account.pk}, entry 8: is not the one" in fault


def test_receipt_of_another_account_or_number_is_a_contradiction(books, receipt_file, tmp_path):
    account, day, _, head = published()[0].split()
    forged = tmp_path / "forged"
    forged.write_text(f"{account} {day} 7 {head}\n{int(account) + 1} {day} 8 {head}\n")
    assert len(found("--receipts", str(forged))) == 2
    # Of another partner's accounts this says nothing.
    assert len(found("--receipts", str(forged), "--partner", str(books.partner.pk))) == 1


def test_many_receipts_are_looked_up_together(books, receipt_file, tmp_path):
    many = tmp_path / "many"
    many.write_text("\n".join(published() * (receipts.BATCH + 1)))
    with CaptureQueriesContext(connection) as few:
        found("--receipts", receipt_file)
    with CaptureQueriesContext(connection) as more:
        found("--receipts", str(many))
    assert len(more) == len(few) + 1


@pytest.mark.parametrize(
    "line", ["nonsense", "1 2026-11-10 8", "1 yesterday 8 abc", "one 2026-11-10 8 abc", "1 2 3 4 5"]
)
def test_line_that_is_no_receipt_is_named(books, tmp_path, line):
    path = tmp_path / "heads.txt"
    path.write_text(f"# heads\n{line}\n")
    with pytest.raises(CommandError, match="Line 2 is not a receipt"):
        audited("--receipts", str(path))


def test_file_that_cannot_be_read_is_named(books, tmp_path):
    with pytest.raises(CommandError, match="cannot be read: No such file") as refusal:
        audited("--receipts", str(tmp_path / "nowhere"))
    assert refusal.value.returncode == 2


# What it is asked to look at


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--partner", "Nobody"), "There is no partner Nobody"),
        (("--partner", "999999"), "There is no partner 999999"),
        (("--partner", "twins"), "Several partners are called twins: give one's id of "),
        (("--since", "yesterday"), "yesterday is not a date such as 2026-11-01"),
        (("--since", "2026-13-01"), "2026-13-01 is not a date"),
    ],
)
@pytest.mark.parametrize("command", ["audit_ledger", "publish_heads"])
def test_what_cannot_be_looked_at_is_named(db, command, arguments, words):
    PartnerFactory.create_batch(2, name="Twins")
    with pytest.raises(CommandError, match=words) as refusal:
        call_command(command, *arguments)
    # As a call from code, argparse's own refusal has no exit code; a shell gets 2.
    assert refusal.value.returncode == (1 if "--since" in arguments else 2)


def test_partner_is_found_by_id_or_name_in_any_case(books):
    partner = PartnerFactory(name=str(books.partner.pk + 500))
    for wanted in (str(books.partner.pk), "Brightside Consulting", "BRIGHTSIDE consulting"):
        assert audited("--partner", wanted)[-1].endswith(" 8 entries checked.")
    assert audited("--partner", partner.name)[-1].endswith(" 0 entries checked.")


# How it goes about it


def test_progress_is_written_to_standard_error(books, monkeypatch):
    monkeypatch.setattr(audit_ledger, "PROGRESS_SECONDS", 0)
    monkeypatch.setattr(ledger_audit, "EVERY", 3)
    told = StringIO()
    call_command("audit_ledger", stdout=StringIO(), stderr=told)
    assert told.getvalue().splitlines() == [
        f"{checked} of 8 entries checked …" for checked in (3, 6, 8)
    ]
    quiet = StringIO()
    call_command("audit_ledger", stdout=StringIO(), stderr=quiet, verbosity=0)
    assert quiet.getvalue() == ""


def test_progress_is_written_at_most_once_a_second(books, monkeypatch):
    monkeypatch.setattr(ledger_audit, "EVERY", 1)
    told = StringIO()
    moments = iter([0.0, 0.2, 0.4, 0.9, 1.0, 1.3, 1.9, 2.0, 2.5, 2.9])
    monkeypatch.setattr(audit_ledger, "monotonic", lambda: next(moments))
    call_command("audit_ledger", stdout=StringIO(), stderr=told)
    assert [line.split()[0] for line in told.getvalue().splitlines()] == ["4", "7"]


def test_queries_do_not_grow_with_what_is_audited(books, stranger, superuser):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert found() == []
        return len(captured)

    few = queries()
    for _ in range(3):
        books.won(BUNDLE_5)
    Books(stranger, superuser)
    assert queries() == few


def test_faults_come_one_by_one(books):
    """Nothing is collected: the first fault is named before the rest is looked at."""
    books.entries(1)
    triggers.drop("default")
    books.entries(1).update(text="Something else")
    checked = []
    faults = ledger_audit.audit(Scope(), checked.append)
    assert str(next(faults)).endswith("entry 1: does not have the hash of its content")
    assert checked == []
    assert list(faults) == []
    assert checked == [8]
