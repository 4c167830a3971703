"""What a lead did (`Event`) and what a person of ours did to it (`Touch`)."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User, WorkspaceOwned, WorkspaceQuerySet
from leadqual.models.leads import Lead
from leadqual.models.sources import Campaign, Source
from leadqual.pages import PageNumber


class EventKind(models.TextChoices):
    PAGE_VIEW = "page_view", "Page view"
    FORM = "form", "Form sent"
    DEMO_REQUEST = "demo_request", "Demo request"
    DOWNLOAD = "download", "Download"
    WEBINAR = "webinar", "Webinar"
    EMAIL_OPEN = "email_open", "E-mail opened"
    EMAIL_CLICK = "email_click", "E-mail link clicked"
    EMAIL_REPLY = "email_reply", "E-mail reply"
    AD_CLICK = "ad_click", "Ad click"
    MEETING = "meeting", "Meeting"
    CHAT = "chat", "Chat"


class Event(WorkspaceOwned):
    """One thing the lead did. Its facts never change; a trigger refuses it.

    `signals` (scoring's column) has one bit per signal of the workspace that the event is
    worth noticing for. Posting the same `external_id` twice changes nothing.
    `properties` holds what else is known: UTM (utm_source, …), click ids, form fields. `page`
    tells different pages apart without their addresses.
    """

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=20, choices=EventKind.choices)
    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now)
    signals = models.BigIntegerField(default=0, db_default=0)
    external_id = models.CharField(max_length=120, blank=True)
    url = models.CharField(max_length=2000, blank=True)
    properties = models.JSONField(default=dict, blank=True)
    page = models.GeneratedField(
        expression=PageNumber(), output_field=models.IntegerField(null=True), db_persist=True
    )

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "external_id"],
                condition=~Q(external_id=""),
                name="event_external_id_once",
            ),
            models.CheckConstraint(condition=Q(kind__in=EventKind.values), name="event_kind_known"),
        ]
        indexes = [
            models.Index(
                fields=["lead", "occurred_at"],
                include=["signals", "kind", "source", "page"],
                name="event_of_lead",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} by {self.lead_id} at {self.occurred_at}"


class TouchKind(models.TextChoices):
    CALL = "call", "Call"
    EMAIL = "email", "E-mail"
    MEETING = "meeting", "Meeting"
    MESSAGE = "message", "Message"


class TouchOutcome(models.TextChoices):
    REACHED = "reached", "Reached"
    NO_ANSWER = "no_answer", "No answer"
    LEFT_MESSAGE = "left_message", "Left a message"
    SENT = "sent", "Sent"
    REPLIED = "replied", "Got a reply"
    CALL_BACK = "call_back", "Asked to be called back"
    WRONG_PERSON = "wrong_person", "Wrong person"


class Touch(WorkspaceOwned):
    """One thing a person of ours did to the lead. An auto-reply is never a touch."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="touches")
    kind = models.CharField(max_length=10, choices=TouchKind.choices)
    outcome = models.CharField(max_length=15, choices=TouchOutcome.choices)
    occurred_at = models.DateTimeField()
    logged_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "touches"
        indexes = [models.Index(F("lead"), F("occurred_at").desc(), name="touch_of_lead")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.get_outcome_display()}"
