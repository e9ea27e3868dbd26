"""Rows that take effect on a date, such as prices and terms. Once in force they never change."""

from datetime import date
from typing import Any, ClassVar, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone

from leadportal.db.digests import DigestField, digest

DatedModel = TypeVar("DatedModel", bound=models.Model)


class AlreadyInForce(ValidationError):
    """A change or deletion of a row in force was refused; only a newer row can replace it."""


class DatedQuerySet(models.QuerySet[DatedModel]):
    """Rows with a `valid_from`; bulk changes of rows in force are refused too."""

    def update(self, **kwargs: Any) -> int:
        """Update future rows. Raises AlreadyInForce where one is in force."""
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
        """Delete future rows. Raises AlreadyInForce where one is in force."""
        self._refuse_in_force()
        return super().delete()

    # As in Django: the manager itself must not offer to delete everything.
    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def _refuse_in_force(self) -> None:
        row = self.order_by().filter(valid_from__lte=timezone.localdate()).first()
        if row is not None:
            raise _refusal(row)


class Dated(models.Model):
    """A row that is in force from `valid_from` until a newer one replaces it."""

    valid_from: "models.DateField[Any, Any]"
    taken: ClassVar[str]  # the error if a row from that day exists

    digest = DigestField()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save a new or future row. Raises AlreadyInForce for one in force."""
        self._refuse_in_force()
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "digest"}
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete a future row. Raises AlreadyInForce for one in force."""
        self._refuse_in_force()
        return super().delete(*args, **kwargs)

    def clean(self) -> None:
        """Refuse a second row from the same day, and a row from today or earlier.

        The first row of its kind may start on any day.
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
                {"valid_from": "This day has already started. Choose tomorrow or a later day."}
            )

    @property
    def is_in_force(self) -> bool:
        """Whether the row's date has come in BUSINESS_TIME_ZONE."""
        return bool(self.valid_from <= timezone.localdate())

    def predecessors(self) -> models.QuerySet[Any]:
        """Return the rows that replace each other with this one, such as one plan's prices."""
        raise NotImplementedError

    def _refuse_in_force(self) -> None:
        # The stored date counts: this instance's may have been changed.
        stored = type(self)._base_manager.filter(pk=self.pk).first() if self.pk else None
        if stored is not None and stored.is_in_force:
            raise _refusal(stored)


def _refusal(row: models.Model) -> AlreadyInForce:
    return AlreadyInForce(
        f"{row}: already in force, so it cannot be changed or deleted. "
        "Add a new one with a later date."
    )
