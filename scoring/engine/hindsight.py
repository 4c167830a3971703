"""Leads as they were known at a moment: what had been recorded of them by then.

Where a lead (or its company) has a recorded change later than the moment, each of its facts is
the last one recorded at or before it, and unknown where there is none; else the row says what
it said then. What was written down later than the moment (companies of an imported history)
is taken as it was first written down. Columns without a history that may have changed since
(stage, owner, last touch) are left out, so that a rule cannot peek at them by mistake.

The people of a company are read alike: who left since was one of them, who came since was not.

Limits: events count by when they happened, not by when we received them; of two leads that were
merged since, the survivor has had the events of both all along.
"""

# ruff: noqa: S608 - nothing in these texts comes from outside.

from enum import Enum

LEAD_TEXTS = (
    *("email", "first_name", "last_name", "phone"),
    *("job_title", "country", "timeline", "challenge"),
)
COMPANY_TEXTS = ("name", "domain", "industry", "country", "region")
"""The columns whose changes the triggers of leadqual/0002 record, besides the numbers
company_id and employees; blank where nothing was known."""


class _Owner(Enum):
    LEAD = "lead"
    COMPANY = "company"


_SAID = """
        CROSS JOIN LATERAL (
            SELECT CASE WHEN EXISTS (
                SELECT FROM leadqual_attributechange ac
                WHERE ac.{owner}_id = {table}.id AND ac.at > greatest(w.at, {table}.{begins})
            ) THEN coalesce((
                SELECT jsonb_object_agg(said.field, said.value)
                FROM (
                    SELECT DISTINCT ON (ac.field) ac.field, ac.value
                    FROM leadqual_attributechange ac
                    WHERE ac.{owner}_id = {table}.id AND ac.at <= greatest(w.at, {table}.{begins})
                    ORDER BY ac.field, ac.at DESC, ac.id DESC
                ) said
            ), '{{}}'::jsonb) END AS said
            OFFSET 0
        ) {alias}"""


def _said(owner: _Owner, table: str, alias: str) -> str:
    """What had been recorded by then, as one object; null where the row itself says it."""
    begins = "captured_at" if owner is _Owner.LEAD else "created_at"
    return _SAID.format(owner=owner.value, table=table, alias=alias, begins=begins)


def _texts(names: tuple[str, ...], table: str, alias: str) -> list[str]:
    return [
        f"CASE WHEN {alias}.said IS NULL THEN {table}.{name}"
        f" ELSE coalesce({alias}.said ->> '{name}', '') END AS {name}"
        for name in names
    ]


def _number(name: str, kind: str, table: str, alias: str) -> str:
    return (
        f"CASE WHEN {alias}.said IS NULL THEN {table}.{name}"
        f" ELSE ({alias}.said ->> '{name}')::{kind} END AS {name}"
    )


def _attributes(table: str, alias: str) -> str:
    return f"""CASE WHEN {alias}.said IS NULL THEN {table}.attributes ELSE coalesce((
                SELECT jsonb_object_agg(substr(fact.key, 12), fact.value)
                FROM jsonb_each({alias}.said) fact WHERE starts_with(fact.key, 'attributes.')
            ), '{{}}'::jsonb) END AS attributes"""


_LEAD = ",\n            ".join(
    [
        "now_l.id, now_l.workspace_id, now_l.captured_at, now_l.merged_into_id, now_l.erased_at",
        "now_l.first_source_id, now_l.first_campaign_id, now_l.imported",
        "CASE WHEN now_l.unsubscribed_at <= w.at THEN now_l.unsubscribed_at END AS unsubscribed_at",
        *_texts(LEAD_TEXTS, "now_l", "by_lead"),
        _number("company_id", "bigint", "now_l", "by_lead"),
        _attributes("now_l", "by_lead"),
    ]
)
_COMPANY = ",\n            ".join(
    [
        "now_c.id, now_c.workspace_id",
        *_texts(COMPANY_TEXTS, "now_c", "by_company"),
        _number("employees", "integer", "now_c", "by_company"),
        _attributes("now_c", "by_company"),
    ]
)
KNOWN_THEN = f"""unnest(%(ids)s::bigint[], %(ats)s::timestamptz[])
            WITH ORDINALITY AS w(id, at, n)
        CROSS JOIN LATERAL (
            SELECT {_LEAD}
            FROM leadqual_lead now_l {_said(_Owner.LEAD, "now_l", "by_lead")}
            WHERE now_l.id = w.id
            OFFSET 0
        ) l
        LEFT JOIN LATERAL (
            SELECT {_COMPANY}
            FROM leadqual_company now_c {_said(_Owner.COMPANY, "now_c", "by_company")}
            WHERE now_c.id = l.company_id
        ) c ON true"""
"""FROM: w (id, at, n: its place in the arrays, from 1), and l and c as they were known at w.at.

OFFSET 0: each lead by its own visit to the index, never by reading all leads for some thousand.
"""


def stays(company: str) -> str:
    """SELECT of lead_id, begins and ends: when who was of the company that `company` says in SQL.

    From `begins` on, until before `ends`, either of which may be infinite; the stays of a lead do
    not overlap. As above: what the row says holds from the last change of any fact on, and what
    had been said by the capture has always held.
    """
    return _STAYS.format(company=company)


# Most leads never changed company, and their rows say what was recorded: one visit to the index.
_SETTLED = """(
                SELECT CASE WHEN max(ac.at) > o.captured_at THEN max(ac.at) ELSE '-infinity' END
                FROM leadqual_attributechange ac WHERE ac.lead_id = o.id
            )"""
_STAYS = f"""
        SELECT o.id AS lead_id, stay.begins, stay.ends
        FROM (
            SELECT id FROM leadqual_lead WHERE company_id = {{company}}
            UNION
            SELECT lead_id FROM leadqual_attributechange
            WHERE field = 'company_id' AND value = to_jsonb({{company}})
        ) ever
        JOIN leadqual_lead o ON o.id = ever.id
            AND o.merged_into_id IS NULL AND o.erased_at IS NULL
        CROSS JOIN LATERAL (
            SELECT array_agg(ac.value ORDER BY ac.at, ac.id) AS companies,
                array_agg(ac.at ORDER BY ac.at, ac.id) AS ats
            FROM leadqual_attributechange ac
            WHERE ac.lead_id = o.id AND ac.field = 'company_id'
        ) said
        CROSS JOIN LATERAL (
            SELECT * FROM (
                SELECT CASE WHEN was.at > o.captured_at THEN was.at ELSE '-infinity' END AS begins,
                    CASE WHEN was.n < cardinality(said.ats) THEN said.ats[was.n + 1]
                        WHEN o.company_id = {{company}} THEN 'infinity'
                        ELSE {_SETTLED} END AS ends
                FROM unnest(said.companies, said.ats) WITH ORDINALITY AS was(company, at, n)
                WHERE was.company = to_jsonb({{company}})
                    AND (was.n = cardinality(said.ats) OR said.ats[was.n + 1] > o.captured_at)
            ) recorded WHERE recorded.begins < recorded.ends
            UNION ALL
            SELECT {_SETTLED}, 'infinity' WHERE o.company_id = {{company}}
                AND said.companies[cardinality(said.ats)] IS DISTINCT FROM to_jsonb({{company}})
        ) stay"""
