"""The commissions app: catalogue, terms, calculator, ledger."""

from django.apps import AppConfig


class CommissionsConfig(AppConfig):
    name = "commissions"
