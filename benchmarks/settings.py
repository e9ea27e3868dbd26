"""The settings of a real installation: DEBUG off, cached templates, hashed file names.

What differs: no secret worth keeping, no real mail server, an in-process cache for the sign-in's
limits, static files collected into BENCHMARK_STATIC.
"""

import os

os.environ.update(
    {
        "ENV_FILE": os.devnull,
        "SECRET_KEY": "insecure: only for benchmarks, whose data is invented",
        "DEBUG": "false",
        "CACHE_URL": "locmemcache://",
        "LOG_LEVEL": "WARNING",
        "BUSINESS_TIME_ZONE": "UTC",
        "EMAIL_URL": "dummymail://",
    }
)

from leadportal.settings import *  # noqa: F403
from leadportal.settings import BASE_DIR, TEMPLATES
from leadportal.settings import STATIC_ROOT as _COLLECTED

STATIC_ROOT = os.environ.get("BENCHMARK_STATIC", str(_COLLECTED))
TEMPLATES[0]["DIRS"].append(BASE_DIR / "benchmarks/plain/templates")
ROOT_URLCONF = "benchmarks.urls"
