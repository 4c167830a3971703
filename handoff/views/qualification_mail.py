"""The qualification e-mail, shown as it will leave, and sent."""

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff import qualification_mail
from handoff.forms.qualification_mail import QualificationMailForm
from handoff.lead_pages import LeadPage
from handoff.transitions import MoveNotAllowed
from handoff.views.answers import REFUSED
from handoff.views.fetch import page_of


@workspace_view(Permission.EDIT_LEADS)
def send_qualification_mail(request: WorkspaceRequest, pk: int) -> HttpResponseBase:
    """GET shows the mail to be read and changed; POST sends it, once for each page shown."""
    page = page_of(request, pk)
    if page.tier is None or page.mail_refusal:
        return _page(request, page, None, page.mail_refusal)
    form = QualificationMailForm(
        request.POST if request.method == "POST" else None,
        draft=qualification_mail.draft(page.lead, page.tier, by=request.user, at=page.now),
        lead=page.lead,
        now=page.now,
    )
    if not (form.is_bound and form.is_valid()):
        return _page(request, page, form, "")
    try:
        sent = qualification_mail.send(
            page.lead, page.tier, by=request.user, at=page.now, **form.cleaned_data
        )
    except MoveNotAllowed as error:
        return _page(request, page, None, str(error))
    said = "The qualification e-mail is on its way." if sent else "It was sent already."
    messages.success(request, said)
    return redirect("lead", request.workspace.slug, pk)


def _page(
    request: WorkspaceRequest, page: LeadPage, form: QualificationMailForm | None, refusal: str
) -> HttpResponse:
    context = {
        "lead": page.lead,
        "page": page,
        "form": form,
        "refusal": refusal,
        "last": qualification_mail.last_sent(page.lead),
    }
    status = REFUSED if request.method == "POST" else 200
    return render(request, "handoff/qualification_mail.html", context, status=status)
