"""The leads app: the form, the status machine, the partner's Leads tab and sales' triage."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LeadsConfig(AppConfig):
    name = "leads"

    def ready(self) -> None:
        from commissions.ledger import subjects
        from commissions.ledger.audit import register
        from leadportal.approvals import kinds
        from leads.audit import audit
        from leads.decisions import WIN
        from leads.models.search_index import ensure_index
        from leads.triage.undoing import LeadSubject

        register(audit)
        kinds.register(WIN)
        subjects.register(LeadSubject())
        post_migrate.connect(ensure_index, sender=self)
        post_migrate.connect(_grant, sender=self)


def _grant(**kwargs: Any) -> None:
    from leadportal.db.groups import FINANCE, PARTNER_MANAGERS, SALES, grant

    grant(SALES, "leads.view_lead", "leads.decide_lead", "leads.correct_lead")
    grant(FINANCE, "leads.view_lead", "leads.undo_win")
    grant(PARTNER_MANAGERS, "leads.view_lead")
