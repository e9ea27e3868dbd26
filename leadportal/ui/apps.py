"""The app of the portal's admin. It loads last, because the admin looks through all others."""

import gc

from django.contrib.admin.apps import AdminConfig

from leadportal.lengths import count_alike


class PortalAdminConfig(AdminConfig):
    default_site = "leadportal.ui.admin_site.PortalAdminSite"

    def ready(self) -> None:
        super().ready()
        count_alike()
        # What is loaded now is there to stay. Unfrozen, each full collection would go through it,
        # and the one at the process's end.
        gc.freeze()
