"""Text is set without losing a character, in the right order, in lines that fit."""

from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leadportal.ui.documents import text as typesetting
from leadportal.ui.documents.fonts import BOX, CJK, MAIN, font_of
from leadportal.ui.documents.text import lines, paragraphs, runs, words
from tests.ui.documents.reading import NAMES

ANY_TEXT = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from(sorted(NAMES.values())), max_size=4).map(" ".join),
    st.text(alphabet="ab \u200d\u200cمی‌খ্র\u0301ශ්ර👩💻株。", max_size=40),
)


def measure(run):
    return float(len(run.text))


def set_text(text):
    return "".join(run.text for line in lines(text, 1000, measure) for run in line)


def visible(text):
    """Return how often each visible character must be shown; BOX stands for one without font."""
    hidden = typesetting._HIDDEN
    return Counter(
        character if font_of(character) else BOX
        for line in text.splitlines()
        for character in line.replace("\t", " ")
        if character not in hidden and not character.isspace()
    )


@given(ANY_TEXT)
@example("\x1b[31m\x07")
@example("\U0001f9d1\U0001f3fd\u200d\U0001f680 \U000104a0\u0301 e\U000104a1")
def test_no_character_disappears(text):
    shown = Counter(character for character in set_text(text) if not character.isspace())
    wanted = visible(text)
    for joiner in [one for one in shown + wanted if typesetting.is_joiner(one)]:
        del shown[joiner], wanted[joiner]  # One without a font for what it joins joins nothing.
    assert shown == wanted


@given(ANY_TEXT, st.integers(1, 12))
def test_broken_lines_fit_and_hold_the_same_text(text, width):
    found = lines(text, width, measure)
    assert Counter(set_text(text).replace(" ", "")) == Counter(
        "".join(run.text for line in found for run in line).replace(" ", "")
    )
    for line in found:
        # A single character with its marks may be wider than the line.
        clusters = paragraphs("".join(run.text for run in line))[0]
        assert sum(map(measure, line)) <= width or len(clusters) == 1


@given(st.text(alphabet="abc -.,$1/", max_size=60), st.integers(11, 30))
def test_words_that_fit_are_not_taken_apart(text, width):
    shown = [
        word
        for line in lines(text, width, measure)
        for word in "".join(r.text for r in line).split(" ")
    ]
    for word in text.split(" "):
        if word and len(word) <= width:
            assert word in shown


def test_no_break_space_keeps_a_date_on_one_line():
    [first, second] = lines("On 15\u00a0Oct\u00a02026", 12, measure)
    assert [first[0].text, second[0].text] == ["On", "15\u00a0Oct\u00a02026"]


def test_chinese_is_broken_anywhere_but_before_a_full_stop():
    found = ["".join(run.text for run in line) for line in lines("北京软件公司。北京", 6, measure)]
    assert found == ["北京软件公", "司。北京"]
    assert len(list(words("北京 abc"))) == 3


def test_korean_is_broken_at_its_spaces():
    found = ["".join(run.text for run in line) for line in lines("주식회사 서울", 5, measure)]
    assert found == ["주식회사", "서울"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Nordwind می‌خواهم کتاب", ["Nordwind ", "کتاب", " ", "می‌خواهم"]),
        ("ශ්‍රී ලංකා", ["ශ්‍රී", " ", "ලංකා"]),
        ("র‍্যাব", ["র‍্যাব"]),
        ("क्षत्रिय", ["क्षत्रिय"]),
        ("Cafe\u0301 Lo", ["Cafe\u0301 Lo"]),
        ("👩‍💻🚀", ["👩‍💻🚀"]),
    ],
)
def test_marks_and_joiners_stay_in_the_run_of_what_they_join(name, expected):
    found = runs(paragraphs(name)[0])
    assert [run.text for run in found] == expected
    assert all(run.is_shaped for run in found if run.text != " " and run.text != "Nordwind ")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Company شركة 123 الشمال x", ["Company ", "الشمال", " ", "123", " ", "شركة", " x"]),
        ("شركة 123 (Nord)", [")", "Nord", " (", "123", " ", "شركة"]),
        ("a\u202ebc", ["a", "bc"]),
        ("x של\x1bום", ["x ", "ום", BOX, "של"]),
    ],
)
def test_runs_stand_in_the_order_of_the_eye(name, expected):
    assert [run.text for run in runs(paragraphs(name)[0])] == expected


def test_right_to_left_runs_say_so():
    assert [run.is_rtl for run in runs(paragraphs("a שלום")[0])] == [False, True]
    assert [run.is_rtl for run in runs(paragraphs("\u202eabc")[0])] == [True]


def test_a_character_without_a_glyph_shows_a_box():
    assert set_text("ꀀ\x1b\ud7ff\ue000") == BOX * 4
    assert [run.font for run in runs(paragraphs("aꀀ")[0])] == [MAIN, CJK]


def test_plain_words_need_no_font_but_the_first_and_no_shaping():
    [run] = runs(paragraphs("12 × 5 agents × $59.00 = −$3,540.00 · “x”")[0])
    assert run.font == MAIN
    assert not run.is_shaped
