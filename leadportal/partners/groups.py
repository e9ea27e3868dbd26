"""The vendor's staff groups. Each app grants its own permissions after migrating."""

from django.contrib.auth.models import Group, Permission

SALES = "Sales"
FINANCE = "Finance"
PARTNER_MANAGERS = "Partner managers"


def grant(group_name: str, *permissions: str) -> None:
    """Give the group the permissions, named `app_label.codename`, creating the group if needed.

    Idempotent, and takes nothing away that an administrator has added. Raises
    Permission.DoesNotExist for a permission that no model declares.
    """
    group, _ = Group.objects.get_or_create(name=group_name)
    wanted = [
        Permission.objects.get(content_type__app_label=app_label, codename=codename)
        for app_label, _, codename in (name.partition(".") for name in permissions)
    ]
    group.permissions.add(*wanted)
