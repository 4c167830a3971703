"""The page on which a person is erased for good."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff.erasure import erase
from handoff.forms.erasures import ErasureForm
from handoff.transitions import MoveNotAllowed
from handoff.views.answers import REFUSED
from handoff.views.fetch import lead_of


@workspace_view(Permission.ERASE_PEOPLE)
def erase_person(request: WorkspaceRequest, pk: int) -> HttpResponse:
    lead = lead_of(request, pk)
    form = ErasureForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            erase(lead, by=request.user, at=timezone.now())
        except MoveNotAllowed as refusal:  # somebody has merged or erased it meanwhile
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The person was erased. The reports still count the lead.")
            return redirect("leads", request.workspace.slug)
    status = REFUSED if form.errors else 200
    return render(request, "handoff/erase_person.html", {"lead": lead, "form": form}, status=status)
