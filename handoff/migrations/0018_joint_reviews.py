"""The joint review: cadences, reviews and what is marked and decided in them, minutes for ever."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


# From the first of a month on, a whole interval away; 60 days from today.
STARTERS = """
INSERT INTO handoff_reviewcadence (workspace_id, kind, every, unit, is_on, next_due)
SELECT w.id, c.kind, c.every, c.unit, true, CASE c.unit
    WHEN 'days' THEN today.day + c.every
    ELSE date_trunc('month',
        today.day + make_interval(months => c.every + 1) - interval '1 day')::date END
FROM accounts_workspace w
CROSS JOIN LATERAL (SELECT (now() AT TIME ZONE w.timezone)::date AS day) today
CROSS JOIN (VALUES ('metrics', 1, 'months'), ('thresholds', 60, 'days'),
    ('calibration', 3, 'months')) c (kind, every, unit)
ORDER BY w.id, array_position(ARRAY['metrics', 'thresholds', 'calibration'], c.kind)
"""

FINAL = """
CREATE FUNCTION handoff_minutes_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Minutes are kept as they are (handoff_minutes %)', OLD.review_id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER handoff_minutes_final BEFORE UPDATE OR DELETE ON handoff_minutes
    FOR EACH ROW EXECUTE FUNCTION handoff_minutes_final();

CREATE FUNCTION handoff_review_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.closed_at IS NOT NULL THEN
        RAISE EXCEPTION 'A review that is closed does not change (handoff_review %)', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER handoff_review_final BEFORE UPDATE OR DELETE ON handoff_review
    FOR EACH ROW EXECUTE FUNCTION handoff_review_final();

-- TG_ARGV: what goes on after the review is closed. What was said about a person may be emptied.
CREATE FUNCTION handoff_review_part_final() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    goes_on text[] := TG_ARGV;
    v_row jsonb;
    closed timestamptz;
BEGIN
    IF to_jsonb(NEW) ->> 'outcome' = '' THEN
        goes_on := goes_on || 'outcome'::text;
    END IF;
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - goes_on = to_jsonb(OLD) - goes_on THEN
        RETURN NEW;
    END IF;
    FOREACH v_row IN ARRAY CASE TG_OP
        WHEN 'INSERT' THEN ARRAY[to_jsonb(NEW)]
        WHEN 'DELETE' THEN ARRAY[to_jsonb(OLD)]
        ELSE ARRAY[to_jsonb(OLD), to_jsonb(NEW)] END
    LOOP
        -- FOR SHARE: a write and the closing wait for each other, the later one sees the first.
        SELECT r.closed_at INTO closed FROM handoff_review r WHERE r.id = coalesce(
            (v_row->>'review_id')::bigint,
            (SELECT i.review_id FROM handoff_agendaitem i WHERE i.id = (v_row->>'item_id')::bigint)
        ) FOR SHARE;
        IF closed IS NOT NULL THEN
            RAISE EXCEPTION 'What was said in a closed review does not change (% %)',
                TG_TABLE_NAME, v_row->>'id' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END LOOP;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER handoff_agendaitem_final BEFORE INSERT OR UPDATE OR DELETE ON handoff_agendaitem
    FOR EACH ROW EXECUTE FUNCTION handoff_review_part_final('personal');
CREATE TRIGGER handoff_participant_final BEFORE INSERT OR UPDATE OR DELETE ON handoff_participant
    FOR EACH ROW EXECUTE FUNCTION handoff_review_part_final();
CREATE TRIGGER handoff_mark_final BEFORE INSERT OR UPDATE OR DELETE ON handoff_mark
    FOR EACH ROW EXECUTE FUNCTION handoff_review_part_final();
CREATE TRIGGER handoff_decision_final BEFORE INSERT OR UPDATE OR DELETE ON handoff_decision
    FOR EACH ROW EXECUTE FUNCTION handoff_review_part_final('owner_id', 'due', 'begun_at',
        'begun_by_id', 'model_version_id', 'reason_id', 'plan_id', 'agreement_id', 'done_at',
        'done_by_id', 'step');
