"""GET /api/v1/leads/<id>/standing: what a lead is worth, as computed and as a person overrides it,
and why it is not an MQL or not ready. Read-only: people override on the lead's page."""

from typing import Any, Final, cast

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import ApiToken
from handoff.serializers import ProblemSerializer
from leadqual.models import Lead
from leadqual.stages import Stage
from scoring.overrides import Overridden
from scoring.standing import Standing, standing_of

_SAYS: Final = "False: the person left it blank, and it is the computed number."


class NumbersSerializer(serializers.Serializer[Any]):
    """Fit and intent are 0–100, total is their sum; grade and bands by the model's version."""

    fit = serializers.FloatField()
    intent = serializers.FloatField()
    total = serializers.FloatField()
    fit_band = serializers.CharField()
    intent_band = serializers.CharField()
    grade = serializers.CharField(help_text="Blank where the matrix has no cell for it.")


class OverrideSerializer(NumbersSerializer):
    """A person's numbers. While they are valid, is_mql and is_ready go by them."""

    says_fit = serializers.BooleanField(help_text=_SAYS)
    says_intent = serializers.BooleanField(help_text=_SAYS)
    by = serializers.CharField()
    reason = serializers.CharField()
    at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class StandingSerializer(NumbersSerializer):
    """The computed numbers, what follows from them, and the valid override beside them."""

    version = serializers.IntegerField(help_text="Of the scoring model that made the numbers.")
    as_of = serializers.DateTimeField()
    disqualified = serializers.BooleanField()
    is_mql = serializers.BooleanField(help_text="The MQL definition holds.")
    is_ready = serializers.BooleanField(help_text="The hand-off rule lets it through.")
    missing_facts = serializers.ListField(child=serializers.CharField())
    why_not_mql = serializers.ListField(child=serializers.CharField())
    why_not_ready = serializers.ListField(child=serializers.CharField())
    override = OverrideSerializer(allow_null=True)


class LeadStandingSerializer(serializers.Serializer[Any]):
    lead = serializers.IntegerField(help_text="The survivor, where this lead was merged.")
    stage = serializers.ChoiceField(Stage.choices)
    standing = StandingSerializer(allow_null=True, help_text="Null while it is not scored.")


@extend_schema(
    operation_id="get_standing",
    tags=["Leads and events"],
    summary="What a lead is worth, and why not more",
    responses={
        200: LeadStandingSerializer,
        401: OpenApiResponse(ProblemSerializer, "No token, or one that is unknown or revoked."),
        404: OpenApiResponse(ProblemSerializer, "No such lead in the workspace, or it is erased."),
    },
)
@api_view(["GET"])
def standing(request: Request, pk: int) -> Response:
    workspace = cast(ApiToken, request.auth).workspace
    leads = Lead.objects.of(workspace).filter(erased_at=None).select_related("score")
    lead = get_object_or_404(leads, pk=pk)
    while lead.merged_into_id:
        lead = get_object_or_404(leads, pk=lead.merged_into_id)
    found = standing_of(lead, now=timezone.now())
    body = _standing(lead, found) if found else None
    return Response({"lead": lead.pk, "stage": lead.stage, "standing": body})


standing.access = "workspace token"  # type: ignore[attr-defined]


def _standing(lead: Lead, found: Standing) -> dict[str, Any]:
    return {
        **_numbers(found),
        "version": found.version,
        "as_of": lead.score.scored_at,
        "disqualified": found.disqualified,
        "is_mql": found.is_mql,
        "is_ready": found.is_ready,
        "missing_facts": found.missing_facts,
        "why_not_mql": found.why_not_mql,
        "why_not_ready": found.why_not_ready,
        "override": _override(found.override) if found.override else None,
    }


def _override(found: Overridden) -> dict[str, Any]:
    said = ("says_fit", "says_intent", "by", "reason", "at", "expires_at")
    return {**_numbers(found), **{name: getattr(found, name) for name in said}}


def _numbers(found: Standing | Overridden) -> dict[str, Any]:
    names = ("fit", "intent", "fit_band", "intent_band", "grade")
    return {**{name: getattr(found, name) for name in names}, "total": round(found.total, 2)}
