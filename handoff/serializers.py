"""What the API takes: leads and events as JSON. Null and blank mean “not said”."""

import re
from typing import Any, Final

from django.core.validators import RegexValidator
from rest_framework import serializers

from handoff.api_fields import (
    Attributes,
    Choice,
    Country,
    Mailbox,
    Moment,
    Properties,
    Strict,
    WholeNumber,
)
from leadqual.attribution import TOUCH_KEYS
from leadqual.capture import CompanyFacts, EventFacts, LeadFacts
from leadqual.custom_fields import Of
from leadqual.models import EventKind, Timeline

_DOMAIN: Final = RegexValidator(
    re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9][a-z0-9-]*[a-z0-9]\Z", re.IGNORECASE),
    "Write a domain such as acme.com.",
)
_ADDRESS: Final = RegexValidator(
    re.compile(r"\A(https?://[^\s/]|/)\S*\Z", re.IGNORECASE),
    "Write an address that begins with https://, or a path that begins with /.",
)

OWN_FACTS: Final = (
    "Facts of your own, by name. One that your workspace has given a type (see its custom fields) "
    "has to fit: a number, one of the choices, true or false, a country, a date as 2026-12-31, "
    "or a text. Another value is refused, naming the fact."
)


def text(max_length: int, help_text: str = "", **options: Any) -> serializers.CharField:
    return serializers.CharField(
        required=False, allow_blank=True, max_length=max_length, help_text=help_text, **options
    )


class TouchSerializer(Strict):
    """How this visit came about, in the usual names of UTM parameters and click ids."""

    utm_source = text(200)
    utm_medium = text(200)
    utm_campaign = text(200)
    utm_term = text(500)
    utm_content = text(500)
    gclid = text(500)
    fbclid = text(500)
    msclkid = text(500)
    li_fat_id = text(500)
    landing_page = text(2000)
    referrer = text(2000)


class CompanySerializer(Strict):
    """Found by external id, else domain, else name; made when it is new."""

    name = text(200)
    domain = text(253, "Such as acme.com.", validators=[_DOMAIN])
    external_id = text(120)
    industry = text(80)
    country = Country(
        required=False, allow_blank=True, help_text="ISO code or name, such as DE or Germany."
    )
    region = text(80)
    employees = WholeNumber(required=False, min_value=1, max_value=10_000_000)
    attributes = Attributes(of=Of.COMPANY, required=False, help_text=OWN_FACTS)


class LeadSerializer(Strict):
    """A lead is found by e-mail address or external id, one of which is needed, else made."""

    email = Mailbox(required=False, allow_blank=True, max_length=254)
    external_id = text(120, "Your own id of this person, such as the CRM's.")
    first_name = text(80)
    last_name = text(80)
    phone = text(40)
    job_title = text(120)
    country = Country(
        required=False, allow_blank=True, help_text="ISO code or name, such as DE or Germany."
    )
    timeline = Choice(
        Timeline.choices, required=False, allow_blank=True, help_text="When they want to start."
    )
    challenge = text(200, "The main challenge, in their words.")
    attributes = Attributes(of=Of.LEAD, required=False, help_text=OWN_FACTS)
    company = CompanySerializer(required=False)
    source = text(80, "The channel, by name or code; default: utm_source.")  # type: ignore[assignment]
    campaign = text(120, "Default: utm_campaign.")
    touch = TouchSerializer(required=False)
    captured_at = Moment(required=False, help_text="When you heard of this; default: now.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs.get("email") and not attrs.get("external_id"):
            raise serializers.ValidationError(
                {"email": "Name the lead by email or by external_id."}
            )
        return attrs


class EventSerializer(Strict):
    """One thing a lead did. The same external id twice changes nothing."""

    external_id = serializers.CharField(
        max_length=120, help_text="Your own id of this event; it makes repeating safe."
    )
    email = Mailbox(required=False, allow_blank=True, max_length=254)
    lead_external_id = text(120, "Names the lead where no e-mail address is known.")
    kind = Choice(EventKind.choices)
    occurred_at = Moment()
    url = text(2000, "A full address, or a path such as /pricing.", validators=[_ADDRESS])
    source = text(80, "The channel, by name or code; default: utm_source.")  # type: ignore[assignment]
    campaign = text(120, "Default: utm_campaign.")
    properties = Properties(
        required=False, help_text="Whatever else is known; utm_… and click ids by their names."
    )

    def validate_properties(self, value: dict[str, Any]) -> dict[str, Any]:
        touch = TouchSerializer(data={k: v for k, v in value.items() if k in TOUCH_KEYS})
        touch.is_valid(raise_exception=True)
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs.get("email") and not attrs.get("lead_external_id"):
            raise serializers.ValidationError(
                {"email": "Name the lead by email or by lead_external_id."}
            )
        return attrs


def lead_facts(said: dict[str, Any]) -> LeadFacts:
    """The facts of a checked lead; `captured_at` is the caller's."""
    rest = {k: v for k, v in said.items() if k not in ("company", "captured_at")}
    return LeadFacts(**rest, company=CompanyFacts(**said.get("company", {})))


def event_facts(said: dict[str, Any]) -> EventFacts:
    return EventFacts(**said)


class FaultSerializer(serializers.Serializer[Any]):
    field = serializers.CharField(help_text="Such as company.employees; blank: the whole item.")
    message = serializers.CharField()


class AnswerSerializer(serializers.Serializer[Any]):
    """What became of one item."""

    index = serializers.IntegerField(help_text="Its place in the batch, from 0.")
    status = serializers.ChoiceField(
        ["created", "updated", "unchanged", "known", "refused"],
        help_text="known: an event of this external id was taken before.",
    )
    lead = serializers.IntegerField(required=False, help_text="leadqual's id of the lead.")
    errors = FaultSerializer(  # type: ignore[assignment]
        many=True, required=False, help_text="Why it was refused."
    )


class BatchAnswerSerializer(serializers.Serializer[Any]):
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    known = serializers.IntegerField()
    refused = serializers.IntegerField()
    items = AnswerSerializer(many=True)


class ProblemSerializer(serializers.Serializer[Any]):
    """Something is wrong with the request as a whole; nothing was taken."""

    detail = serializers.CharField()