"""

FREE = """
DROP TRIGGER handoff_decision_final ON handoff_decision;
DROP TRIGGER handoff_mark_final ON handoff_mark;
DROP TRIGGER handoff_participant_final ON handoff_participant;
DROP TRIGGER handoff_agendaitem_final ON handoff_agendaitem;
DROP FUNCTION handoff_review_part_final();
DROP TRIGGER handoff_review_final ON handoff_review;
DROP FUNCTION handoff_review_final();
DROP TRIGGER handoff_minutes_final ON handoff_minutes;
DROP FUNCTION handoff_minutes_final();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_cache'),
        ('handoff', '0017_daily_counts'),
        ('leadqual', '0014_call_back'),
        ('scoring', '0017_signals_ask_by_workspace'),
        ('sla', '0008_clocks_of_the_system'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Review',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('metrics', 'Metrics'), ('thresholds', 'Thresholds'), ('calibration', 'Calibration and hygiene')], max_length=12)),
                ('due', models.DateField(null=True)),
                ('since', models.DateTimeField()),
                ('opened_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('parts', models.JSONField(default=dict)),
                ('figures', models.JSONField(default=dict)),
                ('step', models.PositiveIntegerField(db_default=0, default=0)),
                ('closed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('opened_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.workspace')),
            ],
            options={
                'ordering': ['-opened_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='AgendaItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('part', models.CharField(choices=[('reject', 'Rejected leads'), ('miss', 'Missed clocks'), ('won', 'Wins, scored again'), ('lost', 'Losses, scored again'), ('threshold', 'Thresholds and the acceptance band'), ('noise', 'Rules that add noise'), ('stale', 'Stale definitions'), ('decision', 'Open from last time'), ('to_decide', 'Waiting for a decision')], max_length=10)),
                ('position', models.PositiveSmallIntegerField()),
                ('key', models.CharField(max_length=120)),
                ('title', models.CharField(max_length=300)),
                ('facts', models.JSONField(default=dict)),
                ('personal', models.JSONField(default=dict)),
                ('applied', models.CharField(blank=True, max_length=15)),
                ('outcome', models.TextField(blank=True)),
                ('outcome_at', models.DateTimeField(null=True)),
                ('step', models.PositiveIntegerField(default=0)),
                ('clock', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sla.clock')),
                ('deal', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='handoff.opportunity')),
                ('handoff', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='handoff.handoff')),
                ('lead', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='leadqual.lead')),
                ('outcome_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('review_item', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='handoff.reviewitem')),
            ],
            options={
                'ordering': ['position'],
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField()),
                ('due', models.DateField()),
                ('effect', models.CharField(blank=True, choices=[('', 'Nothing in the product'), ('model', 'A draft of the scoring model'), ('reason', 'A new rejection reason'), ('routing', 'A routing rule'), ('agreement', 'A new version of the agreement')], max_length=10)),
                ('made_at', models.DateTimeField()),
                ('begun_at', models.DateTimeField(null=True)),
                ('done_at', models.DateTimeField(null=True)),
                ('step', models.PositiveIntegerField(default=0)),
                ('agreement', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='sla.agreement')),
                ('begun_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('done_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('item', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='handoff.agendaitem')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('model_version', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='scoring.modelversion')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('plan', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='handoff.routingplan')),
                ('reason', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='handoff.rejectionreason')),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.workspace')),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='handoff.review')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.AddField(
            model_name='agendaitem',
            name='decision',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='handoff.decision'),
        ),
        migrations.CreateModel(
            name='Minutes',
            fields=[
                ('review', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='minutes', serialize=False, to='handoff.review')),
                ('document', models.JSONField()),
                ('document_hash', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'minutes',
            },
        ),
        migrations.AddField(
            model_name='agendaitem',
            name='review',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='handoff.review'),
        ),
        migrations.CreateModel(
            name='Participant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('side', models.CharField(blank=True, choices=[('marketing', 'Marketing'), ('sales', 'Sales'), ('system', 'The system')], max_length=10)),
                ('joined_at', models.DateTimeField(null=True)),
                ('step', models.PositiveIntegerField(default=0)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='participants', to='handoff.review')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='ReviewCadence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('metrics', 'Metrics'), ('thresholds', 'Thresholds'), ('calibration', 'Calibration and hygiene')], max_length=12)),
                ('every', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(366)])),
                ('unit', models.CharField(choices=[('days', 'days'), ('months', 'months')], max_length=6)),
                ('is_on', models.BooleanField(default=True, verbose_name='is held')),
                ('next_due', models.DateField(verbose_name='next due on')),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.workspace')),
            ],
            options={
                'verbose_name_plural': 'review cadences',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Mark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('side', models.CharField(choices=[('marketing', 'Marketing'), ('sales', 'Sales'), ('system', 'The system')], max_length=10)),
                ('verdict', models.CharField(blank=True, choices=[('right_reject', 'Right reject'), ('wrong_reject', 'Wrong reject'), ('wrong_handoff', 'Wrong hand-off')], max_length=15)),
                ('at', models.DateTimeField()),
                ('step', models.PositiveIntegerField()),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='marks', to='handoff.agendaitem')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(fields=('item', 'person'), name='one_mark_a_person'), models.CheckConstraint(condition=models.Q(('side__in', ['marketing', 'sales'])), name='two_sides_mark'), models.CheckConstraint(condition=models.Q(('verdict__in', ['', 'right_reject', 'wrong_reject', 'wrong_handoff'])), name='mark_known')],
            },
        ),
        migrations.AddIndex(
            model_name='review',
            index=models.Index(models.F('workspace'), models.OrderBy(models.F('opened_at'), descending=True), name='reviews_newest'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('workspace', 'kind'), name='one_open_review_a_kind'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('closed_by', None)), models.Q(('closed_at__isnull', False), ('closed_by__isnull', False)), _connector='OR'), name='review_closed_whole'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(('since__lte', models.F('opened_at'))), name='review_looks_back'),
        ),
        migrations.AddIndex(
            model_name='decision',
            index=models.Index(condition=models.Q(('done_at', None)), fields=['workspace', 'due'], name='decisions_open'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('done_at', None), ('done_by', None)), models.Q(('done_at__isnull', False), ('done_by__isnull', False)), _connector='OR'), name='decision_done_whole'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('begun_at', None), ('begun_by', None)), models.Q(('begun_at__isnull', False), ('begun_by__isnull', False)), _connector='OR'), name='decision_begun_whole'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='decision_in_words'),
        ),
        migrations.AddIndex(
            model_name='agendaitem',
            index=models.Index(fields=['review', 'step'], name='agenda_items_since'),
        ),
        migrations.AddConstraint(
            model_name='agendaitem',
            constraint=models.UniqueConstraint(fields=('review', 'part', 'key'), name='agenda_item_once'),
        ),
        migrations.AddConstraint(
            model_name='participant',
            constraint=models.UniqueConstraint(fields=('review', 'person'), name='participant_once'),
        ),
        migrations.AddConstraint(
            model_name='participant',
            constraint=models.CheckConstraint(condition=models.Q(('side__in', ['', 'marketing', 'sales'])), name='two_sides_review'),
        ),
        migrations.AddConstraint(
            model_name='reviewcadence',
            constraint=models.UniqueConstraint(fields=('workspace', 'kind'), name='one_cadence_a_kind'),
        ),
        migrations.AddConstraint(
            model_name='reviewcadence',
            constraint=models.CheckConstraint(condition=models.Q(('every__gte', 1)), name='cadence_goes_on'),
        ),
        migrations.RunSQL(FINAL, FREE),
        migrations.RunSQL(STARTERS, migrations.RunSQL.noop),
    ]
