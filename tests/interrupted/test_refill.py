"""What was typed is put into the right controls of the right form, and nowhere else."""

import pytest

from leadportal.interrupted.refill import refill, with_notice

PAGE = "/page/?tab=1"


def form(inside: str, attributes: str = "") -> str:
    return f'<p>é</p>\n<form method="post"{attributes}>\n{inside}</form>\n<input name="a">'


@pytest.mark.parametrize(
    ("control", "typed", "expected"),
    [
        ('<input name="a">', [("a", "1 < 2")], '<input name="a" value="1 &lt; 2">'),
        ("<input name='a' value='x' required>", [("a", '"')], 'value="&quot;"'),
        ('<INPUT NAME="a" VALUE="x">', [("a", "1")], '<input name="a" value="1">'),
        ('<input name="a" /><input name="a">', [("a", "1"), ("a", "2")], 'value="2"'),
        ('<textarea name="a">x &amp; y</textarea>', [("a", "\nz")], ">\n\nz</textarea>"),
        ('<textarea name="a"></textarea>', [("a", "</textarea>")], ">\n&lt;/textarea&gt;<"),
        ('<input type="checkbox" name="a">', [("a", "on")], 'name="a" checked=""'),
        ('<input type="radio" name="a" value="1">', [("a", "1")], 'value="1" checked=""'),
        (
            '<select name="a"><option value="1" selected>x<option value="2">y</select>',
            [("a", "2")],
            '<option value="1">x<option value="2" selected="">',
        ),
        (
            '<select name="a" multiple><option value="1"><option value="2"></select>',
            [("a", "1"), ("a", "2")],
            '<option value="1" selected=""><option value="2" selected="">',
        ),
    ],
)
def test_control_takes_what_was_typed(control, typed, expected) -> None:
    html, left_over = refill(form(control), PAGE, PAGE, typed)
    assert expected in html
    assert left_over == []
    assert html.startswith('<p>é</p>\n<form method="post" data-keep="posted">')
    assert html.endswith('</form>\n<input name="a">')


@pytest.mark.parametrize(
    "control",
    [
        '<input type="hidden" name="a" value="x">',
        '<input type="password" name="a">',
        '<input type="file" name="a">',
        '<input name="a" disabled value="x">',
        '<button name="a" value="x">Go</button>',
        '<input type="submit" name="a" value="x">',
    ],
)
def test_other_controls_stay_as_they_are(control) -> None:
    html, left_over = refill(form(control), PAGE, PAGE, [("a", "typed")])
    assert control in html
    assert left_over == []


def test_box_that_was_unticked_comes_back_unticked() -> None:
    html, _ = refill(form('<input type="checkbox" name="a" checked>'), PAGE, PAGE, [("b", "1")])
    assert '<input type="checkbox" name="a">' in html


def test_what_has_no_field_is_left_over() -> None:
    select = '<select name="a"><option value="1" selected>x</select>'
    html, left_over = refill(form(select), PAGE, PAGE, [("a", "gone"), ("b", "2")])
    assert select in html
    assert left_over == [("a", "gone"), ("b", "2")]


@pytest.mark.parametrize(
    ("attributes", "action", "is_found"),
    [
        ("", PAGE, True),
        (' action=""', PAGE, True),
        (' action="/page/?tab=1#top"', PAGE, True),
        (' action="/page/"', PAGE, True),
        (' action="send/"', "/page/send/", True),
        (' action="/other/"', PAGE, False),
    ],
)
def test_form_is_found_by_where_it_is_sent(attributes, action, is_found) -> None:
    found = refill(form('<input name="a">', attributes), PAGE, action, [("a", "1")])
    assert (found is not None) is is_found


def test_of_two_forms_the_one_with_the_fields_is_filled_in() -> None:
    two = form("<button>x</button>") + form('<input name="a">')
    html, _ = refill(two, PAGE, PAGE, [("a", "1")])
    assert html.count("data-keep") == 1
    assert html.index("data-keep") > html.index("<button>")


def test_notice_is_before_the_pages_content() -> None:
    assert with_notice('<main id="content" class="x">y', "<p>z</p>").endswith("><p>z</p>y")
    assert with_notice("<main>y", "<p>z</p>") == "<main>y"
