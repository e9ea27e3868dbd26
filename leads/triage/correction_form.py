"""Sales' form to mend a lead's contact, held to the same rules as the partner's own form."""

from typing import Any

from django.core.exceptions import ValidationError

from leadportal.domains import registrable_domain
from leads.models import Lead
from leads.submission.contact import ContactForm
from leads.triage.corrections import CORRECTABLE


class CorrectionForm(ContactForm):
    """The contact of `instance`. What is typed is checked; the lead itself is not changed here."""

    region = None  # type: ignore[assignment]
    employees = None  # type: ignore[assignment]

    required_css_class = "required"
    use_required_attribute = False

    class Meta(ContactForm.Meta):
        fields = CORRECTABLE  # type: ignore[assignment] # fewer than the partner's
        help_texts = {
            "phone_number": "With the country code, or as it is dialled in the lead's country. "
            "An extension goes at the end, as ext. 12.",
        }

    def __init__(self, *args: Any, instance: Lead, **kwargs: Any) -> None:
        initial = {"domain": instance.readable_domain} | kwargs.pop("initial", {})
        super().__init__(
            *args,
            partner=instance.partner,
            instance=instance,
            initial=initial,
            label_suffix="",
            **kwargs,
        )
        self.fields["domain"].help_text = "Whatever is pasted is reduced to the registrable domain."
        # What the page has shown travels with it, so that only what this person changed is taken.
        for field in self.fields.values():
            field.show_hidden_initial = True

    def clean_domain(self) -> str:
        domain = registrable_domain(self.cleaned_data["domain"])
        if domain == self.partner.domain:
            raise ValidationError("This is the partner's own domain. Enter the customer's.")
        return domain

    def clean_phone_number(self) -> str:
        # How a number is read depends on the country, which stays what the partner has chosen.
        self.cleaned_data["region"] = str(self.instance.region)
        return super().clean_phone_number()

    def corrected(self) -> dict[str, Any]:
        """Return what this person has changed: a colleague's correction meanwhile stays."""
        return {name: self.cleaned_data[name] for name in self.changed_data}
