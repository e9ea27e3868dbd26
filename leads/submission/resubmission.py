"""Submit again with changes: a lead's answers as a draft holds them."""

from commissions.catalog.lines import PREFIX
from leads.models import Lead
from leads.submission.agreements import INVOLVEMENT
from leads.submission.contact import ContactForm
from leads.submission.pages import Answers


def answers(lead: Lead) -> Answers:
    """Return the answers that lead to such a lead again; the agreements are asked for anew."""
    typed = {name: str(getattr(lead, name)) for name in ContactForm.base_fields}
    typed["domain"] = lead.readable_domain
    typed["commission_type"] = lead.commission_type
    typed |= {name: "on" for name in INVOLVEMENT if getattr(lead, name)}
    if not any(getattr(lead, name) for name in INVOLVEMENT):
        typed["not_involved"] = "on"
    for index, line in enumerate(lead.submitted_lines):
        typed[f"{PREFIX}-{index}-plan"] = str(line.plan_id)
        typed[f"{PREFIX}-{index}-agents"] = "" if line.agents is None else str(line.agents)
        typed[f"{PREFIX}-{index}-billing_cycle"] = line.billing_cycle
    return {name: value for name, value in typed.items() if value}
