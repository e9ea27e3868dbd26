"""One way to write a date, such as 30 Nov 2026, and only unambiguous ways to enter one.

Django reads these names from here because of FORMAT_MODULE_PATH.
"""

DATE_FORMAT = SHORT_DATE_FORMAT = "j M Y"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "j M Y, H:i"
TIME_FORMAT = "H:i"

# Whether 03/02/2029 is in March or in February depends on who types it.
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y"]
