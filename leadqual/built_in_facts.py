"""What leads and companies say by themselves, and what files usually call it.

A fact of a workspace's own under such a name would be taken for the built-in one.
"""

import re
from typing import Final

HEADERS: Final[dict[str, tuple[str, ...]]] = {
    "lead.external_id": ("external_id", "id", "lead_id", "contact_id", "record_id", "mql_id"),
    "lead.email": ("email", "e_mail", "email_address", "mail"),
    "lead.first_name": ("first_name", "firstname", "given_name"),
    "lead.last_name": ("last_name", "lastname", "surname", "family_name"),
    "lead.phone": ("phone", "phone_number", "mobile", "telephone"),
    "lead.job_title": ("job_title", "title", "position", "role"),
    "lead.country": ("country", "country_code"),
    "lead.timeline": ("timeline", "purchase_timeline"),
    "lead.challenge": ("challenge", "main_challenge"),
    "lead.source": ("source", "origin", "channel", "lead_source"),
    "lead.campaign": ("campaign", "utm_campaign"),
    "lead.owner": ("owner", "owner_email", "rep", "rep_email", "sales_rep"),
    "moments.new": ("created", "created_at", "created_date", "create_date", "captured_at"),
    "moments.mql": ("mql", "mql_date", "mql_at", "first_contact_date", "became_mql"),
    "moments.sal": ("sal", "sal_date", "accepted_at", "accepted_date"),
    "moments.sql": ("sql", "sql_date", "sql_at", "qualified_date"),
    "moments.opportunity": ("opportunity_date", "opportunity_at", "opportunity_created"),
    "moments.won": ("won_date", "won_at", "close_won_date", "closed_won_date"),
    "moments.lost": ("lost_date", "lost_at", "closed_lost_date"),
    "moments.nurture": ("nurture_date", "recycled_date"),
    "moments.disqualified": ("disqualified_date", "disqualified_at"),
    "reasons.nurture": ("nurture_reason",),
    "reasons.disqualified": ("disqualified_reason",),
    "reasons.lost": ("lost_reason",),
    "opportunity.amount": ("amount", "deal_amount", "value"),
    "company.external_id": ("company_id", "account_id"),
    "company.name": ("company", "company_name", "account", "organisation"),
    "company.domain": ("domain", "website", "company_domain"),
    "company.industry": ("industry", "sector", "business_segment"),
    "company.country": ("company_country",),
    "company.region": ("region", "state"),
    "company.employees": ("employees", "company_size"),
}
"""By the fact's name in imports: plain headers, as `plain` makes them."""

_TAKEN: Final = frozenset(header for headers in HEADERS.values() for header in headers)


def plain(name: str) -> str:
    """“E-Mail” and “e mail” are both e_mail."""
    return "_".join(re.findall(r"[^\W_]+", name.lower()))


def is_built_in(key: str, *, of_company: bool) -> bool:
    """Whether the key of a fact of one's own means a fact that is there already."""
    key = plain(key)
    return key in _TAKEN or (of_company and f"company_{key}" in _TAKEN)
