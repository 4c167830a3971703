"""Finding people as they are typed: words by their beginnings, in names, addresses, companies.

PostgreSQL's text search without a language: `simple` splits and lowers, and no word is too
common. A GIN index on the very same expression (leadqual.models) makes it fast.
"""

import re

from django.db.models import Func, Q, QuerySet

from leadqual.models import Company, Lead
from leadqual.words import CompanyWords, LeadWords, beginning

MOST_WORDS = 6
Words = dict[str, Func]


def named_like(leads: QuerySet[Lead], text: str) -> QuerySet[Lead]:
    """The leads in which every word of the text begins a word of name, address or company.

    The leads must be those of one workspace's queryset already; words beyond the sixth are
    left out. A text without any word finds everybody.
    """
    leads = leads.alias(words=LeadWords())
    for word in words_of(text):
        companies = Company.objects.alias(words=CompanyWords()).filter(words=beginning(word))
        leads = leads.filter(Q(words=beginning(word)) | Q(company__in=companies.values("pk")))
    return leads


def words_of(text: str) -> list[str]:
    """The words as the index splits them: letters and digits."""
    return re.findall(r"[^\W_]+", text.lower())[:MOST_WORDS]
