"""What reviews, open or closed, say about one person, for their erasure."""

from django.db.models import Q

from handoff.models import AgendaItem
from leadqual.models import Lead


def forget(lead: Lead) -> None:
    """That it stood on the agenda, and what both sides marked, stays; who it was goes.

    The subject may have become another lead's since, by a merge: either is the person.
    """
    about = Q(lead=lead) | Q(handoff__lead=lead) | Q(clock__lead=lead) | Q(deal__lead=lead)
    pks = AgendaItem.objects.filter(about).values_list("pk", flat=True)
    AgendaItem.objects.filter(pk__in=list(pks)).update(personal={}, outcome="")
