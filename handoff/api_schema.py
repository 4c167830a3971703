"""The API described for people: what /api/docs/ shows beside the fields."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiResponse,
    PolymorphicProxySerializer,
    extend_schema,
)

from handoff.serializers import (
    AnswerSerializer,
    BatchAnswerSerializer,
    EventSerializer,
    LeadSerializer,
    ProblemSerializer,
)


class WorkspaceTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.tokens.WorkspaceTokenAuthentication"
    name = "workspaceToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of the workspace, such as lq_…, from its page of members.",
        }


ONE_OR_MANY = """
Send one object, or a list of up to 500 (5 MB). One lead is scored before the answer comes; events
and batches within seconds of it, mostly at once.

What of a batch can be taken is taken: the answer is 200 and says for each item, by its index, what
became of it. It is 400 where every item was refused. Nothing is taken of a batch that is too long
or no JSON.
"""

_PROBLEMS = {
    400: OpenApiResponse(
        PolymorphicProxySerializer(
            "Faults",
            [AnswerSerializer, BatchAnswerSerializer, ProblemSerializer],
            resource_type_field_name=None,
        ),
        "Faulty: `errors` names each field and what is wrong.",
    ),
    401: OpenApiResponse(ProblemSerializer, "No token, or one that is unknown or revoked."),
    409: OpenApiResponse(
        AnswerSerializer, "The e-mail address and the external id belong to two different leads."
    ),
    413: OpenApiResponse(ProblemSerializer, "The body is larger than 5 MB."),
    415: OpenApiResponse(ProblemSerializer, "The body is not application/json."),
}


def _one_or_many(name: str, one: Any, many: Any) -> PolymorphicProxySerializer:
    return PolymorphicProxySerializer(name, [one, many], resource_type_field_name=None, many=False)


def _answers(created: str) -> dict[int, Any]:
    return {
        200: _one_or_many("Answers", AnswerSerializer, BatchAnswerSerializer),
        201: OpenApiResponse(AnswerSerializer, created),
        **_PROBLEMS,
    }


LEADS = extend_schema(
    operation_id="post_leads",
    tags=["Leads and events"],
    summary="Send leads",
    description=ONE_OR_MANY
    + """
A lead is found by `email` or `external_id`, and made when it is new. What you leave out, or send
blank or null, stays as it is known: sending the same twice changes nothing. A name that was merged
into another lead leads to that one.

`attributes` hold facts of your own, of the lead and of its company. Your workspace may give some of
them a type, under Custom fields in the admin: a value that does not fit is refused, and the fault
names it, such as `attributes.budget` or `company.attributes.fleet`. Digits in a text are taken for
a number, yes and no for true and false, choices in any case, a country’s name for its code.
""",
    request=_one_or_many("LeadOrLeads", LeadSerializer, LeadSerializer(many=True)),
    responses=_answers("A new lead."),
    examples=[
        OpenApiExample(
            "A demo request",
            request_only=True,
            value={
                "email": "hanna.weiss@acme.example",
                "first_name": "Hanna",
                "last_name": "Weiss",
                "job_title": "Head of IT",
                "timeline": "immediate",
                "company": {"name": "Acme", "domain": "acme.example", "employees": 200},
                "attributes": {"budget": 12500, "plan": "Team"},
                "touch": {"utm_source": "linkedin", "utm_campaign": "spring-demo"},
            },
        )
    ],
)

EVENTS = extend_schema(
    operation_id="post_events",
    tags=["Leads and events"],
    summary="Send events",
    description=ONE_OR_MANY
    + """
An event belongs to a lead that is known by `email` or `lead_external_id`. Its `external_id` makes
repeating safe: the second time its status is `known`, and nothing changes.
""",
    request=_one_or_many("EventOrEvents", EventSerializer, EventSerializer(many=True)),
    responses=_answers("A new event.")
    | {422: OpenApiResponse(AnswerSerializer, "No lead of the workspace is known by this name.")},
    examples=[
        OpenApiExample(
            "A page view",
            request_only=True,
            value={
                "external_id": "pv-20260302-000017",
                "email": "hanna.weiss@acme.example",
                "kind": "page_view",
                "occurred_at": "2026-03-02T13:00:00+01:00",
                "url": "https://www.example.com/pricing?utm_source=linkedin",
                "properties": {"utm_source": "linkedin", "utm_medium": "cpc"},
            },
        )
    ],
)
