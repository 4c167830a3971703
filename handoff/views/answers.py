"""How a view answers a person who did something: in place, or by a page where there is no htmx."""

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import localtime

from accounts.models import User
from handoff.transitions import SomeoneWasFaster
from leadqual.models import Lead

CONFLICT = 409  # somebody was faster
REFUSED = 422  # the lifecycle or the form says no

LEAD_CHANGED = "lead-changed"
LEAD_TOUCHED = "lead-touched"
SCORECARD_CHANGED = "scorecard-changed"
OFFERS_CHANGED = "offers-changed"


def is_htmx(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers


def saved(
    request: HttpRequest, lead: Lead, *, text: str, event: str = LEAD_CHANGED
) -> HttpResponse:
    """Done: the panels of the lead's page that listen to the event refresh themselves."""
    if not is_htmx(request):
        messages.success(request, text)
        return redirect("lead", lead.workspace.slug, lead.pk)
    return announce(HttpResponse(status=204), event, text=text)


def announce(
    response: HttpResponse, *events: str, text: str = "", level: str = "success"
) -> HttpResponse:
    """Tell the page what happened: events for its panels, a sentence for the person."""
    happened: dict[str, object] = dict.fromkeys(events, True)
    if text:
        happened["toast"] = {"text": text, "level": level}
    response["HX-Trigger"] = json.dumps(happened)
    return response


def faster_words(error: SomeoneWasFaster, *, person: User) -> str:
    """Who was faster, when and at what, in the workspace's local time.

    To the one who did it themselves, in another tab, it says just that.
    """
    when = f" on {localtime(error.when):%a %-d %b %Y at %H:%M}" if error.when else ""
    if error.who == person:
        return f"You have {error.done} already{',' if when else ''}{when}."
    return f"{error.who or 'The system'} was faster{when}: {error.what}."
