"""What the rules of a model from elsewhere name and a workspace lacks, or calls otherwise."""

from collections.abc import Iterator, Mapping

from accounts.models import Workspace
from leadqual.models import Source
from scoring.contents import Contents
from scoring.engine.fields import FIELDS, ICP
from scoring.engine.rules import values_of
from scoring.fact_choices import custom_facts
from scoring.models import IntentRule, NamedList
from scoring.models.rules import ConditionFields, Operator
from scoring.rule_words import ON_LISTS

_SOURCE_FACTS = frozenset({"first_source", "last_source"})
_WHOLE = frozenset({Operator.EQUALS, Operator.IN_LIST, Operator.NOT_IN_LIST})


def _conditions(contents: Contents) -> Iterator[ConditionFields]:
    for rows in contents.parts.values():
        yield from (row for row in rows if isinstance(row, ConditionFields))


def unknown_sources(contents: Contents, workspace: Workspace) -> list[str]:
    named = {code for rule in contents.rows(IntentRule) for code in rule.source_points}
    lists = {each.name: each.entries for each in contents.rows(NamedList)}
    for row in _conditions(contents):
        values = [str(value) for value in values_of(row)]
        if row.field in _SOURCE_FACTS and row.operator in _WHOLE:
            named.update(values)
        elif row.field in _SOURCE_FACTS and row.operator in ON_LISTS:
            named.update(entry for name in values for entry in lists.get(name, ()))
    known = {code.lower() for code in Source.objects.of(workspace).values_list("code", flat=True)}
    return sorted(code for code in named if code.lower() not in known)


def _named_facts(contents: Contents) -> set[str]:
    return {row.field for row in _conditions(contents)} | set(contents.setting("required_facts"))


def other_labels(
    contents: Contents, there: Mapping[str, str], here: Mapping[str, str]
) -> list[tuple[str, str, str]]:
    """Of one key and another label: 50,000 euros are not 50,000 pounds."""
    both = sorted(_named_facts(contents) & there.keys() & here.keys())
    return [(name, there[name], here[name]) for name in both if there[name] != here[name]]


def unknown_facts(contents: Contents, workspace: Workspace) -> list[str]:
    named = _named_facts(contents)
    own = {name for name in named if name not in FIELDS and name != ICP}
    return sorted(own - {name for name, _ in custom_facts(workspace)}) if own else []
