"""The settings of a real installation, but for static files: nobody has collected them."""

from leadportal.settings import *  # noqa: F403
from leadportal.settings import STORAGES

STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
