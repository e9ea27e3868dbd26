"""The leads in Django's stock admin, as most projects do it: filters, search, dates, 100 rows."""

from django.contrib import admin

from leads.models import Lead

site = admin.AdminSite(name="plain_admin")


@admin.register(Lead, site=site)
class StockLeadAdmin(admin.ModelAdmin):
    """The same columns as the queue's, by the admin's own means."""

    list_display = (
        "company_name",
        "domain",
        "partner",
        "employees",
        "agents",
        "annual_value",
        "meets_criteria",
        "submitted_at",
        "status",
    )
    list_filter = ("status", "meets_criteria", "commission_type", "source")
    search_fields = (
        "company_name",
        "domain",
        "first_name",
        "last_name",
        "contact_email",
        "reference",
    )
    date_hierarchy = "submitted_at"
    ordering = ("submitted_at", "pk")
