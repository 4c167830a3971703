"""The weekly look at leads whose score is too low."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff import low_scores, score_overrides
from handoff.forms.low_scores import PromoteForm
from handoff.lead_pages import LeadPage
from handoff.low_scores import LowScores, Needed, needed
from handoff.views.answers import LEAD_CHANGED, REFUSED, announce, is_htmx
from handoff.views.fetch import lead_of, page_of
from leadqual.models import Lead
from leadqual.stages import Stage
from scoring.engine.definitions import definitions_of
from scoring.standing import published_version


@workspace_view(Permission.MOVE_LEADS)
@require_safe
def low_score_leads(request: WorkspaceRequest) -> HttpResponse:
    asked = request.GET
    page = LowScores(
        request.workspace,
        now=timezone.now(),
        stage=asked.get("stage", ""),
        sort=asked.get("sort", ""),
        looked=asked.get("show") == "looked",
        after=asked.get("after", ""),
        before=asked.get("before", ""),
    )
    context = {"page": page, "sorts": low_scores.SORTS, "stages": low_scores.STAGES}
    return render(request, "handoff/low_scores.html", context)


@workspace_view(Permission.MOVE_LEADS)
@require_POST
def look_at_lead(request: WorkspaceRequest, pk: int) -> HttpResponseBase:
    """Looked at: out of the queue for a week."""
    lead = lead_of(request, pk)
    low_scores.look(lead, by=request.user, at=timezone.now())
    return _seen(request, lead, is_seen=True)


@workspace_view(Permission.MOVE_LEADS)
@require_POST
def take_back_look(request: WorkspaceRequest, pk: int) -> HttpResponseBase:
    lead = lead_of(request, pk)
    low_scores.take_back_look(lead)
    return _seen(request, lead, is_seen=False)


def _seen(request: WorkspaceRequest, lead: Lead, *, is_seen: bool) -> HttpResponseBase:
    words = "is out of the queue for seven days" if is_seen else "waits in the queue again"
    text = f"{lead.display_name} {words}."
    if not is_htmx(request):
        messages.success(request, text)
        return redirect("low_scores", request.workspace.slug)
    if not is_seen:
        return announce(HttpResponse(status=204), LEAD_CHANGED, text=text)
    return render(request, "handoff/low_scores_seen.html", {"lead": lead})


@workspace_view(Permission.OVERRIDE_SCORES)
def promote_lead(request: WorkspaceRequest, pk: int) -> HttpResponseBase:
    """GET asks for the numbers, why and until when; POST overrides, and the lead is offered."""
    page = page_of(request, pk)
    wanted, refusal = _needed(page)
    if page.standing is None or wanted is None:
        return _promotion(request, page, None, refusal)
    said = request.POST if request.method == "POST" else None
    form = PromoteForm(
        said,
        workspace=request.workspace,
        standing=page.standing,
        now=page.now,
        needed=wanted,
        auto_id=f"id_{pk}_%s",
    )
    if not (form.is_bound and form.is_valid()):
        return _promotion(request, page, form, "")
    try:
        lead = score_overrides.put(page.lead, by=request.user, now=page.now, **form.said)
    except ValidationError as error:
        form.add_error(None, error.messages)
        return _promotion(request, page, form, "")
    text = _what_followed(lead)
    if is_htmx(request):
        return announce(HttpResponse(status=204), LEAD_CHANGED, text=text)
    messages.success(request, text)
    return redirect("low_scores", request.workspace.slug)


def _needed(page: LeadPage) -> tuple[Needed | None, str]:
    """The numbers that would do, or why none would."""
    version = published_version(page.lead.workspace)
    if page.stage != Stage.NEW:
        return None, f"{page.lead.display_name} is {page.stage.label}: only a new lead is promoted."
    if page.standing is None or version is None:
        return None, "This lead has no score yet; there is nothing to override."
    wanted = needed(definitions_of(version), page.standing)
    return wanted, "" if wanted else " ".join(page.standing.why_not_mql)


def _what_followed(lead: Lead) -> str:
    name = lead.display_name
    if offer := lead.handoffs.open().select_related("rep").first():
        return f"{name} is MQL and offered to {offer.rep}."
    if lead.stage == Stage.NEW:
        return f"The score of {name} is overridden, but that is not enough for an MQL."
    return f"{name} is {Stage(lead.stage).label}. Its page says why it is offered to nobody yet."


def _promotion(
    request: WorkspaceRequest, page: LeadPage, form: PromoteForm | None, refusal: str
) -> HttpResponse:
    context = {
        "form": form,
        "lead": page.lead,
        "standing": page.standing,
        "refusal": refusal,
        "is_page": not is_htmx(request),
    }
    name = "handoff/promote_form.html" if is_htmx(request) else "handoff/promote_page.html"
    status = REFUSED if request.method == "POST" else 200
    return render(request, name, context, status=status)
