"""The page that takes a withdrawal out of its batch, or requests that a second person does."""

from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.http import HttpResponse

from commissions.ledger.errors import LedgerError
from commissions.payouts import batches
from commissions.payouts.batches import RELEASE
from commissions.payouts.forms import ReleaseForm
from commissions.payouts.models import BatchRelease, Withdrawal, WithdrawalStatus
from leadportal.approvals import decisions
from leadportal.approvals.decisions import AlreadyRequested, ApprovalError
from leadportal.approvals.models import Approval
from leadportal.partners.access import staff_user
from leadportal.ui.action_view import ActionView
from leadportal.ui.admin_pages import leave


class ReleaseView(ActionView):
    """Ask why and, if a file with the withdrawal was downloaded, whether that file was sent."""

    permission = batches.PERMISSION
    verb = "Release"
    action = "release"
    object_name = "withdrawal"
    keeps_typed = False
    template_name = "admin/commissions/withdrawal/release.html"
    refusals = (ApprovalError, LedgerError)
    repeats = (AlreadyRequested,)

    object: Withdrawal

    def get_conflict(self) -> str:
        self.waiting = decisions.pending(RELEASE, self.object.number)
        if self.waiting is not None:
            return str(AlreadyRequested(self.waiting))
        if self.object.status != WithdrawalStatus.PENDING or self.object.batch is None:
            return f"{self.object.number} is not pending in a batch."
        return ""

    def prepare(self) -> None:
        # Read after any form was posted: a download since makes the form ask what it did not.
        self.download = batches.last_download(self.object)
        self.form = ReleaseForm(self.request.POST or None, is_downloaded=self.download is not None)

    def is_submitted(self) -> bool:
        return self.request.method == "POST"  # the form has one button

    def perform(self) -> Approval | BatchRelease:
        data = self.form.cleaned_data
        return batches.release(
            self.object, data["reason"], staff_user(self.request), was_sent=data.get("was_sent")
        )

    def succeed(self, done: Approval | BatchRelease) -> HttpResponse:
        if isinstance(done, Approval):
            messages.success(
                self.request,
                "Approval requested. The withdrawal stays in its batch until a second person "
                "has approved the release.",
            )
            return leave(self.request, done.address)
        return self.leave_with(
            messages.SUCCESS,
            f"{self.object.number} was released from batch {done.batch.number} and can be "
            "exported again.",
        )

    def leave_with(self, level: int, message: str, row: Model | None = None) -> HttpResponse:
        """Redirect to the request that awaits approval, if there is one."""
        waiting = decisions.pending(RELEASE, self.object.number)
        if waiting is None:
            return super().leave_with(level, message, row)
        messages.add_message(self.request, level, message)
        return leave(self.request, waiting.address)

    def get_title(self) -> str:
        batch = self.object.batch
        return f"Release {self.object.number}" + (f" from batch {batch.number}" if batch else "")

    def get_context(self) -> dict[str, Any]:
        return {"withdrawal": self.object, "download": self.download}
