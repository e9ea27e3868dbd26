"""Every page of every role, once: axe, sideways scrolling, heading, title, console.

What only a journey reaches (errors, previews, conflicts) is looked at in that journey.
"""

from collections.abc import Callable, Iterable

import pytest
from django.conf import settings
from django.test import Client
from django.urls import resolve
from playwright.sync_api import ConsoleMessage, Page

from leadportal.partners.models import User
from tests.browser.everything import NO_PAGES, NOWHERE, WITH_ERRORS, Everything, url_names
from tests.factories import UserFactory
from tests.sessions import sign_in as sign_in_client
from tests.ui.test_admin_links import EMPTY_LINK

ROLES = ("nobody", "owner", "member", "newcomer", "sales", "finance", "administrator")
# A page, one that is not found, and one that is no longer there
ANSWERS = (200, 404, 410)
# Templates that others extend, and those of pages that answer a POST or a failure: the journeys
# that lead there look at them.
ELSEWHERE = frozenset(
    {
        "400.html",
        "allauth/layouts/base.html",
        "standalone.html",
        "403.html",
        "403_csrf.html",
        "429.html",
        "500.html",
        "admin/bulk_report.html",
        "admin/bulk_step.html",
        "admin/commissions/withdrawal/bulk_report.html",
        "admin/commissions/withdrawal/pay.html",
        "admin/leads/lead/bulk_report.html",
        "admin/leads/place_filter.html",
        "interrupted/form_gone.html",
        "interrupted/other_user.html",
        "leads/draft_discarded.html",
    }
)


@pytest.fixture
def people(
    partner_user: User, teammate: User, sales_user: User, finance_user: User, superuser: User
) -> dict[str, User]:
    """Who looks at the pages, by role."""
    return {
        "owner": partner_user,
        "member": teammate,
        "newcomer": UserFactory(partner__name="Brand New"),
        "sales": sales_user,
        "finance": finance_user,
        "administrator": superuser,
    }


@pytest.fixture
def everything(people: dict[str, User]) -> Everything:
    return Everything(people)


def shown(role: str, everything: Everything) -> dict[str, list[str]]:
    """Return the role's pages that answer with a page, each with its templates.

    None of them has a link that leads nowhere.
    """
    client = Client()
    if role in everything.people:
        sign_in_client(client, everything.people[role])
    found = {}
    for path in everything.pages(role):
        response = client.get(path)
        if response.status_code in ANSWERS:
            assert not EMPTY_LINK.search(response.content.decode()), path
            found[path] = [template.name for template in response.templates if template.name]
    return found


def first_of_each_template(everything: Everything) -> list[str]:
    """Return the administrator's pages whose template neither sales nor finance have shown.

    Of Django's form every model's is one, as its fields are others.
    """
    seen = {names[0] for role in ("sales", "finance") for names in shown(role, everything).values()}
    chosen = {}
    for path, names in shown("administrator", everything).items():
        model = resolve(path).view_name.rpartition("_")[0]
        kind = (model, names[0]) if names[0] == "admin/change_form.html" else names[0]
        if kind not in seen:
            chosen[kind] = path  # the last one: of a form the one with a row in it
    return list(chosen.values())


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.usefixtures("outbox")
@pytest.mark.django_db(transaction=True)
def test_every_page_is_well_made(
    role: str,
    everything: Everything,
    open_page: Callable[..., Page],
    sign_in: Callable[[Page, User], None],
    assert_all_well_made: Callable[[Page, Iterable[str]], None],
) -> None:
    page, errors = open_page(), []
    page.on("console", lambda message: errors.extend(console_error(message)))
    if role in everything.people:
        sign_in(page, everything.people[role])
    paths = (
        everything.pages(role) if role != "administrator" else first_of_each_template(everything)
    )
    assert_all_well_made(page, paths)
    assert errors == []


