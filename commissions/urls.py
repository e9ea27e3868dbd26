"""Addresses of the Commissions tab."""

from django.urls import path

from commissions.payouts.views import billing, withdrawals
from commissions.statements.views import overview, statements

app_name = "commissions"

_MONTH = "statements/<int:year>/<int:month>"
_YEAR = "statements/<int:year>"
_WITHDRAWAL = "withdrawals/<slug:number>"

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("billing/", billing.billing_details, name="billing"),
    path("withdraw/", withdrawals.withdraw, name="withdraw"),
    path("withdrawals/", withdrawals.withdrawal_list, name="withdrawals"),
    path(f"{_WITHDRAWAL}/", withdrawals.withdrawal_detail, name="withdrawal"),
    path(
        f"{_WITHDRAWAL}/requested/", withdrawals.withdrawal_requested, name="withdrawal_requested"
    ),
    path(f"{_WITHDRAWAL}/remittance.pdf", withdrawals.withdrawal_remittance, name="remittance"),
    path("statements/", statements.statement_list, name="statements"),
    path(f"{_YEAR}/", statements.statement, name="statement"),
    path(f"{_YEAR}/statement.csv", statements.statement_csv, name="statement_csv"),
    path(f"{_YEAR}/statement.pdf", statements.statement_pdf, name="statement_pdf"),
    path(f"{_MONTH}/", statements.statement, name="statement"),
    path(f"{_MONTH}/statement.csv", statements.statement_csv, name="statement_csv"),
    path(f"{_MONTH}/statement.pdf", statements.statement_pdf, name="statement_pdf"),
]
