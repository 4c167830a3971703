"""A merge may renumber the cycles of moves: “the nth time” is counted within one lead.

Only for the transaction that says so (leadqual.merging); everything else of a recorded move
stays as it was written. (0002_history_is_kept has the rest of the rule.)
"""

from django.db import migrations

MOVES = """
CREATE OR REPLACE FUNCTION leadqual_stagemove_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    free text[] := ARRAY['lead_id', 'note', 'explanation'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'Recorded moves are kept for ever (leadqual_stagemove %)', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    -- A merge may give the move another lead; erasing a person may empty the free texts.
    IF coalesce(current_setting('leadqual.merging', true), '') = 'on' THEN
        free := free || 'cycle'::text;
    END IF;
    IF to_jsonb(NEW) - free IS DISTINCT FROM to_jsonb(OLD) - free
        OR (NEW.note <> OLD.note AND NEW.note <> '')
        OR (NEW.explanation IS DISTINCT FROM OLD.explanation AND NEW.explanation IS NOT NULL)
    THEN
        RAISE EXCEPTION 'Recorded moves do not change (leadqual_stagemove %)', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("leadqual", "0003_people_are_found_by_word")]
    operations = [migrations.RunSQL(MOVES, migrations.RunSQL.noop)]
