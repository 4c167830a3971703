"""A new lead by hand, checked for people already known as one types."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff.duplicates import known_like
from handoff.forms.leads import NewLeadForm
from handoff.intake import receive_lead
from handoff.views.answers import REFUSED


@workspace_view(Permission.EDIT_LEADS)
def new_lead(request: WorkspaceRequest) -> HttpResponse:
    form = NewLeadForm(request.POST or None, workspace=request.workspace)
    if form.is_bound and form.is_valid():
        now = timezone.now()
        lead, is_new = receive_lead(
            workspace=request.workspace, facts=form.facts(), at=now, now=now, by=request.user
        )
        if is_new:
            messages.success(request, f"{lead.display_name} is entered and scored.")
        else:  # entered by somebody else since the form was checked
            messages.info(request, f"{lead.display_name} was known already; now with your facts.")
        return redirect("lead", request.workspace.slug, lead.pk)
    status = REFUSED if form.is_bound else 200
    return render(request, "handoff/new_lead.html", {"form": form}, status=status)


@workspace_view(Permission.EDIT_LEADS)
@require_safe
def new_lead_known(request: WorkspaceRequest) -> HttpResponse:
    """Who is known already that looks like what has been typed so far."""
    typed = {name: request.GET.get(name, "").strip()[:200] for name in _ASKED}
    found = known_like(
        request.workspace,
        email=typed["email"],
        first_name=typed["first_name"],
        last_name=typed["last_name"],
        company=typed["company_name"],
        domain=typed["domain"].lower(),
    )
    return render(request, "handoff/new_lead_known.html", {"found": found})


_ASKED = ("email", "first_name", "last_name", "company_name", "domain")
