"""What a lead's page says of nurture: its track, what was done, what comes next, what wakes it."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from handoff import nurture
from handoff.models import NurtureStay, NurtureStep, NurtureTrack, StepDone
from handoff.nurture_mails import says
from handoff.nurture_steps import over_because
from handoff.nurture_tracks import done_in, goes_on_with, steps_of
from leadqual.models import Lead
from leadqual.stages import Stage

EARLIER = 5


@dataclass(frozen=True)
class Ahead:
    """A step that the lead has not been given in this stay; `at` is when the next one is due."""

    step: NurtureStep
    words: str
    at: datetime | None = None


class NurturePanel:
    def __init__(self, lead: Lead, *, now: datetime) -> None:
        self.lead, self.now = lead, now

    @property
    def is_nurtured(self) -> bool:
        return self.lead.stage == Stage.NURTURE

    @cached_property
    def stay(self) -> NurtureStay | None:
        """The present one."""
        stays = self.lead.nurture_stays.filter(left_at=None)
        return stays.select_related("reason", "track__then", "ended_by").first()

    @property
    def track(self) -> NurtureTrack | None:
        return self.stay.track if self.stay else None

    @cached_property
    def done(self) -> list[StepDone]:
        """Of the present stay, in order."""
        return list(self.stay.steps_done.order_by("at", "pk")) if self.stay else []

    @property
    def over(self) -> str:
        """Why nothing more is sent, as of now; blank while something is."""
        if self.stay is None or self.track is None:
            return ""
        if self.stay.ended_because:
            return str(self.stay.get_ended_because_display())
        because = over_because(self.lead, self.stay)
        return str(because.label) if because else ""

    @cached_property
    def ahead(self) -> list[Ahead]:
        """The steps of its track that are still to come, the next one with its moment."""
        if self.stay is None or self.track is None or self.over:
            return []
        done, place = done_in(self.stay), self.stay.place
        steps = [s for s in steps_of(self.track) if s.position >= place and s.pk not in done]
        moments = [self.stay.next_at, *(None for _ in steps)]
        return [Ahead(s, says(s, self.lead), at) for s, at in zip(steps, moments, strict=False)]

    @property
    def follower(self) -> NurtureTrack | None:
        """The track that it goes on with behind this one."""
        if self.stay is None or self.track is None or self.over:
            return None
        given = done_in(self.stay) | {each.step.pk for each in self.ahead}
        return goes_on_with(self.track, done=given)

    @cached_property
    def earned(self) -> nurture.Earned | None:
        return nurture.earned(self.lead, self.stay, now=self.now) if self.is_nurtured else None

    @cached_property
    def tracks(self) -> list[NurtureTrack]:
        """Those that a person may choose."""
        return list(NurtureTrack.objects.of(self.lead.workspace).filter(is_active=True))

    @cached_property
    def earlier(self) -> list[NurtureStay]:
        """The latest ones that are over, newest first, with what was done in them."""
        over = self.lead.nurture_stays.exclude(left_at=None).select_related("reason", "track")
        return list(over.prefetch_related("steps_done").order_by("-left_at", "-pk")[:EARLIER])

    @property
    def is_empty(self) -> bool:
        return not self.is_nurtured and not self.earlier
