"""Triggers: published versions are final, signals are matched anew, all that moves a score counts.

The advisory lock is that of scoring/locks.py.
"""

# ruff: noqa: S608 - the names of our own tables
from django.db import migrations

PARTS = [
    "icpcriterion",
    "attributerule",
    "intentrule",
    "disqualifier",
    "qualificationrule",
    "band",
    "gradecell",
]

VERSIONS = """
CREATE FUNCTION scoring_version_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.status = 'draft' THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'Published versions are kept for ever (scoring_modelversion %)', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.status = 'draft' THEN
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - 'status' IS DISTINCT FROM to_jsonb(OLD) - 'status'
        OR NOT (NEW.status = OLD.status OR (OLD.status, NEW.status) = ('published', 'retired'))
    THEN
        RAISE EXCEPTION 'Published versions do not change (scoring_modelversion %)', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER scoring_version_final BEFORE UPDATE OR DELETE ON scoring_modelversion
    FOR EACH ROW EXECUTE FUNCTION scoring_version_final();

CREATE FUNCTION scoring_part_final() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    state text;
    part_of bigint;
BEGIN
    FOREACH part_of IN ARRAY CASE TG_OP
        WHEN 'INSERT' THEN ARRAY[NEW.version_id]
        WHEN 'DELETE' THEN ARRAY[OLD.version_id]
        ELSE ARRAY[OLD.version_id, NEW.version_id] END
    LOOP
        -- FOR SHARE: an edit and the publication wait for each other, the later one sees the first.
        SELECT status INTO state FROM scoring_modelversion WHERE id = part_of FOR SHARE;
        IF state <> 'draft' THEN
            RAISE EXCEPTION 'The rules of a published version do not change (% of version %)',
                TG_TABLE_NAME, part_of
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END LOOP;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
""" + "".join(
    f"""
CREATE TRIGGER scoring_{part}_final BEFORE INSERT OR UPDATE OR DELETE ON scoring_{part}
    FOR EACH ROW EXECUTE FUNCTION scoring_part_final();
"""
    for part in PARTS
)

SIGNALS = """
CREATE FUNCTION scoring_signal_defined() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.bit, NEW.workspace_id) IS DISTINCT FROM (OLD.bit, OLD.workspace_id) THEN
            RAISE EXCEPTION 'A signal keeps its place (scoring_signal %)', OLD.id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF to_jsonb(NEW) - 'classified' - 'code' - 'name'
            IS NOT DISTINCT FROM to_jsonb(OLD) - 'classified' - 'code' - 'name'
        THEN
            -- Only the one that matched the older events may say that they are matched.
            IF coalesce(current_setting('leadqual.classifying', true), '') <> 'on' THEN
                NEW.classified := OLD.classified;
            END IF;
            RETURN NEW;
        END IF;
    END IF;
    -- Wait for everybody who is classifying by the old definitions; see scoring/locks.py.
    PERFORM pg_advisory_xact_lock(4004, NEW.workspace_id::int);
    NEW.classified := TG_OP = 'INSERT' AND NOT EXISTS (
        SELECT FROM leadqual_event WHERE workspace_id = NEW.workspace_id
    );
    RETURN NEW;
END $$;
CREATE TRIGGER scoring_signal_defined BEFORE INSERT OR UPDATE ON scoring_signal
    FOR EACH ROW EXECUTE FUNCTION scoring_signal_defined();
"""

# What moves a score without being a recorded fact: one row at a time, and only when it changed.
MOVED = """
CREATE FUNCTION scoring_lead_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO scoring_scoredirty (lead_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER scoring_lead_moved
    AFTER UPDATE OF merged_into_id, erased_at, captured_at, first_source_id, unsubscribed_at
    ON leadqual_lead FOR EACH ROW
    WHEN (
        (OLD.merged_into_id, OLD.erased_at, OLD.captured_at, OLD.first_source_id,
         OLD.unsubscribed_at)
        IS DISTINCT FROM
        (NEW.merged_into_id, NEW.erased_at, NEW.captured_at, NEW.first_source_id,
         NEW.unsubscribed_at)
    )
    EXECUTE FUNCTION scoring_lead_moved();

CREATE FUNCTION scoring_source_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO scoring_rescore (workspace_id, reason, requested_at, after_lead_id, leads_done)
    VALUES (NEW.workspace_id, 'source', now(), 0, 0);
    RETURN NULL;
END $$;
CREATE TRIGGER scoring_source_renamed AFTER UPDATE OF code ON leadqual_source
    FOR EACH ROW WHEN (OLD.code <> NEW.code) EXECUTE FUNCTION scoring_source_renamed();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("scoring", "0003_words_and_rescores"),
        ("leadqual", "0002_history_is_kept"),
    ]
    operations = [
        migrations.RunSQL(VERSIONS, migrations.RunSQL.noop),
        migrations.RunSQL(SIGNALS, migrations.RunSQL.noop),
        migrations.RunSQL(MOVED, migrations.RunSQL.noop),
    ]
