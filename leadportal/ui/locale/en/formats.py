"""One way to write a date, such as 30 Nov 2026, and only unambiguous ways to enter one.

Django reads these names from here because of FORMAT_MODULE_PATH.
"""

from leadportal.ui.days import FORMATS

DATE_FORMAT = SHORT_DATE_FORMAT = "j M Y"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "j M Y, H:i"
TIME_FORMAT = "H:i"

DATE_INPUT_FORMATS = list(FORMATS)
