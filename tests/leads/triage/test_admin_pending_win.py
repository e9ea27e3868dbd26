"""The pages of a win that needs a second person, and the customer's other leads on the pages."""

from decimal import Decimal

import pytest

from commissions.ledger import amendments
from commissions.ledger.models import LedgerEntry
from leadportal.approvals.models import Approval
from leadportal.db.groups import SALES
from leads.status import Status
from tests.commissions.finance import asked as queries
from tests.factories import BUSINESS_5, LeadFactory, PartnerFactory, StaffFactory
from tests.leads.answers import plan
from tests.leads.triage_pages import (
    QUEUE,
    address,
    as_shown,
    final_line,
    run_action,
    said,
    text,
    words,
)
from tests.leads.world import row


@pytest.fixture
def lead(approved):
    return approved(company_name="Nordwind Retail", domain="nordwind.example", lines=BUSINESS_5)


@pytest.fixture
def colleague(db):
    return StaffFactory(email="sid@vendor.example", name="Sid Sales", groups=(SALES,))


def typed(annual="90,000.00", **more):
    line = final_line(0, plan("livechat", "business"), 5, annual=annual)
    return words("Signed today.", note="I have seen the contract.") | line | more


def request_of(lead):
    return Approval.objects.filter(subject=lead.reference).latest("pk")


def page(approval):
    return f"/admin/approvals/approval/{approval.pk}/change/"


def test_preview_says_that_a_second_person_is_needed_and_why(sales, lead):
    shown = text(sales.post(address(lead, "win"), typed(do="preview")))
    assert "A second person has to approve this win." in shown
    assert "Email to the partner, once approved" in shown
    assert "$9,000.00 is above the limit of $5,000.00" in shown
    assert "more than 3 times the estimate of $354.00" in shown
    assert not Approval.objects.exists()


def test_preview_warns_below_the_limits(sales, lead):
    shown = text(sales.post(address(lead, "win"), typed("8,000.00", do="preview")))
    assert "A second person" not in shown
    assert "more than 1.5 times the estimate" in shown
    assert "the agreed $8,000.00 a year is more than 2 times the list price" in shown


def test_pressing_the_button_requests_it_and_says_whom_it_notified(sales, lead, colleague):
    response = as_shown(sales, address(lead, "win"), typed())
    assert (response.status_code, response.url) == (302, address(lead))
    (message,) = said(response)
    assert message.startswith("Approval requested. The commission of $9,000.00 is above")
    assert message.endswith("Email sent to Sid Sales.")
    assert not LedgerEntry.objects.exists()


def test_nobody_else_may_decide_is_said(sales, lead):
    (message,) = said(as_shown(sales, address(lead, "win"), typed()))
    assert "Nobody else may approve it yet." in message


def test_lead_queue_and_lists_show_it_and_the_partner_does_not(sales, lead, browser_of):
    as_shown(sales, address(lead, "win"), typed())
    for where in (address(lead), f"{QUEUE}?status=approved"):
        response = sales.get(where)
        assert "win of $9,000.00 awaits approval" in text(response).lower()
        assert page(request_of(lead)) in response.content.decode()
    assert "Mark as lost" in text(sales.get(address(lead)))
    assert "Mark as won" not in text(sales.get(address(lead)))
    partner = browser_of(lead.submitted_by)
    for where in (lead.get_absolute_url(), "/solution/leads/", "/commissions/"):
        shown = text(partner.get(where))
        assert "9,000" not in shown
        assert "awaits approval" not in shown


def test_queue_can_be_filtered_for_what_awaits_approval(sales, lead, approved):
    approved(company_name="Elsewhere")
    as_shown(sales, address(lead, "win"), typed())
    LeadFactory(company_name="Somewhere")
    listed = sales.get(QUEUE, {"win": "pending"}).context["cl"].result_list
    assert list(listed) == [lead]


def test_while_it_waits_the_win_page_leads_back(sales, lead):
    as_shown(sales, address(lead, "win"), typed())
    response = sales.get(address(lead, "win"))
    assert response.url == address(lead)
    assert "already awaiting approval, requested by Sally Sales" in said(response)[-1]
    again = as_shown(sales, address(lead, "win"), typed("1,000.00"))
    assert again.status_code == 409
    assert Approval.objects.count() == 1


