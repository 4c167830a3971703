"""The clause about rejected leads that come back: kept warm, woken, and who never is."""

from handoff.agreement.facts import Facts
from handoff.agreement.listing import both, items, number_of
from handoff.condition_words import in_words
from handoff.lead_conditions import Conditions
from handoff.models import NurtureStep, NurtureTrack
from sla.agreement_text import Line

_Kind = NurtureStep.Kind


def ways_back(facts: Facts) -> list[Line]:
    points = facts.contents.setting("wake_points")
    cycles = facts.policy.max_cycles
    return [
        Line(
            "A lead that goes back to nurture keeps its whole history. Whoever is offered it again "
            "sees who had it before, and why it came back."
        ),
        *_tracks(facts),
        Line(
            "It wakes on the day that its reason gives, or before that by new intent: "
            f"{number_of(points, 'point')} earned since it went to nurture, where its reason does "
            "not say otherwise. The old total wakes nobody."
        ),
        Line(
            "Woken, it becomes an MQL again when the definition above holds: that is its next "
            f"cycle. Up to {number_of(cycles, 'cycle')} it is offered by itself; after that a "
            "manager decides."
        ),
        Line(
            "Disqualified leads are not offered again; only a marketing manager reopens one, with "
            "a reason. Who has unsubscribed gets no more mails of any track, and who has been "
            "erased is not kept."
        ),
    ]


def _tracks(facts: Facts) -> list[Line]:
    coming = [(track, asked) for track, asked in facts.tracks if not track.stale_days]
    stale = [(track, asked) for track, asked in facts.tracks if track.stale_days]
    if not coming:
        first = [Line("No nurture track is in use: nothing is sent to it by itself meanwhile.")]
    else:
        first = list(
            items(
                "It is kept warm on the track that the reason names, else on the first of these "
                "that fits it:",
                (_track(track, asked, facts) for track, asked in coming),
            )
        )
    return [
        *first,
        *items(
            "Leads in nurture that do nothing for long come onto these:",
            (
                f"{_track(track, asked, facts)} After {number_of(track.stale_days or 0, 'day')} "
                "without any activity."
                for track, asked in stale
            ),
        ),
    ]


def _track(track: NurtureTrack, asked: Conditions, facts: Facts) -> str:
    whom = in_words(asked, sources=facts.names.sources, facts=facts.names.labels)
    steps = list(track.steps.all())
    waits = sum(step.days or 0 for step in steps if step.kind == _Kind.WAIT)
    kinds = ((_Kind.MAIL, "mail"), (_Kind.TASK, "task"), (_Kind.WEBHOOK, "webhook"))
    counts = [(sum(step.kind == kind for step in steps), word) for kind, word in kinds]
    given = both([number_of(count, word) for count, word in counts if count]) or "no steps"
    over = f" over {number_of(waits, 'day')}" if waits else ""
    return f"“{track.name}”, for {whom}: {given}{over}."
