"""The terms of an agreement for the machine: what is enforced once it is signed. JSON throughout.

Rows are read with their columns by name (a track by its id, `track_id`).
"""

from typing import Any, Final

from django.db.models import Model

from handoff.agreement.facts import Facts
from handoff.agreement.promise_words import in_order
from sla.agreement_versions import TERMS
from sla.models import Agreement

_NOT_PROMISED: Final = frozenset({"id", "workspace_id", "agreement_id", "retired_at"})
_OF_TIER: Final = ("code", "name", "grades", "employees_from", "employees_to", "playbook", "is_hot")
_OF_POLICY: Final = (
    *("scorecard_gate", "discovery_id", "final_word_id", "max_cycles", "hold_until_signed"),
)


def terms_of(facts: Facts) -> dict[str, Any]:
    """`reasons`: every column of each allowed reason, in their order. `commitments`: every column
    of each promise but its id, with the calendar's name. `tiers`, `policy`, `owed`: as named."""
    return {
        "number": facts.agreement.number,
        "model_version": facts.model.number if facts.model else None,
        "reasons": [columns(reason) for reason in facts.reasons],
        "commitments": [
            {
                **{
                    name: value for name, value in columns(row).items() if name not in _NOT_PROMISED
                },
                "calendar": row.calendar.name,
            }
            for row in in_order(facts)
        ],
        "tiers": [{name: getattr(tier, name) for name in _OF_TIER} for tier in facts.tiers],
        "policy": {
            **{name: getattr(facts.policy, name) for name in _OF_POLICY},
            "wake_points": facts.contents.setting("wake_points"),
            "demote_margin": facts.contents.setting("demote_margin"),
        },
        "owed": {_column(name): getattr(facts.agreement, _column(name)) for name in TERMS},
    }


def columns(row: Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def _column(name: str) -> str:
    return str(Agreement._meta.get_field(name).attname)  # type: ignore[union-attr]
