"""What the API refuses, with the field and the reason; nothing of it reaches the database."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from leadqual.models import Event, Lead
from tests.handoff.api_client import Machine

pytestmark = pytest.mark.django_db

HANNA: dict[str, Any] = {"email": "hanna@acme.example", "external_id": "crm-17"}
VISIT: dict[str, Any] = {
    "external_id": "pv-1",
    "email": "hanna@acme.example",
    "kind": "page_view",
    "occurred_at": "2025-03-03T13:00:00+01:00",
}

NO_FIELD = "There is no such field."
NO_COUNTRY = "“{}” is no country that we know: write its name or its code, as Germany or DE."
NO_MOMENT = "Write date, time and offset, such as 2026-03-02T13:00:00+01:00."
NO_OFFSET = "The offset from UTC is missing; write 2026-03-02T12:00:00Z, for example."
NO_ADDRESS = "Write an address that begins with https://, or a path that begins with /."
NOT_STORABLE = "A text holds a character that cannot be stored."
TOO_DEEP = "This is nested too deeply."
TOO_LARGE = "A number is too large."


@pytest.fixture
def machine(workspace: Workspace, ana: User) -> Machine:
    return Machine(workspace, ana)


def at_most(length: int) -> str:
    return f"Ensure this field has no more than {length} characters."


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("email", "hanna", "Enter a valid email address."),
        ("emial", "x", NO_FIELD),
        ("company.nmae", "x", NO_FIELD),
        ("company", "Acme", "Send an object with named fields here."),
        ("company.employees", 0, "Ensure this value is greater than or equal to 1."),
        ("company.employees", "many", "A valid integer is required."),
        ("company.employees", "20.000", "A valid integer is required."),
        ("company.domain", "acme", "Write a domain such as acme.com."),
        ("country", "GER", NO_COUNTRY.format("GER")),
        ("country", "XX", NO_COUNTRY.format("XX")),
        (
            "company.country",
            "Korea",
            "“Korea” may be North Korea or South Korea: write which.",
        ),
        ("first_name", ["Hanna"], "Not a valid string."),
        ("first_name", "x" * 81, at_most(80)),
        ("first_name", "a\x00b", "Null characters are not allowed."),
        ("touch.gclid", "x" * 501, at_most(500)),
        (
            "timeline",
            "soon",
            "Write one of: immediate, 1-3 months, 3-6 months, just researching.",
        ),
        ("attributes.a", {"b": 1}, "Write one value here, not a list or an object."),
        ("attributes", {"a": "\x00"}, NOT_STORABLE),
        ("attributes", {"n": 10**16}, TOO_LARGE),
        ("attributes", {"x" * 81: 1}, "A name has 1 to 80 characters."),
        ("attributes", {str(n): n for n in range(51)}, "These are 51 attributes; the limit is 50."),
        ("captured_at", "yesterday", NO_MOMENT),
        ("captured_at", "2026-13-02T00:00:00Z", NO_MOMENT),
        ("captured_at", "0001-01-01T00:00:00+14:00", NO_MOMENT),
        ("captured_at", 1772452800, NO_MOMENT),
        ("captured_at", "2026-03-02", NO_OFFSET),
        ("captured_at", "2026-03-02T12:00:00", NO_OFFSET),
    ],
)
def test_a_faulty_lead_is_refused_with_its_field_and_the_reason(
    machine: Machine, field: str, value: Any, message: str
) -> None:
    outer, _, inner = field.partition(".")
    change = {outer: {inner: value} if inner else value}
    assert machine.refusal("leads", HANNA | change) == {field: message}
    assert Lead.objects.count() == 0


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("external_id", None, "This field is required."),
        ("external_id", "x" * 121, at_most(120)),
        ("email", "", "Name the lead by email or by lead_external_id."),
        ("occurred_at", None, "This field is required."),
        ("occurred_at", "1989-12-31T00:00:00Z", "This moment lies before 1990."),
        ("url", "javascript:alert(1)", NO_ADDRESS),
        ("url", "https://x.example/" + "x" * 2000, at_most(2000)),
        ("properties", ["x"], "Send an object with named values here."),
        ("properties", {"a": "x" * 9000}, "This takes 9,009 bytes; the limit is 8,192."),
        ("properties", {"a": {"b": {"c": {"d": {}}}}}, TOO_DEEP),
        ("properties.utm_source", {"a": 1}, "Not a valid string."),
        (
            "kind",
            "pageview",
            "Write one of: page_view, form, demo_request, download, webinar, email_open, "
            "email_click, email_reply, ad_click, meeting, chat.",
        ),
    ],
)
def test_a_faulty_event_is_refused_with_its_field_and_the_reason(
    machine: Machine, field: str, value: Any, message: str
) -> None:
    outer, _, inner = field.partition(".")
    change = {outer: {inner: value} if inner else value}
    assert machine.refusal("events", VISIT | change) == {field: message}
    assert Event.objects.count() == 0


def test_a_lead_without_any_name_is_refused(machine: Machine) -> None:
    nobody = {"email": None, "external_id": "", "first_name": "Hanna"}
    assert machine.refusal("leads", nobody) == {
        "email": "Name the lead by email or by external_id."
    }


def test_all_faults_of_an_item_are_told_at_once(machine: Machine) -> None:
    faulty = {"email": "hanna", "emial": "x", "company": {"employees": -1, "size": 3}}
    assert set(machine.refusal("leads", faulty)) == {
        "email",
        "emial",
        "company.employees",
        "company.size",
    }


def test_the_future_is_refused_but_a_clock_that_is_ahead_counts_as_now(machine: Machine) -> None:
    machine.post("leads", HANNA)
    later = timezone.now() + timedelta(minutes=10)
    assert machine.refusal("events", VISIT | {"occurred_at": later.isoformat()}) == {
        "occurred_at": "This moment lies in the future."
    }
    soon = timezone.now() + timedelta(seconds=60)
    assert machine.post("events", VISIT | {"occurred_at": soon.isoformat()}).status == 201
    assert Event.objects.get().occurred_at <= timezone.now()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "null",
        "17",
        '"x"',
        b"\xff\xfe{",
        '{"email": NaN}',
        "[" * 200_000,
        '{"email": "a@b.example", "attributes": {"n": 1e999}}',
        '{"email": "a@b.example", "attributes": {"n": "\\ud800"}}',
        '{"email": "a@b.example", "first_name": "\\ud800"}',
        '{"email": "a@b.example", "attributes": {"n": ' + "9" * 5000 + "}}",
    ],
    ids=range(12),
)
def test_what_is_no_json_or_cannot_be_stored_is_a_400(machine: Machine, body: str | bytes) -> None:
    for kind in ("leads", "events"):
        answer = machine.post(kind, body)
        assert answer.status == 400
        assert "errors" in answer.json or "detail" in answer.json
    assert Lead.objects.count() == 0


def test_other_methods_types_and_sizes_are_told_apart(machine: Machine) -> None:
    headers = {"Authorization": f"Bearer {machine.secret}"}
    assert Client().get("/api/v1/leads", headers=headers).status_code == 405
    assert machine.post("leads", "email=x", content_type="text/plain").status == 415
    chunked = Client().post("/api/v1/leads", headers=headers | {"Transfer-Encoding": "chunked"})
    assert chunked.status_code == 411
    too_large = machine.post("leads", "[" + " " * 5 * 1024 * 1024 + "]")
    assert too_large.status == 413
    assert too_large.json == {"detail": "The body is larger than 5 MB. Send smaller batches."}
