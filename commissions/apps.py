"""The commissions app: catalog, ledger, payouts, statements."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CommissionsConfig(AppConfig):
    name = "commissions"

    def ready(self) -> None:
        from commissions.catalog.seeds import fill_new_database
        from commissions.ledger.audit import register
        from commissions.payouts.audit import audit

        register(audit)
        from commissions.ledger.amendments import ADJUSTMENT, CORRECTION
        from commissions.payouts.batches import RELEASE
        from commissions.payouts.large_payouts import PAYOUT
        from leadportal.approvals import kinds

        for kind in (ADJUSTMENT, CORRECTION, PAYOUT, RELEASE):
            kinds.register(kind)
        post_migrate.connect(fill_new_database, sender=self)
        post_migrate.connect(_grant, sender=self)


def _grant(**kwargs: Any) -> None:
    from leadportal.db.groups import FINANCE, SALES, grant

    catalog = ("product", "plan", "price", "commissionterms")
    grant(SALES, *(f"commissions.view_{model}" for model in catalog))
    grant(
        FINANCE,
        "commissions.view_account",
        "commissions.view_ledgerentry",
        # To reverse, to correct, to adjust: each adds entries, and nothing else changes one.
        "commissions.add_ledgerentry",
        "commissions.view_withdrawal",
        "commissions.pay_withdrawal",
        "commissions.view_paymentbatch",
        *(f"commissions.{verb}_{model}" for model in catalog for verb in ("view", "add", "change")),
    )
