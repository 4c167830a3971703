"""Dashboards by mail: who gets which, when; set up, paused, stopped, one sent at once."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Permission, WorkspaceRequest, members_with, workspace_view
from accounts.models import User
from handoff.dashboards import mail_list, mailing
from handoff.dashboards.mail_plan import PERIODS, address_query, period_code, schedule_words
from handoff.dashboards.pages import PAGES
from handoff.forms.dashboards import DashboardForm
from handoff.forms.report_mails import ReportMailForm, initial_of, kept
from handoff.metrics.words import filter_words
from handoff.models import ReportMail
from handoff.views.answers import REFUSED


def _mail(request: WorkspaceRequest, pk: int) -> ReportMail:
    mails = ReportMail.objects.of(request.workspace).select_related("workspace", "created_by")
    return get_object_or_404(mails, pk=pk)


@workspace_view(Permission.VIEW_REPORTS)
@require_safe
def report_mails(request: WorkspaceRequest) -> HttpResponse:
    """Those who may set them up see all; others the ones that they get."""
    mails = ReportMail.objects.of(request.workspace)
    if not request.may(Permission.SHARE_REPORTS):
        mails = mails.filter(recipients=request.user)
    shown = mails.select_related("workspace", "created_by").prefetch_related("recipients")
    may_read = set(members_with(request.workspace, Permission.VIEW_REPORTS))
    lines = [_line(request, mail, may_read) for mail in shown.order_by("page", "pk")]
    context = {"lines": lines, "may_share": request.may(Permission.SHARE_REPORTS)}
    return render(request, "handoff/dashboards/mails.html", context)


def _line(request: WorkspaceRequest, mail: ReportMail, may_read: set[User]) -> dict[str, object]:
    page = PAGES.get(mail.page)
    people = sorted(mail.recipients.all(), key=str)
    return {
        "mail": mail,
        "title": page.title if page else mail.page,
        "period": PERIODS[period_code(mail)][0],
        "when": schedule_words(mail),
        "readers": [(person, person in may_read) for person in people],
        "is_mine": request.user in people,
        "filters": _filter_words(mail),
    }


def _filter_words(mail: ReportMail) -> list[str]:
    now = timezone.now()
    query = address_query(mail, now.date())
    is_kept = mail.pk is not None
    form = DashboardForm(query, workspace=mail.workspace, now=now, trusted=is_kept)
    return filter_words(form.asked.scope)


@workspace_view(Permission.SHARE_REPORTS)
def new_report_mail(request: WorkspaceRequest) -> HttpResponse:
    """GET shows the form, for the page and the filters of the address; POST sets it up."""
    if request.method == "POST":
        form = ReportMailForm(request.POST, workspace=request.workspace)
        if form.is_valid():
            mail = mail_list.schedule(
                request.workspace, form.plan, by=request.user, at=timezone.now()
            )
            return _saved(request, mail)
    else:
        page = request.GET.get("page", "")
        given = {"page": page, "recipients": [request.user.pk], "filters": kept(request.GET)}
        form = ReportMailForm(workspace=request.workspace, initial=given)
    return _form(request, form)


@workspace_view(Permission.SHARE_REPORTS)
def report_mail(request: WorkspaceRequest, pk: int) -> HttpResponse:
    mail = _mail(request, pk)
    if request.method == "POST":
        form = ReportMailForm(request.POST, workspace=request.workspace, initial=initial_of(mail))
        if form.is_valid():
            return _saved(request, mail_list.change(mail, form.plan, at=timezone.now()))
    else:
        form = ReportMailForm(workspace=request.workspace, initial=initial_of(mail))
    return _form(request, form, mail)


def _saved(request: WorkspaceRequest, mail: ReportMail) -> HttpResponse:
    messages.success(request, f"Saved. It goes {schedule_words(mail)}.")
    return redirect("report_mails", request.workspace.slug)


def _form(
    request: WorkspaceRequest, form: ReportMailForm, mail: ReportMail | None = None
) -> HttpResponse:
    status = REFUSED if form.is_bound else 200
    filters = ReportMail(workspace=request.workspace, query=form["filters"].value() or "")
    context = {"form": form, "mail": mail, "filters": _filter_words(filters)}
    return render(request, "handoff/dashboards/mails_form.html", context, status=status)


@workspace_view(Permission.SHARE_REPORTS)
@require_POST
def pause_report_mail(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """`go_on` in the form: it goes on."""
    mail = _mail(request, pk)
    if "go_on" in request.POST:
        mail_list.resume(mail, at=timezone.now())
        messages.success(request, f"It goes on: {schedule_words(mail)}.")
    else:
        mail_list.pause(mail)
        messages.success(request, "Paused. Nobody gets it until it goes on.")
    return redirect("report_mails", request.workspace.slug)


@workspace_view(Permission.SHARE_REPORTS)
@require_POST
def delete_report_mail(request: WorkspaceRequest, pk: int) -> HttpResponse:
    _mail(request, pk).delete()
    messages.success(request, "Deleted. Nobody gets it any more.")
    return redirect("report_mails", request.workspace.slug)


@workspace_view(Permission.SHARE_REPORTS)
@require_POST
def send_report_mail(request: WorkspaceRequest, pk: int) -> HttpResponse:
    mailing.send_now(_mail(request, pk), by=request.user, now=timezone.now())
    messages.success(request, f"It is on its way to {request.user.email}, as of today.")
    return redirect("report_mails", request.workspace.slug)


@workspace_view(Permission.VIEW_REPORTS)
@require_POST
def leave_report_mail(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """A reader wants it no more."""
    mail_list.stop_for(_mail(request, pk), request.user.pk)
    messages.success(request, "You get it no more.")
    return redirect("report_mails", request.workspace.slug)
