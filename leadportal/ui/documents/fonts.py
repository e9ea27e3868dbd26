"""Which font has a character: Noto Sans for most writing systems, from packages of fonts."""

import logging
from functools import cache
from importlib.resources import files
from pathlib import Path
from unicodedata import category

from fontTools.ttLib import TTFont

# It reports every table of every font.
logging.getLogger("fontTools").setLevel(logging.WARNING)

_NOTO = Path(str(files("manimgx_fonts")))
MAIN = _NOTO / "NotoSans[wght].ttf"
CJK = Path(str(files("noto_cjk_sans_jp_regular"))) / "NotoSansCJKjp-Regular.otf"
# In the order in which they are searched
FONTS = (
    MAIN,
    *sorted(set(_NOTO.glob("NotoSans[A-Z]*.ttf"))),
    CJK,
    _NOTO / "NotoEmoji[wght].ttf",
)
# Shown for a character that no font has; it is in the font for Chinese, Japanese, Korean.
BOX = "□"


def font_of(cluster: str) -> Path | None:
    """Return the first font that has every visible character of the cluster, None if none has."""
    if category(cluster[0]) == "Cc":
        return None  # Some fonts have an empty glyph for it.
    wanted = {ord(character) for character in cluster if not is_joiner(character)}
    return next((path for path in FONTS if wanted <= characters(path)), None)


def is_joiner(character: str) -> bool:
    """Return whether the character is invisible and only shapes those beside it."""
    return (
        character in "\u034f\u200c\u200d"
        or "\ufe00" <= character <= "\ufe0f"
        or "\u180b" <= character <= "\u180f"
        or "\U000e0000" <= character <= "\U000e0fff"
    )


@cache
def characters(path: Path) -> frozenset[int]:
    """Return the code points that a font has."""
    with TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap())
