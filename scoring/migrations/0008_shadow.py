"""A version may run as a shadow beside the published one; publications tell what they made due."""

import django.db.models.deletion
from django.db import migrations, models

FINAL = """
CREATE OR REPLACE FUNCTION scoring_version_final() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving CONSTANT text[] := ARRAY['status'];
    ending CONSTANT text[] :=
        ARRAY['status', 'shadow_until', 'published_at', 'published_by_id', 'rule_set_id'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.status = 'draft' THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'Published versions are kept for ever (scoring_modelversion %)', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.status = 'draft' OR to_jsonb(NEW) = to_jsonb(OLD) THEN
        RETURN NEW;
    END IF;
    IF (OLD.status, NEW.status) = ('published', 'retired')
        AND to_jsonb(NEW) - moving = to_jsonb(OLD) - moving
        OR (OLD.status, NEW.status) IN (('shadow', 'published'), ('shadow', 'ended'))
        AND to_jsonb(NEW) - ending = to_jsonb(OLD) - ending
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Published versions do not change (scoring_modelversion %)', OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
-- Numbers change nearly every night: room on the page keeps the index out of it.
ALTER TABLE scoring_shadowscore SET (fillfactor = 80);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leadqual", "0007_custom_fields"),
        ("scoring", "0006_score_overrides"),
    ]

    operations = [
        migrations.CreateModel(
            name="ShadowScore",
            fields=[
                (
                    "lead",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="leadqual.lead",
                    ),
                ),
                ("fit", models.FloatField()),
                ("intent", models.FloatField()),
                ("disqualified", models.BooleanField()),
                ("scored_at", models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="modelversion",
            name="version_published_whole",
        ),
        migrations.AddField(
            model_name="modelversion",
            name="shadow_since",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="modelversion",
            name="shadow_until",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="qualificationdue",
            name="published",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AlterField(
            model_name="modelversion",
            name="status",
            field=models.CharField(
                choices=[
                    ("draft", "Draft"),
                    ("published", "Published"),
                    ("retired", "Retired"),
                    ("shadow", "Shadow"),
                    ("ended", "Shadow ended"),
                ],
                default="draft",
                editable=False,
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="rescore",
            name="reason",
            field=models.CharField(
                choices=[
                    ("published", "A version was published"),
                    ("signal", "A signal's definition changed"),
                    ("nightly", "Nightly"),
                    ("source", "A source changed"),
                    ("zone", "The time zone changed"),
                    ("demanded", "Demanded by hand"),
                    ("shadow", "A shadow version started"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "shadow")),
                fields=("workspace",),
                name="one_shadow_version",
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("published_at", None),
                        ("status__in", ["draft", "shadow", "ended"]),
                        ("rule_set", None),
                    ),
                    models.Q(
                        ("status__in", ["published", "retired"]),
                        ("published_at__isnull", False),
                        ("rule_set__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="version_published_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("status__in", ["draft", "published", "retired"]),
                        ("shadow_since", None),
                        ("shadow_until", None),
                    ),
                    models.Q(
                        ("shadow_since__isnull", False),
                        ("shadow_until", None),
                        ("status", "shadow"),
                    ),
                    models.Q(
                        ("status__in", ["ended", "published", "retired"]),
                        ("shadow_since__isnull", False),
                        ("shadow_until__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="version_shadow_whole",
            ),
        ),
        migrations.AddField(
            model_name="shadowscore",
            name="version",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="scoring.modelversion",
            ),
        ),
        migrations.AddField(
            model_name="shadowscore",
            name="workspace",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.workspace",
            ),
        ),
        migrations.AddIndex(
            model_name="shadowscore",
            index=models.Index(fields=["version", "lead"], name="shadow_score_of_version"),
        ),
        migrations.AddConstraint(
            model_name="shadowscore",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("fit__gte", 0), ("fit__lte", 100), ("intent__gte", 0), ("intent__lte", 100)
                ),
                name="shadow_score_in_range",
            ),
        ),
        migrations.RunSQL(FINAL, migrations.RunSQL.noop),
    ]
