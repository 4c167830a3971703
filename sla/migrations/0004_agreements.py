"""Agreements in writing; promises by tier, in days, with several warnings; clocks that pause."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import sla.models.commitments
from django.conf import settings
from django.db import migrations, models


FILL = """
UPDATE sla_commitment SET warn_percents = ARRAY[warn_percent];
UPDATE sla_clock c SET
    code = p.code, warn_percents = ARRAY[c.warn_percent], warn_ats = ARRAY[c.warn_at],
    warned = (c.warned_at IS NOT NULL)::int, told = (c.warned_at IS NOT NULL)::int,
    stop_recorded_at = c.stopped_at
FROM sla_commitment p WHERE p.id = c.commitment_id;
INSERT INTO sla_businesscalendar (workspace_id, name, timezone, country, subdivision)
SELECT DISTINCT p.workspace_id, 'Around the clock', w.timezone, '', ''
FROM sla_commitment p JOIN accounts_workspace w ON w.id = p.workspace_id
ON CONFLICT DO NOTHING;
INSERT INTO sla_workingrange (calendar_id, weekday, start, "end")
SELECT c.id, d, '00:00', '00:00' FROM sla_businesscalendar c, generate_series(0, 6) d
WHERE c.name = 'Around the clock'
  AND NOT EXISTS (SELECT FROM sla_workingrange r WHERE r.calendar_id = c.id);
