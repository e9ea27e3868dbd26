"""Text that turns the direction of reading affects nothing but itself."""

import pytest
from django.template import engines
from django.utils.safestring import mark_safe
from fpdf.bidi import BidiParagraph
from fpdf.enums import TextDirection
from hypothesis import given
from hypothesis import strategies as st

from leadportal.ui.bidi import isolate

TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200f\u061c"


def shown(text: str) -> str:
    """Return the text in the order in which it is shown, without what is not visible."""
    ordered = BidiParagraph(text, TextDirection.LTR).get_reordered_string()
    return "".join(character for character in ordered if character not in TURNING)


@pytest.mark.parametrize("text", ["", "Nordwind Retail", "Größe Łódź 株式会社 বাংলা", "$1.00 (a)"])
def test_text_that_turns_nothing_is_left_alone(text):
    assert isolate(text) == text


def test_each_line_is_isolated_by_itself():
    assert isolate("a\u202eb\r\nשלום\n\n") == "\u2068a\u202eb\u2069\r\n\u2068שלום\u2069\n\n"


def test_isolates_within_are_preserved_and_balanced():
    inner = isolate("a\u202eb")
    assert isolate(f"{inner} was won") == f"\u2068{inner} was won\u2069"
    assert isolate("\u2069\u2067a") == "\u2068\u2067a\u2069\u2069"


@given(st.text(alphabet=f"ab1 (שلم{TURNING}", max_size=12))
def test_text_beside_any_other_text_is_shown_in_order(text):
    around = shown(f"Paid to {isolate(text)}, $354.00 (LD-7KQ2M9XA)")
    assert around.startswith("Paid to ")
    assert around.endswith(", $354.00 (LD-7KQ2M9XA)")


def test_templates_isolate_text_and_leave_html_and_numbers_alone():
    template = engines["django"].from_string(
        "{{ name|isolate }} {{ html|isolate }} {{ n|isolate }}"
    )
    context = {"name": "<b>ש", "html": mark_safe("<b>ש</b>"), "n": 5}
    assert template.render(context) == "\u2068&lt;b&gt;ש\u2069 <b>ש</b> 5"