def test_second_person_sees_everything_and_both_names_stay_visible(
    sales, lead, colleague, finance_user, browser_of
):
    as_shown(sales, address(lead, "win"), typed())
    asked = request_of(lead)
    second = browser_of(colleague)
    shown = text(second.get(page(asked)))
    for part in (
        "LiveChat Business, 5 agents",
        "$90,000.00 a year, as agreed",
        "$9,000.00 estimated $354.00",
        "Signed today.",
        "I have seen the contract.",
        "no other lead was submitted for this domain",
    ):
        assert part in shown, part
    assert sales.post(page(asked), {"do": "approve"}).status_code == 403
    second.post(page(asked), {"do": "approve", "message": "Right."})
    lead.refresh_from_db()
    assert lead.status == "won"
    assert "Won by Sally Sales, approved by Sid Sales" in text(sales.get(address(lead)))
    entry = f"/admin/commissions/ledgerentry/{lead.credit_id}/change/"
    shown = text(browser_of(finance_user).get(entry))
    assert "Sally Sales" in shown
    assert "by Sid Sales" in shown
    assert "Sid" not in text(browser_of(lead.submitted_by).get(lead.get_absolute_url()))


def test_declined_win_is_filled_in_again_as_it_was_typed(sales, lead, colleague, browser_of):
    as_shown(sales, address(lead, "win"), typed())
    asked = request_of(lead)
    browser_of(colleague).post(page(asked), {"do": "decline", "message": "It says 9,000.00."})
    response = sales.get(address(lead, "win"))
    shown = text(response)
    assert "declined by Sid Sales: “It says 9,000.00.”" in shown
    form = response.context["typed"]
    assert (form.form["message"].value(), form.form["note"].value()) == (
        "Signed today.",
        "I have seen the contract.",
    )
    (line,) = form.deal.lines.forms
    assert line["agreed_annual"].value() == "90000.00"
    assert form.deal.commission == Decimal("9000.00")


# The customer's other leads


@pytest.mark.parametrize("move", ["approve", "reject", "win", "lose"])
def test_page_of_a_decision_lists_the_other_leads(sales, partner_user, move):
    status = Status.SUBMITTED if move in ("approve", "reject") else Status.APPROVED
    lead = LeadFactory(domain="acme.example", status=status)
    other = PartnerFactory(name="Competing Partner")
    won = LeadFactory(partner=other, domain="acme.example", status=Status.WON)
    LeadFactory(partner=other, domain="acme.example", lines=(("livechat", "enterprise", 3),))
    response = sales.get(address(lead, move))
    shown = text(response)
    assert f"{won.reference}" in shown
    assert "Competing Partner Won $354.00 credited" in shown
    assert "Competing Partner Submitted – no estimate" in shown
    assert address(won) in response.content.decode()
    assert ("already won as acme.example" in shown) == (move == "win")


@pytest.mark.database
def test_other_leads_show_what_they_are_credited_with_now(sales, lead, finance_user):
    won = [LeadFactory(domain=lead.domain, status=Status.WON) for _ in range(2)]
    amendments.reverse(won[0].credit, "Paid twice", finance_user)
    amendments.correct(won[1].credit, [row("livechat", "business", 2)], "Two agents", finance_user)
    shown = text(sales.get(address(lead, "win")))
    assert f"{won[0].partner} Won $0.00 reversed" in shown
    assert f"{won[1].partner} Won $141.60 credited" in shown


def test_bulk_approval_lists_them_per_lead(sales, lead):
    chosen = [LeadFactory(domain=f"{name}.example") for name in ("acme", "bolt", "acme")]
    won = LeadFactory(domain="bolt.example", status=Status.WON)
    for _ in range(6):
        LeadFactory(domain="acme.example")
    response = run_action(sales, "approve_selected", chosen)
    shown = text(response)
    assert f"Same customer: {won.reference}, {won.partner}, Won, $354.00 credited" in shown
    assert shown.count("Show all 7") == 2
    listed = dict(response.context["view"].named_with_others)
    assert [len(listed[one].leads) for one in chosen] == [5, 1, 5]
    assert all(one not in listed[one].leads for one in chosen)


def test_queries_do_not_grow_with_the_other_leads_or_requests(
    sales, approved, colleague, browser_of, finance_user
):
    leads = [approved(domain="acme.example", lines=BUSINESS_5) for _ in range(6)]
    where = [address(leads[0], "win"), address(leads[0]), f"{QUEUE}?status=approved"]
    as_shown(sales, address(leads[5], "win"), typed())
    decision = page(request_of(leads[5]))
    second = browser_of(colleague)
    of_few = [queries(sales, path) for path in where], queries(second, decision)
    for number in range(1, 5):
        as_shown(sales, address(leads[number], "win"), typed())
        LeadFactory(domain="acme.example", status=Status.WON)
    assert ([queries(sales, path) for path in where], queries(second, decision)) == of_few
    assert max(*of_few[0], of_few[1]) <= 10
