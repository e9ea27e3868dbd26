"""The leads that were chosen in the list, however many, and how to go through them in steps."""

from dataclasses import dataclass
from functools import cached_property

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Count, Max, QuerySet
from django.http import HttpRequest

from leadportal.db.keys import number
from leadportal.db.paging import Place
from leads.models import Lead
from leads.models.lead import BY_AGE
from leads.status import TRANSITIONS, Status


@dataclass(frozen=True, slots=True)
class Counts:
    """How many leads were chosen, how many of them can make the move, and the newest one's id."""

    total: int
    movable: int
    newest: int

    @property
    def unmovable(self) -> int:
        return self.total - self.movable


class Selection:
    """The leads chosen in the list.

    Chosen one by one, they are the ids that the form carries. Chosen all together, they are those
    that the list's filters hold, up to the newest lead that was there when the page was shown:
    nobody decides a lead that has come in since.
    """

    def __init__(self, request: HttpRequest, filtered: QuerySet[Lead], to: Status) -> None:
        self.to = to
        self.is_across = request.POST.get("select_across") == "1"
        self._chosen_ids = request.POST.getlist(ACTION_CHECKBOX_NAME)
        self._up_to = number(request.POST.get("up_to", ""))
        self._filtered = filtered

    @cached_property
    def leads(self) -> QuerySet[Lead]:
        """The chosen leads, the longest waiting first."""
        leads = self._filtered
        if not self.is_across:
            # Not out of the filtered list: who was decided meanwhile must be in the report.
            leads = Lead.objects.filter(pk__in=self._chosen_ids)
        elif self._up_to is not None:
            leads = leads.filter(pk__lte=self._up_to)
        return leads.order_by("submitted_at", "pk")

    @cached_property
    def counts(self) -> Counts:
        """How many there are: all are counted, as the person must know what is decided."""
        by_status = self.leads.order_by().values_list("status")
        rows = list(by_status.annotate(Count("pk"), Max("pk")))
        return Counts(
            total=sum(count for _, count, _ in rows),
            movable=sum(count for status, count, _ in rows if self.to in TRANSITIONS[status]),
            newest=max((newest for *_, newest in rows), default=0),
        )

    @property
    def example(self) -> Lead | None:
        """The lead whose partner's mail is shown: the first that the move is open to, if any."""
        leads = self.leads.select_related("partner", "submitted_by", "terms")
        open_from = [status for status, targets in TRANSITIONS.items() if self.to in targets]
        return leads.filter(status__in=open_from).first() or leads.first()

    def carried(self) -> list[tuple[str, object]]:
        """Return the form's hidden fields that choose the same leads again."""
        if not self.is_across:
            return [(ACTION_CHECKBOX_NAME, pk) for pk in self._chosen_ids]
        # Django's admin takes no action for less than one chosen id.
        up_to = self.counts.newest if self._up_to is None else self._up_to
        return [("select_across", 1), ("up_to", up_to), (ACTION_CHECKBOX_NAME, 0)]

    def ids_after(self, after: Place | None, most: int) -> tuple[list[int], bool]:
        """Return the ids of the next `most` leads behind that place, and whether more follow."""
        leads = self.leads
        if after is not None:
            leads = BY_AGE.newer(leads, after)
        ids = list(leads.values_list("pk", flat=True)[: most + 1])
        return ids[:most], len(ids) > most
