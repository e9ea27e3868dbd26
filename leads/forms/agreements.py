"""Page 3 of the form: the partner's part in the sale, and what the partner agrees to."""

from typing import Any

from django import forms

from commissions.models import CommissionTerms

INVOLVEMENT = (
    "is_included_in_communication",
    "attends_meetings",
    "sends_personal_introduction",
)
AGREEMENTS = ("lead_is_informed", "accepts_requirements")


class AgreementsForm(forms.Form):
    """Involvement and agreements. `terms` says which version of the texts was on the page."""

    is_included_in_communication = forms.BooleanField(
        label="Include me in the email communication", required=False
    )
    attends_meetings = forms.BooleanField(label="I will be present at all meetings", required=False)
    sends_personal_introduction = forms.BooleanField(
        label="I will make a personal introduction", required=False
    )
    not_involved = forms.BooleanField(label="I don't want to be involved", required=False)
    lead_is_informed = forms.BooleanField(
        error_messages={"required": "Confirm that the lead knows and agrees, by ticking the box."}
    )
    accepts_requirements = forms.BooleanField(
        error_messages={"required": "Accept the programme's requirements, by ticking the box."}
    )
    terms = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, terms: CommissionTerms, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.current_terms = terms
        self.fields["lead_is_informed"].label = terms.lead_is_informed_text
        self.fields["accepts_requirements"].label = terms.requirements_text

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        chosen = [name for name in INVOLVEMENT if data.get(name)]
        if not chosen and not data.get("not_involved"):
            self.add_error(
                INVOLVEMENT[0],
                "Choose how you would like to be involved, or that you don't want to be.",
            )
        if chosen and data.get("not_involved"):
            self.add_error(
                "not_involved", "Choose either this, or ways of being involved, not both."
            )
        if data.get("terms") != str(self.current_terms.pk):
            for name in AGREEMENTS:
                if data.get(name):
                    self.add_error(
                        name,
                        "This text has changed since you ticked it. Read it and tick it again.",
                    )
        return data
