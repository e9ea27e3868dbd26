"""The benchmarks' settings, with django-formtools and crispy-forms' stock Bootstrap templates."""

from benchmarks.settings import *  # noqa: F403
from benchmarks.settings import INSTALLED_APPS, TEMPLATES

INSTALLED_APPS = [*INSTALLED_APPS, "formtools"]
ROOT_URLCONF = "benchmarks.rivals.formtools_wizard"
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
TEMPLATES[0]["APP_DIRS"] = False
TEMPLATES[0]["OPTIONS"]["loaders"] = [
    (
        "django.template.loaders.cached.Loader",
        [
            # The apps' templates first, so that crispy_bootstrap5's fields are not the portal's.
            "django.template.loaders.app_directories.Loader",
            "django.template.loaders.filesystem.Loader",
        ],
    )
]
