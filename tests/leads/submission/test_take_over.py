"""Drafts of people who left: an owner of the same organization takes them over, and nobody else."""

import pytest
from django.test import Client
from django.utils import timezone

from leadportal.partners.models import User
from leads.models import Draft, DraftTakeover, Lead
from leads.submission import drafts
from tests.commissions.finance import asked, text
from tests.factories import PartnerFactory, UserFactory
from tests.leads.answers import draft_of, whole
from tests.race import race
from tests.sessions import sign_in

LIST = "/solution/leads/drafts/left-behind/"


def page_of(draft: Draft) -> str:
    return f"/solution/leads/drafts/{draft.pk}/take-over/"


@pytest.fixture
def left(teammate) -> Draft:
    """A complete draft of a teammate who was deactivated."""
    draft = draft_of(teammate, company_name="Blue Harbour")
    User.objects.filter(pk=teammate.pk).update(is_active=False)
    return draft


@pytest.fixture
def as_owner(client: Client, partner_user: User) -> Client:
    sign_in(client, partner_user)
    return client


def test_owner_takes_a_draft_over_after_a_question_and_submits_it(
    as_owner, partner_user, teammate, left
):
    assert "Take over: Blue Harbour by Max Member" in text(as_owner.get(LIST))
    question = text(as_owner.get(page_of(left)))
    assert "“Blue Harbour” was started by Max Member" in question
    assert Draft.objects.get().author == teammate
    done = as_owner.post(page_of(left))
    assert done.url == f"/solution/leads/submit/{left.pk}/"
    row = DraftTakeover.objects.get()
    assert (row.draft, row.taken_from, row.taken_by) == (left, teammate, partner_user)
    taken = Draft.objects.get()
    assert (taken.author, taken.answers) == (partner_user, left.answers)
    assert "No drafts" in text(as_owner.get(LIST))
    assert "started by Max Member" in text(as_owner.get("/solution/leads/"))
    lead = drafts.submit(left.pk, partner_user, timezone.now())
    assert (lead.submitted_by, lead.partner) == (partner_user, partner_user.partner)
    assert DraftTakeover.objects.get().draft.lead == lead


def test_team_page_leads_owners_there_and_nobody_else(as_owner, partner_user, left):
    assert f'href="{LIST}"' in as_owner.get("/accounts/team/").content.decode()
    User.objects.filter(pk=partner_user.pk).update(role=User.Role.MEMBER)
    assert LIST not in as_owner.get("/accounts/team/").content.decode()
    assert as_owner.get(LIST).status_code == 404
    assert as_owner.post(page_of(left)).status_code == 404


def not_there(author: User, owner: User, draft: Draft) -> None:
    User.objects.filter(pk=author.pk).update(is_active=True)


def of_another_organization(author: User, owner: User, draft: Draft) -> None:
    User.objects.filter(pk=owner.pk).update(partner=PartnerFactory())


def discarded(author: User, owner: User, draft: Draft) -> None:
    Draft.objects.update(answers={}, discarded_at=timezone.now())


def submitted(author: User, owner: User, draft: Draft) -> None:
    drafts.submit(draft.pk, author, timezone.now())


def own(author: User, owner: User, draft: Draft) -> None:
    Draft.objects.update(author=owner)


@pytest.mark.parametrize(
    "happened", [not_there, of_another_organization, discarded, submitted, own]
)
def test_other_drafts_are_not_found(as_owner, partner_user, teammate, left, happened):
    happened(teammate, partner_user, left)
    before = list(Draft.objects.values())
    assert "Blue Harbour" not in text(as_owner.get(LIST))
    assert as_owner.get(page_of(left)).status_code == 404
    assert as_owner.post(page_of(left)).status_code == 404
    assert list(Draft.objects.values()) == before
    assert not DraftTakeover.objects.exists()


def test_stranger_and_staff_find_nothing(client, stranger, sales_user, left):
    for person in (stranger, sales_user):
        sign_in(client, person)
        for path in (LIST, page_of(left)):
            shown = client.get(path)
            assert shown.status_code == (200 if person == stranger and path == LIST else 404)
            assert "Blue Harbour" not in shown.content.decode()


def test_drafts_stay_with_the_organization_when_their_author_moves_to_another(
    as_owner, client, partner_user, teammate
):
    draft = draft_of(teammate, company_name="Blue Harbour")
    new = UserFactory(partner__name="Rival")
    User.objects.filter(pk=teammate.pk).update(partner=new.partner)
    moved = User.objects.get(pk=teammate.pk)
    assert not Draft.objects.visible_to(moved).exists()
    with pytest.raises(Draft.DoesNotExist):
        drafts.get_draft(draft.pk, moved)
    with pytest.raises(Draft.DoesNotExist):
        drafts.save(draft.pk, moved, dict, timezone.now())
    with pytest.raises(Draft.DoesNotExist):
        drafts.discard(draft.pk, moved, timezone.now())
    User.objects.filter(pk=moved.pk).update(is_active=False)
    assert not Draft.objects.left_behind(new).exists()
    assert list(Draft.objects.left_behind(partner_user)) == [draft]
    assert as_owner.post(page_of(draft)).status_code == 302


def test_queries_do_not_grow_with_the_drafts(as_owner, teammate, left):
    first = asked(as_owner, LIST)
    for _ in range(8):
        draft_of(teammate)
    assert asked(as_owner, LIST) == first <= 10


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_of_two_owners_one_takes_it_over(partner_user, teammate):
    draft = draft_of(teammate)
    User.objects.filter(pk=teammate.pk).update(is_active=False)
    owners = [partner_user, *(UserFactory(partner=partner_user.partner) for _ in range(5))]
    results = race(6, lambda n: drafts.take_over(draft.pk, owners[n], timezone.now()))
    assert sum(isinstance(result, Draft) for result in results) == 1, results
    assert sum(isinstance(result, Draft.DoesNotExist) for result in results) == 5, results
    assert DraftTakeover.objects.get().taken_by == Draft.objects.get().author


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_draft_is_either_taken_over_or_submitted_by_its_author(partner_user, teammate):
    """The author's last request may still be under way when the owner takes the draft over."""
    draft = draft_of(teammate, whole())
    User.objects.filter(pk=teammate.pk).update(is_active=False)
    results = race(
        2,
        lambda n: (
            drafts.submit(draft.pk, teammate, timezone.now())
            if n
            else drafts.take_over(draft.pk, partner_user, timezone.now())
        ),
    )
    is_lead = Lead.objects.exists()
    assert DraftTakeover.objects.exists() is not is_lead, results
    assert sum(isinstance(result, Draft.DoesNotExist) for result in results) == 1, results
