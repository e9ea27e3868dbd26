"""Products, plans, the price list and the terms in the admin."""

# Django's own classes take no types when the code runs.
# mypy: disable-error-code="type-arg"

from typing import Any

from django.contrib import admin, messages
from django.db.models import ForeignKey, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest
from django.utils import timezone

from commissions.calculator import percent
from commissions.catalog.dated import Dated
from commissions.catalog.models import Plan, Price, Product
from commissions.catalog.terms import CommissionTerms
from leadportal.folding import parts, search_text
from leadportal.money import usd
from leadportal.ui.admin_forms import NamesMissing
from leadportal.ui.admin_lists import is_short
from leadportal.ui.columns import kind


class DatedAdmin(admin.ModelAdmin):
    """The admin of rows that take effect on a date.

    Until that date, whoever may add one may also delete it, on its own page, which asks first.
    """

    actions = None
    show_full_result_count = False
    list_per_page = 50

    def has_change_permission(self, request: HttpRequest, obj: Dated | None = None) -> bool:
        """Return whether the user may change it and it is not in force yet."""
        return not (obj and obj.is_in_force) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Dated | None = None) -> bool:
        """Return whether the user may add such rows and this one is not in force yet."""
        return not (obj and obj.is_in_force) and (
            self.has_add_permission(request) or super().has_delete_permission(request, obj)
        )

    @admin.display(boolean=True, description="in force", ordering="valid_from")
    def has_begun(self, row: Dated) -> bool:
        return row.is_in_force


class PlansOfProduct(NamesMissing, admin.StackedInline):
    """The plans of a product."""

    model = Plan
    fields = (("name", "code"), ("pricing", "position"), "is_offered")
    prepopulated_fields = {"code": ("name",)}
    show_change_link = True
    can_delete = False
    extra = 0


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    """Products, with their plans."""

    list_display = ("name", "code", "position")
    prepopulated_fields = {"code": ("name",)}
    show_full_result_count = False
    inlines = (PlansOfProduct,)


class PricesToCome(NamesMissing, admin.StackedInline):
    """Future prices, which can be added and changed; deleted on their own pages."""

    model = Price
    can_delete = False
    show_change_link = True
    verbose_name_plural = "future prices"
    fields = (("billing_cycle", "monthly", "valid_from"),)
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Price]:
        prices = super().get_queryset(request).select_related("plan__product")
        return prices.filter(valid_from__gt=timezone.localdate())


class PricesInForce(admin.StackedInline):
    """Current and past prices, read-only."""

    model = Price
    verbose_name_plural = "current and past prices"
    readonly_fields = ("billing_cycle", "dollars", "valid_from")
    fields = (readonly_fields,)
    ordering = ("billing_cycle", "-valid_from")
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Price]:
        prices = super().get_queryset(request).select_related("plan__product")
        return prices.filter(valid_from__lte=timezone.localdate())

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="US dollars per month")
    def dollars(self, price: Price) -> str:
        return usd(price.monthly)


@admin.register(Plan)
class PlanAdmin(admin.ModelAdmin):
    """Plans, with their prices."""

    list_display = ("name", "product", "pricing", "is_offered", "position")
    list_display_links = ("name",)
    list_filter = ("product", "is_offered")
    list_select_related = ("product",)
    search_fields = ("name", "product__name")  # only says that there is a search
    prepopulated_fields = {"code": ("name",)}
    show_full_result_count = False
    inlines = (PricesToCome, PricesInForce)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Save the prices that were typed, and confirm each amount in a message."""
        super().save_formset(request, form, formset, change)
        for price in [*formset.new_objects, *(changed for changed, _ in formset.changed_objects)]:
            messages.success(request, f"The price was saved: {price}.")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Plan], search_term: str
    ) -> tuple[QuerySet[Plan], bool]:
        """Find plans by their full names. There are few enough to check each one."""
        if not is_short(request, search_term):
            return queryset.none(), False
        sought = parts(search_term)
        if not sought:
            return queryset, False
        found = [
            plan.pk
            for plan in Plan.objects.with_products()
            if all(part in search_text(str(plan)) for part in sought)
        ]
        return queryset.filter(pk__in=found), False


@admin.register(Price)
class PriceAdmin(DatedAdmin):
    """The price list."""

    list_display = ("plan", "billing_cycle", "dollars", "valid_from", "has_begun")
    list_filter = ("plan__product", "billing_cycle")
    list_select_related = ("plan__product",)
    ordering = ("plan__product__position", "plan__position", "billing_cycle", "-valid_from")
    fields = ("plan", "billing_cycle", "monthly", "valid_from")

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        """Offer the plans by their full names, with their products in the same query."""
        if db_field.name == "plan":
            kwargs["queryset"] = Plan.objects.select_related("product")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @kind("money")
    @admin.display(description="US dollars per month", ordering="monthly")
    def dollars(self, price: Price) -> str:
        return usd(price.monthly)


@admin.register(CommissionTerms)
class CommissionTermsAdmin(DatedAdmin):
    """The terms, from a date on."""

    list_display = (
        *("valid_from", "fee", "share", "holding_days", "decision_business_days", "has_begun"),
    )
    fieldsets = (
        (None, {"fields": ("valid_from", "flat_fee", "share_percent", "holding_days")}),
        (
            "What sales looks for",
            {"fields": ("minimum_agents", "minimum_employees", "decision_business_days")},
        ),
        (
            "Partner agreements",
            {"fields": ("lead_is_informed_text", "requirements_text")},
        ),
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Start new terms as a copy of the latest ones."""
        latest = CommissionTerms.objects.order_by("-valid_from").first()
        copied = [
            field.name
            for field in CommissionTerms._meta.fields
            if field.name not in ("id", "valid_from")
        ]
        initial = {name: getattr(latest, name) for name in copied} if latest else {}
        return initial | super().get_changeform_initial_data(request)

    @kind("money")
    @admin.display(description="fixed fee", ordering="flat_fee")
    def fee(self, terms: CommissionTerms) -> str:
        return usd(terms.flat_fee)

    @kind("number")
    @admin.display(description="share", ordering="share_percent")
    def share(self, terms: CommissionTerms) -> str:
        return percent(terms.share_percent)
