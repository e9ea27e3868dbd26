"""Page 3 of the form: the partner's part in the sale, and what the partner agrees to."""

from typing import Any

from django import forms

from commissions.catalog.terms import CommissionTerms

INVOLVEMENT = (
    "is_included_in_communication",
    "attends_meetings",
    "sends_personal_introduction",
)
AGREEMENTS = ("lead_is_informed", "accepts_requirements")


class Tick(forms.CheckboxInput):
    """A box whose value names the version of the text beside it: ticked only under that version."""

    version = ""

    def format_value(self, value: Any) -> str:
        return self.version

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, str(value) == self.version, attrs)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return data.get(name, "")


class AgreementField(forms.ChoiceField):
    """A tick that must be there. Its answer is the version of the text that was agreed to."""

    widget = Tick

    def show(self, text: str, version: str) -> None:
        """Ask for a tick under `text`, whose version is `version`."""
        self.label = text
        self.choices = [(version, text)]
        self.widget.version = version


_CHANGED = "This text has changed since you ticked it. Read it and tick it again."


class AgreementsForm(forms.Form):
    """Involvement and agreements, under the terms of today."""

    is_included_in_communication = forms.BooleanField(
        label="Include me in the email communication", required=False
    )
    attends_meetings = forms.BooleanField(label="I will be present at all meetings", required=False)
    sends_personal_introduction = forms.BooleanField(
        label="I will make a personal introduction", required=False
    )
    not_involved = forms.BooleanField(label="I don't want to be involved", required=False)
    lead_is_informed = AgreementField(
        error_messages={
            "required": "Confirm that the lead knows and agrees, by ticking the box.",
            "invalid_choice": _CHANGED,
        }
    )
    accepts_requirements = AgreementField(
        error_messages={
            "required": "Accept the programme's requirements, by ticking the box.",
            "invalid_choice": _CHANGED,
        }
    )

    def __init__(self, *args: Any, terms: CommissionTerms, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        texts = (terms.lead_is_informed_text, terms.requirements_text)
        for name, text in zip(AGREEMENTS, texts, strict=True):
            self.fields[name].show(text, str(terms.pk))  # type: ignore[attr-defined]

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
        return data
