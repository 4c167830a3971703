"""What counts, and when: every figure of the product is a count of these facts.

A fact happens at a moment, to a lead, and counts under one or more kinds:

    entered:<stage>      a counted move into the stage; into `new` only the capture itself
    became:mql           a capture whose lead has become MQL since, in any cycle
    mql                  the first counted move into MQL of a lead in a cycle: the unit of a cohort
    reached:<stage>      an MQL that has a counted move into the stage in its cycle (also `lost`)
    path:<far>:<now>     an MQL by the furthest stage of its cycle, and where it stands now
    offered              an offer made, at its moment
    ended:<status>       an offer that was accepted, rejected, passed on (not_mine), has expired or
                         was withdrawn, at that moment
    decided              an accepted or rejected one: what the acceptance rate is of
    rejected:<code>      a rejected one by its reason
    followed:up|not      an accepted one that a person of ours has touched, or has not, since the
                         offer and before the lead's next one, as known now

since:<what>:<code>, a rejection after which something has happened to its lead, is of
`metrics.afterwards`: it names leads, and is counted there.

`docs/metrics.md` has them in words. Not compared by date: a deal won before its first contact was
noted is a deal. All SQL here is text of ours; what comes from outside is a parameter.
"""

from collections.abc import Collection, Mapping
from typing import Final

from handoff.metrics.dimensions import OF_COMPANIES, OF_LEADS, text_of
from handoff.models.metrics import CountDue
from leadqual.stages import FUNNEL, Stage

Family = CountDue.Family
SINCE: Final = ("recycled", "returned", "accepted", "elsewhere", "won", "out")
AFTER_MQL: Final = (*FUNNEL[2:],)
_RANKS: Final = " ".join(f"WHEN '{stage}' THEN {n}" for n, stage in enumerate(AFTER_MQL, start=1))
_FAR: Final = " ".join(f"WHEN {n} THEN '{stage}'" for n, stage in enumerate(AFTER_MQL, start=1))

# A move names its own rep, pool and tier are those of its cycle's latest offer, and so is the rep
# where it names none; imported history has no offers, but may name the rep in its later moves.
_OFFER_OF_CYCLE: Final = """
    LEFT JOIN LATERAL (
        SELECT h.rep_id, h.pool_id, h.tier_id FROM handoff_handoff h
        WHERE h.lead_id = m.lead_id AND h.cycle = m.cycle
        ORDER BY h.offered_at DESC, h.id DESC LIMIT 1
    ) o ON TRUE"""
_REP_OF_CYCLE: Final = """coalesce(m.rep_id, o.rep_id, (
        SELECT s.rep_id FROM leadqual_stagemove s
        WHERE s.lead_id = m.lead_id AND s.cycle = m.cycle AND s.counted AND s.rep_id IS NOT NULL
        ORDER BY s.at DESC, s.id DESC LIMIT 1))"""
NO_RULES: Final = "ARRAY[]::text[]"

_BECAME: Final = """m.to_stage = 'new' AND EXISTS (
            SELECT FROM leadqual_stagemove s
            WHERE s.lead_id = m.lead_id AND s.to_stage = 'mql' AND s.counted)"""
_MOVES: Final = f"""
    SELECT m.lead_id, m.at,
        CASE WHEN {{became}} THEN ARRAY['entered:new', 'became:mql']
            ELSE ARRAY['entered:' || m.to_stage] END AS kinds,
        {{columns}}, {NO_RULES} AS rules
    FROM leadqual_stagemove m {{offer}}
    WHERE m.workspace_id = %(workspace)s AND m.counted AND m.to_stage = ANY (%(stages)s)
        AND (m.to_stage <> 'new' OR m.from_stage = '') AND {{within}}"""  # noqa: S608

# A past cycle stands where its last move led, counted or not; the lead's own is its stage. A lost
# deal stays lost, also when the lead is in nurture again.
_MQLS: Final = f"""
    SELECT m.lead_id, m.at,
        ARRAY['mql', 'path:' || CASE c.far {_FAR} ELSE 'mql' END || ':' || CASE
            WHEN 'reached:lost' = ANY (c.reached) THEN 'lost'
            WHEN l.cycle = m.cycle THEN l.stage ELSE c.latest END] || c.reached AS kinds,
        {{columns}}, {NO_RULES} AS rules
    FROM leadqual_stagemove m
    JOIN leadqual_lead l ON l.id = m.lead_id
    CROSS JOIN LATERAL (
        SELECT
            coalesce(array_agg(DISTINCT 'reached:' || s.to_stage) FILTER (WHERE s.counted
                AND s.to_stage IN ('sal', 'sql', 'opportunity', 'won', 'lost')), {NO_RULES}
            ) AS reached,
            max(CASE s.to_stage {_RANKS} END) FILTER (WHERE s.counted) AS far,
            (array_agg(s.to_stage ORDER BY s.at DESC, s.id DESC))[1] AS latest,
            (array_agg(s.id ORDER BY s.at, s.id) FILTER (WHERE s.counted AND s.to_stage = 'mql')
            )[1] AS first
        FROM leadqual_stagemove s WHERE s.lead_id = m.lead_id AND s.cycle = m.cycle
    ) c {{offer}}
    WHERE m.workspace_id = %(workspace)s AND m.counted AND m.to_stage = 'mql'
        AND c.first = m.id AND {{within}}"""  # noqa: S608

