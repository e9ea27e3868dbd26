"""The page that takes a withdrawal out of its batch: GET asks, POST does it or requests it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.functional import cached_property

from commissions import batches
from commissions.batches import RELEASE
from commissions.forms.finance import ReleaseForm
from commissions.ledger import LedgerError
from commissions.models import BatchDownload, Withdrawal, WithdrawalStatus
from leadportal.admin_pages import leave
from leadportal.admin_views import RowPage
from leadportal.approvals import decisions
from leadportal.approvals.decisions import AlreadyRequested, ApprovalError
from leadportal.approvals.models import Approval


class ReleasePage(RowPage):
    """Asks why, and whether the file was sent where it was downloaded."""

    template_name = "admin/commissions/withdrawal/release.html"
    row: Withdrawal

    def is_allowed(self) -> bool:
        return self.request.user.has_perm(batches.PERMISSION)

    def title(self) -> str:
        assert self.row.batch is not None  # noqa: S101 - without one the page leads away
        return f"Release {self.row.number} from batch {self.row.batch.number}"

    @cached_property
    def last_download(self) -> BatchDownload | None:
        """The newest file that holds the withdrawal, read after any form was posted."""
        return batches.last_download(self.row)

    def context(self) -> dict[str, Any]:
        return {
            "withdrawal": self.row,
            "download": self.last_download,
            "form": ReleaseForm(is_downloaded=self.last_download is not None),
        }

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show the page, or say why the withdrawal cannot be released."""
        waiting = decisions.pending(RELEASE, self.row.number)
        if waiting is not None:
            messages.warning(request, str(AlreadyRequested(waiting)))
            return leave(request, waiting.address)
        if self.row.status != WithdrawalStatus.PENDING or self.row.batch is None:
            messages.warning(request, f"{self.row.number} is not pending in a batch.")
            return self.leave()
        return self.show()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Release the withdrawal, or request that a second person does."""
        if self.row.status != WithdrawalStatus.PENDING or self.row.batch is None:
            return self.get(request)
        form = ReleaseForm(request.POST, is_downloaded=self.last_download is not None)
        if form.is_valid():
            data = form.cleaned_data
            try:
                done = batches.release(
                    self.row, data["reason"], self.actor, was_sent=data.get("was_sent")
                )
            except AlreadyRequested as error:
                messages.warning(request, str(error))
                return leave(request, error.approval.address)
            except (ApprovalError, LedgerError) as error:
                # Somebody downloaded, paid or returned it while the page was open.
                messages.error(request, str(error))
                return leave(request, request.get_full_path())
            return self._report(done)
        return self.show(form=form, errors=form.errors)

    def _report(self, done: Any) -> HttpResponse:
        if isinstance(done, Approval):
            messages.success(
                self.request,
                "Approval requested. The withdrawal stays in its batch until a second person "
                "has approved the release.",
            )
            return leave(self.request, done.address)
        messages.success(
            self.request,
            f"{self.row.number} was released from batch {done.batch.number} and can be exported "
            f"again.",
        )
        return self.leave()
