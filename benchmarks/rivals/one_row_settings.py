"""The portal's settings, with the bare view's table and address beside the portal's own."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.rivals"]
ROOT_URLCONF = "benchmarks.rivals.one_row"
