"""What no page can answer is a bad request; HEAD is answered like GET."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import path
from django.views.decorators.http import require_GET

from leadportal.urls import urlpatterns as portal_patterns
from leadportal.wsgi import application
from leads.models import Lead
from tests.sessions import new_session

pytestmark = pytest.mark.database

FORM = "application/x-www-form-urlencoded"


def compare(request):
    """Compare the parameter with a column as an address brings it, past every form."""
    column, value = request.GET["column"], request.GET["value"]
    value = int(value) if value.isdecimal() else value
    rows = Lead.objects.raw(f"SELECT id FROM leads_lead WHERE {column} = %s", [value])
    return HttpResponse(str(len(list(rows))))


def defective(request):
    raise ValueError("A defect of ours")


@require_GET
def read_only(request):
    return HttpResponse("Read", headers={"X-Own": "1"})


urlpatterns = [
    path("compare/", compare),
    path("defective/", defective),
    path("read/", read_only),
    *portal_patterns,
]


@pytest.fixture
def client(client, db, settings):
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = [
        each for each in settings.MIDDLEWARE if not each.endswith("SignInMiddleware")
    ]
    client.raise_request_exception = False
    return client


@pytest.mark.django_db
@pytest.mark.parametrize("charset", ["iso-8859-1", "base64", "utf-16", "nonsense", "undefined"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_charset_other_than_utf_8_is_a_bad_request(method, charset):
    """Asked of the application itself: the test client makes requests of its own."""
    factory, statuses = RequestFactory(), []
    asked = factory._base_environ(
        REQUEST_METHOD=method,
        PATH_INFO="/theme/",
        QUERY_STRING="q=%E4",
        CONTENT_TYPE=f"{FORM}; charset={charset}",
    )
    application(asked, lambda status, headers: statuses.append(status)).close()
    assert statuses == ["400 Bad Request"]


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", "utf8"])
def test_utf_8_is_read_however_it_is_written(client, charset):
    response = client.get("/read/", content_type=f"{FORM}; charset={charset}")
    assert response.status_code == 200


def test_cookie_with_a_null_character_is_a_bad_request(client, partner_user):
    key = new_session(partner_user)
    quoted = f'sessionid="{key}\\000"'
    assert client.get("/read/", headers={"Cookie": quoted}).status_code == 400
    assert client.get("/read/", headers={"Cookie": f"sessionid={key}"}).status_code == 200


def test_value_that_the_database_refuses_is_a_bad_request(client, caplog):
    huge = {"column": "id", "value": "9" * 30}
    # PostgreSQL compares any number; what it refuses is text of another form.
    other = {"column": "id", "value": "x"}
    statuses = {client.get("/compare/", asked).status_code for asked in (huge, other)}
    assert statuses == {200, 400}
    assert "The database refused a value" in caplog.text


@pytest.mark.postgresql
def test_null_character_that_reaches_postgresql_is_a_bad_request(client):
    assert client.get("/compare/", {"column": "domain", "value": "\x00"}).status_code == 400


def test_defect_of_ours_stays_one(client):
    assert client.get("/defective/").status_code == 500


def test_head_is_answered_like_get(client):
    got, head = client.get("/read/"), client.head("/read/")
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["X-Own"] == got.headers["X-Own"]
    assert client.post("/read/").status_code == 405
