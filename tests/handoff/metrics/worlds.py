"""Random worlds: a few leads, and deeds that write their rows in any order and mess."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from hypothesis import strategies as st

from accounts.models import User, Workspace
from handoff.models import Handoff, Pool, RejectionReason, Tier
from handoff.transitions.moving import count_no_longer
from leadqual.models import Campaign, Company, Lead, Source, StageMove, Touch
from leadqual.stages import Stage
from tests.builders import make_company, make_lead, make_source, make_user

# Around New Year, whose week belongs to one of the years alone, and around the day on which the
# clocks of Berlin go forward. Whole hours and a second beside them: often equal, often midnight.
CLUSTERS = (datetime(2024, 12, 28, 20, tzinfo=UTC), datetime(2025, 3, 29, 20, tzinfo=UTC))
MOMENTS = st.builds(
    lambda start, hours, seconds: start + timedelta(hours=hours, seconds=seconds),
    st.sampled_from(CLUSTERS),
    st.integers(0, 90),
    st.sampled_from([0, 0, 0, 1, -1]),
)
ZONES = ("Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu", "Australia/Lord_Howe")
COUNTING = (
    "moved", "moved", "moved", "moved", "moved", "offered", "offered", "ended", "ended", "touched",
    "touched",
)  # fmt: skip
CHANGING = (
    "touch_moved", "touch_gone", "source_told", "campaign_told", "company_told", "company_says",
    "taken_back", "moves_handed_over", "offer_handed_over", "touches_handed_over", "reason_renamed",
    "packet_emptied", "zone_changed", "rerouted",
)  # fmt: skip
DEEDS = st.tuples(
    st.sampled_from([*COUNTING, *CHANGING]),
    st.integers(0, 5),
    st.integers(0, 11),
    MOMENTS,
)
Deed = tuple[str, int, int, datetime]
STORIES = st.lists(DEEDS, min_size=12, max_size=30)
_STAGES = ("mql", "mql", "sal", "mql", "sql", "won", "lost", "nurture", "opportunity", "mql", "new")
_RULES = [
    {"name": "Pricing page", "hit": True, "points": 10},
    {"name": "Student", "hit": True, "points": -20},
    {"name": "Webinar", "hit": False, "points": 5},
    {"name": "Pricing page", "hit": True, "points": 5},
    {"name": "Head of IT", "hit": True, "points": 20},
]


@dataclass
class World:
    """Three leads, with two of everything that they may have. `who`, `n` and `at` of a deed are
    read as it likes; what cannot be done is left."""

    workspace: Workspace
    reps: list[User] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    campaigns: list[Campaign] = field(default_factory=list)
    companies: list[Company] = field(default_factory=list)
    pools: list[Pool] = field(default_factory=list)
    tiers: list[Tier] = field(default_factory=list)
    reasons: list[RejectionReason] = field(default_factory=list)
    leads: list[Lead] = field(default_factory=list)

    def __post_init__(self) -> None:
        of: dict[str, Any] = {"workspace": self.workspace}
        for n, name in enumerate(("one", "two")):
            self.reps.append(make_user(name=f"Rep {name}"))
            self.sources.append(make_source(self.workspace, code=name))
            self.campaigns.append(Campaign.objects.create(**of, code=name, name=name))
            self.companies.append(
                make_company(
                    self.workspace, industry=name, region="", country="DE", employees=n or None
                )
            )
            self.pools.append(Pool.objects.create(**of, name=name))
            self.tiers.append(Tier.objects.create(**of, code=name, name=name, position=n))
            self.reasons.append(RejectionReason.objects.create(**of, code=name, name=name))
        for n in range(3):
            source = self.sources[n] if n < 2 else None
            lead = make_lead(
                self.workspace,
                first_source=source,
                company=self.companies[n % 2],
                country="AT" if n else "",
            )
            self.leads.append(lead)
            self._record(lead, to="new", start="", at=CLUSTERS[0], cycle=0)

    def do(self, deed: Deed) -> None:
        name, who, n, at = deed
        getattr(self, f"_{name}")(self.leads[who % 3], n, at)

    def _record(self, lead: Lead, *, to: str, start: str, at: datetime, **fields: Any) -> None:
        fields = {"rule": "test", "cycle": 1, **fields}
        StageMove.objects.create(
            workspace=self.workspace, lead=lead, to_stage=to, from_stage=start, at=at, **fields
        )
        self._stand(lead)

    def _stand(self, lead: Lead) -> None:
        """As the lifecycle leaves it: where the latest move of its latest cycle led."""
        last = StageMove.objects.filter(lead=lead).order_by("cycle", "at", "pk").last()
        stage, cycle = (last.to_stage, last.cycle) if last else ("new", 0)
        Lead.objects.filter(pk=lead.pk).update(stage=stage, cycle=cycle)

    def _moved(self, lead: Lead, n: int, at: datetime) -> None:
        to = _STAGES[n % len(_STAGES)]
        cycle = (0 if to in ("new", "nurture") else 1) if n % 2 else 1 + (at.hour % 3 == 0)
        start = "mql" if to == "sal" else "" if n == 3 or to == "nurture" else "nurture"
        self._record(
            lead,
            to=to,
            start=start,
            at=at,
            rule="accepted" if to == "sal" else "test",
            cycle=cycle,
            counted=at.hour % 7 > 0,
            rep=self.reps[n % 2] if n % 3 == 0 and cycle else None,
            grade="AB"[n % 2] if at.hour % 2 else "",
            model_version=1 + n % 2 if at.hour % 2 else None,
            imported=n % 4 == 0,
        )

    def _offered(self, lead: Lead, n: int, at: datetime) -> None:
        if lead.handoffs.open().exists():
            return
        pick = n % 2
        Handoff.objects.create(
            workspace=self.workspace, lead=lead, rep=self.reps[pick], cycle=1 + n % 3 // 2,
            offered_at=at, due_at=at, fit=50, intent=50, grade="AB"[pick], model_version=1 + pick,
            why_now="", packet={"explanation": {"rules": _RULES[: n % 6]}} if n % 4 else {},
            pool=self.pools[pick] if n % 3 else None, tier=self.tiers[pick] if n % 5 else None,
            viewed_at=at + timedelta(hours=n) if n % 3 else None,
        )  # fmt: skip

    def _ended(self, lead: Lead, n: int, at: datetime) -> None:
        offer = lead.handoffs.open().first()
        if offer is None:
            return
        status = ("accepted", "rejected", "accepted", "expired", "withdrawn", "not_mine")[n % 6]
        moment = {"expired": "expired_at", "withdrawn": "withdrawn_at"}.get(status, "decided_at")
        fields: dict[str, Any] = {"status": status, moment: at}
        if moment == "decided_at":
            fields["decided_by"] = self.reps[0]
        if status == "rejected":
            fields["reason"] = self.reasons[n % 2]
        Handoff.objects.filter(pk=offer.pk).update(**fields)

    def _rerouted(self, lead: Lead, n: int, at: datetime) -> None:
        lead.handoffs.filter(cycle=1).update(rep=self.reps[n % 2], pool=self.pools[n % 2])

    def _touched(self, lead: Lead, n: int, at: datetime) -> None:
        Touch.objects.create(
            workspace=self.workspace, lead=lead, kind="call", outcome="reached", occurred_at=at,
            by=self.reps[0],
        )  # fmt: skip

    def _touch_moved(self, lead: Lead, n: int, at: datetime) -> None:
        Touch.objects.filter(lead=lead).update(occurred_at=at)

    def _touch_gone(self, lead: Lead, n: int, at: datetime) -> None:
        Touch.objects.filter(lead=lead).delete()

    def _touches_handed_over(self, lead: Lead, n: int, at: datetime) -> None:
        Touch.objects.filter(lead=lead).update(lead=self.leads[n % 3])

    def _source_told(self, lead: Lead, n: int, at: datetime) -> None:
        source = (None, *self.sources)[n % 3]
        Lead.objects.filter(pk=lead.pk).update(first_source=source)

    def _campaign_told(self, lead: Lead, n: int, at: datetime) -> None:
        campaign = (None, *self.campaigns)[n % 3]
        Lead.objects.filter(pk=lead.pk).update(first_campaign=campaign)

    def _company_told(self, lead: Lead, n: int, at: datetime) -> None:
        company = (None, *self.companies)[n % 3]
        Lead.objects.filter(pk=lead.pk).update(company=company, country=("", "AT")[n % 2])

    def _company_says(self, lead: Lead, n: int, at: datetime) -> None:
        sizes = (None, 2, 1, 10, 11, 50, 51, 200, 201, 1000, 1001, 5000)
        Company.objects.filter(pk=self.companies[n % 2].pk).update(
            employees=sizes[n], region=("", "North")[n % 2], country=("", "FR", "DE")[n % 3]
        )

    def _taken_back(self, lead: Lead, n: int, at: datetime) -> None:
        accepted = StageMove.objects.filter(lead=lead, to_stage=Stage.SAL, counted=True)
        if acceptance := accepted.filter(from_stage=Stage.MQL, rule="accepted").first():
            count_no_longer(acceptance)

    def _moves_handed_over(self, lead: Lead, n: int, at: datetime) -> None:
        other = self.leads[n % 3]
        StageMove.objects.filter(lead=lead, cycle__gt=n % 2).update(lead=other)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL leadqual.merging = 'on'")
            StageMove.objects.filter(lead=other, cycle=1, at__gt=at).update(cycle=2)
            cursor.execute("SET LOCAL leadqual.merging = 'off'")
        self._stand(lead)
        self._stand(other)

    def _offer_handed_over(self, lead: Lead, n: int, at: datetime) -> None:
        offers = lead.handoffs.exclude(status="open")
        offers.update(lead=self.leads[n % 3], cycle=1 + n % 2, offered_at=at)

    def _reason_renamed(self, lead: Lead, n: int, at: datetime) -> None:
        reason = self.reasons[n % 2]
        RejectionReason.objects.filter(pk=reason.pk).update(code=f"was-{reason.pk}")

    def _packet_emptied(self, lead: Lead, n: int, at: datetime) -> None:
        lead.handoffs.update(packet={})

    def _zone_changed(self, lead: Lead, n: int, at: datetime) -> None:
        Workspace.objects.filter(pk=self.workspace.pk).update(timezone=ZONES[n % len(ZONES)])
        self.workspace.refresh_from_db()
