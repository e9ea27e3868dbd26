"""The form for a message with a decision."""

from typing import Any

from django import forms

from leadportal.approvals.decisions import SAY_WHY
from leadportal.approvals.models import Approval
from leadportal.ui.lines_field import LinesField


class DecisionForm(forms.Form):
    """A message that the other person reads."""

    use_required_attribute = False

    message = LinesField(
        label="Message",
        required=False,
        max_length=Approval._meta.get_field("message").max_length,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, is_own: bool, is_declined: bool, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        if is_declined:
            self.fields["message"].required = True
            self.fields["message"].error_messages["required"] = SAY_WHY
        self.fields["message"].help_text = (
            "Optional. Saved with the request."
            if is_own
            else "The person who requested this reads it here. Required to decline."
        )
