"""What the agreement needs: tiers with codes, hours of pools, call-backs, items to decide."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


CODES = """
UPDATE handoff_tier t SET code = c.code FROM (  -- no stem has two dashes: none meets another's
    SELECT id, stem || CASE WHEN n > 1 THEN '--' || id ELSE '' END AS code FROM (
        SELECT id, stem, row_number() OVER (PARTITION BY workspace_id, stem ORDER BY id) AS n
        FROM (
            SELECT id, workspace_id, coalesce(nullif(trim(both '-' from left(
                lower(regexp_replace(name, '[^a-zA-Z0-9]+', '-', 'g')), 45)), ''), 'tier') AS stem
            FROM handoff_tier
        ) stems
    ) numbered
) c WHERE c.id = t.id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_cache'),
        ('handoff', '0013_releases_tried_later'),
        ('leadqual', '0014_call_back'),
        ('sla', '0004_agreements'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CallBack',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked_at', models.DateTimeField()),
                ('logged_at', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('note', models.CharField(blank=True, max_length=200)),
                ('ended_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ReviewItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('model', 'The scoring model goes on from what was signed'), ('review', 'The agreement is to be reviewed'), ('level', 'Performance is below the level agreed')], max_length=10)),
                ('key', models.CharField(max_length=100)),
                ('side', models.CharField(blank=True, choices=[('marketing', 'Marketing'), ('sales', 'Sales'), ('system', 'The system')], max_length=10)),
                ('words', models.TextField()),
                ('facts', models.JSONField(default=dict)),
                ('opened_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('decision', models.TextField(blank=True)),
            ],
        ),
        migrations.AddField(
            model_name='handoffpolicy',
            name='hold_until_signed',
            field=models.BooleanField(db_default=False, default=False, help_text='Before a single ad goes live. Off: offers are made by the default promises, and every page says that nothing is signed.', verbose_name='nothing is offered before an agreement is signed'),
        ),
        migrations.AddField(
            model_name='pool',
            name='calendar',
            field=models.ForeignKey(blank=True, help_text='Of members without working hours of their own. Empty: any hour.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sla.businesscalendar', verbose_name='working hours'),
        ),
        migrations.AddField(
            model_name='tier',
            name='code',
            field=models.SlugField(blank=True, editable=False, max_length=60),
        ),
        migrations.AlterField(
            model_name='fallbackentry',
            name='why',
            field=models.CharField(choices=[('nobody', 'Nobody is available'), ('silence', 'Two offers ran out without a decision'), ('cycles', 'It comes back more often than it may by itself'), ('taken_back', 'A manager took the offer back'), ('failed', 'It could not be offered'), ('unsigned', 'No agreement is signed yet')], max_length=10),
        ),
        migrations.RunSQL(CODES, migrations.RunSQL.noop),
        migrations.RunSQL('SET CONSTRAINTS ALL IMMEDIATE', migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='tier',
            constraint=models.UniqueConstraint(fields=('workspace', 'code'), name='tier_code_once'),
        ),
        migrations.AddField(
            model_name='callback',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='callback',
            name='lead',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='call_backs', to='leadqual.lead'),
        ),
        migrations.AddField(
            model_name='callback',
            name='workspace',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.workspace'),
        ),
        migrations.AddField(
            model_name='reviewitem',
            name='agreement',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sla.agreement'),
        ),
        migrations.AddField(
            model_name='reviewitem',
            name='decided_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='reviewitem',
            name='owner',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='reviewitem',
            name='workspace',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.workspace'),
        ),
        migrations.AddIndex(
            model_name='callback',
            index=models.Index(fields=['lead', 'asked_at'], name='call_back_of_lead'),
        ),
        migrations.AddConstraint(
            model_name='callback',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('lead',), name='one_call_back'),
        ),
        migrations.AddConstraint(
            model_name='callback',
            constraint=models.CheckConstraint(condition=models.Q(('until__gt', models.F('asked_at'))), name='call_back_after_asked'),
        ),
        migrations.AddIndex(
            model_name='reviewitem',
            index=models.Index(fields=['workspace', '-opened_at'], name='review_items'),
        ),
        migrations.AddConstraint(
            model_name='reviewitem',
            constraint=models.UniqueConstraint(condition=models.Q(('decided_at', None)), fields=('workspace', 'key'), name='one_open_review_item'),
        ),
        migrations.AddConstraint(
            model_name='reviewitem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('decision', '')), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), models.Q(('decision', ''), _negated=True)), _connector='OR'), name='review_item_decided_whole'),
        ),
    ]
