"""By what figures are filtered and laid out line by line, and what the values are called."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from accounts.models import Membership, User, Workspace
from handoff.models import Pool, Tier
from leadqual.countries import country_name
from leadqual.models import Campaign, Source

NONE: Final = "(blank)"
"""As a filter in the URL: what has no source, no rep … No slug or id reads so."""


@dataclass(frozen=True)
class Dimension:
    """`sql` is its value as text in a fact's FROM (see `facts`), blank or null where none is known.

    `names` gives the words of values. `blank` is what the line of the unknown is called.
    """

    code: str
    label: str
    blank: str
    sql: str
    names: "Names"


Names = Callable[[Workspace, Iterable[str]], Mapping[str, str]]


def _ids(values: Iterable[str]) -> list[int]:
    """Anybody can write anything into an address; what can be no id has no name."""
    return [
        int(value) for value in values if value.isascii() and value.isdigit() and len(value) < 19
    ]


def _of(model: type[Source] | type[Campaign] | type[Pool] | type[Tier]) -> Names:
    def names(workspace: Workspace, values: Iterable[str]) -> dict[str, str]:
        rows = model.objects.of(workspace).filter(pk__in=_ids(values))
        return {str(pk): name for pk, name in rows.values_list("pk", "name")}

    return names


def _people(workspace: Workspace, values: Iterable[str]) -> dict[str, str]:
    """Of whoever is or was a member: others are not named, whatever id an address asks about."""
    members = Membership.objects.of(workspace).values("user")
    people = User.objects.filter(pk__in=_ids(values)).filter(pk__in=members)
    return {str(person.pk): str(person) for person in people}


def _as_they_are(workspace: Workspace, values: Iterable[str]) -> dict[str, str]:
    return {value: value for value in values}


def _numbered(word: str) -> Names:
    return lambda workspace, values: {value: f"{word} {value}" for value in values}


def _countries(workspace: Workspace, values: Iterable[str]) -> dict[str, str]:
    return {value: country_name(value) for value in values}


SEGMENTS: Final = {
    "1": "1 to 10 people",
    "11": "11 to 50 people",
    "51": "51 to 200 people",
    "201": "201 to 1,000 people",
    "1001": "More than 1,000 people",
}
"""Segments are companies of a size; the key is the least number of employees."""
_SEGMENT_SQL: Final = (
    "CASE WHEN c.employees > 1000 THEN '1001' WHEN c.employees > 200 THEN '201' "
    "WHEN c.employees > 50 THEN '51' WHEN c.employees > 10 THEN '11' "
    "WHEN c.employees >= 1 THEN '1' END"
)


def _segments(workspace: Workspace, values: Iterable[str]) -> Mapping[str, str]:
    return SEGMENTS


ALL: Final = (
    Dimension("source", "Source", "Without a source", "l.first_source_id", _of(Source)),
    Dimension("campaign", "Campaign", "Without a campaign", "l.first_campaign_id", _of(Campaign)),
    Dimension("segment", "Segment", "Size not known", _SEGMENT_SQL, _segments),
    Dimension("industry", "Industry", "Industry not known", "c.industry", _as_they_are),
    Dimension("region", "Region", "Region not known", "c.region", _as_they_are),
    Dimension(
        "country",
        "Country",
        "Country not known",
        "coalesce(nullif(c.country, ''), l.country)",
        _countries,
    ),
    Dimension("tier", "Tier", "Without a tier", "f.tier_id", _of(Tier)),
    Dimension("grade", "Grade", "Without a grade", "f.grade", _as_they_are),
    Dimension("rep", "Rep", "Without a rep", "f.rep_id", _people),
    Dimension("pool", "Pool", "Without a pool", "f.pool_id", _of(Pool)),
    Dimension("cycle", "Cycle", "Before the first", "nullif(f.cycle, 0)", _numbered("Cycle")),
    Dimension("model", "Model version", "Not scored", "f.model_version", _numbered("Version")),
    Dimension("agreement", "Agreement", "No agreement", "a.number", _numbered("Agreement")),
    # A decided offer stands in the line of each rule that spoke for its lead.
    Dimension("rule", "Rule", "No rule hit", "r.rule", _as_they_are),
)
DIMENSIONS: Final[Mapping[str, Dimension]] = {one.code: one for one in ALL}
OF_COMPANIES: Final = frozenset({"segment", "industry", "region", "country"})
OF_LEADS: Final = OF_COMPANIES | {"source", "campaign"}
"""Told by the lead (with its company) alone, whatever happened to it."""


def text_of(code: str) -> str:
    """SQL of the dimension's value as text, as it is stored and compared; blank where not known."""
    return f"left(coalesce(({DIMENSIONS[code].sql})::text, ''), 200)"


def leads_of(code: str, value: str) -> str:
    """SQL: whether that is the lead's value of a dimension in OF_LEADS; `value` is the parameter
    filter_<code>. Where it can, it compares the column itself, of which PostgreSQL knows how many
    rows have it."""
    column, parameter = DIMENSIONS[code].sql, f"%(filter_{code})s"
    if code in ("industry", "region") and 0 < len(value) < 200:
        return f"{column} = {parameter}"
    if code in ("source", "campaign") and [str(pk) for pk in _ids([value])] == [value]:
        return f"{column} = {parameter}::bigint"
    return f"{text_of(code)} = {parameter}"


def names_of(workspace: Workspace, dimension: Dimension, values: Iterable[str]) -> dict[str, str]:
    """What people call the values; one query at most. A value that no row has keeps itself."""
    wanted = set(values)
    known = dimension.names(workspace, wanted - {""})
    return {value: known.get(value, value) if value else dimension.blank for value in wanted}
