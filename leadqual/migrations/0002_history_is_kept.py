"""Triggers: moves are append-only, an event's facts never change, facts keep their history."""

from django.db import migrations

MOVES = """
CREATE FUNCTION leadqual_stagemove_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'Recorded moves are kept for ever (leadqual_stagemove %)', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    -- A merge may give the move another lead; erasing a person may empty the free texts.
    IF to_jsonb(NEW) - 'lead_id' - 'note' - 'explanation'
        IS DISTINCT FROM to_jsonb(OLD) - 'lead_id' - 'note' - 'explanation'
        OR (NEW.note <> OLD.note AND NEW.note <> '')
        OR (NEW.explanation IS DISTINCT FROM OLD.explanation AND NEW.explanation IS NOT NULL)
    THEN
        RAISE EXCEPTION 'Recorded moves do not change (leadqual_stagemove %)', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leadqual_stagemove_append_only
    BEFORE UPDATE OR DELETE ON leadqual_stagemove
    FOR EACH ROW EXECUTE FUNCTION leadqual_stagemove_append_only();
"""

EVENTS = """
CREATE FUNCTION leadqual_event_facts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        -- Set by erasure of a person and undo of an import, for their transaction only.
        IF coalesce(current_setting('leadqual.erasing', true), '') <> 'on' THEN
            RAISE EXCEPTION 'Events are not deleted (leadqual_event %)', OLD.id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF to_jsonb(NEW) - 'lead_id' - 'signals' IS DISTINCT FROM to_jsonb(OLD) - 'lead_id' - 'signals'
    THEN
        RAISE EXCEPTION 'The facts of an event do not change (leadqual_event %)', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER leadqual_event_facts
    BEFORE UPDATE OR DELETE ON leadqual_event
    FOR EACH ROW EXECUTE FUNCTION leadqual_event_facts();

-- The planner guesses far too few distinct leads from its sample (shared/scoring.md).
ALTER TABLE leadqual_event ALTER COLUMN lead_id SET (n_distinct = -0.1);
"""

# One statement-level trigger a table and operation: set-based, so that a COPY of a million
# leads costs one INSERT … SELECT and not a million calls.
FACTS = """
CREATE FUNCTION leadqual_known_facts(record jsonb, fields text[])
RETURNS TABLE (field text, value jsonb) LANGUAGE sql IMMUTABLE AS $$
    SELECT key, jsonb_each.value FROM jsonb_each(record)
    WHERE key = ANY (fields) AND jsonb_each.value NOT IN ('null', '""')
    UNION ALL
    SELECT 'attributes.' || key, jsonb_each.value FROM jsonb_each(record -> 'attributes')
    WHERE jsonb_each.value NOT IN ('null', '""')
$$;

CREATE FUNCTION leadqual_fact_moment(otherwise timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        nullif(current_setting('leadqual.fact_at', true), '')::timestamptz,
        least(otherwise, now())
    )
$$;

CREATE FUNCTION leadqual_facts_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'leadqual_lead' THEN
        INSERT INTO leadqual_attributechange (workspace_id, lead_id, field, value, at)
        SELECT n.workspace_id, n.id, f.field, f.value, leadqual_fact_moment(n.captured_at)
        FROM fresh n, leadqual_known_facts(to_jsonb(n), TG_ARGV) f;
    ELSE
        INSERT INTO leadqual_attributechange (workspace_id, company_id, field, value, at)
        SELECT n.workspace_id, n.id, f.field, f.value, leadqual_fact_moment(n.created_at)
        FROM fresh n, leadqual_known_facts(to_jsonb(n), TG_ARGV) f;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION leadqual_facts_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO leadqual_attributechange (workspace_id, lead_id, company_id, field, value, at)
    SELECT n.workspace_id,
           CASE WHEN TG_TABLE_NAME = 'leadqual_lead' THEN n.id END,
           CASE WHEN TG_TABLE_NAME = 'leadqual_company' THEN n.id END,
           changed.field, changed.value, leadqual_fact_moment(now())
    FROM fresh n
    JOIN stale o USING (id)
    CROSS JOIN LATERAL (
        SELECT coalesce(a.field, b.field) AS field, a.value
        FROM leadqual_known_facts(to_jsonb(n), TG_ARGV) a
        FULL JOIN leadqual_known_facts(to_jsonb(o), TG_ARGV) b ON a.field = b.field
        WHERE a.value IS DISTINCT FROM b.value
    ) changed;
    RETURN NULL;
END $$;
"""


def triggers(table: str, fields: list[str]) -> str:
    arguments = ", ".join(f"'{field}'" for field in fields)
    return f"""
CREATE TRIGGER {table}_facts_inserted AFTER INSERT ON {table}
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION leadqual_facts_inserted({arguments});
CREATE TRIGGER {table}_facts_updated AFTER UPDATE ON {table}
    REFERENCING OLD TABLE AS stale NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION leadqual_facts_updated({arguments});
"""


LEAD_FIELDS = [
    "company_id", "email", "first_name", "last_name", "phone",
    "job_title", "country", "timeline", "challenge",
]  # fmt: skip
COMPANY_FIELDS = ["name", "domain", "industry", "country", "region", "employees"]


class Migration(migrations.Migration):
    dependencies = [("leadqual", "0001_initial")]
    operations = [
        migrations.RunSQL(MOVES, migrations.RunSQL.noop),
        migrations.RunSQL(EVENTS, migrations.RunSQL.noop),
        migrations.RunSQL(FACTS, migrations.RunSQL.noop),
        migrations.RunSQL(triggers("leadqual_lead", LEAD_FIELDS), migrations.RunSQL.noop),
        migrations.RunSQL(triggers("leadqual_company", COMPANY_FIELDS), migrations.RunSQL.noop),
    ]
