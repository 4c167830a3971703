"""Costs of campaigns know their days. What was entered as “spent so far” is kept as one cost, from
the day of the campaign's first lead to that of its last, or of today where it has none."""

import zoneinfo
from functools import partial

import django.contrib.postgres.constraints
import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Func, Max, Min, Q, Sum, Value
from django.utils import timezone


def keep(apps, schema_editor):
    model = partial(apps.get_model, "leadqual")
    for campaign in model("Campaign").objects.filter(cost__gt=0).select_related("workspace"):
        leads = model("Lead").objects.filter(first_campaign=campaign)
        found = leads.aggregate(first=Min("captured_at"), last=Max("captured_at"))
        zone = zoneinfo.ZoneInfo(campaign.workspace.timezone)
        first, last = (
            (at or timezone.now()).astimezone(zone).date() for at in (found["first"], found["last"])
        )
        model("CampaignCost").objects.create(
            workspace=campaign.workspace,
            campaign=campaign,
            first=first,
            last=last,
            amount=campaign.cost,
        )


def add_up(apps, schema_editor):
    campaigns = apps.get_model("leadqual", "Campaign").objects
    for campaign in campaigns.annotate(in_all=Sum("costs__amount")):
        campaign.cost = campaign.in_all or 0
        campaign.save(update_fields=["cost"])


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_cache"),
        ("leadqual", "0016_a_leads_moves_are_found_by_one_index"),
    ]

    operations = [
        migrations.CreateModel(
            name="CampaignCost",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first", models.DateField(verbose_name="first day")),
                ("last", models.DateField(verbose_name="last day")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="costs",
                        to="leadqual.campaign",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.workspace",
                    ),
                ),
            ],
            options={
                "ordering": ["campaign", "first", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(amount__gte=0), name="campaign_cost_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=Q(last__gte=F("first")), name="campaign_cost_days"
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        name="campaign_cost_once_a_day",
                        expressions=[
                            (
                                Func(
                                    F("campaign"),
                                    F("campaign"),
                                    Value("[]"),
                                    function="int8range",
                                ),
                                "&&",
                            ),
                            (
                                Func(F("first"), F("last"), Value("[]"), function="daterange"),
                                "&&",
                            ),
                        ],
                    ),
                ],
            },
        ),
        migrations.RunPython(keep, add_up),
    ]
