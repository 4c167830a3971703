"""Facts of a workspace's own that have a type: what a form asks, and what counts as an answer."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from accounts.models import WorkspaceOwned, WorkspaceQuerySet


class CustomField(WorkspaceOwned):
    """One fact about leads or companies, kept in their `attributes` under `key`.

    A key without such a row stays a loose text or number. Of a field that is not in use nothing
    is asked, checked or labelled; what is known stays.
    """

    class Of(models.TextChoices):
        LEAD = "lead", "The lead"
        COMPANY = "company", "Its company"

    class Kind(models.TextChoices):
        TEXT = "text", "Text"
        NUMBER = "number", "Number"
        CHOICE = "choice", "Choice from a list"
        BOOL = "bool", "Yes or no"
        COUNTRY = "country", "Country"
        DATE = "date", "Date"

    of = models.CharField("is about", max_length=7, choices=Of.choices, default=Of.LEAD)
    # Rules name the fact in 60 characters, 19 of which are “company.attributes.”.
    key = models.CharField(
        max_length=40,
        validators=[
            RegexValidator(
                r"\A[A-Za-z][A-Za-z0-9_-]*\Z",
                "Begin with a letter from a to z; write such letters, digits, _ and - only.",
            )
        ],
    )
    label = models.CharField(max_length=60)
    kind = models.CharField("type", max_length=7, choices=Kind.choices, default=Kind.TEXT)
    choices = models.JSONField(default=list, blank=True)
    help_text = models.CharField(max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField("in use", default=True)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        ordering = ["position", "label", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "of", "key"], name="custom_field_key_once"
            ),
            models.UniqueConstraint(
                fields=["workspace", "of", "label"], name="custom_field_label_once"
            ),
            models.CheckConstraint(
                condition=Q(kind="choice") & ~Q(choices=[]) | ~Q(kind="choice") & Q(choices=[]),
                name="custom_field_choices_of_choice",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def name(self) -> str:
        """As rules, files and the API call the fact: attributes.<key> where it is the lead's."""
        return f"{'company.' if self.of == self.Of.COMPANY else ''}attributes.{self.key}"