TOUCHED: Final = """EXISTS (
    SELECT FROM leadqual_touch t
    WHERE t.lead_id = h.lead_id AND t.occurred_at >= h.offered_at AND NOT EXISTS (
        SELECT FROM handoff_handoff later WHERE later.lead_id = h.lead_id
            AND later.offered_at > h.offered_at AND later.offered_at <= t.occurred_at))"""
"""Of an offer `h`: a person of ours has touched the lead since, and before its next offer."""
OFFER: Final = "h.rep_id, h.pool_id, h.tier_id, h.grade, h.cycle, h.model_version"
_OFFERS: Final = f"""
    SELECT h.lead_id, h.offered_at AS at, ARRAY['offered'] AS kinds, {OFFER}, {NO_RULES} AS rules
    FROM handoff_handoff h
    WHERE h.workspace_id = %(workspace)s AND {{within}}"""  # noqa: S608
# Each ending has its own moment; three ranges can use three indexes where one CASE uses none.
_ENDED: Final = f"""
    SELECT h.lead_id, h.{{moment}} AS at,
        CASE h.status WHEN 'rejected' THEN ARRAY['ended:rejected', 'decided'{{reason}}]
            WHEN 'accepted' THEN ARRAY['ended:accepted', 'decided'{{followed}}]
        ELSE ARRAY['ended:' || h.status] END AS kinds, {OFFER}, {{rules}} AS rules
    FROM handoff_handoff h
    WHERE h.workspace_id = %(workspace)s AND h.status = ANY (%(statuses)s)
        AND h.{{moment}} IS NOT NULL AND {{within}}"""  # noqa: S608
_REASON: Final = """, 'rejected:' || (
            SELECT reason.code FROM handoff_rejectionreason reason WHERE reason.id = h.reason_id)"""
_FOLLOWED: Final = f", CASE WHEN {TOUCHED} THEN 'followed:up' ELSE 'followed:not' END"
RULES: Final = """ARRAY(SELECT DISTINCT hit #>> '{}' FROM jsonb_path_query(
            h.packet, '$.explanation.rules[*] ? (@.hit == true && @.points > 0).name') hit)"""
_ENDINGS: Final = {
    "decided_at": ("accepted", "rejected", "not_mine"),
    "expired_at": ("expired",),
    "withdrawn_at": ("withdrawn",),
}
_STATUSES_OF: Final = {
    "rejected": ("rejected",),
    "followed": ("accepted",),
    "decided": ("accepted", "rejected"),
}
_FAMILIES: Final[Mapping[str, Family]] = {
    "entered": Family.MOVES,
    "became": Family.MOVES,
    "mql": Family.MQLS,
    "reached": Family.MQLS,
    "path": Family.MQLS,
    "offered": Family.OFFERS,
    "ended": Family.ENDINGS,
    "decided": Family.ENDINGS,
    "rejected": Family.ENDINGS,
    "followed": Family.ENDINGS,
}


def families_of(kinds: Collection[str], dimensions: Collection[str]) -> list[Family]:
    """Which facts hold them; only of endings is known which rules hit. Raises KeyError for what is
    no kind."""
    found = {_FAMILIES[kind.partition(":")[0]] for kind in kinds}
    return sorted(found & {Family.ENDINGS} if "rule" in dimensions else found)


def narrowing(kinds: Collection[str]) -> dict[str, list[str]]:
    """Parameters that leave out facts of which none of the kinds is asked; none asked: all."""
    said = {kind.partition(":")[::2] for kind in kinds}
    stages = {rest for head, rest in said if head == "entered"}
    stages |= {Stage.NEW.value for head, _ in said if head == "became"}
    statuses = {rest for head, rest in said if head == "ended"}
    statuses |= {status for head, _ in said for status in _STATUSES_OF.get(head, ())}
    every = [status for group in _ENDINGS.values() for status in group]
    return {"stages": sorted(stages) or list(Stage.values), "statuses": sorted(statuses) or every}


