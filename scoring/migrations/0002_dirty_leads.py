"""Triggers that mark a lead dirty whoever wrote the fact: screen, import, API or SQL."""

from django.db import migrations

DIRTY = """
CREATE FUNCTION scoring_lead_dirty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO scoring_scoredirty (lead_id) SELECT id FROM fresh;
    RETURN NULL;
END $$;
CREATE TRIGGER scoring_lead_dirty AFTER INSERT ON leadqual_lead
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION scoring_lead_dirty();

CREATE FUNCTION scoring_fact_dirty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO scoring_scoredirty (lead_id)
    SELECT lead_id FROM fresh WHERE lead_id IS NOT NULL
    UNION
    SELECT lead.id FROM fresh JOIN leadqual_lead lead ON lead.company_id = fresh.company_id;
    RETURN NULL;
END $$;
CREATE TRIGGER scoring_fact_dirty AFTER INSERT ON leadqual_attributechange
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION scoring_fact_dirty();

CREATE FUNCTION scoring_event_dirty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO scoring_scoredirty (lead_id) SELECT DISTINCT lead_id FROM fresh;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO scoring_scoredirty (lead_id) SELECT DISTINCT lead_id FROM stale;
    ELSE
        INSERT INTO scoring_scoredirty (lead_id)
        SELECT lead_id FROM fresh UNION SELECT lead_id FROM stale;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER scoring_event_inserted AFTER INSERT ON leadqual_event
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION scoring_event_dirty();
CREATE TRIGGER scoring_event_updated AFTER UPDATE ON leadqual_event
    REFERENCING OLD TABLE AS stale NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION scoring_event_dirty();
CREATE TRIGGER scoring_event_deleted AFTER DELETE ON leadqual_event
    REFERENCING OLD TABLE AS stale
    FOR EACH STATEMENT EXECUTE FUNCTION scoring_event_dirty();

ALTER TABLE scoring_score SET (fillfactor = 80);
-- The queues empty all the time: vacuum them by count, not by share.
ALTER TABLE scoring_scoredirty
    SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
ALTER TABLE scoring_qualificationdue
    SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
"""


class Migration(migrations.Migration):
    dependencies = [("scoring", "0001_initial"), ("leadqual", "0002_history_is_kept")]
    operations = [migrations.RunSQL(DIRTY, migrations.RunSQL.noop)]
