"""The settings of a real installation: DEBUG off, cached templates, hashed file names.

What differs: plain HTTP, no secret worth protecting, no mail server, an in-process cache for the
sign-in's limits, static files collected into BENCHMARK_STATIC, and the rivals beside the portal.
"""

import os

os.environ.update(
    {
        "ENV_FILE": os.devnull,
        "SECRET_KEY": "insecure: only for benchmarks, whose data is invented",
        "DEBUG": "false",
        "SECURE_SSL_REDIRECT": "false",
        "CACHE_URL": "locmemcache://",
        "LOG_LEVEL": "WARNING",
        "BUSINESS_TIME_ZONE": "UTC",
        "EMAIL_URL": "dummymail://",
    }
)

from leadportal.settings import *  # noqa: F403
from leadportal.settings import BASE_DIR, INSTALLED_APPS, TEMPLATES
from leadportal.settings import STATIC_ROOT as _COLLECTED

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
STATIC_ROOT = os.environ.get("BENCHMARK_STATIC", str(_COLLECTED))
INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.rivals"]
TEMPLATES[0]["DIRS"].append(BASE_DIR / "benchmarks/rivals/templates")
ROOT_URLCONF = "benchmarks.urls"
