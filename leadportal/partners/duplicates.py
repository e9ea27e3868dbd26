"""Partners that may be the same organization as one that is being added or renamed."""

from dataclasses import dataclass

from django.db.models import Q

from leadportal.domains import readable_domain
from leadportal.folding import folded
from leadportal.partners.models import Partner, User

MOST = 10  # that are named

# Words that say how a company is organized and not which one it is, as they are folded
_FORMS = """
    ab ag aps as asa bv co company corp corporation doo eood eg gbr gmbh inc incorporated
    kft kg limited llc llp lp ltd mbh nv oo ood ohg oy oyj plc pte pty sa sarl sas sl sp
    spa spol srl sro the ug z zoo
"""
_LEGAL_FORMS = frozenset(_FORMS.split())


@dataclass(frozen=True, slots=True)
class Similar:
    """A partner that may be the same organization, and why it may be."""

    partner: Partner
    why: str


def similar_partners(partner: Partner) -> list[Similar]:
    """Return other partners with the same name or domain, at most MOST.

    Names are compared as in search and without legal forms. A domain is the same if it is the
    other's website, or the domain of its people's email addresses.
    """
    others = Partner.objects.exclude(pk=partner.pk).order_by("pk")
    found: dict[int, Similar] = {}
    words = _words(partner.name)
    named = others
    for word in words:
        named = named.filter(search_text__contains=word)
    for other in named if words else named.none():
        if _words(other.name) == words:
            found[other.pk] = Similar(other, "the same name")
    if partner.domain:
        shown = readable_domain(partner.domain)
        for other in others.filter(domain=partner.domain)[:MOST]:
            found.setdefault(other.pk, Similar(other, f"the same domain, {shown}"))
        hosts = Q(email__endswith=f"@{partner.domain}") | Q(email__endswith=f".{partner.domain}")
        people = User.objects.filter(hosts, partner__in=others)
        for person in people.select_related("partner").order_by("pk")[:MOST]:
            assert person.partner is not None  # noqa: S101 - the filter sees to it
            why = f"a person with an address at {shown}"
            found.setdefault(person.partner.pk, Similar(person.partner, why))
    return list(found.values())[:MOST]


def _words(name: str) -> frozenset[str]:
    """Return the words of a name that identify the company; all words if there are no others."""
    words = frozenset(folded(name).replace("-", " ").split())
    return words - _LEGAL_FORMS or words
