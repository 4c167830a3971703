"""How reasons and rules in the admin stand to those that were signed: what counts only later."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from accounts.models import Workspace
from handoff.agreement.in_force import RULES, differs
from handoff.models import HandoffPolicy, RejectionReason
from sla.models import Agreement

_BINDING = (Agreement.Status.ACTIVE, Agreement.Status.PROPOSED)


@dataclass(frozen=True)
class Signed:
    """The agreement in force of a workspace, by its number, and in words what has changed in the
    admin since; none: nothing has."""

    workspace: Workspace
    number: int
    differences: list[str]


def signed_in(
    workspaces: Iterable[Workspace], *, only: RejectionReason | None = None
) -> list[Signed]:
    """Of the workspaces that have an agreement; `only` one reason's differences, or of all."""
    by_pk = {workspace.pk: workspace for workspace in workspaces}
    active = Agreement.objects.filter(workspace__in=by_pk).active().order_by("workspace")
    return [
        Signed(by_pk[workspace], number, _differences(by_pk[workspace], reasons, only=only))
        for workspace, number, reasons in active.values_list(
            "workspace", "number", "terms__reasons"
        )
        if reasons is not None
    ]


def _differences(
    workspace: Workspace, signed: list[dict[str, Any]], *, only: RejectionReason | None
) -> list[str]:
    rows = [only] if only else list(RejectionReason.objects.of(workspace))
    codes = {terms["code"] for terms in signed}
    words = [_of(row, signed, codes) for row in rows]
    return [each for each in words if each]


def _of(row: RejectionReason, signed: list[dict[str, Any]], codes: set[str]) -> str:
    if row.code not in codes:
        return f"“{row}” is not in it, so it is not offered yet." if row.is_active else ""
    fields = differs(row, signed)
    if not row.is_active:
        return f"“{row}” is in use no longer, but was signed: it is offered until then."
    return f"“{row}” was signed otherwise: {', '.join(fields)}." if fields else ""


def policy_signed_in(workspaces: Iterable[Workspace]) -> list[Signed]:
    """The same of the policies: in which of its rules one has been changed since."""
    by_pk = {workspace.pk: workspace for workspace in workspaces}
    active = Agreement.objects.filter(workspace__in=by_pk).active().order_by("workspace")
    rows = HandoffPolicy.objects.in_bulk(by_pk)
    return [
        Signed(by_pk[workspace], number, _changed(rows[workspace], terms))
        for workspace, number, terms in active.values_list("workspace", "number", "terms__policy")
        if terms is not None and workspace in rows
    ]


def _changed(policy: HandoffPolicy, terms: Mapping[str, Any]) -> list[str]:
    return [
        f"{str(HandoffPolicy._meta.get_field(name.removesuffix('_id')).verbose_name).capitalize()} "  # type: ignore[union-attr]
        "was signed otherwise."
        for name in RULES
        if name in terms and getattr(policy, name) != terms[name]
    ]


def binding(
    workspace_id: int,
    *,
    reason: str = "",
    track: int | None = None,
    framework: int | None = None,
) -> str:
    """Which agreement, active or waiting for signatures, names the reason (by its code), the
    nurture track or the scorecard (by its id), such as “agreement 3”; blank where none does."""
    found = Agreement.objects.filter(workspace=workspace_id, status__in=_BINDING)
    for number, reasons, policy in found.values_list("number", "terms__reasons", "terms__policy"):
        asked = {(policy or {}).get(name) for name in ("discovery_id", "final_word_id")}
        named = any(_names(terms, reason, track) for terms in reasons or ())
        if named or (framework is not None and framework in asked):
            return f"agreement {number}"
    return ""


def _names(terms: Mapping[str, Any], reason: str, track: int | None) -> bool:
    if reason and terms["code"] == reason:
        return True
    return track is not None and terms.get("track_id") == track
