"""Triggers: what is signed is what was proposed, and active is only what both sides have signed."""

from django.db import migrations

SIGNED = """
CREATE FUNCTION sla_signature_of_proposed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM sla_agreement WHERE id = NEW.agreement_id
        AND status = 'proposed' AND document_hash = NEW.document_hash FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Only the text that was proposed is signed (sla_agreement %)',
            NEW.agreement_id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sla_signature_of_proposed BEFORE INSERT ON sla_signature
    FOR EACH ROW EXECUTE FUNCTION sla_signature_of_proposed();

CREATE FUNCTION sla_agreement_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> 'draft' THEN
        RAISE EXCEPTION 'An agreement begins as a draft' USING
            ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sla_agreement_begins BEFORE INSERT ON sla_agreement
    FOR EACH ROW EXECUTE FUNCTION sla_agreement_begins();

CREATE FUNCTION sla_agreement_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = OLD.status THEN
        RETURN NEW;
    END IF;
    IF (OLD.status = 'draft' AND NEW.status <> 'proposed')
        OR (NEW.status = 'active' AND (SELECT count(*) FROM sla_signature
            WHERE agreement_id = NEW.id AND document_hash = NEW.document_hash) < 2)
    THEN
        RAISE EXCEPTION 'Both sides sign before it is active (sla_agreement %)', NEW.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sla_agreement_signed BEFORE UPDATE ON sla_agreement
    FOR EACH ROW EXECUTE FUNCTION sla_agreement_signed();
"""

GONE = """
DROP TRIGGER sla_agreement_signed ON sla_agreement;
DROP FUNCTION sla_agreement_signed();
DROP TRIGGER sla_agreement_begins ON sla_agreement;
DROP FUNCTION sla_agreement_begins();
DROP TRIGGER sla_signature_of_proposed ON sla_signature;
DROP FUNCTION sla_signature_of_proposed();
"""


class Migration(migrations.Migration):
    dependencies = [("sla", "0006_clocks_by_deadline")]

    operations = [migrations.RunSQL(SIGNED, GONE)]
