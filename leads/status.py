"""The statuses of a lead, the reasons for its end, and which status may follow which.

Everything that depends on a status reads it here: filters, buttons, forms, emails, pages, docs, the
database's constraint and trigger, and the CSS class of its badge.
"""

from dataclasses import dataclass, replace

from django.db import models


class Status(models.TextChoices):
    """A lead's status, labeled as on the vendor's own page."""

    SUBMITTED = "submitted", "Submitted"
    REJECTED = "rejected", "Rejected"
    APPROVED = "approved", "Approved for further review"
    WON = "won", "Won"
    LOST = "lost", "Lost"

    @property
    def definition(self) -> "Definition":
        """Everything that depends on the status."""
        return DEFINITIONS[self]


@dataclass(frozen=True, slots=True)
class Definition:
    """What one status is called, means and looks like.

    `meaning`, `next_step` and the email's texts are for the partner; `status_texts.fill` replaces
    `{company}`, `{reference}`, `{due}`, `{amount}`, `{credited}`, `{reversed}` and
    `{partners_email}` in them. `verb`, `slug`
    and `message` belong to the decision that leads to the status: the button's label, the page's
    URL, and the message proposed to sales. They are empty for the status that a lead begins with,
    and `message` also where each reason has its own.
    """

    meaning: str
    next_step: str
    tone: str  # of the badge: a color and a shape in CSS
    verb: str = ""
    slug: str = ""
    message: str = ""
    is_danger: bool = False  # whether the button warns
    link: "Link | None" = None  # where the lead's page leads on to
    email_subject: str = ""
    email_heading: str = ""
    email_text: str = ""
    emails_owners: bool = False  # whether the partner's owners get the email, too


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a page of the portal, by the name of its URL."""

    url_name: str
    label: str
    fragment: str = ""


# In the order of the Leads tab: as a deal advances, successful endings before the others
DEFINITIONS: dict[Status, Definition] = {
    Status.SUBMITTED: Definition(
        meaning="Our sales team will assess if the lead qualifies for further processing.",
        next_step="a decision by {due}.",
        tone="waiting",
    ),
    Status.APPROVED: Definition(
        meaning="Our sales team has accepted the lead and will now work on closing the deal.",
        next_step="usually a discovery meeting, a product demo, a pricing discussion and a trial. "
        "You will hear from us when the deal is won or lost.",
        tone="active",
        verb="Approve",
        slug="approve",
        message="This fits what we look for. We will get in touch with your contact.",
        email_subject="{company} was approved for further review: {reference}",
        email_heading="{company} was approved for further review",
        email_text="Our sales team has accepted your lead {company} ({reference}) and will now "
        "work on closing the deal.",
    ),
    Status.WON: Definition(
        meaning="Congratulations! The deal was successfully closed. {credited}",
        next_step="the credit is on your Commissions tab.",
        tone="done",
        link=Link("commissions:overview", "Open the Commissions tab"),
        verb="Mark as won",
        slug="win",
        message="Thank you for bringing us together. The customer is on board.",
        email_subject="{company} was won: {amount} credited ({reference})",
        email_heading="{company} was won",
        email_text="Congratulations! The deal with {company} ({reference}) was successfully "
        "closed. Your account has been credited with {amount}.",
        emails_owners=True,
    ),
    Status.LOST: Definition(
        meaning="Unfortunately, this deal was not finalized. If you'd like more information about "
        "this case, let us know via {partners_email}.",
        next_step="nothing more happens with this lead.",
        tone="closed",
        verb="Mark as lost",
        slug="lose",
        is_danger=True,
        email_subject="{company} was lost: {reference}",
        email_heading="{company} was lost",
        email_text="Unfortunately, the deal with {company} ({reference}) was not finalized. "
        "If you'd like more information about this case, let us know via {partners_email}.",
    ),
    Status.REJECTED: Definition(
        meaning="Unfortunately, the submitted lead didn't meet our requirements.",
        next_step="nothing more happens with this lead.",
        tone="refused",
        link=Link("home", "Learn more about the criteria for leads to be accepted", "criteria"),
        verb="Reject",
        slug="reject",
        is_danger=True,
        email_subject="{company} was rejected: {reference}",
        email_heading="{company} was rejected",
        email_text="Unfortunately, your lead {company} ({reference}) didn't meet our requirements.",
    ),
}

# What partners read about a won lead whose commission finance has reversed
REVERSED = replace(
    DEFINITIONS[Status.WON],
    meaning="The deal was closed, but its commission was {reversed}: nothing is credited for it.",
    next_step="the reversal and its reason are on your Commissions tab. If you have a question, "
    "write to {partners_email}.",
)

# What sales decides
TRANSITIONS: dict[str, tuple[str, ...]] = {
    Status.SUBMITTED: (Status.APPROVED, Status.REJECTED),
    Status.APPROVED: (Status.WON, Status.LOST),
    Status.REJECTED: (),
    Status.WON: (),
    Status.LOST: (),
}


@dataclass(frozen=True, slots=True)
class Undoing:
    """What a won lead becomes if its win is undone: the option that is offered, and its email."""

    answer: str
    definition: Definition


# What a won lead can become once its commission is reversed, besides staying won
UNDOINGS: dict[Status, Undoing] = {
    Status.LOST: Undoing(
        answer="It becomes Lost: the customer did not sign after all",
        definition=replace(
            DEFINITIONS[Status.LOST],
            email_text="Unfortunately, the deal with {company} ({reference}), which we had marked "
            "as won, was not finalized. Its commission was reversed. If you'd like more "
            "information about this case, let us know via {partners_email}.",
        ),
    ),
    Status.APPROVED: Undoing(
        answer="It goes back to Approved for further review: it was marked as won by mistake, and "
        "can be won and credited again",
        definition=replace(
            DEFINITIONS[Status.APPROVED],
            message="This lead was marked as won by mistake. We are still working on the deal.",
            email_subject="{company} is not won yet: {reference}",
            email_heading="{company} is not won yet",
            email_text="Your lead {company} ({reference}) was marked as won by mistake. It is "
            "approved for further review again, and its commission was reversed.",
        ),
    ),
}

# Every possible change of status: sales' decisions, and undone wins
MOVES: dict[str, tuple[str, ...]] = TRANSITIONS | {Status.WON: tuple(UNDOINGS)}

# The statuses that a decision leads to, in the order of sales' buttons
DECISIONS: tuple[Status, ...] = (Status.APPROVED, Status.REJECTED, Status.WON, Status.LOST)


class Reason(models.TextChoices):
    """Why a lead was rejected or lost: a code for statistics."""

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

    @property
    def definition(self) -> "ReasonDefinition":
        """Everything that depends on the reason."""
        return REASON_DEFINITIONS[self]


@dataclass(frozen=True, slots=True)
class ReasonDefinition:
    """For which status a reason is offered, what the partner reads unless sales write otherwise,
    and what the partner can do next.

    `can_resubmit` says whether the partner is invited to submit the lead again.
    """

    statuses: tuple[Status, ...]
    message: str
    next_step: str
    can_resubmit: bool = True


_RESUBMIT = "If something has changed, you can submit the lead again with changes."

REASON_DEFINITIONS: dict[Reason, ReasonDefinition] = {
    Reason.BELOW_CRITERIA: ReasonDefinition(
        (Status.REJECTED,),
        "Thank you for thinking of us. This company is smaller than what our sales team looks for.",
        "If the company grows, you can submit the lead again with changes.",
    ),
    Reason.DUPLICATE: ReasonDefinition(
        (Status.REJECTED,),
        "Thank you for thinking of us. This company was submitted to us before.",
        "The company was submitted before, so there is no need to submit it again.",
        can_resubmit=False,
    ),
    Reason.EXISTING_CUSTOMER: ReasonDefinition(
        (Status.REJECTED,),
        "Thank you for thinking of us. This company is already a customer of ours.",
        "The company is already a customer, so it cannot be submitted again.",
        can_resubmit=False,
    ),
    Reason.IN_TALKS: ReasonDefinition(
        (Status.REJECTED,),
        "Thank you for thinking of us. Our sales team was already in talks with this company.",
        "Sales is already in contact with the company, so it cannot be submitted again.",
        can_resubmit=False,
    ),
    Reason.INSUFFICIENT_INFORMATION: ReasonDefinition(
        (Status.REJECTED,),
        "Thank you for thinking of us. We could not decide with the information in this lead.",
        "Add what is missing and submit the lead again.",
    ),
    Reason.CHOSE_COMPETITOR: ReasonDefinition(
        (Status.LOST,),
        "Thank you for the introduction. The customer chose another product this time.",
        _RESUBMIT,
    ),
    Reason.NO_BUDGET: ReasonDefinition(
        (Status.LOST,),
        "Thank you for the introduction. The customer has no budget for this at the moment.",
        _RESUBMIT,
    ),
    Reason.NO_DECISION: ReasonDefinition(
        (Status.LOST,),
        "Thank you for the introduction. The customer has not made a decision.",
        _RESUBMIT,
    ),
    Reason.UNREACHABLE: ReasonDefinition(
        (Status.LOST,),
        "Thank you for the introduction. We could not reach your contact.",
        "If you have another contact, you can submit the lead again with changes.",
    ),
    Reason.OTHER: ReasonDefinition((Status.REJECTED, Status.LOST), "", _RESUBMIT),
}

# The reasons that a status asks for, in the order of the form
REASONS: dict[str, tuple[Reason, ...]] = {
    status: reasons
    for status in DECISIONS
    if (
        reasons := tuple(
            reason
            for reason, definition in REASON_DEFINITIONS.items()
            if status in definition.statuses
        )
    )
}


def is_final(status: str) -> bool:
    """Return whether no decision can follow this status."""
    return not TRANSITIONS[status]
