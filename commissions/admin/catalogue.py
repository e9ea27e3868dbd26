"""Products, plans and the price list."""

# Django's own classes take no types when the code runs.
# mypy: disable-error-code="type-arg"

from typing import Any

from django.contrib import admin
from django.db.models import ForeignKey, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest
from django.utils import timezone

from commissions.admin.dated import DatedAdmin
from commissions.models import Plan, Price, Product
from leadportal.money import usd


class PlansOfProduct(admin.TabularInline):
    model = Plan
    fields = ("name", "code", "pricing", "is_offered", "position")
    prepopulated_fields = {"code": ("name",)}
    show_change_link = True
    can_delete = False
    extra = 0


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    list_display = ("name", "code", "position")
    prepopulated_fields = {"code": ("name",)}
    show_full_result_count = False
    inlines = (PlansOfProduct,)


class PricesToCome(admin.TabularInline):
    """The prices whose date has not come: they can be added, changed and deleted."""

    model = Price
    verbose_name_plural = "prices to come"
    fields = ("billing_cycle", "monthly", "valid_from")
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Price]:
        prices = super().get_queryset(request).select_related("plan__product")
        return prices.filter(valid_from__gt=timezone.localdate())


class PricesInForce(admin.TabularInline):
    """The plan's price history, which nobody edits."""

    model = Price
    verbose_name_plural = "prices in force and before"
    fields = readonly_fields = ("billing_cycle", "dollars", "valid_from")
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
    list_display = ("name", "product", "pricing", "is_offered", "position")
    list_display_links = ("name",)
    list_filter = ("product", "is_offered")
    list_select_related = ("product",)
    search_fields = ("name", "product__name")
    prepopulated_fields = {"code": ("name",)}
    show_full_result_count = False
    inlines = (PricesToCome, PricesInForce)


@admin.register(Price)
class PriceAdmin(DatedAdmin):
    list_display = ("plan", "billing_cycle", "dollars", "valid_from", "has_begun")
    list_filter = ("plan__product", "billing_cycle")
    list_select_related = ("plan__product",)
    ordering = ("plan__product__position", "plan__position", "billing_cycle", "-valid_from")
    fields = ("plan", "billing_cycle", "monthly", "valid_from")

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        """Offer the plans by their full names, which take their products along."""
        if db_field.name == "plan":
            kwargs["queryset"] = Plan.objects.select_related("product")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description="US dollars per month", ordering="monthly")
    def dollars(self, price: Price) -> str:
        return usd(price.monthly)
