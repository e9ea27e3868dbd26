"""The admin's lists: each cell has its column's name and kind."""

import re
from html import unescape

import pytest
from django.contrib.admin import site
from django.urls import reverse

from leadportal.partners.models import User
from tests.sessions import sign_in

HEADER = re.compile(
    r'<th scope="col" class="([^"]*?)column-(\w+)[^>]*>.*?<div class="text"><\w+[^>]*>([^<]*)<',
    re.DOTALL,
)
CELL = re.compile(r'<td data-label="([^"]*)" class="([^"]*?)field-(\w+)')


def read(client, model: type) -> tuple[dict[str, str], dict[str, str], str]:
    """Return the labels of a list's headers and those of its cells, and its HTML."""
    page = client.get(reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist"))
    html = page.content.decode()
    headers = {name: unescape(label) for _, name, label in HEADER.findall(html)}
    cells = {name: unescape(label) for label, _, name in CELL.findall(html)}
    return headers, cells, html


@pytest.mark.parametrize("model", sorted(site._registry, key=str), ids=lambda model: model.__name__)
def test_cells_of_every_list_are_labeled_as_its_headers(client, superuser, lead, model):
    sign_in(client, superuser)
    headers, cells, html = read(client, model)
    assert cells.items() <= headers.items()
    rows = html.partition("<tbody>")[2].partition("</tbody>")[0]
    unlabeled = re.findall(r'<td class="([^"]*)"', rows)
    assert set(unlabeled) <= {"action-checkbox"}


def test_queue_labels_every_value_of_a_lead(client, superuser, lead):
    sign_in(client, superuser)
    headers, cells, html = read(client, type(lead))
    assert cells.keys() == headers.keys() - {"company"}
    assert cells["annual_value"] == "Annual value"
    assert '<td data-label="Annual value" class="money field-annual_value">' in html
    assert 'class="money column-annual_value"' in html
    assert '<th class="wide field-company">' in html


def test_stock_list_labels_what_django_writes(client, superuser, partner_user):
    sign_in(client, superuser)
    headers, cells, _ = read(client, User)
    assert len(cells) >= len(headers) - 1 > 1


def test_text_that_looks_like_a_cell_stays_text(client, superuser, lead):
    lead.partner.name = '<td class="field-company">'
    lead.partner.save()
    sign_in(client, superuser)
    _, _, html = read(client, type(lead))
    assert "&lt;td class=&quot;field-company&quot;&gt;" in html
