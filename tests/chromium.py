"""Which Chromium the machine has."""

import shutil

# Without its windows the same engine takes half the time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def found() -> str | None:
    """Return the path of the machine's Chromium, None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)
