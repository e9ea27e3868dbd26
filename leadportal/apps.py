"""The admin, as this project has it."""

from django.contrib.admin.apps import AdminConfig


class PortalAdminConfig(AdminConfig):
    default_site = "leadportal.admin_site.PortalAdminSite"
