"""What keeps a draft from being published, in the words of those who wrote it."""

from collections.abc import Iterator

from scoring.contents import Contents, contents_of
from scoring.engine.fields import DERIVED, UnknownField, field_named, label_of
from scoring.fact_choices import own_facts
from scoring.models import Band, GradeCell, IntentRule, ModelVersion, Signal
from scoring.models.versions import Axis
from scoring.second_looks import second_looks
from scoring.sense import of_row
from scoring.sense_together import together


def problems(draft: ModelVersion) -> list[str]:
    """One sentence for each; empty where the draft may be published."""
    contents, own = contents_of(draft), own_facts(draft.workspace).typed
    rows = [row for part in contents.parts.values() for row in part]
    return [
        *_in_facts(contents),
        *_in_bands(contents),
        *(finding.sentence() for row in rows for finding in of_row(row, own=own)),
        *_in_signals(draft, contents),
        *(finding.sentence() for finding in together(contents)),
    ]


def doubts(draft: ModelVersion) -> list[str]:
    """What may be published and is still worth a second look, one sentence for each."""
    return list(second_looks(contents_of(draft), own_facts(draft.workspace)))


def _in_facts(contents: Contents) -> Iterator[str]:
    for name in contents.setting("required_facts"):
        try:
            field_named(name)
        except UnknownField as error:
            yield f"Facts a rep needs: {error}"
        if name in DERIVED:
            yield (
                f"Facts a rep needs: {label_of(name)} is read out of the job title; "
                "ask for the job title instead."
            )


def _in_bands(contents: Contents) -> Iterator[str]:
    names: dict[str, list[str]] = {}
    for axis in Axis:
        bands = sorted(
            (band for band in contents.rows(Band) if band.axis == axis), key=lambda b: int(b.floor)
        )
        names[axis] = [band.name for band in bands]
        label = axis.label.lower()
        if not bands:
            yield f"The {label} scale needs at least one band."
        elif bands[0].floor > 0:
            yield (
                f"The {label} scale must begin at 0: “{bands[0].name}” begins at {bands[0].floor},"
                " and leads below it would have no band."
            )
    cells = {(cell.fit_band, cell.intent_band) for cell in contents.rows(GradeCell)}
    wanted = {(fit, intent) for fit in names[Axis.FIT] for intent in names[Axis.INTENT]}
    for fit, intent in sorted(wanted - cells):
        yield f"The grade matrix says nothing about {fit} fit with {intent} intent."
    for fit, intent in sorted(cells - wanted):
        yield f"The grade matrix speaks of {fit} fit with {intent} intent, but has no such bands."


def _in_signals(draft: ModelVersion, contents: Contents) -> Iterator[str]:
    known = set(Signal.objects.of(draft.workspace).values_list("code", flat=True))
    for rule in contents.rows(IntentRule):
        if rule.signal.workspace_id != draft.workspace_id:
            yield f"“{rule.name}” uses a signal of another workspace."
        for code in rule.later_steps:
            if code not in known:
                yield f"“{rule.name}”: there is no signal “{code}” (any more)."
