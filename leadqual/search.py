"""Finding people as they are typed: words by their beginnings, in names, addresses, companies.

PostgreSQL's text search without a language: `simple` splits and lowers, and no word is too
common. A GIN index on the very same expression (leadqual.models) makes it fast.
"""

import re
from typing import Any

from django.db.models import QuerySet

from accounts.models import Workspace
from leadqual.models import Company, Lead
from leadqual.words import CompanyWords, LeadWords, beginning

MOST_WORDS = 6


def named_like(leads: QuerySet[Lead], text: str, *, workspace: Workspace) -> QuerySet[Lead]:
    """The leads in which every word of the text begins a word of name, address or company.

    Words beyond the sixth are left out. A text without any word finds everybody.
    """
    for word in words_of(text):
        leads = leads.filter(pk__in=_with_word(workspace, word))
    return leads


def _with_word(workspace: Workspace, word: str) -> QuerySet[Lead, Any]:
    # A union, each half through its own index; “either … or” would read every lead.
    here = Lead.objects.of(workspace).order_by()
    companies = Company.objects.of(workspace).order_by().alias(words=CompanyWords())
    companies = companies.filter(words=beginning(word))
    by_person = here.alias(words=LeadWords()).filter(words=beginning(word))
    by_company = here.filter(company__in=companies.values("pk"))
    return by_person.values("pk").union(by_company.values("pk"))


def words_of(text: str) -> list[str]:
    """The words as the index splits them: letters and digits."""
    return re.findall(r"[^\W_]+", text.lower())[:MOST_WORDS]
