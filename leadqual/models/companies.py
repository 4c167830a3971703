"""Companies: the accounts that leads work for."""

from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models import WorkspaceOwned, WorkspaceQuerySet
from leadqual.words import CompanyWords


class Company(WorkspaceOwned):
    """One company in one workspace, known by its mail domain or an external id."""

    name = models.CharField(max_length=200)
    domain = models.CharField(max_length=253, blank=True, help_text="Such as acme.com.")
    external_id = models.CharField(max_length=120, blank=True)
    industry = models.CharField(max_length=80, blank=True)
    country = models.CharField(max_length=2, blank=True, help_text="ISO code, such as DE.")
    region = models.CharField(max_length=80, blank=True)
    employees = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)]
    )
    attributes = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "companies"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "domain"],
                condition=~Q(domain=""),
                name="company_domain_once",
            ),
            models.UniqueConstraint(
                fields=["workspace", "external_id"],
                condition=~Q(external_id=""),
                name="company_external_id_once",
            ),
            models.CheckConstraint(
                condition=Q(employees=None) | Q(employees__gte=1), name="company_employees_positive"
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "name"], name="company_by_name"),
            # Facts name companies in any spelling of upper and lower case.
            models.Index(F("workspace"), Lower("name"), name="company_by_name_any_case"),
            GinIndex(CompanyWords(), name="company_words"),
        ]

    def __str__(self) -> str:
        return self.name
