"""What nurture did to a lead, as entries of its timeline."""

from handoff.models import NurtureStay, NurtureStep, StepDone
from leadqual.models import Lead
from leadqual.timeline import Entry

_TITLES = {
    NurtureStep.Kind.MAIL: "Nurture mail",
    NurtureStep.Kind.TASK: "Task given",
    NurtureStep.Kind.WEBHOOK: "Nurture webhook",
}


def nurture_entries(lead: Lead) -> list[Entry]:
    """All there are, in two queries; a wait is nothing that happened."""
    done = StepDone.objects.filter(lead=lead).exclude(kind=NurtureStep.Kind.WAIT)
    entries = [_given(each) for each in done.select_related("track")]
    stopped = lead.nurture_stays.filter(ended_by__isnull=False)
    entries += [_stopped(each) for each in stopped.select_related("track", "ended_by")]
    if lead.unsubscribed_at:
        entries.append(
            Entry(lead.unsubscribed_at, "unsubscribed", lead.pk, "Unsubscribed from our mails")
        )
    return entries


def _given(done: StepDone) -> Entry:
    title = f"{_TITLES[NurtureStep.Kind(done.kind)]} of the track {done.track}"
    return Entry(done.at, "nurture", done.pk, title, done.words)


def _stopped(stay: NurtureStay) -> Entry:
    return Entry(
        stay.ended_at or stay.entered_at,
        "nurture_end",
        stay.pk,
        f"The track {stay.track} was stopped",
        person=str(stay.ended_by),
    )
