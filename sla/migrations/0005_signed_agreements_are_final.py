"""Triggers: what was proposed does not change, signatures are kept for ever."""

# ruff: noqa: S608 - the names of our own tables
from django.db import migrations

AGREEMENTS = """
CREATE FUNCTION sla_agreement_final() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    life text[] := ARRAY['status', 'active_since', 'superseded_at', 'withdrawn_at',
        'withdrawn_by_id', 'withdrawn_why'];
BEGIN
    IF OLD.status = 'draft' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'Proposed agreements are kept for ever (sla_agreement %)', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF to_jsonb(NEW) - life IS DISTINCT FROM to_jsonb(OLD) - life
        OR NOT (NEW.status = OLD.status OR (OLD.status, NEW.status) IN (
            ('proposed', 'active'), ('proposed', 'withdrawn'), ('active', 'superseded')))
    THEN
        RAISE EXCEPTION 'Proposed agreements do not change (sla_agreement %)', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sla_agreement_final BEFORE UPDATE OR DELETE ON sla_agreement
    FOR EACH ROW EXECUTE FUNCTION sla_agreement_final();

CREATE FUNCTION sla_agreement_part_final() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    state text;
    part_of bigint;
BEGIN
    FOREACH part_of IN ARRAY CASE TG_OP
        WHEN 'INSERT' THEN ARRAY[NEW.agreement_id]
        WHEN 'DELETE' THEN ARRAY[OLD.agreement_id]
        ELSE ARRAY[OLD.agreement_id, NEW.agreement_id] END
    LOOP
        CONTINUE WHEN part_of IS NULL;  -- the workspace's defaults
        -- FOR SHARE: an edit and the proposal wait for each other, the later one sees the first.
        SELECT status INTO state FROM sla_agreement WHERE id = part_of FOR SHARE;
        IF state <> 'draft' THEN
            RAISE EXCEPTION 'What was proposed does not change (% of agreement %)',
                TG_TABLE_NAME, part_of
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END LOOP;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER sla_commitment_final BEFORE INSERT OR UPDATE OR DELETE ON sla_commitment
    FOR EACH ROW EXECUTE FUNCTION sla_agreement_part_final();
CREATE TRIGGER sla_clause_final BEFORE INSERT OR UPDATE OR DELETE ON sla_clause
    FOR EACH ROW EXECUTE FUNCTION sla_agreement_part_final();

CREATE FUNCTION sla_signature_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Signatures are kept as they were given (sla_signature %)', OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER sla_signature_append_only BEFORE UPDATE OR DELETE ON sla_signature
    FOR EACH ROW EXECUTE FUNCTION sla_signature_append_only();
"""

GONE = """
DROP TRIGGER sla_signature_append_only ON sla_signature;
DROP FUNCTION sla_signature_append_only();
DROP TRIGGER sla_clause_final ON sla_clause;
DROP TRIGGER sla_commitment_final ON sla_commitment;
DROP FUNCTION sla_agreement_part_final();
DROP TRIGGER sla_agreement_final ON sla_agreement;
DROP FUNCTION sla_agreement_final();
"""


class Migration(migrations.Migration):
    dependencies = [("sla", "0004_agreements")]

    operations = [migrations.RunSQL(AGREEMENTS, GONE)]
