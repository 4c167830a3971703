import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("scoring", "0002_dirty_leads"),
    ]

    operations = [
        migrations.AlterField(
            model_name="attributerule",
            name="operator",
            field=models.CharField(
                choices=[
                    ("equals", "is"),
                    ("in", "is one of"),
                    ("not_in", "is none of"),
                    ("contains", "contains one of"),
                    ("has_word", "has one of the words"),
                    ("begins_with", "begins with one of"),
                    ("between", "is between"),
                    ("at_least", "is at least"),
                    ("at_most", "is at most"),
                    ("missing", "is not known"),
                    ("known", "is known"),
                    ("free_mailbox", "is a free mailbox"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="disqualifier",
            name="operator",
            field=models.CharField(
                choices=[
                    ("equals", "is"),
                    ("in", "is one of"),
                    ("not_in", "is none of"),
                    ("contains", "contains one of"),
                    ("has_word", "has one of the words"),
                    ("begins_with", "begins with one of"),
                    ("between", "is between"),
                    ("at_least", "is at least"),
                    ("at_most", "is at most"),
                    ("missing", "is not known"),
                    ("known", "is known"),
                    ("free_mailbox", "is a free mailbox"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="icpcriterion",
            name="operator",
            field=models.CharField(
                choices=[
                    ("equals", "is"),
                    ("in", "is one of"),
                    ("not_in", "is none of"),
                    ("contains", "contains one of"),
                    ("has_word", "has one of the words"),
                    ("begins_with", "begins with one of"),
                    ("between", "is between"),
                    ("at_least", "is at least"),
                    ("at_most", "is at most"),
                    ("missing", "is not known"),
                    ("known", "is known"),
                    ("free_mailbox", "is a free mailbox"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="scoredirty",
            name="lead_id",
            field=models.BigIntegerField(db_index=True),
        ),
        migrations.CreateModel(
            name="Rescore",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("published", "A version was published"),
                            ("signal", "A signal's definition changed"),
                            ("nightly", "Nightly"),
                            ("source", "A source's code changed"),
                            ("demanded", "Demanded by hand"),
                        ],
                        max_length=10,
                    ),
                ),
                ("requested_at", models.DateTimeField()),
                ("after_lead_id", models.BigIntegerField(default=0)),
                ("leads_done", models.PositiveIntegerField(default=0)),
                ("finished_at", models.DateTimeField(null=True)),
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
                        condition=models.Q(("finished_at", None)),
                        fields=["workspace"],
                        name="rescore_unfinished",
                    )
                ],
            },
        ),
    ]
