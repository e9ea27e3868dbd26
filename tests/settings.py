"""The settings under test: the real ones as a real installation has them (DEBUG off), and what a
test cannot have: TLS, slow passwords, hashed file names, a cache that outlives the test.

`DATABASE_URL` is honored; nothing else of the developer's environment or `.env` is.
"""

import os

PINNED = {
    "ENV_FILE": os.devnull,
    "SECRET_KEY": "insecure: only for tests",
    "DEBUG": "false",
    "SECURE_SSL_REDIRECT": "false",
    "CACHE_URL": "locmemcache://",
    "SITE_URL": "http://localhost:8000",
    "BUSINESS_TIME_ZONE": "UTC",
    # Details are entered and paid to in one test; what the hold does has tests of its own.
    "PAYOUT_DETAILS_HOLD_DAYS": "0",
    "LOG_LEVEL": "WARNING",
}
os.environ.update(PINNED)

from leadportal.settings import *  # noqa: E402, F403
from leadportal.settings import STORAGES  # noqa: E402

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Static files as they lie in the project: nobody has collected them.
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
