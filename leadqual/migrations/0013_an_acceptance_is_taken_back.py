"""An acceptance taken back within its minute is kept, and counted no longer.

Only for the transaction that says so (leadqual.taking_back), only the move into `sal`, and only
from counted to not counted; everything else of a recorded move stays as it was written.
(0002_history_is_kept and 0004_merged_histories_count_on have the rest of the rule.)
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
    IF coalesce(current_setting('leadqual.taking_back', true), '') = 'on'
        AND OLD.to_stage = 'sal' AND OLD.rule = 'accepted' AND OLD.counted AND NOT NEW.counted
    THEN
        free := free || 'counted'::text;
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
    dependencies = [("leadqual", "0012_mails_carry_headers")]
    operations = [migrations.RunSQL(MOVES, migrations.RunSQL.noop)]
