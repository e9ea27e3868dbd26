"""The vendor's staff groups. Each app grants its own permissions after migrating."""

from functools import reduce
from operator import or_

from django.contrib.auth.models import Group, Permission
from django.db.models import Exists, OuterRef, Q

SALES = "Sales"
FINANCE = "Finance"
PARTNER_MANAGERS = "Partner managers"


def grant(group_name: str, *permissions: str) -> None:
    """Give the group the permissions, named `app_label.codename`, creating the group if needed.

    Idempotent; keeps whatever an administrator has added. One query if the group has them all.
    Raises Permission.DoesNotExist for a permission that no model declares, and
    Permission.MultipleObjectsReturned for one that two models of an app declare.
    """
    held = Group.permissions.through.objects.filter(
        permission=OuterRef("pk"), group__name=group_name
    )
    found = Permission.objects.filter(_any_of(permissions)).order_by()
    rows = list(
        found.annotate(is_held=Exists(held)).values_list(
            "content_type__app_label", "codename", "pk", "is_held"
        )
    )
    _refuse_unknown(permissions, [f"{app_label}.{codename}" for app_label, codename, *_ in rows])
    wanted = [pk for *_, pk, is_held in rows if not is_held]
    if wanted or not permissions:
        group, _ = Group.objects.get_or_create(name=group_name)
        group.permissions.add(*wanted)


def _any_of(permissions: tuple[str, ...]) -> Q:
    names = (name.partition(".") for name in permissions)
    return reduce(
        or_,
        (Q(content_type__app_label=label, codename=codename) for label, _, codename in names),
        Q(pk__in=()),
    )


def _refuse_unknown(wanted: tuple[str, ...], found: list[str]) -> None:
    for name in wanted:
        if name not in found:
            raise Permission.DoesNotExist(f"The permission {name} does not exist.")
        if found.count(name) > 1:
            raise Permission.MultipleObjectsReturned(f"{name} names several permissions.")
