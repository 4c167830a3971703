"""Which leads something is for: a routing rule, a nurture track, a tier."""

from django.core.validators import MinValueValidator
from django.db import models


class LeadConditions(models.Model):
    """All that are filled in must hold; without any, every lead is meant.

    Lists hold any of their entries. Countries are ISO codes, of the company or, where it has
    none, of the lead. Regions, industries and `fact_values` compare whole texts without case;
    `title_words` and `pain_words` are looked for as whole words in the job title and in the main
    challenge. Sources are codes of the first source. Employees are counted ends included; a company
    whose size is not known has none. `fact` names one fact more, such as attributes.product.
    `handoff.lead_conditions` holds leads against them.
    """

    countries = models.JSONField(default=list, blank=True)
    regions = models.JSONField(default=list, blank=True)
    industries = models.JSONField("segments (industries)", default=list, blank=True)
    employees_from = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)]
    )
    employees_to = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)]
    )
    title_words = models.JSONField("roles (words of the job title)", default=list, blank=True)
    pain_words = models.JSONField("pains (words of the main challenge)", default=list, blank=True)
    fact = models.CharField("one fact more", max_length=60, blank=True)
    fact_values = models.JSONField("is one of", default=list, blank=True)
    sources = models.JSONField(default=list, blank=True)
    grades = models.JSONField(default=list, blank=True)
    tiers = models.ManyToManyField("handoff.Tier", blank=True, related_name="+")

    class Meta:
        abstract = True
