"""The queue's columns: the facts that decide a lead, one line each."""

from datetime import timedelta

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from leadportal.money import usd
from leadportal.ui import formats
from leadportal.ui.columns import kind
from leads.deal import total_agents
from leads.models import Lead
from leads.status import Status


@kind("wide")
@admin.display(description="Company")
def company(lead: Lead) -> SafeString:
    """Return the company's name above its domain."""
    return format_html(
        '<strong>{}</strong> <span class="quiet second-line">{}</span>',
        lead.company_name,
        lead.readable_domain,
    )


@admin.display(description="Partner")
def partner(lead: Lead) -> str:
    """Return the partner's name, marked if it is suspended."""
    if not lead.partner.is_suspended:
        return str(lead.partner)
    return format_html("{} {}", lead.partner, formats.suspended(lead.partner))


@kind("nowrap")
@admin.display(description="Employees", empty_value="–")
def employees(lead: Lead) -> str:
    """Return how many people the company employs, as a range."""
    return lead.get_employees_display()


@kind("number")
@admin.display(description="Agents", empty_value="–")
def agents(lead: Lead) -> str:
    """Return the number of agents as sold, where that was credited; else as estimated."""
    sold = lead.current_credit and lead.current_credit.deal
    number = total_agents(sold.lines) if sold else lead.agents
    return f"{number:,}" if number else ""


@kind("money")
@admin.display(description="Annual value", empty_value="–")
def annual_value(lead: Lead) -> SafeString | str:
    """Return the annual value as sold or estimated and, if credited, the commission now."""
    credit = lead.current_credit
    if credit is None:
        return deal_value(lead)
    commission = '{} <span class="quiet second-line">{} {}</span>'
    return format_html(commission, deal_value(lead), usd(credit.amount), credit.state)


def deal_value(lead: Lead) -> SafeString | str:
    """Return the annual value of what was sold, in US dollars, if that was credited.

    Otherwise return the value as estimated at submission, with what it leaves out.
    """
    sold = lead.current_credit and lead.current_credit.deal
    if sold:
        return usd(sold.annual_value)
    if lead.annual_value is None:
        return "priced per deal" if lead.estimate else ""
    amount = usd(lead.annual_value)
    if lead.estimate_is_complete:
        return amount
    return format_html('<span class="quiet second-line">at least</span> {}', amount)


@admin.display(description="Criteria")
def criteria(lead: Lead) -> SafeString:
    """Return whether the lead is as large as sales looks for, as a word and a shape."""
    if lead.meets_criteria:
        return mark_safe('<span class="shape criteria">Meets</span>')
    return mark_safe('<span class="shape criteria criteria-below">Below</span>')


@admin.display(description="Age", ordering="submitted_at")
def age(lead: Lead) -> str:
    """Return how long ago the lead was submitted and, while it waits, when a decision is due."""
    elapsed = age_in_words(timezone.now() - lead.submitted_at)
    if lead.status != Status.SUBMITTED:
        return elapsed
    due = formats.day_of_year(lead.decision_due)
    if lead.is_overdue:
        overdue = '{} <span class="second-line shape overdue">overdue since {}</span>'
        return format_html(overdue, elapsed, due)
    return format_html('{} <span class="quiet second-line">decide by {}</span>', elapsed, due)


@admin.display(description="Status")
def status(lead: Lead) -> SafeString:
    """Return the status and, where one is requested, the win that awaits approval."""
    badge = formats.status(lead.tone, Status(lead.status).label)
    pending = getattr(lead, "pending_win", None)
    if pending is None:
        return badge
    return format_html(
        '{} <a class="second-line" href="{}">win of {} awaits approval</a>',
        badge,
        reverse("admin:approvals_approval_change", args=[pending]),
        usd(lead.pending_win_amount),  # type: ignore[attr-defined]
    )


def age_in_words(elapsed: timedelta) -> str:
    """Return a length of time in days, or in hours within the first day."""
    hours = elapsed // timedelta(hours=1)
    if elapsed.days >= 1:
        return f"{elapsed.days:,} day{'s' if elapsed.days > 1 else ''}"
    return f"{hours} hour{'s' if hours > 1 else ''}" if hours >= 1 else "under an hour"