def facts_sql(
    family: Family, within: str, *, dimensions: Collection[str], kinds: Collection[str] = ()
) -> str:
    """A SELECT of the family's facts: lead_id, at, kinds, and a text column `d_<code>` for each of
    the dimensions, blank where it is not known.

    `within` is a condition with `{moment}` and `{lead}` for the moment and the lead. Parameters:
    workspace and those of `narrowing`. Only `kinds` are needed, none said: all; what is dear is
    looked up for those alone.
    """
    heads = {kind.partition(":")[0] for kind in kinds}
    moves = {
        **of_cycle(dimensions),
        "within": placed(within, "m.at"),
        "became": _BECAME if not heads or "became" in heads else "FALSE",
    }
    if family == Family.MOVES:
        text = _MOVES.format(**moves)
    elif family == Family.MQLS:
        text = _MQLS.format(**moves)
    elif family == Family.OFFERS:
        text = _OFFERS.format(within=placed(within, "h.offered_at"))
    else:
        text = " UNION ALL ".join(
            _ENDED.format(
                moment=moment,
                within=placed(within, f"h.{moment}"),
                rules=RULES if "rule" in dimensions else NO_RULES,
                reason=_REASON if not heads or "rejected" in heads else "",
                followed=_FOLLOWED if not heads or "followed" in heads else "",
            )
            for moment, those in _ENDINGS.items()
            if set(those) & set(narrowing(kinds)["statuses"])
        )
    return with_dimensions(text, dimensions, "f.lead_id, f.at, f.kinds")


def placed(within: str, moment: str) -> str:
    """The condition on rows whose moment that is: of moves `m`, offers `h` or leads `l`."""
    table = moment.partition(".")[0]
    return within.format(moment=moment, lead="l.id" if table == "l" else f"{table}.lead_id")


def of_cycle(dimensions: Collection[str]) -> dict[str, str]:
    """For a SELECT of moves `m`: `columns` that dimensions are read from, and the join `offer` that
    they need; the offer is looked up only for dimensions that it tells."""
    known = "m.grade, m.cycle, m.model_version"
    if not {"rep", "pool", "tier"} & set(dimensions):
        return {"columns": known, "offer": ""}
    columns = f"{_REP_OF_CYCLE} AS rep_id, o.pool_id, o.tier_id, {known}"
    return {"columns": columns, "offer": _OFFER_OF_CYCLE}


def with_dimensions(text: str, dimensions: Collection[str], columns: str) -> str:
    """Rows of `text` with a column `d_<code>` for each dimension; it has what they are read from:
    lead_id, at, rep_id, pool_id, tier_id, grade, cycle, model_version, rules."""
    values = "".join(f", {text_of(code)} AS d_{code}" for code in dimensions)
    return f"SELECT {columns}{values} FROM ({text}) f {_joined(dimensions)}"  # noqa: S608


def _joined(dimensions: Collection[str]) -> str:
    """What the dimensions are read from."""
    asked = set(dimensions)
    joins = []
    if asked & OF_LEADS:
        joins.append("JOIN leadqual_lead l ON l.id = f.lead_id")
    if asked & OF_COMPANIES:
        joins.append("LEFT JOIN leadqual_company c ON c.id = l.company_id")
    if "agreement" in asked:
        joins.append(
            "LEFT JOIN sla_agreement a ON a.workspace_id = %(workspace)s AND a.active_since <= f.at"
            " AND (a.superseded_at IS NULL OR a.superseded_at > f.at)"
        )
    if "rule" in asked:
        joins.append("LEFT JOIN LATERAL unnest(f.rules) r (rule) ON TRUE")
    return " ".join(joins)


def is_kind(text: str) -> bool:
    """Whether it names facts; reasons may have been deleted since, so any code will do."""
    head, _, rest = text.partition(":")
    if "\0" in text or len(text) > 80:
        return False
    if head == "path":
        far, _, now = rest.partition(":")
        return far in FUNNEL[1:] and now in Stage.values
    if head == "since":
        what, _, code = rest.partition(":")
        return what in SINCE and bool(code)
    known: dict[str, list[str]] = {
        "entered": Stage.values,
        "reached": [*AFTER_MQL, Stage.LOST],
        "ended": [status for group in _ENDINGS.values() for status in group],
        "followed": ["up", "not"],
        "became": [Stage.MQL.value],
    }
    if head in known:
        return rest in known[head]
    return bool(rest) if head == "rejected" else text in ("mql", "offered", "decided")
