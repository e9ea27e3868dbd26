"""pretalx's own settings with file names that are not hashed, as in the portal's runner."""

from pretalx.settings import *  # noqa: F403
from pretalx.settings import STORAGES

ALLOWED_HOSTS = ["*"]
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
