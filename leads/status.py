"""The status machine: the one table of what a lead may become, and the coded reasons.

The docs, the admin's buttons, the database's trigger and the tests all read this table.
"""

from django.db import models


class Status(models.TextChoices):
    """Where a lead stands, in the brief's words."""

    SUBMITTED = "submitted", "Submitted"
    REJECTED = "rejected", "Rejected"
    APPROVED = "approved", "Approved for further review"
    WON = "won", "Won"
    LOST = "lost", "Lost"


TRANSITIONS: dict[str, tuple[str, ...]] = {
    Status.SUBMITTED: (Status.REJECTED, Status.APPROVED),
    Status.APPROVED: (Status.WON, Status.LOST),
    Status.REJECTED: (),
    Status.WON: (),
    Status.LOST: (),
}


class Reason(models.TextChoices):
    """Why a lead was rejected or lost; codes are for counting, the message is for the partner."""

    BELOW_CRITERIA = "below_criteria", "Below the criteria"
    DUPLICATE = "duplicate", "Duplicate of another lead"
    EXISTING_CUSTOMER = "existing_customer", "Already a customer"
    IN_TALKS = "in_talks", "Already in talks with sales"
    INSUFFICIENT_INFORMATION = "insufficient_information", "Insufficient information"
    CHOSE_COMPETITOR = "chose_competitor", "Chose a competitor"
    NO_BUDGET = "no_budget", "No budget"
    NO_DECISION = "no_decision", "No decision was made"
    UNREACHABLE = "unreachable", "The contact could not be reached"
    OTHER = "other", "Other"


REASONS: dict[str, tuple[Reason, ...]] = {
    Status.REJECTED: (
        Reason.BELOW_CRITERIA,
        Reason.DUPLICATE,
        Reason.EXISTING_CUSTOMER,
        Reason.IN_TALKS,
        Reason.INSUFFICIENT_INFORMATION,
        Reason.OTHER,
    ),
    Status.LOST: (
        Reason.CHOSE_COMPETITOR,
        Reason.NO_BUDGET,
        Reason.NO_DECISION,
        Reason.UNREACHABLE,
        Reason.OTHER,
    ),
}


def is_final(status: str) -> bool:
    """Return whether a lead of this status never moves again."""
    return not TRANSITIONS[status]
