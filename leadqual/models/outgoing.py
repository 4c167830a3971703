"""What leaves the house after commit, what people are told inside, and signs of life."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User, WorkspaceOwned, WorkspaceQuerySet


class OutboxMessage(WorkspaceOwned):
    """A mail or webhook that was decided in a transaction and leaves after it, at least once.

    `key` names the occasion, so that the same occasion never writes a second message; it also
    travels with the message (Message-ID, Idempotency-Key), so that the receiver can drop a
    second copy.
    """

    class Channel(models.TextChoices):
        MAIL = "mail", "Mail"
        LETTER = "letter", "Mail, composed when it leaves"
        WEBHOOK = "webhook", "Webhook"

    channel = models.CharField(max_length=10, choices=Channel.choices)
    key = models.CharField(max_length=160)
    to = models.CharField(max_length=2000)  # an address, or a URL
    subject = models.CharField(max_length=250, blank=True)
    body = models.TextField()
    headers = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField())
    )  # of a mail, beyond the usual ones
    created_at = models.DateTimeField(default=timezone.now)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "key", "to"], name="outbox_key_once")
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(sent_at=None, given_up_at=None),
                name="outbox_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} to {self.to}: {self.subject}"


class Notice(WorkspaceOwned):
    """A line for one person inside the product, with the page it is about."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices")
    key = models.CharField(max_length=160)
    text = models.CharField(max_length=300)
    url = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "user", "key"], name="notice_key_once")
        ]
        indexes = [
            models.Index(F("user"), F("workspace"), F("created_at").desc(), name="notice_newest"),
            models.Index(
                fields=["user", "workspace"], condition=Q(read_at=None), name="notice_unread"
            ),
        ]

    def __str__(self) -> str:
        return self.text


class Heartbeat(models.Model):
    """The last sign of life of a part of the installation; upper packages write, health reads."""

    name = models.CharField(max_length=60, primary_key=True)
    at = models.DateTimeField()
    detail = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.name} at {self.at}"
