"""The daily summary of every figure, and the triggers that keep it true."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

# Marks are left by the statement that changes a fact, whoever wrote it; an uncommitted one is seen
# by nobody, so that a count can never take away the mark of what it has not counted. Plain inserts:
# nobody waits for another's.
MARKS = """
CREATE FUNCTION handoff_quarter(at timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
    SELECT date_bin('15 minutes', at, '2000-01-01 00:00:00+00')
$$;

-- A move counts on its day; the lead's MQLs tell on theirs what became of them, and its capture
-- whether it became MQL.
CREATE FUNCTION handoff_move_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO handoff_countdue (workspace_id, family, at, marked_at)
    SELECT DISTINCT workspace_id, 'moves', handoff_quarter(at), now() FROM fresh
    UNION
    SELECT DISTINCT m.workspace_id, f.family, handoff_quarter(m.at), now()
    FROM leadqual_stagemove m
    JOIN (SELECT DISTINCT lead_id FROM fresh) changed ON changed.lead_id = m.lead_id
    CROSS JOIN (VALUES ('moves'), ('mqls')) f (family)
    WHERE m.to_stage = 'mql' AND f.family = 'mqls' OR m.from_stage = '' AND f.family = 'moves';
    RETURN NULL;
END $$;
CREATE TRIGGER handoff_move_counts AFTER INSERT ON leadqual_stagemove
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION handoff_move_counts();

CREATE FUNCTION handoff_all_counts(leads bigint[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO handoff_countdue (workspace_id, family, at, marked_at)
    SELECT DISTINCT m.workspace_id, f.family, handoff_quarter(m.at), now()
    FROM leadqual_stagemove m CROSS JOIN (VALUES ('moves'), ('mqls')) f (family)
    WHERE m.lead_id = ANY (leads) AND (f.family = 'moves' OR m.to_stage = 'mql')
    UNION
    SELECT DISTINCT h.workspace_id, f.family, handoff_quarter(f.at), now()
    FROM handoff_handoff h CROSS JOIN LATERAL (VALUES
        ('offers', h.offered_at), ('endings', h.decided_at), ('endings', h.expired_at),
        ('endings', h.withdrawn_at)) f (family, at)
    WHERE h.lead_id = ANY (leads) AND f.at IS NOT NULL
$$;

-- A merge, and an acceptance taken back: everything of both leads.
CREATE FUNCTION handoff_moved_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM handoff_all_counts(array(
        SELECT unnest(ARRAY[n.lead_id, o.lead_id]) FROM fresh n JOIN stale o ON o.id = n.id
        WHERE (n.lead_id, n.cycle, n.counted) IS DISTINCT FROM (o.lead_id, o.cycle, o.counted)));
    RETURN NULL;
END $$;
CREATE TRIGGER handoff_moved_counts AFTER UPDATE ON leadqual_stagemove
    REFERENCING OLD TABLE AS stale NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION handoff_moved_counts();

-- An offer counts when it is made and when it ends; rep, pool and tier of the moves in its cycle
-- are those of the latest.
CREATE FUNCTION handoff_offer_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM handoff_offers_counts(array(SELECT id FROM fresh));
    ELSE
        -- The endings that are no more.
        INSERT INTO handoff_countdue (workspace_id, family, at, marked_at)
        SELECT DISTINCT o.workspace_id, 'endings', handoff_quarter(at), now()
        FROM stale o JOIN fresh n ON n.id = o.id
        CROSS JOIN LATERAL unnest(ARRAY[o.decided_at, o.expired_at, o.withdrawn_at]) at
        WHERE at IS NOT NULL AND NOT at = ANY (array_remove(
            ARRAY[n.decided_at, n.expired_at, n.withdrawn_at], NULL));
        PERFORM handoff_offers_counts(array(
            SELECT n.id FROM fresh n JOIN stale o ON o.id = n.id
            WHERE (n.lead_id, n.cycle, n.status, n.rep_id, n.pool_id, n.tier_id, n.reason_id,
                   n.offered_at, n.decided_at, n.expired_at, n.withdrawn_at)
                IS DISTINCT FROM
                  (o.lead_id, o.cycle, o.status, o.rep_id, o.pool_id, o.tier_id, o.reason_id,
                   o.offered_at, o.decided_at, o.expired_at, o.withdrawn_at)));
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION handoff_offers_counts(offers bigint[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO handoff_countdue (workspace_id, family, at, marked_at)
    SELECT DISTINCT h.workspace_id, f.family, handoff_quarter(f.at), now()
    FROM handoff_handoff h CROSS JOIN LATERAL (VALUES
        ('offers', h.offered_at), ('endings', h.decided_at), ('endings', h.expired_at),
        ('endings', h.withdrawn_at)) f (family, at)
    WHERE h.id = ANY (offers) AND f.at IS NOT NULL
    UNION
    SELECT DISTINCT m.workspace_id, f.family, handoff_quarter(m.at), now()
    FROM handoff_handoff h
    JOIN leadqual_stagemove m ON m.lead_id = h.lead_id AND m.cycle = h.cycle
    CROSS JOIN (VALUES ('moves'), ('mqls')) f (family)
    WHERE h.id = ANY (offers) AND (f.family = 'moves' OR m.to_stage = 'mql')
$$;
CREATE TRIGGER handoff_offer_made_counts AFTER INSERT ON handoff_handoff
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION handoff_offer_counts();
CREATE TRIGGER handoff_offer_changed_counts AFTER UPDATE ON handoff_handoff
    REFERENCING OLD TABLE AS stale NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION handoff_offer_counts();

-- An accepted offer is followed up, or not.
CREATE FUNCTION handoff_touch_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO handoff_countdue (workspace_id, family, at, marked_at)
    SELECT DISTINCT h.workspace_id, 'endings', handoff_quarter(h.decided_at), now()
    FROM handoff_handoff h JOIN (SELECT DISTINCT lead_id FROM changed) t ON t.lead_id = h.lead_id
    WHERE h.status = 'accepted';
    RETURN NULL;
END $$;
CREATE TRIGGER handoff_touch_made_counts AFTER INSERT ON leadqual_touch
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION handoff_touch_counts();
CREATE TRIGGER handoff_touch_changed_counts AFTER UPDATE ON leadqual_touch
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION handoff_touch_counts();
CREATE TRIGGER handoff_touch_gone_counts AFTER DELETE ON leadqual_touch
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION handoff_touch_counts();

-- By which lines it counts: rare, and so row by row.
CREATE FUNCTION handoff_lead_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM handoff_all_counts(ARRAY[NEW.id]);
    RETURN NULL;
END $$;
CREATE TRIGGER handoff_lead_counts
    AFTER UPDATE OF first_source_id, first_campaign_id, company_id, country ON leadqual_lead
    FOR EACH ROW WHEN ((NEW.first_source_id, NEW.first_campaign_id, NEW.company_id, NEW.country)
        IS DISTINCT FROM
        (OLD.first_source_id, OLD.first_campaign_id, OLD.company_id, OLD.country))
    EXECUTE FUNCTION handoff_lead_counts();

CREATE FUNCTION handoff_company_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM handoff_all_counts(array(SELECT id FROM leadqual_lead WHERE company_id = NEW.id));
    RETURN NULL;
END $$;
CREATE TRIGGER handoff_company_counts
    AFTER UPDATE OF industry, region, country, employees ON leadqual_company
    FOR EACH ROW WHEN ((NEW.industry, NEW.region, NEW.country, NEW.employees)
        IS DISTINCT FROM (OLD.industry, OLD.region, OLD.country, OLD.employees))
    EXECUTE FUNCTION handoff_company_counts();

CREATE FUNCTION handoff_every_count(of_workspace bigint) RETURNS void LANGUAGE sql AS $$
    INSERT INTO handoff_countdue (workspace_id, family, at, marked_at)
    SELECT DISTINCT workspace_id, f.family, handoff_quarter(at), now()
    FROM leadqual_stagemove m CROSS JOIN (VALUES ('moves'), ('mqls')) f (family)
    WHERE workspace_id = of_workspace AND (f.family = 'moves' OR m.to_stage = 'mql')
    UNION
    SELECT DISTINCT h.workspace_id, f.family, handoff_quarter(f.at), now()
    FROM handoff_handoff h CROSS JOIN LATERAL (VALUES
        ('offers', h.offered_at), ('endings', h.decided_at), ('endings', h.expired_at),
        ('endings', h.withdrawn_at)) f (family, at)
    WHERE h.workspace_id = of_workspace AND f.at IS NOT NULL
$$;

-- Other days begin at other moments.
CREATE FUNCTION handoff_zone_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM handoff_daycount WHERE workspace_id = NEW.id;
    PERFORM handoff_every_count(NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER handoff_zone_counts AFTER UPDATE OF timezone ON accounts_workspace
    FOR EACH ROW WHEN (NEW.timezone IS DISTINCT FROM OLD.timezone)
    EXECUTE FUNCTION handoff_zone_counts();

-- The queue empties all the time: vacuum it by count, not by share.
ALTER TABLE handoff_countdue
    SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);

SELECT handoff_every_count(id) FROM accounts_workspace;
"""

GONE = """
DROP TRIGGER handoff_move_counts ON leadqual_stagemove;
DROP TRIGGER handoff_moved_counts ON leadqual_stagemove;
DROP TRIGGER handoff_offer_made_counts ON handoff_handoff;
DROP TRIGGER handoff_offer_changed_counts ON handoff_handoff;
DROP TRIGGER handoff_touch_made_counts ON leadqual_touch;
DROP TRIGGER handoff_touch_changed_counts ON leadqual_touch;
DROP TRIGGER handoff_touch_gone_counts ON leadqual_touch;
DROP TRIGGER handoff_lead_counts ON leadqual_lead;
DROP TRIGGER handoff_company_counts ON leadqual_company;
DROP TRIGGER handoff_zone_counts ON accounts_workspace;
DROP FUNCTION handoff_move_counts, handoff_moved_counts, handoff_offer_counts, handoff_touch_counts,
    handoff_lead_counts, handoff_company_counts, handoff_zone_counts, handoff_all_counts, handoff_offers_counts,
    handoff_every_count, handoff_quarter;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_cache'),
        ('handoff', '0016_told_of_warnings'),
        ('leadqual', '0014_call_back'),
        ('scoring', '0017_signals_ask_by_workspace'),
        ('sla', '0008_clocks_of_the_system'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ReportMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('page', models.SlugField(max_length=20)),
                ('query', models.CharField(blank=True, max_length=1000)),
                ('every', models.CharField(choices=[('day', 'Every working day'), ('week', 'Every week'), ('month', 'Every month')], default='week', max_length=5)),
                ('weekday', models.PositiveSmallIntegerField(default=0)),
                ('day', models.PositiveSmallIntegerField(default=1)),
                ('hour', models.PositiveSmallIntegerField(default=7)),
                ('created_at', models.DateTimeField()),
                ('next_at', models.DateTimeField(null=True)),
                ('last_sent_at', models.DateTimeField(null=True)),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('recipients', models.ManyToManyField(related_name='+', to=settings.AUTH_USER_MODEL)),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.workspace')),
            ],
        ),
        migrations.CreateModel(
            name='SharedPage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('page', models.SlugField(max_length=20)),
                ('query', models.CharField(blank=True, max_length=1000)),
                ('note', models.CharField(blank=True, max_length=120)),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(null=True)),
                ('last_opened_at', models.DateTimeField(null=True)),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.workspace')),
            ],
        ),
        migrations.CreateModel(
            name='CountDue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('family', models.CharField(choices=[('moves', 'Moves between stages'), ('mqls', 'MQLs and what became of them'), ('offers', 'Offers made'), ('endings', 'Offers that ended')], max_length=8)),
                ('at', models.DateTimeField()),
                ('marked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.workspace')),
            ],
            options={
                'indexes': [models.Index(fields=['workspace', 'at'], name='counts_due')],
            },
        ),
        migrations.CreateModel(
            name='DayCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('kind', models.CharField(max_length=80)),
                ('dimension', models.CharField(blank=True, max_length=12)),
                ('value', models.CharField(blank=True, max_length=200)),
                ('n', models.PositiveIntegerField()),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.workspace')),
            ],
            options={
                'indexes': [models.Index(fields=['workspace', 'day'], name='day_counts_of_day')],
                'constraints': [models.UniqueConstraint(fields=('workspace', 'kind', 'dimension', 'value', 'day'), include=('n',), name='day_count_once')],
            },
        ),
        migrations.AddIndex(
            model_name='reportmail',
            index=models.Index(condition=models.Q(('next_at__isnull', False)), fields=['next_at'], name='report_mails_due'),
        ),
        migrations.AddConstraint(
            model_name='reportmail',
            constraint=models.CheckConstraint(condition=models.Q(('day__gte', 1), ('day__lte', 28), ('hour__lte', 23), ('weekday__lte', 6)), name='report_mail_has_a_time'),
        ),
        migrations.AddIndex(
            model_name='sharedpage',
            index=models.Index(fields=['workspace', '-created_at'], name='shared_pages'),
        ),
        migrations.AddConstraint(
            model_name='sharedpage',
            constraint=models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('created_at'))), name='shared_page_expires_later'),
        ),
        migrations.RunSQL(MARKS, GONE),
    ]
