"""GET /api/v1/metrics/<by>: the figures of the dashboards, line by line, by the same functions."""

from datetime import date
from typing import Any, Final, cast

from django.http import QueryDict
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.exceptions import NotFound, ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import ApiToken, Workspace
from handoff.metrics.dimensions import DIMENSIONS, NONE
from handoff.metrics.durations import DECIDED, TOUCHED, Duration
from handoff.metrics.periods import Period, typed_day
from handoff.metrics.report import BY, WON, Line, lines, whole
from handoff.metrics.scope import Scope
from handoff.metrics.summary import due_since
from handoff.serializers import ProblemSerializer

_RULE: Final = "By rule, and filtered by one, only offers are known, and of them those that ended."


class TookSerializer(serializers.Serializer[Any]):
    """Elapsed seconds, nights included; null where n is 0."""

    n = serializers.IntegerField(help_text="Have both moments known.")
    median = serializers.FloatField(allow_null=True)
    p90 = serializers.FloatField(allow_null=True)
    negative = serializers.IntegerField(help_text="Of n: the later moment came first.")


class OffersSerializer(serializers.Serializer[Any]):
    """Offers that ended in the period."""

    accepted = serializers.IntegerField()
    rejected = serializers.IntegerField()
    expired = serializers.IntegerField()
    withdrawn = serializers.IntegerField()
    not_mine = serializers.IntegerField()
    acceptance = serializers.FloatField(
        allow_null=True, help_text="accepted ÷ (accepted + rejected), 0–1; null of none."
    )
    interval = serializers.ListField(
        child=serializers.FloatField(),
        allow_null=True,
        help_text="Between which rates the true one lies, 95 times of 100 (Wilson).",
    )
    verdict = serializers.ChoiceField(
        ["loose", "healthy", "tight", ""], help_text="Blank where fewer than 20 were decided."
    )


class FiguresSerializer(serializers.Serializer[Any]):
    """docs/metrics.md says what each counts."""

    name = serializers.CharField(
        help_text=f"Of the line: a source's code, a name, a Monday, a month; {NONE}: not known."
    )
    entered = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="Counted moves into each stage in the period; stages without any are left out.",
    )
    mqls = serializers.IntegerField(help_text="MQLs of the period: leads in a cycle.")
    reached = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="Of those MQLs: how many have moved on to each stage since, in that cycle.",
    )
    open = serializers.IntegerField(help_text="Of those MQLs: not ended yet.")
    conversion = serializers.FloatField(allow_null=True, help_text="Won ÷ MQLs, 0–1.")
    offers = OffersSerializer()
    offered_to_decided = TookSerializer()
    accepted_to_touched = TookSerializer()
    mql_to_won = TookSerializer()


class MetricsSerializer(serializers.Serializer[Any]):
    workspace = serializers.CharField()
    zone = serializers.CharField(help_text="In which days begin.")
    since = serializers.DateField(allow_null=True)
    until = serializers.DateField(allow_null=True, help_text="Included.")
    counted_up_to = serializers.DateTimeField(help_text="At most a minute ago.")
    whole = FiguresSerializer()
    lines = FiguresSerializer(many=True)


def _parameter(name: str, says: str, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, description=says, **more)


@extend_schema(
    operation_id="get_metrics",
    tags=["Metrics"],
    summary="The figures of the dashboards, line by line",
    description=f"Without days: of all time. {_RULE}",
    parameters=[
        _parameter("by", "What the lines are.", location="path", enum=BY),
        _parameter("since", "The first day.", type=OpenApiTypes.DATE),
        _parameter("until", "The last day, included.", type=OpenApiTypes.DATE),
        *(
            _parameter(code, f"Only of this {one.label.lower()}, by its id or value; {NONE}: none.")
            for code, one in DIMENSIONS.items()
        ),
    ],
    responses={
        200: MetricsSerializer,
        400: OpenApiResponse(ProblemSerializer, "A parameter that means nothing."),
        401: OpenApiResponse(ProblemSerializer, "No token, or one that is unknown or revoked."),
        404: OpenApiResponse(ProblemSerializer, "Nothing can be laid out by that."),
    },
)
@api_view(["GET"])
def metrics(request: Request, by: str) -> Response:
    workspace = cast(ApiToken, request.auth).workspace
    if by not in BY:
        raise NotFound(f"Nothing can be laid out by “{by}”. There are: {', '.join(BY)}.")
    scope = _asked(workspace, request.query_params)
    said = {
        "workspace": workspace.slug,
        "zone": workspace.timezone,
        "since": scope.period.first,
        "until": scope.period.last,
        "whole": _figures(whole(scope)),
        "lines": [_figures(line) for line in lines(scope, by)],
    }
    return Response(said | {"counted_up_to": due_since(workspace) or timezone.now()})


metrics.access = "workspace token"  # type: ignore[attr-defined]


def _asked(workspace: Workspace, query: QueryDict) -> Scope:
    if unknown := sorted({*query} - {"since", "until", *DIMENSIONS}):
        raise ParseError(f"There is no parameter “{unknown[0]}”.")
    first, last = _day(query, "since"), _day(query, "until")
    if first and last and first > last:
        raise ParseError("“until” lies before “since”.")
    filters = {code: value for code in DIMENSIONS if (value := query.get(code, ""))}
    return Scope(workspace, Period(first, last, workspace.zone), filters)


def _day(query: QueryDict, name: str) -> date | None:
    text = query.get(name, "")
    day = typed_day(text)
    if text and day is None:
        raise ParseError(f"“{name}” is no day of the years 1990 to 2199, such as 2026-03-31.")
    return day


def _figures(line: Line) -> dict[str, Any]:
    cohort, said = line.cohort, line.endings
    return {
        "name": line.name,
        "entered": line.entered,
        "mqls": cohort.mqls,
        "reached": cohort.reached,
        "open": cohort.open,
        "conversion": cohort.conversion,
        "offers": {
            "accepted": said.accepted,
            "rejected": said.rejected,
            "expired": said.expired,
            "withdrawn": said.withdrawn,
            "not_mine": said.not_mine,
            "acceptance": said.rate,
            "interval": said.interval,
            "verdict": said.verdict,
        },
        "offered_to_decided": _took(line, DECIDED),
        "accepted_to_touched": _took(line, TOUCHED),
        "mql_to_won": _took(line, WON),
    }


def _took(line: Line, step: str) -> dict[str, Any]:
    took = line.took.get(step, Duration())
    return {"n": took.n, "median": took.median, "p90": took.p90, "negative": took.negative}
