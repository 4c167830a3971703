"""POST /api/v1/leads and /api/v1/events: one or a batch, through the same intake as the screens."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from io import BytesIO
from typing import IO, Any, Final, TypeVar, cast

from django.utils import timezone
from rest_framework import serializers, status
from rest_framework.decorators import api_view, parser_classes
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import ApiToken, Workspace
from handoff.api_fields import Strict
from handoff.api_schema import EVENTS, LEADS
from handoff.intake import How, Receipt, receive_events, receive_leads, take_lead
from handoff.serializers import EventSerializer, LeadSerializer, event_facts, lead_facts
from leadqual.capture import LeadFacts, TwoLeads

MAX_BODY: Final = 5 * 1024 * 1024
MAX_ITEMS: Final = 500

Answer = dict[str, Any]
T = TypeVar("T")


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is larger than 5 MB. Send smaller batches."


class LengthMissing(APIException):
    status_code = status.HTTP_411_LENGTH_REQUIRED
    default_detail = "Send the body with its Content-Length, not in chunks."


class BoundedJSONParser(BaseParser):
    """JSON that is neither too large nor nested so deeply that reading it breaks.

    No subclass of JSONParser: for those, REST framework reads the whole body first, up to a limit
    that Django answers in HTML.
    """

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None
    ) -> Any:
        body = stream.read(MAX_BODY + 1)
        if len(body) > MAX_BODY:
            raise TooLarge
        try:
            return JSONParser().parse(BytesIO(body), media_type, parser_context)
        except RecursionError as error:
            raise ParseError("The JSON is nested too deeply.") from error


@LEADS
@api_view(["POST"])
@parser_classes([BoundedJSONParser])
def leads(request: Request) -> Response:
    now = timezone.now()
    workspace = _workspace(request)
    form = LeadSerializer(context={"now": now, "workspace": workspace})

    def facts(said: dict[str, Any]) -> tuple[LeadFacts, datetime]:
        return lead_facts(said), said.get("captured_at", now)

    if isinstance(request.data, list):
        return _batch(
            *_checked(form, facts, request.data),
            take=lambda batch: receive_leads(workspace=workspace, batch=batch, now=now),
        )
    return _single(
        *_checked(form, facts, [request.data]),
        take=lambda one: take_lead(workspace=workspace, facts=one[0], at=one[1], now=now),
    )


@EVENTS
@api_view(["POST"])
@parser_classes([BoundedJSONParser])
def events(request: Request) -> Response:
    now = timezone.now()
    workspace = _workspace(request)
    form = EventSerializer(context={"now": now})
    if isinstance(request.data, list):
        return _batch(
            *_checked(form, event_facts, request.data),
            take=lambda batch: receive_events(workspace=workspace, batch=batch, now=now),
        )
    return _single(
        *_checked(form, event_facts, [request.data]),
        take=lambda one: receive_events(workspace=workspace, batch=[one], now=now)[0],
    )


for _view in (leads, events):
    _view.access = "workspace token"  # type: ignore[attr-defined]


def _workspace(request: Request) -> Workspace:
    if "Transfer-Encoding" in request.headers:  # WSGI reads no body of unknown length: it is lost
        raise LengthMissing
    return cast(ApiToken, request.auth).workspace


def _checked(
    form: Strict, facts: Callable[[dict[str, Any]], T], items: Sequence[Any]
) -> tuple[dict[int, T], dict[int, Answer]]:
    """By index: what can be taken, and the answers to what cannot."""
    if len(items) > MAX_ITEMS:
        raise ParseError(
            f"A batch holds up to {MAX_ITEMS} items; this one has {len(items)}. Nothing was taken."
        )
    good, refused = dict[int, T](), dict[int, Answer]()
    for index, item in enumerate(items):
        try:
            good[index] = facts(form.run_validation(item))
        except serializers.ValidationError as error:
            refused[index] = _refused(index, list(_faults(error.detail)))
    return good, refused


def _faults(detail: Any, path: str = "") -> Any:
    """Each fault with the path of its field, such as company.employees."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            own = "" if name == "non_field_errors" else str(name)
            yield from _faults(inner, ".".join(filter(None, (path, own))))
    elif isinstance(detail, list):
        for inner in detail:
            yield from _faults(inner, path)
    else:
        yield {"field": path, "message": str(detail)}


def _refused(index: int, faults: list[dict[str, str]]) -> Answer:
    return {"index": index, "status": How.REFUSED, "errors": faults}


def _answer(index: int, receipt: Receipt) -> Answer:
    if receipt.refusal:
        return _refused(index, [{"field": "email", "message": str(receipt.refusal)}])
    return {"index": index, "status": receipt.how, "lead": cast(Any, receipt.lead).pk}


def _batch(
    good: dict[int, T], answers: dict[int, Answer], *, take: Callable[[list[T]], list[Receipt]]
) -> Response:
    """200 for a batch of which anything was taken, 400 where everything was refused."""
    for index, receipt in zip(good, take(list(good.values())), strict=True):
        answers[index] = _answer(index, receipt)
    items = [answers[index] for index in sorted(answers)]
    counts = Counter(item["status"] for item in items)
    all_refused = items and counts[How.REFUSED] == len(items)
    return Response(
        {**{how.value: counts[how] for how in How}, "items": items},
        status=status.HTTP_400_BAD_REQUEST if all_refused else status.HTTP_200_OK,
    )


def _single(
    good: dict[int, T], answers: dict[int, Answer], *, take: Callable[[T], Receipt]
) -> Response:
    """201 created, 200 known already, 400 faulty, 409 two leads, 422 unknown lead."""
    if answers:
        return Response(answers[0], status=status.HTTP_400_BAD_REQUEST)
    receipt = take(good[0])
    code: int = status.HTTP_201_CREATED if receipt.how == How.CREATED else status.HTTP_200_OK
    if isinstance(receipt.refusal, TwoLeads):
        code = status.HTTP_409_CONFLICT
    elif receipt.refusal:
        code = status.HTTP_422_UNPROCESSABLE_ENTITY
    return Response(_answer(0, receipt), status=code)
