"""Marks of the daily summary where a count could go wrong without one, and fewer where it cannot."""

from django.db import migrations, models

# What else changes a count: offers that change hands, the next offer of a lead that was touched,
# touches that are moved, the code of a reason, rules of a packet that erasure empties, and the
# agreement in force. A decision no longer marks the moves of its cycle: only the offer's rep, pool
# and tier are theirs.
MARKS = """
CREATE OR REPLACE FUNCTION handoff_move_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO handoff_countdue (workspace_id, family, at, marked_at)
    SELECT workspace_id, 'moves', handoff_quarter(at), now() FROM fresh
    UNION
    -- A capture counts as one that became MQL.
    SELECT m.workspace_id, 'moves', handoff_quarter(m.at), now()
    FROM leadqual_stagemove m
    JOIN (SELECT DISTINCT lead_id FROM fresh WHERE to_stage = 'mql' AND counted) f USING (lead_id)
    WHERE m.to_stage = 'new' AND m.from_stage = ''
    UNION
    -- Where no offer names the rep of a cycle, its moves do.
    SELECT m.workspace_id, 'moves', handoff_quarter(m.at), now()
    FROM leadqual_stagemove m
    JOIN (SELECT DISTINCT lead_id, cycle FROM fresh WHERE rep_id IS NOT NULL AND counted) f
        USING (lead_id, cycle)
    WHERE m.rep_id IS NULL AND NOT EXISTS (
        SELECT FROM handoff_handoff h WHERE h.lead_id = m.lead_id AND h.cycle = m.cycle)
    UNION
    SELECT m.workspace_id, 'mqls', handoff_quarter(m.at), now()
    FROM leadqual_stagemove m JOIN (SELECT DISTINCT lead_id FROM fresh) f USING (lead_id)
    WHERE m.to_stage = 'mql';
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION handoff_offers_counts(offers bigint[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO handoff_countdue (workspace_id, family, at, marked_at)
    SELECT h.workspace_id, f.family, handoff_quarter(f.at), now()
    FROM handoff_handoff h CROSS JOIN LATERAL (VALUES
        ('offers', h.offered_at), ('endings', h.decided_at), ('endings', h.expired_at),
        ('endings', h.withdrawn_at)) f (family, at)
    WHERE h.id = ANY (offers) AND f.at IS NOT NULL
    UNION
    SELECT m.workspace_id, f.family, handoff_quarter(m.at), now()
    FROM handoff_handoff h
    JOIN leadqual_stagemove m ON m.lead_id = h.lead_id AND m.cycle = h.cycle
    CROSS JOIN (VALUES ('moves'), ('mqls')) f (family)
    WHERE h.id = ANY (offers) AND (f.family = 'moves' OR m.to_stage = 'mql')
    UNION
    -- A touch since is that of this offer, not of the one before.
    SELECT x.workspace_id, 'endings', handoff_quarter(x.decided_at), now()
    FROM handoff_handoff h JOIN handoff_handoff x ON x.lead_id = h.lead_id
    WHERE h.id = ANY (offers) AND x.status = 'accepted' AND EXISTS (
        SELECT FROM leadqual_touch t
        WHERE t.lead_id = h.lead_id AND t.occurred_at >= h.offered_at)
$$;

CREATE OR REPLACE FUNCTION handoff_offer_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM handoff_offers_counts(array(SELECT id FROM fresh));
        RETURN NULL;
    END IF;
    -- What it no longer counts as, and how it has ended.
    INSERT INTO handoff_countdue (workspace_id, family, at, marked_at)
    SELECT o.workspace_id, f.family, handoff_quarter(f.at), now()
    FROM stale o JOIN fresh n ON n.id = o.id CROSS JOIN LATERAL (VALUES
        ('endings', o.decided_at), ('endings', o.expired_at), ('endings', o.withdrawn_at),
        ('endings', n.decided_at), ('endings', n.expired_at), ('endings', n.withdrawn_at)
        ) f (family, at)
    WHERE f.at IS NOT NULL
        AND (n.status, n.reason_id, n.decided_at, n.expired_at, n.withdrawn_at) IS DISTINCT FROM
            (o.status, o.reason_id, o.decided_at, o.expired_at, o.withdrawn_at)
    UNION
    SELECT o.workspace_id, 'offers', handoff_quarter(o.offered_at), now()
    FROM stale o JOIN fresh n ON n.id = o.id WHERE n.offered_at <> o.offered_at;
    PERFORM handoff_offers_counts(array(
        SELECT n.id FROM fresh n JOIN stale o ON o.id = n.id
        WHERE (n.rep_id, n.pool_id, n.tier_id) IS DISTINCT FROM (o.rep_id, o.pool_id, o.tier_id)));
    PERFORM handoff_all_counts(array(
        SELECT unnest(ARRAY[n.lead_id, o.lead_id]) FROM fresh n JOIN stale o ON o.id = n.id
        WHERE (n.lead_id, n.cycle, n.offered_at)
            IS DISTINCT FROM (o.lead_id, o.cycle, o.offered_at)));
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION handoff_touch_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO handoff_countdue (workspace_id, family, at, marked_at)
    SELECT DISTINCT h.workspace_id, 'endings', handoff_quarter(h.decided_at), now()
    FROM handoff_handoff h
    JOIN (SELECT lead_id, max(occurred_at) AS at FROM changed GROUP BY 1) t
        ON t.lead_id = h.lead_id AND t.at >= h.offered_at
    WHERE h.status = 'accepted';
    RETURN NULL;
END $$;
CREATE FUNCTION handoff_touch_changed_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO handoff_countdue (workspace_id, family, at, marked_at)
    SELECT DISTINCT h.workspace_id, 'endings', handoff_quarter(h.decided_at), now()
    FROM fresh n JOIN stale o ON o.id = n.id
    JOIN handoff_handoff h ON h.lead_id IN (n.lead_id, o.lead_id)
    WHERE h.status = 'accepted'
        AND (n.lead_id, n.occurred_at) IS DISTINCT FROM (o.lead_id, o.occurred_at);
    RETURN NULL;
END $$;
DROP TRIGGER handoff_touch_changed_counts ON leadqual_touch;
CREATE TRIGGER handoff_touch_changed_counts AFTER UPDATE ON leadqual_touch
    REFERENCING OLD TABLE AS stale NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION handoff_touch_changed_counts();

CREATE FUNCTION handoff_packet_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO handoff_countdue (workspace_id, family, at, marked_at)
    SELECT DISTINCT NEW.workspace_id, 'endings', handoff_quarter(at), now()
    FROM unnest(ARRAY[NEW.decided_at, NEW.expired_at, NEW.withdrawn_at]) at WHERE at IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER handoff_packet_counts AFTER UPDATE OF packet ON handoff_handoff
    FOR EACH ROW WHEN (NEW.packet IS DISTINCT FROM OLD.packet)
    EXECUTE FUNCTION handoff_packet_counts();

CREATE FUNCTION handoff_reason_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO handoff_countdue (workspace_id, family, at, marked_at)
    SELECT DISTINCT workspace_id, 'endings', handoff_quarter(decided_at), now()
    FROM handoff_handoff
    WHERE workspace_id = NEW.workspace_id AND reason_id = NEW.id AND status = 'rejected';
    RETURN NULL;
END $$;
CREATE TRIGGER handoff_reason_counts AFTER UPDATE OF code ON handoff_rejectionreason
    FOR EACH ROW WHEN (NEW.code IS DISTINCT FROM OLD.code)
    EXECUTE FUNCTION handoff_reason_counts();

CREATE FUNCTION handoff_counts_since(of_workspace bigint, since timestamptz) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO handoff_countdue (workspace_id, family, at, marked_at)
    SELECT DISTINCT workspace_id, f.family, handoff_quarter(at), now()
    FROM leadqual_stagemove m CROSS JOIN (VALUES ('moves'), ('mqls')) f (family)
    WHERE workspace_id = of_workspace AND (f.family = 'moves' OR m.to_stage = 'mql')
        AND m.at >= since
    UNION
    SELECT DISTINCT h.workspace_id, f.family, handoff_quarter(f.at), now()
    FROM handoff_handoff h CROSS JOIN LATERAL (VALUES
        ('offers', h.offered_at), ('endings', h.decided_at), ('endings', h.expired_at),
        ('endings', h.withdrawn_at)) f (family, at)
    WHERE h.workspace_id = of_workspace AND f.at >= since
$$;

-- Signing dates an agreement now; whatever has happened since that moment counts under it.
CREATE FUNCTION handoff_agreement_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM handoff_counts_since(NEW.workspace_id, CASE
        WHEN TG_OP = 'INSERT' THEN NEW.active_since
        WHEN (NEW.number, NEW.active_since) IS DISTINCT FROM (OLD.number, OLD.active_since)
            THEN least(NEW.active_since, OLD.active_since)
        ELSE least(NEW.superseded_at, OLD.superseded_at) END);
    RETURN NULL;
END $$;
CREATE TRIGGER handoff_agreement_made_counts AFTER INSERT ON sla_agreement
    FOR EACH ROW WHEN (NEW.active_since IS NOT NULL)
    EXECUTE FUNCTION handoff_agreement_counts();
CREATE TRIGGER handoff_agreement_changed_counts
    AFTER UPDATE OF number, active_since, superseded_at ON sla_agreement
    FOR EACH ROW WHEN ((NEW.number, NEW.active_since, NEW.superseded_at)
        IS DISTINCT FROM (OLD.number, OLD.active_since, OLD.superseded_at))
    EXECUTE FUNCTION handoff_agreement_counts();

-- Days that were counted stay until they are counted anew, by the new zone: an hour off for some
-- seconds is nearer to the truth than nothing.
CREATE OR REPLACE FUNCTION handoff_zone_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM handoff_every_count(NEW.id);
    INSERT INTO handoff_countdue (workspace_id, family, at, marked_at)
    SELECT NEW.id, f.family, (d.day + time '12:00') AT TIME ZONE NEW.timezone, now()
    FROM (SELECT DISTINCT day FROM handoff_daycount WHERE workspace_id = NEW.id) d
    CROSS JOIN (VALUES ('moves'), ('mqls'), ('offers'), ('endings')) f (family);
    RETURN NULL;
END $$;

-- Rep of a cycle without offers: counted anew by the words above.
SELECT handoff_every_count(w.id) FROM accounts_workspace w;
"""

GONE = """
DROP TRIGGER handoff_agreement_made_counts ON sla_agreement;
DROP TRIGGER handoff_agreement_changed_counts ON sla_agreement;
DROP TRIGGER handoff_reason_counts ON handoff_rejectionreason;
DROP TRIGGER handoff_packet_counts ON handoff_handoff;
DROP TRIGGER handoff_touch_changed_counts ON leadqual_touch;
CREATE TRIGGER handoff_touch_changed_counts AFTER UPDATE ON leadqual_touch
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION handoff_touch_counts();
DROP FUNCTION handoff_agreement_counts, handoff_reason_counts, handoff_packet_counts,
    handoff_touch_changed_counts, handoff_counts_since;
"""


class Migration(migrations.Migration):

    dependencies = [
        ("handoff", "0018_joint_reviews"),
        ("sla", "0008_clocks_of_the_system"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="countdue",
            index=models.Index(fields=["workspace", "marked_at"], name="counts_due_since"),
        ),
        migrations.RunSQL(MARKS, GONE),
    ]
