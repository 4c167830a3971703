"""Lists, title tables, personas, groups of rules and the further shapes of intent rules.

The new parts of a version are final with it, as the others are (0004).
"""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


PARTS = ["namedlist", "titleline", "personaline", "pointsgroup"]
FINAL = "".join(
    f"""
CREATE TRIGGER scoring_{part}_final BEFORE INSERT OR UPDATE OR DELETE ON scoring_{part}
    FOR EACH ROW EXECUTE FUNCTION scoring_part_final();
"""
    for part in PARTS
)
# Published rules keep their meaning, so the trigger that keeps them final may look away.
SHAPES = """
ALTER TABLE scoring_intentrule DISABLE TRIGGER scoring_intentrule_final;
UPDATE scoring_intentrule SET shape = 'times' WHERE at_least IS NOT NULL;
ALTER TABLE scoring_intentrule ENABLE TRIGGER scoring_intentrule_final;
"""

# Since a rule may count people of a company, a lead that leaves one concerns those who stay:
# the queue carries their company, and scores them when the change is there for all to see.
LEFT = """
CREATE FUNCTION scoring_lead_left() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO scoring_scoredirty (lead_id, left_company_id) VALUES (NEW.id, OLD.company_id);
    RETURN NULL;
END $$;
CREATE TRIGGER scoring_lead_left AFTER UPDATE OF company_id ON leadqual_lead
    FOR EACH ROW WHEN (OLD.company_id IS NOT NULL AND OLD.company_id IS DISTINCT FROM NEW.company_id)
    EXECUTE FUNCTION scoring_lead_left();
"""
# Facts that stand outside the leads: a source's direction, the zone that days are counted in.
OUTSIDE = """
CREATE TRIGGER scoring_source_turned AFTER UPDATE OF direction ON leadqual_source
    FOR EACH ROW WHEN (OLD.direction <> NEW.direction) EXECUTE FUNCTION scoring_source_renamed();

CREATE FUNCTION scoring_zone_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO scoring_rescore (workspace_id, reason, requested_at, after_lead_id, leads_done)
    VALUES (NEW.id, 'zone', now(), 0, 0);
    RETURN NULL;
END $$;
CREATE TRIGGER scoring_zone_changed AFTER UPDATE OF timezone ON accounts_workspace
    FOR EACH ROW WHEN (OLD.timezone <> NEW.timezone) EXECUTE FUNCTION scoring_zone_changed();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("leadqual", "0006_direction_and_pages"),
        ("scoring", "0004_published_versions_are_final"),
    ]

    operations = [
        migrations.CreateModel(
            name="NamedList",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("countries", "Countries"),
                            ("domains", "Mail domains"),
                            ("free_mailboxes", "Further free mailboxes"),
                            ("words", "Words"),
                        ],
                        default="words",
                        max_length=14,
                        verbose_name="holds",
                    ),
                ),
                ("entries", models.JSONField(default=list)),
            ],
            options={
                "ordering": ["name", "pk"],
            },
        ),
        migrations.CreateModel(
            name="PersonaLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("field", models.CharField(max_length=60)),
                (
                    "operator",
                    models.CharField(
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
                            ("on_list", "is on the list"),
                            ("not_on_list", "is not on the list"),
                            ("missing", "is not known"),
                            ("known", "is known"),
                            ("free_mailbox", "is a free mailbox"),
                        ],
                        max_length=20,
                    ),
                ),
                ("value", models.JSONField(blank=True, default=list)),
                (
                    "persona",
                    models.CharField(
                        help_text="Lines of the same name belong together.", max_length=60
                    ),
                ),
            ],
            options={
                "ordering": ["persona", "pk"],
            },
        ),
        migrations.CreateModel(
            name="PointsGroup",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "axis",
                    models.CharField(
                        choices=[("fit", "Fit"), ("intent", "Intent")],
                        max_length=6,
                        verbose_name="counts for",
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                (
                    "cap",
                    models.PositiveSmallIntegerField(
                        help_text="The most that all rules of the group count together.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                    ),
                ),
            ],
            options={
                "ordering": ["axis", "pk"],
            },
        ),
        migrations.CreateModel(
            name="TitleLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("words", models.JSONField(default=list)),
                ("seniority", models.CharField(blank=True, max_length=40)),
                ("function", models.CharField(blank=True, max_length=40)),
            ],
            options={
                "ordering": ["position", "pk"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="intentrule",
            name="intent_rule_one_shape",
        ),
        migrations.RemoveConstraint(
            model_name="qualificationrule",
            name="qualification_asks_something",
        ),
        migrations.AddField(
            model_name="attributerule",
            name="group",
            field=models.CharField(
                blank=True, help_text="Shares the cap of this group of rules.", max_length=60
            ),
        ),
        migrations.AddField(
            model_name="attributerule",
            name="persona",
            field=models.CharField(
                blank=True,
                help_text="Only for leads of this persona; empty: for all.",
                max_length=60,
            ),
        ),
        migrations.AddField(
            model_name="intentrule",
            name="decay_steps",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="intentrule",
            name="group",
            field=models.CharField(
                blank=True, help_text="Shares the cap of this group of rules.", max_length=60
            ),
        ),
        migrations.AddField(
            model_name="intentrule",
            name="later_steps",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="intentrule",
            name="persona",
            field=models.CharField(
                blank=True,
                help_text="Only for leads of this persona; empty: for all.",
                max_length=60,
            ),
        ),
        migrations.AddField(
            model_name="intentrule",
            name="shape",
            field=models.CharField(
                choices=[
                    ("each", "each time"),
                    ("times", "once, from so many times on"),
                    ("days", "once, from so many different days on"),
                    ("pages", "once, from so many different pages on"),
                    ("sequence", "once, after all steps in this order"),
                    ("people", "once, from so many people of the company on"),
                ],
                default="each",
                max_length=8,
                verbose_name="counts",
            ),
        ),
        migrations.AddField(
            model_name="qualificationrule",
            name="fit_band",
            field=models.CharField(blank=True, max_length=30, verbose_name="fit band at least"),
        ),
        migrations.AddField(
            model_name="qualificationrule",
            name="intent_band",
            field=models.CharField(blank=True, max_length=30, verbose_name="intent band at least"),
        ),
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
                    ("on_list", "is on the list"),
                    ("not_on_list", "is not on the list"),
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
                    ("on_list", "is on the list"),
                    ("not_on_list", "is not on the list"),
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
                    ("on_list", "is on the list"),
                    ("not_on_list", "is not on the list"),
                    ("missing", "is not known"),
                    ("known", "is known"),
                    ("free_mailbox", "is a free mailbox"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="intentrule",
            name="at_least",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[django.core.validators.MinValueValidator(2)],
                verbose_name="how many",
            ),
        ),
        migrations.RunSQL(SHAPES, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="intentrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("at_least", None), ("later_steps", []), ("shape", "each")),
                    models.Q(
                        ("at_least", None),
                        ("cap", None),
                        ("decay_steps", []),
                        ("half_life_days", None),
                        ("shape", "sequence"),
                        models.Q(("later_steps", []), _negated=True),
                    ),
                    models.Q(
                        ("at_least__isnull", False),
                        ("cap", None),
                        ("decay_steps", []),
                        ("half_life_days", None),
                        ("later_steps", []),
                        ("shape__in", ["times", "days", "pages", "people"]),
                    ),
                    _connector="OR",
                ),
                name="intent_rule_one_shape",
            ),
        ),
        migrations.AddConstraint(
            model_name="intentrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("half_life_days", None), ("decay_steps", []), _connector="OR"),
                name="intent_rule_one_decay",
            ),
        ),
        migrations.AddConstraint(
            model_name="qualificationrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("fit_at_least__isnull", False),
                    ("intent_at_least__isnull", False),
                    ("total_at_least__isnull", False),
                    models.Q(("fit_band", ""), _negated=True),
                    models.Q(("intent_band", ""), _negated=True),
                    _connector="OR",
                ),
                name="qualification_asks_something",
            ),
        ),
        migrations.AddField(
            model_name="namedlist",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="%(class)ss",
                to="scoring.modelversion",
            ),
        ),
        migrations.AddField(
            model_name="personaline",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="%(class)ss",
                to="scoring.modelversion",
            ),
        ),
        migrations.AddField(
            model_name="pointsgroup",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="%(class)ss",
                to="scoring.modelversion",
            ),
        ),
        migrations.AddField(
            model_name="titleline",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="%(class)ss",
                to="scoring.modelversion",
            ),
        ),
        migrations.AddConstraint(
            model_name="namedlist",
            constraint=models.UniqueConstraint(
                fields=("version", "name"), name="named_list_name_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="pointsgroup",
            constraint=models.UniqueConstraint(
                fields=("version", "name"), name="points_group_name_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="titleline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("seniority", ""), _negated=True),
                    models.Q(("function", ""), _negated=True),
                    _connector="OR",
                ),
                name="title_line_says_something",
            ),
        ),
        migrations.RunSQL(FINAL, migrations.RunSQL.noop),
        migrations.AddField(
            model_name="scoredirty",
            name="spread",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(
            model_name="scoredirty",
            name="left_company_id",
            field=models.BigIntegerField(null=True),
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
                ],
                max_length=10,
            ),
        ),
        migrations.RunSQL(LEFT, migrations.RunSQL.noop),
        migrations.RunSQL(OUTSIDE, migrations.RunSQL.noop),
    ]
