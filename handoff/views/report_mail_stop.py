"""The link at the end of a dashboard's mail: asks once, then stops it for that reader."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.access import public_view
from handoff.dashboards.mail_list import stop_for
from handoff.dashboards.mail_stops import BrokenLink, mail_behind
from handoff.dashboards.pages import PAGES


@csrf_exempt  # a mail program has no cookie; the signed link is the right to do this one thing
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def _stop_report_mail(request: HttpRequest, token: str) -> HttpResponse:
    """A mail that was deleted since says the same as one that is stopped."""
    try:
        found = mail_behind(token)
    except BrokenLink:
        return _page(request, broken=True, status=404)
    if found is None:
        return _page(request)
    mail, person = found
    title = PAGES[mail.page].title if mail.page in PAGES else mail.page
    if request.method == "POST":
        stop_for(mail, person)
        return _page(request, title=title, whose=mail.workspace.name)
    asks = mail.recipients.filter(pk=person).exists()
    return _page(request, asks=asks, title=title, whose=mail.workspace.name)


def _page(request: HttpRequest, *, status: int = 200, **context: object) -> HttpResponse:
    response = render(request, "handoff/dashboards/mails_stop.html", context, status=status)
    response["Referrer-Policy"] = "no-referrer"  # the address is the right to stop it
    return response


stop_report_mail = public_view(_stop_report_mail)