# The widths at which a list's layout turns, and between them that of a small laptop
LIST_WIDTHS = (800, 1024, 1100, 1279, 1280)
# What of the list's table a person has to scroll sideways for, in pixels
HIDDEN = """() => {
    const box = document.querySelector("#changelist .results");
    return box ? box.scrollWidth - box.clientWidth : 0;
}"""
# What has the focus and of whose ring a box around it cuts a part
CUT_RINGS = """() => {
    const cut = new Set();
    const all = "a[href], button, input:not([type=hidden]), select, textarea, summary";
    for (const element of document.querySelectorAll(all)) {
        element.focus({focusVisible: true});
        if (document.activeElement !== element) continue;
        const style = getComputedStyle(element), name = element.outerHTML.slice(0, 80);
        if (style.outlineStyle === "none" && style.boxShadow === "none") cut.add(name);
        const reach = parseFloat(style.outlineWidth) + parseFloat(style.outlineOffset);
        const [ring] = element.getClientRects();
        for (let box = element; ring && box !== document.body; box = box.parentElement) {
            const {overflow, clipPath} = getComputedStyle(box);
            if (box === element || overflow === "visible" && clipPath === "none") continue;
            const edge = box.getBoundingClientRect();
            const left = edge.left + box.clientLeft, top = edge.top + box.clientTop;
            if (
                ring.left - reach < left - 1 || ring.right + reach > left + box.clientWidth + 1 ||
                ring.top - reach < top - 1 || ring.bottom + reach > top + box.clientHeight + 1
            ) cut.add(name);
        }
    }
    return [...cut];
}"""


@pytest.mark.usefixtures("outbox")
@pytest.mark.django_db(transaction=True)
def test_lists_show_all_columns_and_complete_focus_rings(
    everything: Everything, open_page: Callable[..., Page], sign_in: Callable[[Page, User], None]
) -> None:
    page = open_page()
    sign_in(page, everything.people["administrator"])
    for path in everything.lists():
        page.goto(path)
        for width in LIST_WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate(HIDDEN) == 0, (path, width)
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate(CUT_RINGS) == [], (path, width)
    for path in first_of_each_template(everything):
        page.goto(path)
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate(CUT_RINGS) == [], (path, width)


def console_error(message: ConsoleMessage) -> list[str]:
    # The browser says so of a page that is not found, too; missing files are complained of anyway.
    is_expected = message.text.startswith("Failed to load resource")
    return [message.text] if message.type == "error" and not is_expected else []


@pytest.mark.usefixtures("outbox")
def test_every_address_of_a_page_is_visited(everything: Everything) -> None:
    paths = {path.partition("?")[0] for role in ROLES for path in everything.pages(role)}
    visited = {resolve(path).view_name for path in paths - {NOWHERE}}
    missing = set(url_names()) - visited - NO_PAGES - WITH_ERRORS
    assert not missing, f"Add these to tests/browser/everything.py: {sorted(missing)}"


@pytest.mark.usefixtures("outbox")
def test_every_template_of_a_page_is_visited(everything: Everything) -> None:
    used = {name for role in ROLES for names in shown(role, everything).values() for name in names}
    folder = settings.BASE_DIR / "templates"
    templates = {str(path.relative_to(folder)) for path in folder.rglob("*.html")}
    pages = {name for name in templates if not {"mail", "email"} & {*name.split("/")}}
    partials = {name for name in pages if name.rpartition("/")[2].startswith("_")}
    assert pages - partials - used == ELSEWHERE


# A new row in each table of rows within a form, with something in it
NEW_ROWS = {"plans-0-position": "5", "prices-0-monthly": "1"} | {
    f"{rows}-{name}_FORMS": count
    for rows in ("plans", "prices", "prices-2")
    for name, count in (("TOTAL", "0" if rows == "prices-2" else "1"), ("INITIAL", "0"))
}


@pytest.mark.usefixtures("outbox")
def test_an_empty_field_says_what_to_enter(everything: Everything) -> None:
    asked = 0
    for role, person in everything.people.items():
        client = Client()
        sign_in_client(client, person)
        for path in everything.pages(role):
            response = client.post(path, NEW_ROWS)
            asked += response.content.count(b"Fill in \xe2\x80\x9c")
            assert "This field is required" not in response.content.decode(errors="replace"), path
    assert asked
