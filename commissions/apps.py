"""The commissions app: catalogue, terms, calculator, ledger."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CommissionsConfig(AppConfig):
    name = "commissions"

    def ready(self) -> None:
        from commissions.batches import RELEASE
        from commissions.seeds import fill_new_database
        from leadportal.approvals import kinds

        kinds.register(RELEASE)
        post_migrate.connect(fill_new_database, sender=self)
        post_migrate.connect(_grant, sender=self)


def _grant(**kwargs: Any) -> None:
    from leadportal.groups import FINANCE, SALES, grant

    catalogue = ("product", "plan", "price", "commissionterms")
    grant(SALES, *(f"commissions.view_{model}" for model in catalogue))
    grant(
        FINANCE,
        "commissions.view_account",
        "commissions.view_ledgerentry",
        # To reverse, to correct, to adjust: each adds entries, and nothing else changes one.
        "commissions.add_ledgerentry",
        "commissions.view_withdrawal",
        "commissions.pay_withdrawal",
        "commissions.view_paymentbatch",
        *(
            f"commissions.{verb}_{model}"
            for model in catalogue
            for verb in ("view", "add", "change")
        ),
    )
