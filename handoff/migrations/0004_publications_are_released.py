import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("handoff", "0003_imports_show_flags_and_deals_without_opening"),
        ("leadqual", "0007_custom_fields"),
    ]

    operations = [
        migrations.AddField(
            model_name="poolmember",
            name="offers_per_day",
            field=models.PositiveSmallIntegerField(
                db_default=8,
                default=8,
                help_text="How many the rep can answer well. The leads that a new model makes MQLs "
                "are released at this pace; a lead that shows new intent is offered at once.",
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(200),
                ],
                verbose_name="offers a working day",
            ),
        ),
        migrations.CreateModel(
            name="Release",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("queued_at", models.DateTimeField()),
                ("released_at", models.DateTimeField(null=True)),
                (
                    "lead",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="releases",
                        to="leadqual.lead",
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
                "indexes": [
                    models.Index(
                        condition=models.Q(("released_at", None)),
                        fields=["workspace"],
                        name="release_waiting",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("released_at", None)),
                        fields=("lead",),
                        name="one_waiting_release",
                    )
                ],
            },
        ),
    ]
