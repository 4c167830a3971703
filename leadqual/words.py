"""The words of leads and companies, as expressions that an index and a query can share."""

from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db.models import Func


class _Words(Func):
    # The punctuation of addresses becomes blanks, or “anna@acme.com” would be one word.
    template = "to_tsvector('simple'::regconfig, translate(%(expressions)s, '@._-+', '     '))"
    arg_joiner = " || ' ' || "
    output_field = SearchVectorField()


class LeadWords(_Words):
    def __init__(self, **extra: Any) -> None:
        super().__init__("first_name", "last_name", "email", **extra)


class CompanyWords(_Words):
    def __init__(self, **extra: Any) -> None:
        super().__init__("name", "domain", **extra)


def beginning(word: str) -> SearchQuery:
    """Words that begin with this one, which is letters and digits only."""
    return SearchQuery(f"{word}:*", search_type="raw", config="simple")
