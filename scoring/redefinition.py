"""What a signal notices, changed: in place, or by a successor where versions that are final use it.

So an edited definition is a draft like every other change of the model: the versions that use
the signal keep it as it is, and the draft's rules go by the new one.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import count

from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from scoring.drafts import open_draft
from scoring.locks import own_model
from scoring.models import IntentRule, ModelVersion, Signal
from scoring.models.signals import DEFINITION
from scoring.signal_use import versions_using
from scoring.signal_words import difference, notices
from scoring.signals import add_signal
from scoring.versions import published_version

_Status = ModelVersion.Status


@dataclass(frozen=True)
class Use:
    """Which versions use a signal, and what editing its definition would therefore do."""

    signal: Signal
    versions: list[ModelVersion]
    draft: ModelVersion | None
    """The workspace's, whether it uses the signal or not."""

    @classmethod
    def of(cls, signal: Signal) -> "Use":
        drafts = ModelVersion.objects.draft().filter(workspace=signal.workspace_id)
        return cls(signal, versions_using(signal), drafts.select_related("author").first())

    @property
    def final(self) -> list[ModelVersion]:
        return [version for version in self.versions if version.status != _Status.DRAFT]

    @property
    def is_draft_only(self) -> bool:
        return bool(self.versions) and not self.final

    @cached_property
    def is_settled(self) -> bool:
        """Neither to be edited nor to be replaced: the draft, or what it would be a copy of, does
        not use it."""
        heir = self.draft or published_version(self.signal.workspace_id)
        return bool(self.final) and heir not in self.versions

    @cached_property
    def successor(self) -> Signal | None:
        """What the open draft has in its place."""
        if self.draft is None:
            return None
        return self.signal.successors.filter(made_for=self.draft).order_by("pk").last()

    @property
    def keeping(self) -> str:
        """“Version 3, which is in force, keeps”; else “Versions 1 and 2 keep”."""
        in_force = [v for v in self.final if v.status == _Status.PUBLISHED]
        if in_force:
            return f"Version {in_force[0].number}, which is in force, keeps"
        *others, last = [str(version.number) for version in self.final]
        return (
            f"Versions {', '.join(others)} and {last} keep" if others else f"Version {last} keeps"
        )

    def settled_sentence(self) -> str:
        """Why it cannot be changed."""
        if self.successor and self.draft:
            return (
                f"{self.draft.author or 'Somebody'} has put another definition in its place in "
                f"draft {self.draft.number}: {notices(self.successor)}."
            )
        where = f"draft {self.draft.number}" if self.draft else "what is in force"
        return (
            f"What it notices is final, for the versions that use it ({self._numbers()}), and "
            f"{where} does not use it. For something else, add a signal of its own."
        )

    def _numbers(self) -> str:
        return ", ".join(str(version.number) for version in self.final)


@transaction.atomic
def redefine(signal: Signal, *, by: User | None, now: datetime) -> Signal:
    """Save what was changed of a signal; returns the one that has the new definition.

    That is another where a final version uses it: one that takes its place in the draft, which
    is opened where there is none. Raises ValidationError where neither is possible, where the
    workspace has no room for another, or leads are being scored for longer than one waits.
    """
    own_model(signal.workspace_id)  # so that nobody publishes what is being changed, nor discards
    stored = Signal.objects.get(pk=signal.pk)
    changed = [name for name in DEFINITION if getattr(stored, name) != getattr(signal, name)]
    use = Use.of(stored)
    if changed and use.final:
        if use.is_settled:
            raise ValidationError(f"Nothing was saved. {use.settled_sentence()}")
        return _succeed(stored, signal, by=by, now=now)
    signal.save()
    signal.refresh_from_db(fields=["classified"])
    return signal


def _succeed(old: Signal, said: Signal, *, by: User | None, now: datetime) -> Signal:
    draft = open_draft(workspace=old.workspace, by=by, now=now)
    new = add_signal(
        Signal(
            workspace=old.workspace,
            code=_own_code(old),
            name=said.name,
            replaces=old,
            made_for=draft,
            **{name: getattr(said, name) for name in DEFINITION},
        )
    )
    for rule in IntentRule.objects.filter(version=draft):
        if rule.signal_id == old.pk or old.code in rule.later_steps:
            rule.signal_id = new.pk if rule.signal_id == old.pk else rule.signal_id
            rule.later_steps = [new.code if c == old.code else c for c in rule.later_steps]
            rule.save(update_fields=["signal", "later_steps"])
    if by is not None:
        told = f"Signal “{new.name}” defined anew: {difference(old, new)}."
        for row in (draft, new):
            LogEntry.objects.log_actions(by.pk, [row], CHANGE, told, single_object=True)
    return new


def _own_code(old: Signal) -> str:
    """The code of the first of its kind with the next number: pricing-page-2."""
    first = old
    while first.replaces is not None:
        first = first.replaces
    taken = set(Signal.objects.of(old.workspace).values_list("code", flat=True))
    codes = (f"{first.code[:56]}-{number}" for number in count(2))
    return next(code for code in codes if code not in taken)
