"""Deciding many offers of everybody's queue at once."""

from collections.abc import Callable, Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Permission, WorkspaceRequest, workspace_view
from handoff import handoffs, promotion
from handoff.bulk_decisions import Line, decide_each, given_for
from handoff.forms.offers import RejectForm, RepForm
from handoff.models import Handoff
from handoff.transitions import MoveNotAllowed
from handoff.views.answers import OFFERS_CHANGED, REFUSED, announce, faster_words, is_htmx

MOST = 100
DONE = {
    "accept": "accepted",
    "reject": "rejected",
    "withdraw": "withdrawn",
    "reoffer": "offered to somebody else",
}


@workspace_view(Permission.DECIDE_ANY_OFFER)
@require_POST
def decide_many(request: WorkspaceRequest) -> HttpResponse:
    """`what` is to be done to each `offer`; rejecting and re-offering ask first, then `then` says
    that the questions were answered."""
    offers = _chosen(request)
    asked, answered = request.POST.get("what", ""), request.POST.get("then", "")
    what = asked or answered
    if not offers or what not in DONE:
        text = "Select the offers first, then choose what to do with them."
        return _answer(request, {"problem": text}, status=REFUSED)
    if what == "reject":
        return _reject(request, offers, is_answered=not asked)
    if what == "reoffer":
        return _reoffer(request, offers, is_answered=not asked)
    by = request.user
    if what == "accept":
        return _done(request, what, offers, lambda o: handoffs.accept(o, by=by, at=timezone.now()))
    return _done(request, what, offers, lambda o: promotion.take_back(o, by=by, at=timezone.now()))


def _chosen(request: WorkspaceRequest) -> list[Handoff]:
    said = request.POST.getlist("offer")[:MOST]
    pks = [int(pk) for pk in said if pk.isdecimal() and len(pk) < 19]
    found = Handoff.objects.of(request.workspace).select_related(
        "lead__company", "lead__owner", "lead__workspace", "rep", "workspace"
    )
    by_pk = found.in_bulk(pks)
    return [by_pk[pk] for pk in dict.fromkeys(pks) if pk in by_pk]


def _reject(
    request: WorkspaceRequest, offers: Sequence[Handoff], *, is_answered: bool
) -> HttpResponse:
    form = RejectForm(lead=offers[0].lead, auto_id="id_bulk_%s", initial=request.POST.dict())
    for name, field in form.facts.fields.items():  # what is left blank stays as known of each
        form.facts.initial[name] = request.POST.get(name, "") if is_answered else ""
        field.initial = None
    if is_answered and request.POST.get("reason"):
        typed, by = request.POST.dict(), request.user
        lines = decide_each(
            offers,
            lambda o: handoffs.reject(o, by=by, at=timezone.now(), **given_for(o, typed)),
        )
        return _told(request, "reject", lines)
    problem = "Choose a reason: marketing learns from it." if is_answered else ""
    return _answer(
        request, {"form": form, "ask": "reject", "problem": problem, "count": len(offers)}
    )


def _reoffer(
    request: WorkspaceRequest, offers: Sequence[Handoff], *, is_answered: bool
) -> HttpResponse:
    form = RepForm(
        request.POST if is_answered else None, workspace=request.workspace, auto_id="id_bulk_%s"
    )
    if not (is_answered and form.is_valid()):
        return _answer(request, {"form": form, "ask": "reoffer", "count": len(offers)})
    to, by = form.cleaned_data["rep"], request.user

    def pass_on(offer: Handoff) -> None:
        if handoffs.reoffer(offer, to=to, by=by, at=timezone.now()) is None:
            raise MoveNotAllowed(f"It cannot be offered to {to}: it is no MQL any more.")

    return _done(request, "reoffer", offers, pass_on)


def _done(
    request: WorkspaceRequest,
    what: str,
    offers: Sequence[Handoff],
    deed: Callable[[Handoff], object],
) -> HttpResponse:
    return _told(request, what, decide_each(offers, deed))


def _told(request: WorkspaceRequest, what: str, lines: Sequence[Line]) -> HttpResponse:
    told = [
        (line, faster_words(line.faster, person=request.user) if line.faster else line.why_not)
        for line in lines
    ]
    done, faster = (
        sum(line.is_done for line in lines),
        sum(line.faster is not None for line in lines),
    )
    parts = [f"{done} {DONE[what]}"]
    if faster:
        parts.append(f"{faster} decided by somebody else a moment ago")
    if refused := len(lines) - done - faster:
        parts.append(f"{refused} not {DONE[what]}")
    answer = _answer(request, {"told": told, "summary": "; ".join(parts), "done": DONE[what]})
    return announce(answer, OFFERS_CHANGED)


def _answer(
    request: WorkspaceRequest, context: dict[str, object], *, status: int = 200
) -> HttpResponse:
    if is_htmx(request):
        return render(request, "handoff/bulk_answer.html", context, status=status)
    text = context.get("summary") or context.get("problem") or "Choose a reason or a rep."
    messages.info(request, str(text))
    return redirect("queue_everyone", request.workspace.slug)
