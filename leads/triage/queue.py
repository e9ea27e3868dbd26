"""The queue: its order, in which its index and the place of a lead in it stand."""

from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest

from leads.models import Lead
from leads.models.lead import BY_AGE
from leads.status import Status


def next_in_queue() -> Lead | None:
    """Return the lead that has waited longest for its first decision."""
    return BY_AGE.oldest_first(Lead.objects.filter(status=Status.SUBMITTED)).first()


class Queue(ChangeList):
    """The leads by their age and nothing else, the longest waiting first or last."""

    def get_ordering(
        self, request: HttpRequest, queryset: QuerySet[Lead]
    ) -> list[str | Combinable]:
        """Return an order that is total, and one index's in both directions."""
        chosen = super().get_ordering(request, queryset)
        sign = "-" if str(chosen[0]).startswith("-") else ""
        return [f"{sign}submitted_at", f"{sign}pk"]

    @property
    def further(self) -> str:
        """The address of the leads after the last one that is listed; none where that is the end.

        It stands on the last page only, whose last row says where to go on.
        """
        is_last_page = self.page_num == self.paginator.num_pages
        if not (is_last_page and self.paginator.counted.is_bounded):
            return ""
        last = list(self.result_list)[-1]
        return self.get_query_string({"after": BY_AGE.cursor(BY_AGE.place_of(last))}, remove=["p"])
