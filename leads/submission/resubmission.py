"""Turning a lead back into a draft, to submit it again with changes."""

from commissions.catalog.lines import PREFIX
from leads.fields import FIELDS
from leads.models import Lead
from leads.submission.pages import Answers


def answers(lead: Lead) -> Answers:
    """Return the answers that would create this lead, without its agreements."""
    typed = {field.name: field.typed(field.value_of(lead)) for field in FIELDS}
    for index, line in enumerate(lead.submitted_lines):
        typed[f"{PREFIX}-{index}-plan"] = str(line.plan_id)
        typed[f"{PREFIX}-{index}-agents"] = "" if line.agents is None else str(line.agents)
        typed[f"{PREFIX}-{index}-billing_cycle"] = line.billing_cycle
    return {name: value for name, value in typed.items() if value}
