"""Several workers share a rescore; scores are listed by their total, written to fewer indexes."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_cache"),
        ("leadqual", "0008_merged_names_have_an_index"),
        ("scoring", "0009_previews"),
    ]

    operations = [
        migrations.CreateModel(
            name="RescoreLane",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("after_lead_id", models.BigIntegerField()),
                ("until_lead_id", models.BigIntegerField()),
                (
                    "rescore",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lanes",
                        to="scoring.rescore",
                    ),
                ),
            ],
        ),
        migrations.RemoveIndex(model_name="score", name="score_by_intent"),
        migrations.AlterField(
            model_name="score",
            name="rule_set",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="scoring.modelversion",
            ),
        ),
        migrations.AlterField(
            model_name="score",
            name="workspace",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.workspace",
            ),
        ),
        migrations.AddIndex(
            model_name="score",
            index=models.Index(
                F("workspace"),
                (F("fit") + F("intent")).desc(),
                F("lead").desc(),
                include=["fit", "intent", "disqualified", "rule_set"],
                name="score_by_total",
            ),
        ),
        # What had been under way counted its leads in this column; from here on it says how far
        # they are shared out to lanes. It begins anew, or its other leads would be forgotten.
        migrations.RunSQL(
            "UPDATE scoring_rescore SET after_lead_id = 0, leads_done = 0"
            " WHERE finished_at IS NULL",
            migrations.RunSQL.noop,
        ),
    ]
