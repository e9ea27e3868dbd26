"""The settings of a real installation as far as a page's weight goes: hashed, compressed files."""

import os

from tests.settings import *  # noqa: F403
from tests.settings import STORAGES

STATIC_ROOT = os.environ["STATIC_ROOT"]
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = False
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "leadportal.ui.static_files.StaticFiles"}}
