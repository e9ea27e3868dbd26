"""Submit again with changes: a lead's answers as a draft holds them."""

from commissions.catalog.lines import PREFIX
from leads.fields import FIELDS
from leads.models import Lead
from leads.submission.pages import Answers


def answers(lead: Lead) -> Answers:
    """Return the answers that lead to such a lead again; the agreements are asked for anew."""
    typed = {field.name: field.typed(field.value_of(lead)) for field in FIELDS}
    for index, line in enumerate(lead.submitted_lines):
        typed[f"{PREFIX}-{index}-plan"] = str(line.plan_id)
        typed[f"{PREFIX}-{index}-agents"] = "" if line.agents is None else str(line.agents)
        typed[f"{PREFIX}-{index}-billing_cycle"] = line.billing_cycle
    return {name: value for name, value in typed.items() if value}
