"""The page on which sales correct a lead's contact."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse

from leadportal.partners.access import staff_user
from leadportal.ui.action_view import ActionView
from leads.models import Lead
from leads.triage.correction_form import CorrectionForm
from leads.triage.corrections import correct


class CorrectView(ActionView):
    """Correct the contact of one lead."""

    permission = "leads.correct_lead"
    verb = "Correct the contact"
    object_name = "lead"
    template_name = "admin/leads/lead/correct.html"

    object: Lead

    def prepare(self) -> None:
        self.form = CorrectionForm(self.request.POST or None, lead=self.object)

    def is_submitted(self) -> bool:
        return True  # the form has one button

    def perform(self) -> Lead:
        return correct(self.object.pk, self.form.corrected(), staff_user(self.request))

    def succeed(self, done: Lead) -> HttpResponse:
        for warning in self.form.warnings().values():
            messages.warning(self.request, warning)
        if done.changed_at == self.object.changed_at:
            return self.leave_with(messages.INFO, "You changed nothing, so nothing was saved.")
        return self.leave_with(
            messages.SUCCESS, "The contact was corrected. The lead's history shows what changed."
        )

    def get_title(self) -> str:
        return f"Correct the contact: {self.object.company_name}"

    def get_context(self) -> dict[str, Any]:
        return {"lead": self.object}
