"""What a signal notices is final as soon as a version that is final uses it.

A changed definition is a signal of its own (`replaces`), made for a draft and gone with it.
"""

import django.db.models.deletion
from django.db import migrations, models

FINAL = """
CREATE FUNCTION scoring_signal_is_final(signal scoring_signal) RETURNS boolean
LANGUAGE sql AS $$
    SELECT EXISTS (
        SELECT FROM scoring_intentrule r JOIN scoring_modelversion v ON v.id = r.version_id
        WHERE v.workspace_id = (signal).workspace_id AND v.status <> 'draft'
            AND (r.signal_id = (signal).id OR r.later_steps @> to_jsonb((signal).code))
    )
$$;

CREATE OR REPLACE FUNCTION scoring_signal_defined() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    beside CONSTANT text[] := ARRAY['name', 'classified', 'replaces_id', 'made_for_id'];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.bit, NEW.workspace_id, NEW.code)
            IS DISTINCT FROM (OLD.bit, OLD.workspace_id, OLD.code)
        THEN
            RAISE EXCEPTION 'A signal keeps its place and its code (scoring_signal %)', OLD.id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF to_jsonb(NEW) - beside = to_jsonb(OLD) - beside THEN
            -- Only the one that matched the older events may say that they are matched.
            IF coalesce(current_setting('leadqual.classifying', true), '') <> 'on' THEN
                NEW.classified := OLD.classified;
            END IF;
            RETURN NEW;
        END IF;
    END IF;
    -- Wait for everybody who is classifying by the old definitions, and for whoever publishes a
    -- version that uses them; see scoring/locks.py.
    PERFORM pg_advisory_xact_lock(
        4004, (CASE TG_OP WHEN 'INSERT' THEN NEW.workspace_id ELSE OLD.workspace_id END)::int);
    IF TG_OP <> 'INSERT' AND scoring_signal_is_final(OLD) THEN
        RAISE EXCEPTION
            'A version that is final uses this signal: it keeps its definition (scoring_signal %)',
            OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    NEW.classified := TG_OP = 'INSERT' AND NOT EXISTS (
        SELECT FROM leadqual_event WHERE workspace_id = NEW.workspace_id
    );
    RETURN NEW;
END $$;
DROP TRIGGER scoring_signal_defined ON scoring_signal;
CREATE TRIGGER scoring_signal_defined BEFORE INSERT OR UPDATE OR DELETE ON scoring_signal
    FOR EACH ROW EXECUTE FUNCTION scoring_signal_defined();
"""

# Of a signal that was redefined in force and is still being matched, older scores are of before:
# until now the end of the matching had everybody scored again.
SETTLE = """
INSERT INTO scoring_rescore
    (workspace_id, reason, requested_at, after_lead_id, leads_done, leads_total)
SELECT DISTINCT workspace_id, 'demanded', now(), 0, 0, 0 FROM scoring_signal WHERE NOT classified;
"""


class Migration(migrations.Migration):
    dependencies = [("scoring", "0012_rescores_know_their_leads")]

    operations = [
        migrations.AddField(
            model_name="signal",
            name="replaces",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="successors",
                to="scoring.signal",
            ),
        ),
        migrations.AddField(
            model_name="signal",
            name="made_for",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="scoring.modelversion",
            ),
        ),
        migrations.AlterField(
            model_name="intentrule",
            name="signal",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="+",
                to="scoring.signal",
            ),
        ),
        migrations.AlterField(
            model_name="rescore",
            name="reason",
            field=models.CharField(
                choices=[
                    ("published", "A version was published"),
                    ("nightly", "Nightly"),
                    ("source", "A source changed"),
                    ("zone", "The time zone changed"),
                    ("demanded", "Demanded by hand"),
                    ("shadow", "A shadow version started"),
                ],
                max_length=10,
            ),
        ),
        migrations.RunSQL(SETTLE, migrations.RunSQL.noop),
        migrations.RunSQL(FINAL, migrations.RunSQL.noop),
    ]
