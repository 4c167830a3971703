"""What a lead or company said, and when: previews score on what was known then."""

from django.db import models
from django.db.models import F, Q

from accounts.models import WorkspaceOwned, WorkspaceQuerySet
from leadqual.models.companies import Company
from leadqual.models.leads import Lead


class AttributeChange(WorkspaceOwned):
    """One fact as it became known. Written by a trigger, whoever wrote the lead or company.

    `field` is the column's name, or attributes.<name> for a custom one; `value` is JSON null
    where the fact was withdrawn. `at` is the session's leadqual.fact_at where one was set; else
    the moment of writing, or that on which the writer acts, if earlier: see `fact_moments`.
    """

    lead = models.ForeignKey(
        Lead, on_delete=models.CASCADE, null=True, related_name="attribute_changes"
    )
    company = models.ForeignKey(
        Company, on_delete=models.CASCADE, null=True, related_name="attribute_changes"
    )
    field = models.CharField(max_length=120)
    value = models.JSONField(null=True)
    at = models.DateTimeField()

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(lead=None, company__isnull=False) | Q(lead__isnull=False, company=None),
                name="attribute_of_lead_or_company",
            )
        ]
        indexes = [
            models.Index(
                F("lead"),
                F("field"),
                F("at").desc(),
                condition=Q(lead__isnull=False),
                name="attribute_of_lead",
            ),
            models.Index(
                F("company"),
                F("field"),
                F("at").desc(),
                condition=Q(company__isnull=False),
                name="attribute_of_company",
            ),
            # Who is or was of a company.
            models.Index(
                F("value"),
                F("lead"),
                condition=Q(field="company_id"),
                name="attribute_of_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field} = {self.value!r} at {self.at}"
