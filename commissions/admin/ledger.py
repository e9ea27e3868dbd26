"""Accounts and their entries, to read: entries are posted through `commissions.ledger` alone."""

# Django's own classes take no types when the code runs.
# mypy: disable-error-code="type-arg"

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html

from commissions.models import Account, LedgerEntry
from leadportal.formats import moment
from leadportal.money import usd


class ReadOnlyAdmin(admin.ModelAdmin):
    """Nothing is added, changed or deleted here, by anyone."""

    show_full_result_count = False
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    list_display = ("partner", "dollars", "entry_count")
    list_select_related = ("partner",)
    search_fields = ("partner__name",)
    fields = ("partner", "dollars", "entries", "head_hash")

    @admin.display(description="balance", ordering="balance")
    def dollars(self, account: Account) -> str:
        return usd(account.balance)

    @admin.display(description="entries")
    def entries(self, account: Account) -> str:
        address = reverse("admin:commissions_ledgerentry_changelist")
        return format_html(
            '<a href="{}?account__id__exact={}">{}</a>', address, account.pk, account.entry_count
        )


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    list_display = ("number", "partner", "kind", "dollars", "reference", "posted")
    list_filter = ("kind",)
    list_select_related = ("account__partner",)
    list_per_page = 50
    # The newest first, of all accounts; the numbers are each account's own.
    ordering = ("-pk",)
    search_fields = ("reference",)
    search_help_text = "The whole reference, such as LD-7KQ2M9XA."
    fieldsets = (
        (None, {"fields": ("partner", "number", "kind", "dollars", "reference", "text")}),
        ("How it came about", {"fields": ("explained", "posted", "posted_by", "refers_to")}),
        ("Proof", {"fields": ("frozen", "previous_hash", "hash")}),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find entries by their whole reference, by its index; however it is capitalised."""
        wanted = search_term.strip().upper()
        return (queryset.filter(reference=wanted) if wanted else queryset), False

    @admin.display(description="partner")
    def partner(self, entry: LedgerEntry) -> str:
        return entry.account.partner.name

    @admin.display(description="amount", ordering="amount")
    def dollars(self, entry: LedgerEntry) -> str:
        return usd(entry.amount)

    @admin.display(description="posted at", ordering="posted_at")
    def posted(self, entry: LedgerEntry) -> str:
        return moment(entry.posted_at)

    @admin.display(description="explanation")
    def explained(self, entry: LedgerEntry) -> str:
        context = {"explanation": entry.explained, "partners_email": settings.PARTNERS_EMAIL}
        return render_to_string("commissions/_explanation.html", context)

    @admin.display(description="frozen explanation")
    def frozen(self, entry: LedgerEntry) -> str:
        return format_html("<code>{}</code>", entry.explanation)
