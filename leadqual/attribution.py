"""Where leads come from: source and campaign, the locked first and the moving last touch."""

import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from django.utils.text import slugify

from accounts.models import Workspace
from leadqual.models import Campaign, Lead, Source

CLICK_IDS: Final = ("gclid", "fbclid", "msclkid", "li_fat_id")
UTM: Final = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
TOUCH_KEYS: Final = (*UTM, *CLICK_IDS, "landing_page", "referrer")

Named = tuple[str, str]
"""What is said of a touch's origin: the source by name or code, and the campaign's code."""


def origin(source: str, campaign: str, touch: Mapping[str, str]) -> Named:
    """The source and campaign that are named, else those of the UTM parameters."""
    return source or touch.get("utm_source", ""), campaign or touch.get("utm_campaign", "")


def source_code(name: str) -> str:
    """The code of a source of that name; one without a Latin letter gets a code all the same."""
    plain = name.strip()
    return slugify(plain)[:60] or f"source-{zlib.crc32(plain.encode()):08x}" if plain else ""


def campaign_code(code: str) -> str:
    return code.strip()[:120]


class Origins:
    """The sources and campaigns that a batch names, by name; those that are new are made."""

    def __init__(self, workspace: Workspace, named: Iterable[Named]) -> None:
        self._workspace = workspace
        pairs = [(source_code(source), source, campaign_code(code)) for source, code in named]
        self._sources = self._load_sources({code: name for code, name, _ in reversed(pairs)})
        firsts = {campaign: source for source, _, campaign in reversed(pairs)}
        self._campaigns = self._load_campaigns(firsts)

    def source(self, name: str) -> Source | None:
        return self._sources.get(source_code(name))

    def campaign(self, code: str) -> Campaign | None:
        return self._campaigns.get(campaign_code(code))

    def _load_sources(self, names: Mapping[str, str]) -> dict[str, Source]:
        if not (wanted := names.keys() - {""}):
            return {}
        known = Source.objects.of(self._workspace)
        found = {row.code: row for row in known.filter(code__in=wanted)}
        missing = sorted(wanted - found.keys())
        if missing:
            rows = [
                Source(workspace=self._workspace, code=code, name=names[code].strip()[:80])
                for code in missing
            ]
            # Somebody may make the same one now: theirs is as good, so it is read again.
            Source.objects.bulk_create(rows, ignore_conflicts=True)
            found |= {row.code: row for row in known.filter(code__in=missing)}
        return found

    def _load_campaigns(self, sources: Mapping[str, str]) -> dict[str, Campaign]:
        if not (wanted := sources.keys() - {""}):
            return {}
        known = Campaign.objects.of(self._workspace)
        found = {row.code: row for row in known.filter(code__in=wanted)}
        missing = sorted(wanted - found.keys())
        if missing:
            rows = [
                Campaign(
                    workspace=self._workspace,
                    code=code,
                    name=code,
                    source=self._sources.get(sources[code]),
                )
                for code in missing
            ]
            Campaign.objects.bulk_create(rows, ignore_conflicts=True)
            found |= {row.code: row for row in known.filter(code__in=missing)}
        return found


def source_of(workspace: Workspace, name: str) -> Source | None:
    """The channel of that name or code, made when it is new. Blank gives None."""
    return Origins(workspace, [(name, "")]).source(name)


def campaign_of(workspace: Workspace, code: str, source: Source | None) -> Campaign | None:
    """The campaign of that code, made as one of `source` when it is new. Blank gives None."""
    return Origins(workspace, [(source.code if source else "", code)]).campaign(code)


FIRST: Final = ("first_source", "first_campaign", "first_touch", "first_touch_at")
LAST: Final = ("last_source", "last_campaign", "last_touch", "last_touch_at")


def apply_touch(
    lead: Lead,
    *,
    source: Source | None,
    campaign: Campaign | None,
    touch: Mapping[str, str],
    at: datetime,
    again: bool = True,
) -> set[str]:
    """Lock the first touch once, move the last touch forward; returns the fields that changed.

    With `again` false, a touch that says the same as the last one is not a new one: so facts that
    are sent twice change nothing.
    """
    if source is None and campaign is None and not touch:
        return set()
    changed: set[str] = set()
    if lead.first_touch_at is None:
        lead.first_source, lead.first_campaign = source, campaign
        lead.first_touch, lead.first_touch_at = dict(touch), at
        changed.update(FIRST)
    said = (source and source.pk, campaign and campaign.pk, dict(touch))
    known = (lead.last_source_id, lead.last_campaign_id, lead.last_touch)
    if lead.last_touch_at is None or (at >= lead.last_touch_at and (again or said != known)):
        lead.last_source, lead.last_campaign = source, campaign
        lead.last_touch, lead.last_touch_at = dict(touch), at
        changed.update(LAST)
    return changed
