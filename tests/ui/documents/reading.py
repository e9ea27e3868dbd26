"""Documents for the tests, and PDFs as a reader sees them."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO

from pypdf import PageObject, PdfReader

from leadportal.ui.documents.model import Cell, Column, Document, Fact, Kind, Table

NOON = datetime(2026, 10, 15, 12, tzinfo=UTC)

# Names of companies, by writing system
NAMES = {
    "Latin": "Nordwind Retail",
    "Vietnamese": "Công ty Thương mại",
    "Latin with combining marks": "Cafe\u0301 Lo\u0302",
    "Greek": "Ελληνική Εταιρεία",
    "Cyrillic": "Київські книги",
    "Armenian": "Հայաստան",
    "Georgian": "ქართული",
    "Arabic": "شركة الشمال للتجارة 123 (Nord) المحدودة",
    "Persian after Latin": "Nordwind می‌خواهم کتاب‌ها",
    "Hebrew": 'חברת הצפון 2026 בע"מ',
    "Devanagari": "बहुराष्ट्रीय क्षत्रिय कम्पनी",
    "Bengali": "বাংলাদেশ র‍্যাব",
    "Sinhala": "ශ්‍රී ලංකා",
    "Tamil": "தமிழ்நாடு வணிகம்",
    "Thai": "บริษัท กรุงเทพ จำกัด",
    "Khmer": "ក្រុមហ៊ុន ភ្នំពេញ",
    "Chinese": "北京软件有限公司北京软件有限公司北京软件有限公司",
    "Japanese": "株式会社ノルドウィンド・リテール",
    "Korean": "주식회사 서울",
    "Emoji": "Rocket 🚀 👩‍💻",
    "Without a font": "ꀀꀁ ܣܘܪ",
    "Turning": "Evil \u202e00.1$ dlrow",
    "Isolating": "Evil \u2069\u2069\u202e dlrow",
    "Control characters": "A\x1b[31mB\x07",
    "One long word": "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamten",
}


def document(*texts: str, facts: dict[str, str] | None = None, title: str = "Title") -> Document:
    """Return a document whose table has a row for each text."""
    columns = (Column("Text"), Column("Amount", Kind.AMOUNT))
    rows = [(Cell(text), Cell("$1.00")) for text in texts]
    pairs = [Fact(label, text) for label, text in (facts or {}).items()]
    return Document(title, NOON, pairs, Table("Texts", columns, rows))


def read(pdf: bytes) -> PdfReader:
    return PdfReader(BytesIO(pdf))


def lines_of(page: PageObject) -> list[str]:
    """Return what stands at each height of the page, from the top, without spaces.

    A PDF places text and does not write its spaces. pypdf reads the CJK font's two-byte codes with
    a zero between them.
    """
    return [squeezed("".join(parts)) for _, parts in sorted(_heights(page).items(), reverse=True)]


def squeezed(text: str) -> str:
    return "".join(text.replace("\x00", "").split())


def text_of(pdf: bytes) -> str:
    return "".join(line for page in read(pdf).pages for line in lines_of(page))


def fonts_of(pdf: bytes) -> set[str]:
    """Return the names of the fonts that the pages use, without their subsets' marks."""
    return {
        font.get_object()["/BaseFont"].split("+")[-1]
        for page in read(pdf).pages
        for font in page["/Resources"]["/Font"].values()
    }


def placed(page: PageObject) -> Iterator[tuple[str, float, float, float]]:
    """Return each piece of text with its left end, its height and its size."""
    found: list[tuple[str, float, float, float]] = []

    def note(text, matrix, text_matrix, font, size):
        if text.strip():
            found.append((text.strip(), text_matrix[4], text_matrix[5], size))

    page.extract_text(visitor_text=note)
    yield from found


def _heights(page: PageObject) -> dict[float, list[str]]:
    heights: dict[float, list[str]] = defaultdict(list)
    for text, _, height, _ in sorted(placed(page), key=lambda piece: piece[1]):
        heights[height].append(text)
    return heights
