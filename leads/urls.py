"""Addresses below /solution/leads/."""

from django.urls import path, register_converter

from leads.pages import Page
from leads.views import discard, leads, wizard


class PageConverter:
    """A page of the form by the word in its address."""

    regex = "|".join(Page)

    def to_python(self, value: str) -> Page:
        return Page(value)

    def to_url(self, value: str) -> str:
        return str(value)


register_converter(PageConverter, "page")

app_name = "leads"
urlpatterns = [
    path("", leads.lead_list, name="list"),
    path("submit/", wizard.start, name="submit"),
    path("submit/<uuid:draft_id>/", wizard.resume, name="resume"),
    path("submit/<uuid:draft_id>/autosave/", wizard.autosave, name="autosave"),
    path("submit/<uuid:draft_id>/estimate/", wizard.estimate, name="estimate"),
    path("submit/<uuid:draft_id>/warnings/", wizard.warnings, name="warnings"),
    path("submit/<uuid:draft_id>/discard/", discard.discard, name="discard"),
    path("submit/<uuid:draft_id>/<page:page>/", wizard.PageView.as_view(), name="page"),
    path("<slug:reference>/", leads.lead_detail, name="detail"),
    path("<slug:reference>/submitted/", leads.lead_submitted, name="submitted"),
    path("<slug:reference>/again/", leads.submit_again, name="again"),
]
