"""Sales' form to correct a lead's contact, held to the same rules as the partner's own form."""

from typing import Any

from leads.fields import BY_NAME, CORRECTABLE
from leads.models import Lead
from leads.models.lead import Source
from leads.submission.forms import ContactForm


class CorrectionForm(ContactForm):
    """The contact of `lead`. What is typed is checked; the lead itself is not changed here."""

    base_fields = {name: BY_NAME[name].correction_field() for name in CORRECTABLE}
    required_css_class = "required"
    use_required_attribute = False
    own_domain = "This is the partner's own domain. Enter the customer's."

    def __init__(self, *args: Any, lead: Lead, **kwargs: Any) -> None:
        typed = {name: BY_NAME[name].typed(getattr(lead, name)) for name in CORRECTABLE}
        source = Source(lead.source)
        super().__init__(
            *args, partner=lead.partner, source=source, initial=typed, label_suffix="", **kwargs
        )
        self.lead = lead
        # What the page has shown travels with it, so that only what this person changed is taken.
        for field in self.fields.values():
            field.show_hidden_initial = True

    def corrected(self) -> dict[str, Any]:
        """Return what this person has changed; a colleague's correction in the meantime is kept."""
        return {name: self.cleaned_data[name] for name in self.changed_data}
