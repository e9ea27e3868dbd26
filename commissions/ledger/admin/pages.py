"""What finance's pages in the admin have in common."""

from collections.abc import Callable

from django.contrib import messages
from django.db.models import Model
from django.forms import Form
from django.http import HttpRequest, HttpResponse

from commissions.ledger.errors import AlreadyPosted, LedgerError
from leadportal.ui.admin_pages import PagesAdmin


class FinanceAdmin(PagesAdmin):
    """Something that finance reads, and does something with on a page of its own."""

    class Media:
        css = {"all": ("css/admin-triage.css", "css/admin-finance.css")}


class AmendableAdmin(FinanceAdmin):
    """Something of the ledger that finance amends."""

    actions = None

    def has_amend_permission(self, request: HttpRequest) -> bool:
        """Return whether the user posts reversals, corrections and adjustments."""
        return request.user.has_perm("commissions.add_ledgerentry")

    def amend(
        self, request: HttpRequest, row: Model, form: Form, post: Callable[[], str]
    ) -> HttpResponse | None:
        """Call `post`, say what it returns, lead to the row; None where `form` says why not."""
        try:
            said = post()
        except AlreadyPosted as error:
            # A second click, or somebody else: the first has done it.
            messages.warning(request, str(error))
        except LedgerError as error:
            form.add_error(None, str(error))
            return None
        else:
            messages.success(request, said)
        return self.to_row(request, row)
