"""The portal's own settings, and django-formtools with crispy-forms' stock Bootstrap templates."""

from tests.settings import *  # noqa: F403
from tests.settings import BASE_DIR, INSTALLED_APPS, TEMPLATES

INSTALLED_APPS = [*INSTALLED_APPS, "formtools"]
ROOT_URLCONF = "benchmarks.rivals.formtools_wizard"
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
TEMPLATES[0] |= {
    "APP_DIRS": False,
    "DIRS": [BASE_DIR / "benchmarks/rivals/templates", BASE_DIR / "templates"],
}
TEMPLATES[0]["OPTIONS"]["loaders"] = [
    (
        "django.template.loaders.cached.Loader",
        [
            # First the apps', so that crispy_bootstrap5's fields are not the portal's.
            "django.template.loaders.app_directories.Loader",
            "django.template.loaders.filesystem.Loader",
        ],
    )
]
