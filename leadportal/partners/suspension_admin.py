"""The admin's pages that suspend a partner and lift its suspension."""

from typing import Any

from django import forms

from leadportal.partners import suspension
from leadportal.partners.access import owners_of, staff_user
from leadportal.partners.models import Partner, PartnerStatus
from leadportal.ui.action_view import ActionView, Conflict
from leadportal.ui.lines_field import LinesField


class SuspensionForm(forms.Form):
    """Why the partner's access changes, for staff and for its owners."""

    use_required_attribute = False

    reason = LinesField(
        label="Reason",
        max_length=500,
        help_text="For your colleagues only. It stays in the partner's history.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Give a reason. Your colleagues will read it."},
    )
    message = LinesField(
        label="Message to the owners",
        max_length=2_000,
        required=False,
        help_text="Optional. It is part of the email that all owners get.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)


class _AccessView(ActionView):
    """What both pages have in common: a reason, a message, and who is emailed."""

    permission = suspension.PERMISSION
    object_name = "partner"
    refusals = (suspension.SuspensionRefused,)

    to: PartnerStatus
    object: Partner

    def get_conflict(self) -> str:
        return suspension.why_not(self.object, self.to)

    def prepare(self) -> None:
        self.form = SuspensionForm(self.request.POST or None)

    def perform(self) -> str:
        change = suspension.suspend if self.to == PartnerStatus.SUSPENDED else suspension.lift
        typed = self.form.cleaned_data
        try:
            change(self.object, typed["reason"], staff_user(self.request), typed["message"])
        except suspension.AlreadyDone as conflict:
            raise Conflict(str(conflict)) from conflict
        return self.get_success()

    def get_success(self) -> str:
        """Return what to say afterwards."""
        raise NotImplementedError

    def get_context(self) -> dict[str, Any]:
        return {"partner": self.object, "owners": owners_of(self.object)}


class SuspendView(_AccessView):
    """Suspend the partner."""

    verb = "Suspend"
    action = "suspend"
    is_danger = True
    to = PartnerStatus.SUSPENDED
    template_name = "admin/partners/partner/suspend.html"

    def get_title(self) -> str:
        return f"Suspend {self.object}"

    def get_success(self) -> str:
        return f"{self.object} is suspended. Its people are signed out and cannot sign in."


class LiftView(_AccessView):
    """Lift the partner's suspension."""

    verb = "Lift the suspension"
    action = "lift"
    to = PartnerStatus.ACTIVE
    template_name = "admin/partners/partner/lift.html"

    def get_title(self) -> str:
        return f"Lift the suspension of {self.object}"

    def get_success(self) -> str:
        return f"The suspension of {self.object} is lifted. Its people can sign in again."
