"""Tables that the rules of a version look things up in; like the rules, they are versioned."""

from django.db import models
from django.db.models import Q

from scoring.models.versions import VersionPart


class NamedList(VersionPart):
    """Countries, mail domains or words under one name, for the conditions `on_list`.

    `entries` is a list of texts. Further free mailboxes need no condition of their own: they
    count wherever a rule asks for a free mailbox.
    """

    class Kind(models.TextChoices):
        COUNTRIES = "countries", "Countries"
        DOMAINS = "domains", "Mail domains"
        FREE_MAILBOXES = "free_mailboxes", "Further free mailboxes"
        WORDS = "words", "Words"

    name = models.CharField(max_length=60)
    kind = models.CharField("holds", max_length=14, choices=Kind.choices, default=Kind.WORDS)
    entries = models.JSONField(default=list)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "name"], name="named_list_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class TitleLine(VersionPart):
    """What a job title says: the first line whose words are in it gives seniority, or function.

    `words` is a list of whole words or phrases. A line may give one of the two only; the other
    is then looked up in the lines below it. Lines are read by `position`.
    """

    position = models.PositiveSmallIntegerField(default=0)
    words = models.JSONField(default=list)
    seniority = models.CharField(max_length=40, blank=True)
    function = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(seniority="") | ~Q(function=""), name="title_line_says_something"
            )
        ]

    def __str__(self) -> str:
        says = " and ".join(filter(None, [self.seniority, self.function]))
        return f"{', '.join(self.words)}: {says}"
