"""Unsubscribing: asks once, then confirms. A mail program does it in one click (RFC 8058)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.access import public_view
from handoff.unsubscribe_links import BrokenLink, lead_behind
from handoff.unsubscribing import unsubscribe as unsubscribe_lead


@csrf_exempt  # a mail program has no cookie; the signed link is the right to do this one thing
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def _unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Of a person who was erased it says the same as when it is done."""
    try:
        lead = lead_behind(token)
    except BrokenLink:
        return _page(request, broken=True, status=404)
    if lead is None:
        return _page(request)
    if request.method == "POST":
        unsubscribe_lead(lead, at=timezone.now())
        return _page(request, sender=lead.workspace.name)
    return _page(request, asks=lead.unsubscribed_at is None, sender=lead.workspace.name)


def _page(request: HttpRequest, *, status: int = 200, **context: object) -> HttpResponse:
    response = render(request, "handoff/unsubscribe.html", context, status=status)
    response["Referrer-Policy"] = "no-referrer"  # the address is the right to unsubscribe
    return response


unsubscribe = public_view(_unsubscribe)
