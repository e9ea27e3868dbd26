"""Email addresses that were stored before they were normalized."""

import logging

from allauth.account.models import EmailAddress
from django.db import IntegrityError, models, transaction

from leadportal.domains import account_email
from leadportal.partners.models import Invitation, User

logger = logging.getLogger(__name__)


def normalize_addresses() -> None:
    """Normalize the stored addresses of people and invitations, as they are looked up.

    An address with an invisible character keeps its owner out. Two rows that would get the same
    address are left unchanged, and logged.
    """
    for model in (User, Invitation, EmailAddress):
        for row in model._base_manager.only("pk", "email").iterator():
            _normalize(row)


def _normalize(row: models.Model) -> None:
    email = str(row.email)  # type: ignore[attr-defined]
    normalized = account_email(email)
    if normalized == email:
        return
    try:
        with transaction.atomic():
            type(row)._base_manager.filter(pk=row.pk).update(email=normalized)
    except IntegrityError:
        logger.warning("%s %s: another one has its address already", type(row).__name__, row.pk)
