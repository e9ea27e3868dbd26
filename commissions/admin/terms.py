"""The programme's terms."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from commissions.admin.dated import DatedAdmin
from commissions.calculator import percent
from commissions.models import CommissionTerms
from leadportal.money import usd


@admin.register(CommissionTerms)
class CommissionTermsAdmin(DatedAdmin):
    list_display = ("valid_from", "fee", "share", "decision_business_days", "has_begun")
    fieldsets = (
        (None, {"fields": ("valid_from", "flat_fee", "share_percent")}),
        (
            "What sales look for",
            {"fields": ("minimum_agents", "minimum_employees", "decision_business_days")},
        ),
        (
            "What a partner agrees to",
            {"fields": ("lead_is_informed_text", "requirements_text")},
        ),
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin new terms with the latest ones: mostly one thing changes."""
        latest = CommissionTerms.objects.order_by("-valid_from").first()
        copied = [
            field.name
            for field in CommissionTerms._meta.fields
            if field.name not in ("id", "valid_from")
        ]
        initial = {name: getattr(latest, name) for name in copied} if latest else {}
        return initial | super().get_changeform_initial_data(request)

    @admin.display(description="fixed fee", ordering="flat_fee")
    def fee(self, terms: CommissionTerms) -> str:
        return usd(terms.flat_fee)

    @admin.display(description="share", ordering="share_percent")
    def share(self, terms: CommissionTerms) -> str:
        return percent(terms.share_percent)
