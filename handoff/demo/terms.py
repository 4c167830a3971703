"""Which promise counted when: of the agreements that were in force one after the other, or of the
defaults where nothing was ever signed."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime

from accounts.models import Workspace
from handoff.models import RejectionReason, Tier
from sla.business_time import Calendar
from sla.calendars import calendars_by_id
from sla.models import Agreement, Commitment

Promises = dict[tuple[str, str], Commitment]


class Terms:
    def __init__(self, workspace: Workspace) -> None:
        signed = Agreement.objects.of(workspace).filter(active_since__isnull=False)
        versions = list(signed.order_by("active_since"))
        self.since = [version.active_since for version in versions if version.active_since]
        self.promised = [_by_code(version.commitments.all()) for version in versions]
        self.reasons = [
            frozenset(reason["code"] for reason in (version.terms or {})["reasons"])
            for version in versions
        ]
        if not versions:
            self.promised = [_by_code(Commitment.objects.of(workspace).in_force())]
            reasons = RejectionReason.objects.of(workspace).active()
            self.reasons = [frozenset(reasons.values_list("code", flat=True))]
        rows = [promise for promises in self.promised for promise in promises.values()]
        self.calendars = calendars_by_id(promise.calendar_id for promise in rows)
        [self.hours] = {
            self.calendars[row.calendar_id]
            for row in rows
            if row.code == Commitment.Code.DECIDE_OFFER
        }

    def promise(
        self, code: Commitment.Code, tier: Tier | None, *, at: datetime
    ) -> Commitment | None:
        """That of the tier, else the one for any; None: nothing is promised."""
        promised = self.promised[self._place(at)]
        own = promised.get((code, tier.code)) if tier else None
        return own or promised.get((code, ""))

    def allowed(self, *, at: datetime) -> frozenset[str]:
        """The codes of the reasons that could be given."""
        return self.reasons[self._place(at)]

    def _place(self, at: datetime) -> int:
        """Before the first was signed it is as if it were."""
        return max(0, bisect_right(self.since, at) - 1)

    def calendar(self, promise: Commitment) -> Calendar:
        return self.calendars[promise.calendar_id]


def _by_code(promises: Iterable[Commitment]) -> Promises:
    return {(promise.code, promise.tier_code): promise for promise in promises}
