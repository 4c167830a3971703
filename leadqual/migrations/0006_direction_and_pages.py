"""Who spoke first on a channel, and which page an event is about, in the covering index."""

import leadqual.pages
from django.db import migrations, models


# A generated column is not there yet when a BEFORE trigger looks at the new row.
FACTS = """
CREATE OR REPLACE FUNCTION leadqual_event_facts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        -- Set by erasure of a person and undo of an import, for their transaction only.
        IF coalesce(current_setting('leadqual.erasing', true), '') <> 'on' THEN
            RAISE EXCEPTION 'Events are not deleted (leadqual_event %)', OLD.id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF to_jsonb(NEW) - 'lead_id' - 'signals' - 'page'
        IS DISTINCT FROM to_jsonb(OLD) - 'lead_id' - 'signals' - 'page'
    THEN
        RAISE EXCEPTION 'The facts of an event do not change (leadqual_event %)', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_cache"),
        ("leadqual", "0005_companies_are_named_in_any_case"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="event",
            name="event_of_lead",
        ),
        migrations.AddField(
            model_name="event",
            name="page",
            field=models.GeneratedField(
                db_persist=True,
                expression=leadqual.pages.PageNumber(),
                output_field=models.IntegerField(null=True),
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="direction",
            field=models.CharField(
                choices=[
                    ("inbound", "Inbound: they came to us"),
                    ("outbound", "Outbound: we went to them"),
                ],
                default="inbound",
                max_length=8,
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                fields=["lead", "occurred_at"],
                include=("signals", "kind", "source", "page"),
                name="event_of_lead",
            ),
        ),
        migrations.RunSQL(FACTS, migrations.RunSQL.noop),
    ]