"""
"""Clocks keep what they were promised; a calendar without a break, for promises that count by it."""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_cache'),
        ('leadqual', '0014_call_back'),
        ('sla', '0003_absences_and_fallback'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Agreement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('proposed', 'Proposed'), ('active', 'Active'), ('superseded', 'Superseded'), ('withdrawn', 'Withdrawn')], default='draft', max_length=10)),
                ('created_at', models.DateTimeField()),
                ('edited_at', models.DateTimeField(null=True)),
                ('leads_a_month', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='MQLs that marketing owes a month')),
                ('good_grades', models.JSONField(blank=True, default=list, verbose_name='good grades')),
                ('good_percent', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)], verbose_name='of which good (%)')),
                ('coverage_percent', models.PositiveSmallIntegerField(default=75, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)], verbose_name='accepted leads followed up (%)')),
                ('weeks_below', models.PositiveSmallIntegerField(default=2, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(26)], verbose_name='weeks below the level before it escalates')),
                ('review_every_days', models.PositiveSmallIntegerField(default=90, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(366)], verbose_name='reviewed every (days)')),
                ('model_version', models.PositiveIntegerField(null=True)),
                ('document', models.JSONField(null=True)),
                ('terms', models.JSONField(null=True)),
                ('document_hash', models.CharField(blank=True, max_length=64)),
                ('proposed_at', models.DateTimeField(null=True)),
                ('active_since', models.DateTimeField(null=True)),
                ('superseded_at', models.DateTimeField(null=True)),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('withdrawn_why', models.TextField(blank=True)),
            ],
            options={
                'ordering': ['-number'],
            },
        ),
        migrations.CreateModel(
            name='Clause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=30)),
                ('text', models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name='ClockPause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('business_seconds', models.PositiveIntegerField()),
                ('why', models.CharField(max_length=120)),
            ],
            options={
                'ordering': ['since', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Signature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('side', models.CharField(choices=[('marketing', 'Marketing'), ('sales', 'Sales'), ('system', 'The system')], max_length=10)),
                ('name', models.CharField(max_length=200)),
                ('role', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('document_hash', models.CharField(max_length=64)),
            ],
            options={
                'ordering': ['at', 'pk'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='clock',
            name='clock_once',
        ),
        migrations.RemoveConstraint(
            model_name='commitment',
            name='commitment_code_once',
        ),
        migrations.RemoveIndex(
            model_name='clock',
            name='clock_report',
        ),
        migrations.AddField(
            model_name='clock',
            name='acknowledged_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='clock',
            name='acknowledged_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='clock',
            name='acknowledgement',
            field=models.TextField(blank=True, db_default=''),
        ),
        migrations.AddField(
            model_name='clock',
            name='cause',
            field=models.CharField(blank=True, choices=[('person', 'Who was held to it was late'), ('nobody', 'Nobody was available'), ('system', 'The system was late'), ('data', 'The data stood in the way')], db_default='', max_length=8),
        ),
        migrations.AddField(
            model_name='clock',
            name='code',
            field=models.CharField(null=True, choices=[('decide_offer', 'Decide an offer'), ('touch_of_offer', 'First touch after the first offer'), ('first_touch', 'First touch after acceptance'), ('follow_up', 'Follow-up attempts after acceptance'), ('qualify', 'Qualify an accepted lead or give it back'), ('review_rejection', 'Review a rejection'), ('fallback', 'Find somebody for a lead that nobody could take'), ('scored', 'Score a captured lead'), ('offered', 'Offer a lead that is ready for sales')], default=None, max_length=20),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='clock',
            name='days',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='clock',
            name='paused_seconds',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='clock',
            name='stop_recorded_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='clock',
            name='tier_code',
            field=models.CharField(blank=True, db_default='', max_length=60),
        ),
        migrations.AddField(
            model_name='clock',
            name='told',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='clock',
            name='warn_ats',
            field=django.contrib.postgres.fields.ArrayField(null=True, base_field=models.DateTimeField(), default=None, size=None),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='clock',
            name='warn_percents',
            field=django.contrib.postgres.fields.ArrayField(null=True, base_field=models.PositiveSmallIntegerField(), default=None, size=None),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='clock',
            name='warned',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='commitment',
            name='counts_by',
            field=models.CharField(choices=[('calendar', 'the calendar named here'), ('person', 'the working hours of who is held to it')], default='calendar', max_length=8, verbose_name='counted in'),
        ),
        migrations.AddField(
            model_name='commitment',
            name='days',
            field=models.PositiveSmallIntegerField(blank=True, default=0, validators=[django.core.validators.MaxValueValidator(250)], verbose_name='or business days'),
        ),
        migrations.AddField(
            model_name='commitment',
            name='on_breach',
            field=models.CharField(choices=[('tell', 'Tell those named'), ('reroute', 'Offer it to the next rep, and tell those named'), ('task', 'Give a task, and tell those named')], default='tell', max_length=8, verbose_name='at a breach'),
        ),
        migrations.AddField(
            model_name='commitment',
            name='pauses',
            field=models.BooleanField(default=True, verbose_name='pauses until a date on which the lead wants to be called back'),
        ),
        migrations.AddField(
            model_name='commitment',
            name='retired_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='commitment',
            name='target_percent',
            field=models.PositiveSmallIntegerField(default=90, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)], verbose_name='kept in (%)'),
        ),
        migrations.AddField(
            model_name='commitment',
            name='tells',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('person', 'who is held to it'), ('sales_managers', 'sales managers'), ('marketing_managers', 'marketing managers')], max_length=20), blank=True, default=sla.models.commitments.the_managers, size=None, verbose_name='who is told of a breach'),
        ),
        migrations.AddField(
            model_name='commitment',
            name='tier_code',
            field=models.CharField(blank=True, db_default='', max_length=60, verbose_name='tier'),
        ),
        migrations.AddField(
            model_name='commitment',
            name='tier_name',
            field=models.CharField(blank=True, db_default='', editable=False, max_length=60),
        ),
        migrations.AddField(
            model_name='commitment',
            name='touch_counts',
            field=models.CharField(choices=[('any', 'any touch'), ('spoken', 'a call or a meeting, answered or not'), ('reached', 'a touch that reached the lead')], default='any', max_length=8, verbose_name='what counts as a touch'),
        ),
        migrations.AddField(
            model_name='commitment',
            name='touches',
            field=models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(20)], verbose_name='touches'),
        ),
        migrations.AddField(
            model_name='commitment',
            name='warn_percents',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(99)]), blank=True, default=sla.models.commitments.first_warning, help_text='How much of the time has passed when a warning is given; several are welcome.', size=None, verbose_name='warn at (%)'),
        ),
        migrations.AddField(
            model_name='commitment',
            name='warns',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('person', 'who is held to it'), ('sales_managers', 'sales managers'), ('marketing_managers', 'marketing managers')], max_length=20), blank=True, default=sla.models.commitments.the_person, size=None, verbose_name='who is warned'),
        ),
        migrations.AlterField(
            model_name='commitment',
            name='code',
            field=models.CharField(choices=[('decide_offer', 'Decide an offer'), ('touch_of_offer', 'First touch after the first offer'), ('first_touch', 'First touch after acceptance'), ('follow_up', 'Follow-up attempts after acceptance'), ('qualify', 'Qualify an accepted lead or give it back'), ('review_rejection', 'Review a rejection'), ('fallback', 'Find somebody for a lead that nobody could take'), ('scored', 'Score a captured lead'), ('offered', 'Offer a lead that is ready for sales')], max_length=20, verbose_name='promise'),
        ),
        migrations.AlterField(
            model_name='commitment',
            name='minutes',
            field=models.PositiveIntegerField(blank=True, default=0, validators=[django.core.validators.MaxValueValidator(86400)], verbose_name='business minutes'),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL('SET CONSTRAINTS ALL IMMEDIATE', migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='clock',
            name='code',
            field=models.CharField(choices=[('decide_offer', 'Decide an offer'), ('touch_of_offer', 'First touch after the first offer'), ('first_touch', 'First touch after acceptance'), ('follow_up', 'Follow-up attempts after acceptance'), ('qualify', 'Qualify an accepted lead or give it back'), ('review_rejection', 'Review a rejection'), ('fallback', 'Find somebody for a lead that nobody could take'), ('scored', 'Score a captured lead'), ('offered', 'Offer a lead that is ready for sales')], default=None, max_length=20),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name='clock',
            name='warn_ats',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.DateTimeField(), default=None, size=None),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name='clock',
            name='warn_percents',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), default=None, size=None),
            preserve_default=False,
        ),
        migrations.RemoveField(
            model_name='clock',
            name='warn_at',
        ),
        migrations.RemoveField(
            model_name='clock',
            name='warn_percent',
        ),
        migrations.RemoveField(
            model_name='clock',
            name='warned_at',
        ),
        migrations.RemoveField(
            model_name='commitment',
            name='warn_percent',
        ),
        migrations.AddIndex(
            model_name='clock',
            index=models.Index(condition=models.Q(('stopped_at', None), ('warned__gt', models.F('told'))), fields=['id'], name='clock_warning_untold'),
        ),
        migrations.AddIndex(
            model_name='clock',
            index=models.Index(condition=models.Q(('stopped_at', None)), fields=['workspace', 'due_at', 'id'], name='clock_running_by_urgency'),
        ),
        migrations.AddIndex(
            model_name='clock',
            index=models.Index(condition=models.Q(('breached_at__isnull', False)), fields=['workspace', 'breached_at', 'id'], name='clock_breached'),
        ),
        migrations.AddIndex(
            model_name='clock',
            index=models.Index(fields=['workspace', 'code', 'started_at'], name='clock_report'),
        ),
        migrations.AddConstraint(
            model_name='clock',
            constraint=models.UniqueConstraint(fields=('subject_key', 'code', 'workspace'), name='clock_once'),
        ),
        migrations.AddConstraint(
            model_name='clock',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('acknowledged_at', None), ('acknowledged_by', None)), models.Q(('acknowledged_at__isnull', False), ('acknowledged_by__isnull', False)), _connector='OR'), name='clock_acknowledged_whole'),
        ),
        migrations.AddField(
            model_name='agreement',
            name='created_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='agreement',
            name='edited_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='agreement',
            name='escalates_to',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='agreement',
            name='marketing_owner',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='agreement',
            name='proposed_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='agreement',
            name='sales_owner',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='agreement',
            name='withdrawn_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='agreement',
            name='workspace',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.workspace'),
        ),
        migrations.AddField(
            model_name='commitment',
            name='agreement',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='commitments', to='sla.agreement'),
        ),
        migrations.AddConstraint(
            model_name='commitment',
            constraint=models.UniqueConstraint(condition=models.Q(('retired_at', None)), fields=('workspace', 'agreement', 'code', 'tier_code'), name='commitment_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='commitment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('days', 0), ('minutes__gt', 0)), models.Q(('days__gt', 0), ('minutes', 0)), _connector='OR'), name='commitment_minutes_or_days'),
        ),
        migrations.AddConstraint(
            model_name='commitment',
            constraint=models.CheckConstraint(condition=models.Q(('retired_at', None), ('agreement', None), _connector='OR'), name='commitment_retired_default'),
        ),
        migrations.AddField(
            model_name='clause',
            name='agreement',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='clauses', to='sla.agreement'),
        ),
        migrations.AddField(
            model_name='clockpause',
            name='by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='clockpause',
            name='clock',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pauses', to='sla.clock'),
        ),
        migrations.AddField(
            model_name='signature',
            name='agreement',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to='sla.agreement'),
        ),
        migrations.AddField(
            model_name='signature',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.UniqueConstraint(fields=('workspace', 'number'), name='agreement_number'),
        ),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'active')), fields=('workspace',), name='one_active_agreement'),
        ),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'proposed')), fields=('workspace',), name='one_proposed_agreement'),
        ),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'draft')), fields=('workspace',), name='one_draft_agreement'),
        ),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('document', None), ('document_hash', ''), ('status', 'draft'), ('terms', None)), models.Q(models.Q(('status', 'draft'), _negated=True), ('document__isnull', False), ('proposed_at__isnull', False), ('terms__isnull', False), models.Q(('document_hash', ''), _negated=True)), _connector='OR'), name='agreement_proposed_whole'),
        ),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('active_since', None), ('status__in', ['draft', 'proposed', 'withdrawn'])), models.Q(('active_since__isnull', False), ('status__in', ['active', 'superseded'])), _connector='OR'), name='agreement_active_since'),
        ),
        migrations.AddConstraint(
            model_name='clause',
            constraint=models.UniqueConstraint(fields=('agreement', 'code'), name='clause_once'),
        ),
        migrations.AddConstraint(
            model_name='clockpause',
            constraint=models.CheckConstraint(condition=models.Q(('until__gt', models.F('since'))), name='pause_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='signature',
            constraint=models.UniqueConstraint(fields=('agreement', 'side'), name='signed_once_a_side'),
        ),
        migrations.AddConstraint(
            model_name='signature',
            constraint=models.UniqueConstraint(fields=('agreement', 'person'), name='signed_once_a_person'),
        ),
        migrations.AddConstraint(
            model_name='signature',
            constraint=models.CheckConstraint(condition=models.Q(('side__in', ['marketing', 'sales'])), name='two_sides_sign'),
        ),
    ]
