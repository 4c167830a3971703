"""Which versions of the model use a signal, and which signals none does."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Exists, Func, JSONField, OuterRef, Q, QuerySet

from accounts.models import Workspace
from scoring.models import IntentRule, ModelVersion, Signal
from scoring.models.signals import SIGNALS_PER_WORKSPACE

_Status = ModelVersion.Status
_LIVE = (_Status.DRAFT, _Status.PUBLISHED, _Status.SHADOW)


def versions_using(signal: Signal) -> list[ModelVersion]:
    """Those with a rule that names the signal, at first or as a later step; by their numbers."""
    rules = _naming(Q(signal=signal), signal.code).filter(version__workspace=signal.workspace_id)
    return list(ModelVersion.objects.filter(pk__in=rules.values("version")).order_by("number"))


def versions_by_signal(signals: Iterable[Signal]) -> Mapping[int, list[ModelVersion]]:
    """The same of several signals, by their ids, in one query."""
    known = list(signals)
    codes = {(signal.workspace_id, signal.code): signal.pk for signal in known}
    rules = IntentRule.objects.filter(version__workspace__in={s.workspace_id for s in known})
    found: dict[int, set[ModelVersion]] = defaultdict(set)
    for rule in rules.select_related("version"):
        found[rule.signal_id].add(rule.version)
        for code in rule.later_steps:
            found[codes.get((rule.version.workspace_id, code), 0)].add(rule.version)
    return {s.pk: sorted(found[s.pk], key=lambda version: version.number) for s in known}


def used_by(version: ModelVersion) -> QuerySet[Signal]:
    """Those that its rules name, in the order of their codes."""
    named = Signal.objects.filter(_named(Q(version=version)), workspace=version.workspace_id)
    return named.order_by("code")


def in_force(workspace: Workspace) -> list[Signal]:
    """Those that the published version names."""
    published = _named(Q(version__status=_Status.PUBLISHED))
    return list(Signal.objects.of(workspace).filter(published))


def unused(workspace: Workspace) -> list[Signal]:
    """The signals that no version names: they may be deleted."""
    return list(Signal.objects.of(workspace).filter(~_named()))


def current(signals: QuerySet[Signal], *, by: ModelVersion | None = None) -> QuerySet[Signal]:
    """Without those that another has replaced, unless the version `by` names them; without `by`,
    unless one that is open, in force or a shadow does."""
    naming = Q(version=by) if by else Q(version__status__in=_LIVE)
    return signals.filter(Q(successors=None) | _named(naming)).distinct()


def _named(where: Q | None = None) -> Exists:
    """Over signals: a rule names it, of those `where` says."""
    code = Func(OuterRef("code"), function="to_jsonb", output_field=JSONField())
    rules = _naming(Q(signal=OuterRef("pk")), code).filter(
        where or Q(), version__workspace=OuterRef("workspace")
    )
    return Exists(rules)


def _naming(at_first: Q, code: Any) -> QuerySet[IntentRule]:
    return IntentRule.objects.filter(at_first | Q(later_steps__contains=code))


def no_room(workspace: Workspace) -> str:
    """Why there is no other signal, and which may be deleted to make room."""
    names = ", ".join(f"“{signal.name}” ({signal.code})" for signal in unused(workspace))
    full = f"A workspace has room for {SIGNALS_PER_WORKSPACE} signals."
    if not names:
        return f"{full} Versions of the model use every one of them, so none can be deleted."
    return f"{full} Delete what no version of the model uses: {names}."
