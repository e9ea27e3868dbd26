"""A made-up kind of approval: giving a partner another name."""

from leadportal.approvals import kinds
from leadportal.approvals.decisions import Refused, Request
from leadportal.partners.models import Partner


class Rename(kinds.Kind):
    slug = "test-rename"
    label = "Rename a partner"
    permission = "commissions.pay_withdrawal"

    def on_approved(self, approval, actor, at):
        partner = Partner.objects.select_for_update().get(pk=approval.subject)
        if partner.name != approval.data["from"]:
            raise Refused(f"It is called {partner.name} by now.")
        partner.name = approval.data["to"]
        partner.save()

    def on_declined(self, approval, actor, at):
        Partner.objects.filter(pk=approval.subject).update(domain="declined.example")

    def on_canceled(self, approval, actor, at):
        Partner.objects.filter(pk=approval.subject).update(domain="canceled.example")


RENAME = Rename()


def renaming(partner, **changes):
    """A request to call the partner Northern Lights."""
    values = {
        "kind": RENAME,
        "subject": str(partner.pk),
        "label": partner.name,
        "link": f"/admin/partners/partner/{partner.pk}/change/",
        "summary": f"{partner.name} becomes Northern Lights.",
        "reason": "They have merged.",
        "data": {"from": partner.name, "to": "Northern Lights"},
    }
    return Request(**(values | changes))
