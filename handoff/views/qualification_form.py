"""The public page on which a lead answers two or three questions; no login, no navigation."""

from allauth.core.ratelimit import consume
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.access import public_view
from handoff.forms.qualification import QualificationForm
from handoff.qualification_form import LinkIsOver, asked_by, take_answers
from handoff.views.answers import REFUSED


@public_view
@never_cache
def qualification_form(request: HttpRequest, token: str) -> HttpResponse:
    """What cannot be answered any more, for whatever reason, looks the same to everybody."""
    now = timezone.now()
    try:
        asked = asked_by(token, now=now)
        if request.method == "POST" and not consume(request, action="qualification", key=token):
            return _plain(request, "handoff/qualification_slow.html", {}, status=429)
        said = request.POST if request.method == "POST" else None
        form = QualificationForm(said, asks=asked.tier.form_asks, lead=asked.lead)
        context = {"form": form, "lead": asked.lead, "whose": asked.lead.workspace}
        if form.is_bound and form.is_valid():
            take_answers(asked, form, now=now)
            return _plain(request, "handoff/qualification_thanks.html", context)
    except LinkIsOver:
        return _plain(request, "handoff/qualification_over.html", {}, status=410)
    status = REFUSED if form.is_bound else 200
    return _plain(request, "handoff/qualification_form.html", context, status=status)


def _plain(
    request: HttpRequest, name: str, context: dict[str, object], *, status: int = 200
) -> HttpResponse:
    response = render(request, name, context, status=status)
    # The address is the key, and SECURE_REFERRER_POLICY keeps it from other sites; “no-referrer”
    # would have browsers send the answers without their origin, and they would be refused.
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
