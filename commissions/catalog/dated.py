"""What holds from a date on: once its day has come it is history, and history is not rewritten."""

from datetime import date
from typing import Any, ClassVar, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone

from leadportal.db.digests import DigestField, digest

DatedModel = TypeVar("DatedModel", bound=models.Model)


class AlreadyInForce(ValidationError):
    """What is in force was to be changed or deleted; only something newer can follow it."""


class DatedQuerySet(models.QuerySet[DatedModel]):
    """Rows with a `valid_from`; those in force are refused to bulk changes too."""

    def update(self, **kwargs: Any) -> int:
        """Update rows still to come. Raises AlreadyInForce where one is in force."""
        self._refuse_in_force()
        with transaction.atomic(using=self.db):
            keys = list(self.order_by().values_list("pk", flat=True))
            changed = super().update(**kwargs)
            if "digest" not in kwargs:
                for row in self.model._base_manager.using(self.db).filter(pk__in=keys):
                    self.model._base_manager.using(self.db).filter(pk=row.pk).update(
                        digest=digest(row)
                    )
        return changed

    update.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete rows still to come. Raises AlreadyInForce where one is in force."""
        self._refuse_in_force()
        return super().delete()

    # As in Django's own: a manager without a filter must not offer to delete everything.
    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def _refuse_in_force(self) -> None:
        row = self.order_by().filter(valid_from__lte=timezone.localdate()).first()
        if row is not None:
            raise _refusal(row)


class Dated(models.Model):
    """A row that holds from `valid_from` until a newer one takes its place."""

    valid_from: "models.DateField[Any, Any]"
    taken: ClassVar[str]  # said where there is one from that day already

    digest = DigestField()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save a row that is new or still to come. Raises AlreadyInForce for one in force."""
        self._refuse_in_force()
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "digest"}
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete a row still to come. Raises AlreadyInForce for one in force."""
        self._refuse_in_force()
        return super().delete(*args, **kwargs)

    def clean(self) -> None:
        """Refuse a second row from one day, and to change what held on a day that has begun.

        The first row of its kind may begin on any day, because until then nothing held.
        """
        super().clean()
        if not isinstance(self.valid_from, date):
            return
        others = self.predecessors().exclude(pk=self.pk)
        # Inline forms leave the constraint out: they do not show all of its fields.
        if others.filter(valid_from=self.valid_from).exists():
            raise ValidationError({"valid_from": self.taken})
        today = timezone.localdate()
        if self.valid_from <= today and others.filter(valid_from__lte=today).exists():
            raise ValidationError(
                {"valid_from": "Today's sums are already reckoned. Choose tomorrow or a later day."}
            )

    @property
    def is_in_force(self) -> bool:
        """Whether the row's date has come, in the business's time zone."""
        return bool(self.valid_from <= timezone.localdate())

    def predecessors(self) -> models.QuerySet[Any]:
        """Return the rows of the same kind that this one takes over from or gives way to."""
        raise NotImplementedError

    def _refuse_in_force(self) -> None:
        # The stored date decides: the one at hand may have been changed.
        stored = type(self)._base_manager.filter(pk=self.pk).first() if self.pk else None
        if stored is not None and stored.is_in_force:
            raise _refusal(stored)


def _refusal(row: models.Model) -> AlreadyInForce:
    return AlreadyInForce(
        f"{row}: already in force, so it can be neither changed nor deleted. "
        "Add a new one from a later day."
    )
