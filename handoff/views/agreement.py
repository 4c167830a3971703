"""The agreement to be read: any version of it, what it changes, and on A4."""

from typing import Any

from django.db.models import prefetch_related_objects
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Permission, WorkspaceRequest, workspace_view
from accounts.models import Workspace
from handoff.agreement.differences import differences
from handoff.agreement.drafting import Document, document_of
from handoff.agreement.paper import Paper, paper_of
from handoff.agreement.pdf import pdf_of
from handoff.agreement.signers import SIGN_FOR
from handoff.models import HandoffPolicy
from scoring.versions import published_version
from sla import agreements
from sla.agreement_text import canonical, read
from sla.models import Agreement, AgreementQuerySet


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def agreement(request: WorkspaceRequest) -> HttpResponse:
    """The one in force, else the one that waits for signatures, else the draft."""
    here = request.workspace
    found = agreements.active(here) or agreements.proposed(here) or agreements.draft_of(here)
    if found is None:
        return render(request, "handoff/agreement/none.html", {"policy": _policy(here)})
    return version_page(request, version_of(request, found.number))


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def agreement_version(request: WorkspaceRequest, number: int) -> HttpResponse:
    return version_page(request, version_of(request, number))


def version_page(
    request: WorkspaceRequest, shown: Agreement, *, refused: str = "", status: int = 200
) -> HttpResponse:
    """`refused`: why what somebody wanted to do to this version was not done."""
    here = request.workspace
    prefetch_related_objects([shown], "signatures")
    versions = list(Agreement.objects.of(here).defer("document", "terms"))
    by_status = {version.status: version for version in versions}
    running = published_version(here)
    context = {
        "paper": paper_for(shown, document_of(shown, now=timezone.now())),
        "shown": shown,
        "refused": refused,
        "draft": by_status.get(Agreement.Status.DRAFT),
        "proposed": by_status.get(Agreement.Status.PROPOSED),
        "active": by_status.get(Agreement.Status.ACTIVE),
        "former": agreements.before(shown),
        "review_at": agreements.review_at(shown),
        "is_unaltered": agreements.is_unaltered(shown),
        "text_file": file_name(shown, "json"),
        "policy": _policy(here),
        "running": running,
        "compare_url": _compare_url(request, shown, running.number if running else None),
        **_signing(request, shown),
    }
    return render(request, "handoff/agreement/version.html", context, status=status)


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def agreement_versions(request: WorkspaceRequest) -> HttpResponse:
    rows = _versions(request).defer("document", "terms").prefetch_related("signatures")
    return render(request, "handoff/agreement/versions.html", {"versions": rows})


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def agreement_differences(request: WorkspaceRequest, number: int) -> HttpResponse:
    """Against the version before it that was in force: what signing this one changes."""
    shown = version_of(request, number)
    former = agreements.before(shown)
    context: dict[str, Any] = {"shown": shown, "former": former}
    if former:
        document = document_of(shown, now=timezone.now())
        context["found"] = differences(read(former.document), read(document.sections))
    return render(request, "handoff/agreement/differences.html", context)


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def agreement_pdf(request: WorkspaceRequest, number: int) -> HttpResponse:
    shown = version_of(request, number)
    paper = paper_for(shown, document_of(shown, now=timezone.now()))
    answer = HttpResponse(pdf_of(paper), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{file_name(shown, "pdf")}"'
    return answer


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def agreement_text(request: WorkspaceRequest, number: int) -> HttpResponse:
    """The very bytes whose SHA-256 the signatures name; of a draft those that they would name."""
    shown = version_of(request, number)
    document = document_of(shown, now=timezone.now())
    answer = HttpResponse(
        canonical(document.sections, document.terms), content_type="application/json"
    )
    answer["Content-Disposition"] = f'attachment; filename="{file_name(shown, "json")}"'
    return answer


def file_name(shown: Agreement, ending: str) -> str:
    return f"agreement-{shown.workspace.slug}-{shown.number}-{shown.status}.{ending}"


def version_of(request: WorkspaceRequest, number: int) -> Agreement:
    if number > 2**31 - 1:
        raise Http404("No such version.")
    found: Agreement = get_object_or_404(_versions(request), number=number)
    return found


def paper_for(shown: Agreement, document: Document) -> Paper:
    """Its text as people read it, with who has signed."""
    sections, signatures = read(document.sections), agreements.signatures_of(shown)
    return paper_of(shown, sections=sections, signatures=signatures)


def _versions(request: WorkspaceRequest) -> AgreementQuerySet:
    return Agreement.objects.of(request.workspace).select_related(
        "workspace", "created_by", "edited_by", "proposed_by", "withdrawn_by"
    )


def _policy(workspace: Workspace) -> HandoffPolicy | None:
    return HandoffPolicy.objects.filter(workspace=workspace).first()


def _signing(request: WorkspaceRequest, shown: Agreement) -> dict[str, Any]:
    """For which sides this member may sign now. Who signed for one never signs for the other."""
    waiting = agreements.sides_to_sign(shown)
    signed = {signature.person_id for signature in agreements.signatures_of(shown)}
    mine = [side for side in waiting if request.may(SIGN_FOR[side])]
    return {
        "waiting": waiting,
        "may_sign": [] if request.user.pk in signed else mine,
        "has_signed": request.user.pk in signed,
    }


def _compare_url(request: WorkspaceRequest, shown: Agreement, running: int | None) -> str:
    """The page of what changed in the model since; blank where the person may not open it."""
    signed_on = shown.model_version
    if not request.may(Permission.CONFIGURE_SCORING) or None in (signed_on, running):
        return ""
    page = reverse("admin:scoring_modelversion_compare", args=[request.workspace.slug])
    return f"{page}?old={signed_on}&new={running}"
