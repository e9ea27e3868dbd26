"""The admin, as this project has it: the last to load, as it looks through all the others."""

import gc

from django.contrib.admin.apps import AdminConfig


class PortalAdminConfig(AdminConfig):
    default_site = "leadportal.ui.admin_site.PortalAdminSite"

    def ready(self) -> None:
        super().ready()
        # What is loaded now is there to stay. Unfrozen, each full collection would go through it,
        # and the one at the process's end.
        gc.freeze()
