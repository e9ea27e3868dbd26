"""Addresses below /solution/leads/."""

from django.urls import path, register_converter

from leads.fields import Page
from leads.submission import discard, takeover
from leads.submission import views as submission
from leads.tab import views as tab


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
    path("", tab.lead_list, name="list"),
    path("submit/", submission.start, name="submit"),
    path("submit/<uuid:draft_id>/", submission.resume, name="resume"),
    path("submit/<uuid:draft_id>/autosave/", submission.autosave, name="autosave"),
    path("submit/<uuid:draft_id>/estimate/", submission.estimate, name="estimate"),
    path("submit/<uuid:draft_id>/warnings/", submission.warnings, name="warnings"),
    path("submit/<uuid:draft_id>/discard/", discard.discard, name="discard"),
    path("submit/<uuid:draft_id>/<page:page>/", submission.PageView.as_view(), name="page"),
    path("drafts/", tab.draft_list, name="drafts"),
    path("drafts/left-behind/", takeover.left_behind, name="left_behind"),
    path("drafts/<uuid:draft_id>/take-over/", takeover.take_over, name="take_over"),
    path("<slug:reference>/", tab.lead_detail, name="detail"),
    path("<slug:reference>/submitted/", tab.lead_submitted, name="submitted"),
    path("<slug:reference>/again/", tab.submit_again, name="again"),
]
