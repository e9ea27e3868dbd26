"""The page on which sales correct a lead's contact."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from leadportal.partners.access import staff_user
from leads.triage.correction_form import CorrectionForm
from leads.triage.corrections import correct

if TYPE_CHECKING:
    from leads.triage.admin import LeadAdmin


def correct_lead(lead_admin: "LeadAdmin", request: HttpRequest, lead_id: int) -> HttpResponse:
    """Show the contact's fields or correct them. Raises PermissionDenied without the permission."""
    if not lead_admin.has_correct_permission(request):
        raise PermissionDenied
    lead = lead_admin.found(request, lead_id)
    if lead is None:
        return lead_admin.to_missing(request, lead_id)
    form = CorrectionForm(request.POST or None, lead=lead)
    if request.method == "POST" and form.is_valid():
        before = lead.changed_at
        corrected = correct(lead.pk, form.corrected(), staff_user(request))
        if corrected.changed_at == before:
            messages.info(request, "Nothing was different, so nothing was changed.")
        else:
            messages.success(request, "The contact was corrected. Its history says what changed.")
        for warning in form.warnings().values():
            messages.warning(request, warning)
        return lead_admin.to_row(request, lead)
    context = {"lead": lead, "form": form, "errors": form.errors}
    title = f"Correct the contact: {lead.company_name}"
    return lead_admin.render(request, "admin/leads/lead/correct.html", title, context)
