"""How the mails and tasks of a track will read, while they are typed, with a real lead's facts."""

from collections.abc import Mapping
from dataclasses import dataclass

from accounts.models import Workspace
from handoff.models import NurtureStep
from handoff.nurture_mails import BadText, check, fill
from leadqual.models import Company, Lead
from leadqual.stages import Stage

CHOICES = 10


@dataclass(frozen=True)
class Reads:
    """`problem` says what is wrong with the text; it is then shown as it is typed."""

    kind: str
    subject: str
    body: str
    problem: str = ""


def sample_leads(workspace: Workspace) -> list[Lead]:
    """The newest in nurture, else the newest of all; none in a new workspace."""
    leads = Lead.objects.of(workspace).present().order_by("-captured_at", "-pk")
    nurtured = list(leads.filter(stage=Stage.NURTURE)[:CHOICES])
    return nurtured or list(leads[:CHOICES])


def preview_of(workspace: Workspace, typed: Mapping[str, str]) -> list[Reads]:
    """The mails and tasks among the rows that were typed, in their order on the page."""
    lead = _lead(workspace, typed.get("preview_lead", ""))
    rows = [
        name.removesuffix("-kind")
        for name, kind in typed.items()
        if name.startswith("steps-")
        and name.endswith("-kind")
        and "__prefix__" not in name
        and kind in (NurtureStep.Kind.MAIL, NurtureStep.Kind.TASK)
    ]
    return [_reads(row, typed, workspace, lead) for row in rows]


def _reads(row: str, typed: Mapping[str, str], workspace: Workspace, lead: Lead) -> Reads:
    kind = NurtureStep.Kind(typed[f"{row}-kind"])
    subject = typed.get(f"{row}-subject", "")
    body = typed.get(f"{row}-body", "") if kind == NurtureStep.Kind.MAIL else ""
    try:
        check(subject, workspace)
        check(body, workspace)
    except BadText as bad:
        return Reads(str(kind.label), subject, body, problem=str(bad))
    return Reads(str(kind.label), fill(subject, lead), fill(body, lead))


def _lead(workspace: Workspace, pk: str) -> Lead:
    """The chosen one, else the newest; where there is none, one that is made up and not kept."""
    leads = Lead.objects.of(workspace).present().select_related("company", "owner", "workspace")
    chosen = leads.filter(pk=int(pk)).first() if pk.isdecimal() and len(pk) < 19 else None
    newest = chosen or leads.order_by("-captured_at", "-pk").first()
    return newest or Lead(
        workspace=workspace,
        first_name="Hanna",
        last_name="Weiss",
        job_title="Head of IT",
        challenge="too many tools",
        company=Company(workspace=workspace, name="Acme"),
    )
