"""Routing, nurture tracks, frameworks and what decisions ask for."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_cache'),
        ('handoff', '0006_reps_apart_from_their_turns'),
        ('leadqual', '0012_mails_carry_headers'),
        ('sla', '0002_clock_keeps_its_terms'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FallbackEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cycle', models.PositiveSmallIntegerField()),
                ('why', models.CharField(choices=[('nobody', 'Nobody is available'), ('silence', 'Two offers ran out without a decision'), ('cycles', 'It comes back more often than it may by itself'), ('taken_back', 'A manager took the offer back'), ('failed', 'It could not be offered')], max_length=10)),
                ('trace', models.JSONField(default=dict)),
                ('entered_at', models.DateTimeField()),
                ('next_try_at', models.DateTimeField(null=True)),
                ('left_at', models.DateTimeField(null=True)),
                ('left_by', models.CharField(blank=True, max_length=20)),
            ],
            options={
                'verbose_name_plural': 'fallback entries',
            },
        ),
        migrations.CreateModel(
            name='Framework',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=20)),
                ('name', models.CharField(max_length=60)),
                ('about', models.TextField(blank=True)),
                ('pass_mark', models.PositiveSmallIntegerField(default=60, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='pass mark (%)')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
            ],
            options={
                'ordering': ['name', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='FrameworkQuestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('code', models.SlugField(max_length=30)),
                ('name', models.CharField(max_length=60)),
                ('ask', models.CharField(max_length=300, verbose_name='script line')),
                ('weight', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10)])),
                ('needed', models.PositiveSmallIntegerField(choices=[(0, 'Nothing'), (1, 'At least partly'), (2, 'Confirmed')], default=1)),
                ('when_no', models.CharField(max_length=200, verbose_name='“no” means')),
                ('when_partly', models.CharField(max_length=200, verbose_name='“partly” means')),
                ('when_confirmed', models.CharField(max_length=200, verbose_name='“confirmed” means')),
                ('prefill', models.CharField(blank=True, max_length=60, verbose_name='answered in advance by')),
            ],
            options={
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='LowScoreLook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='NurtureStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('kind', models.CharField(choices=[('mail', 'Mail to the lead'), ('wait', 'Wait'), ('task', 'Task for a person'), ('webhook', 'Webhook')], max_length=7)),
                ('days', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(365)])),
                ('subject', models.CharField(blank=True, max_length=200)),
                ('body', models.TextField(blank=True)),
                ('url', models.URLField(blank=True, max_length=500)),
            ],
            options={
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='NurtureTrack',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('countries', models.JSONField(blank=True, default=list)),
                ('regions', models.JSONField(blank=True, default=list)),
                ('industries', models.JSONField(blank=True, default=list, verbose_name='segments (industries)')),
                ('employees_from', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)])),
                ('employees_to', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)])),
                ('title_words', models.JSONField(blank=True, default=list, verbose_name='roles (words of the job title)')),
                ('pain_words', models.JSONField(blank=True, default=list, verbose_name='pains (words of the main challenge)')),
                ('fact', models.CharField(blank=True, max_length=60, verbose_name='one fact more')),
                ('fact_values', models.JSONField(blank=True, default=list, verbose_name='is one of')),
                ('sources', models.JSONField(blank=True, default=list)),
                ('grades', models.JSONField(blank=True, default=list)),
                ('name', models.CharField(max_length=80)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('stale_days', models.PositiveSmallIntegerField(blank=True, help_text='Takes nurtured leads that did nothing for so many days. Empty: it does not.', null=True, validators=[django.core.validators.MinValueValidator(7), django.core.validators.MaxValueValidator(730)], verbose_name='re-engages after (days)')),
            ],
            options={
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Pool',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('is_paused', models.BooleanField(default=False, verbose_name='paused')),
                ('takes_all', models.BooleanField(default=False, editable=False, verbose_name='takes what no rule names')),
            ],
            options={
                'ordering': ['-takes_all', 'name'],
            },
        ),
        migrations.CreateModel(
            name='PoolMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weight', models.PositiveSmallIntegerField(default=1, help_text='Of two reps, the one with 2 gets twice the turns of the one with 1.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(20)])),
                ('is_active', models.BooleanField(default=True, verbose_name='takes turns')),
                ('credit', models.FloatField(db_default=0, default=0, editable=False)),
                ('last_assigned_at', models.DateTimeField(blank=True, editable=False, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='RoutingPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('in_force', 'In force'), ('retired', 'Retired')], default='draft', max_length=8)),
                ('created_at', models.DateTimeField()),
                ('in_force_since', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['-number'],
            },
        ),
        migrations.CreateModel(
            name='RoutingRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('countries', models.JSONField(blank=True, default=list)),
                ('regions', models.JSONField(blank=True, default=list)),
                ('industries', models.JSONField(blank=True, default=list, verbose_name='segments (industries)')),
                ('employees_from', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)])),
                ('employees_to', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)])),
                ('title_words', models.JSONField(blank=True, default=list, verbose_name='roles (words of the job title)')),
                ('pain_words', models.JSONField(blank=True, default=list, verbose_name='pains (words of the main challenge)')),
                ('fact', models.CharField(blank=True, max_length=60, verbose_name='one fact more')),
                ('fact_values', models.JSONField(blank=True, default=list, verbose_name='is one of')),
                ('sources', models.JSONField(blank=True, default=list)),
                ('grades', models.JSONField(blank=True, default=list)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('name', models.CharField(max_length=80)),
            ],
            options={
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='StepDone',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('mail', 'Mail to the lead'), ('wait', 'Wait'), ('task', 'Task for a person'), ('webhook', 'Webhook')], max_length=7)),
                ('words', models.CharField(max_length=250)),
                ('at', models.DateTimeField()),
            ],
            options={
                'ordering': ['at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Task',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=120)),
                ('text', models.CharField(max_length=300)),
                ('made_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(null=True)),
                ('done_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Tier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('grades', models.JSONField(blank=True, default=list)),
                ('employees_from', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)])),
                ('employees_to', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)])),
                ('playbook', models.CharField(choices=[('full_call', 'Full call: a rep calls'), ('email_form', 'E-mail with the qualification form'), ('content_only', 'Content only: nurtured, offered to nobody')], default='full_call', max_length=12)),
                ('is_hot', models.BooleanField(default=False, help_text='Reps hear of an offer at once, whatever they chose.', verbose_name='hot')),
                ('form_asks', models.JSONField(blank=True, default=list, verbose_name='the form asks for')),
                ('mail_subject', models.CharField(blank=True, max_length=200)),
                ('mail_body', models.TextField(blank=True)),
            ],
            options={
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='rejectionreason',
            name='reason_wakes_only_nurture',
        ),
        migrations.RemoveConstraint(
            model_name='scorecardanswer',
            name='one_answer_a_question',
        ),
        migrations.AddField(
            model_name='handoff',
            name='answers',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='handoff',
            name='notified_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='handoff',
            name='reviewed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='handoff',
            name='reviewed_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='handoff',
            name='upheld',
            field=models.BooleanField(null=True),
        ),
        migrations.AddField(
            model_name='handoffpolicy',
            name='max_cycles',
            field=models.PositiveSmallIntegerField(db_default=3, default=3, help_text='A lead that becomes MQL more often goes to a manager, who decides what follows.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(50)], verbose_name='cycles offered by themselves'),
        ),
        migrations.AddField(
            model_name='nurturestay',
            name='ended_because',
            field=models.CharField(blank=True, choices=[('through', 'Every step is done'), ('replied', 'The lead replied'), ('unsubscribed', 'The lead unsubscribed'), ('stopped', 'A person stopped it')], max_length=12),
        ),
        migrations.AddField(
            model_name='nurturestay',
            name='next_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='nurturestay',
            name='place',
            field=models.SmallIntegerField(db_default=-1, default=-1),
        ),
        migrations.AddField(
            model_name='nurturestay',
            name='wake_points',
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='rejectionreason',
            name='asks',
            field=models.JSONField(blank=True, default=list, verbose_name='facts that the rep corrects'),
        ),
        migrations.AddField(
            model_name='rejectionreason',
            name='asks_date',
            field=models.BooleanField(db_default=False, default=False, verbose_name='the rep names the day to wake'),
        ),
        migrations.AddField(
            model_name='rejectionreason',
            name='attempts',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='So many touches without an answer come first, in this cycle.', validators=[django.core.validators.MaxValueValidator(20)], verbose_name='attempts before'),
        ),
        migrations.AddField(
            model_name='rejectionreason',
            name='note_needed',
            field=models.BooleanField(db_default=False, default=False, verbose_name='the rep writes a note'),
        ),
        migrations.AddField(
            model_name='rejectionreason',
            name='questions',
            field=models.CharField(choices=[('fit', 'Fit'), ('intent', 'Intent'), ('data', 'Data'), ('timing', 'Timing'), ('routing', 'Routing')], default='fit', max_length=7, verbose_name='puts in question'),
        ),
        migrations.AddField(
            model_name='rejectionreason',
            name='wake_points',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Intent earned since. Empty: as many as the scoring model says.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)], verbose_name='wake after (points)'),
        ),
        migrations.AddField(
            model_name='rep',
            name='calendar',
            field=models.ForeignKey(blank=True, help_text='Offers only in these hours. Empty: at any hour.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='sla.businesscalendar', verbose_name='working hours'),
        ),
        migrations.AddField(
            model_name='rep',
            name='digested_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='rep',
            name='in_app',
            field=models.BooleanField(db_default=True, default=True, verbose_name='in the bell'),
        ),
        migrations.AddField(
            model_name='rep',
            name='mail',
            field=models.CharField(choices=[('at_once', 'A mail for each offer, at once'), ('digest', 'One mail an hour; of a hot lead at once'), ('never', 'No mail')], default='at_once', max_length=8),
        ),
        migrations.AddField(
            model_name='rep',
            name='most_a_day',
            field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='a day, at most'),
        ),
        migrations.AddField(
            model_name='rep',
            name='most_a_week',
            field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='a week, at most'),
        ),
        migrations.AddField(
            model_name='rep',
            name='most_open',
            field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='open at once, at most'),
        ),
        migrations.AddField(
            model_name='rep',
            name='webhook_url',
            field=models.URLField(blank=True, max_length=500, verbose_name='webhook'),
        ),
        migrations.AddField(
            model_name='scorecardanswer',
            name='replaced_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='scorecardanswer',
            name='said_by',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name='scorecardanswer',
            name='said_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='handoff',
            name='trace',
            field=models.JSONField(default=dict),
        ),
        migrations.AlterField(
            model_name='rejectionreason',
            name='outcome',
            field=models.CharField(choices=[('nurture', 'Back to nurture'), ('disqualified', 'Disqualified'), ('correct', 'Correct the facts and score again'), ('reroute', 'To the next rep')], default='nurture', max_length=12),
        ),
        migrations.AddIndex(
            model_name='scorecardanswer',
            index=models.Index(fields=['scorecard', 'question', 'at'], name='answers_over_time'),
        ),
        migrations.AddConstraint(
            model_name='scorecardanswer',
            constraint=models.UniqueConstraint(condition=models.Q(('replaced_at', None)), fields=('scorecard', 'question'), name='one_answer_a_question'),
        ),
        migrations.AddField(
            model_name='fallbackentry',
            name='lead',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='fallback_entries', to='leadqual.lead'),
        ),
        migrations.AddField(
            model_name='fallbackentry',
            name='workspace',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.workspace'),
        ),
        migrations.AddField(
            model_name='framework',
            name='workspace',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.workspace'),
        ),
        migrations.AddField(
            model_name='handoffpolicy',
            name='discovery',
            field=models.ForeignKey(help_text='Stands before SQL: filled in on the first call.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='handoff.framework', verbose_name='scorecard for discovery'),
        ),
        migrations.AddField(
            model_name='handoffpolicy',
            name='final_word',
            field=models.ForeignKey(blank=True, help_text='Asked of an SQL before a deal is opened; its gaps are shown as a risk.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='handoff.framework', verbose_name='scorecard for the final word'),
        ),
        migrations.AddField(
            model_name='frameworkquestion',
            name='framework',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='questions', to='handoff.framework'),
        ),
        migrations.AddField(
            model_name='lowscorelook',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='lowscorelook',
            name='lead',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='low_score_look', to='leadqual.lead'),
        ),
        migrations.AddField(
            model_name='lowscorelook',
            name='workspace',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.workspace'),
        ),
        migrations.AddField(
            model_name='nurturetrack',
            name='then',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='handoff.nurturetrack', verbose_name='then goes on with'),
        ),
        migrations.AddField(
            model_name='nurturetrack',
            name='workspace',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.workspace'),
        ),
        migrations.AddField(
            model_name='nurturestep',
            name='track',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='handoff.nurturetrack'),
        ),
        migrations.AddField(
            model_name='nurturestay',
            name='track',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='stays', to='handoff.nurturetrack'),
        ),
        migrations.AddField(
            model_name='rejectionreason',
            name='track',
            field=models.ForeignKey(blank=True, help_text='Empty: the first track that fits the lead.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='handoff.nurturetrack', verbose_name='nurture track'),
        ),
        migrations.AddIndex(
            model_name='nurturestay',
            index=models.Index(condition=models.Q(('left_at', None), ('next_at__isnull', False)), fields=['next_at'], name='nurture_step_due'),
        ),
        migrations.AddConstraint(
            model_name='rejectionreason',
            constraint=models.CheckConstraint(condition=models.Q(('outcome', 'nurture'), models.Q(('asks_date', False), ('recycle_days', None), ('track', None), ('wake_points', None)), _connector='OR'), name='reason_wakes_only_nurture'),
        ),
        migrations.AddField(
            model_name='pool',
            name='workspace',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.workspace'),
        ),
        migrations.AddField(
            model_name='handoff',
            name='pool',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='handoff.pool'),
        ),
        migrations.AddField(
            model_name='poolmember',
            name='pool',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='handoff.pool'),
        ),
        migrations.AddField(
            model_name='poolmember',
            name='rep',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='handoff.rep'),
        ),
        migrations.AddField(
            model_name='routingplan',
            name='put_in_force_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='routingplan',
            name='workspace',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.workspace'),
        ),
        migrations.AddField(
            model_name='routingrule',
            name='person',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='routingrule',
            name='plan',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='handoff.routingplan'),
        ),
        migrations.AddField(
            model_name='routingrule',
            name='pool',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='handoff.pool'),
        ),
        migrations.AddField(
            model_name='routingrule',
            name='track',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='handoff.nurturetrack'),
        ),
        migrations.AddField(
            model_name='stepdone',
            name='lead',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps_done', to='leadqual.lead'),
        ),
        migrations.AddField(
            model_name='stepdone',
            name='stay',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps_done', to='handoff.nurturestay'),
        ),
        migrations.AddField(
            model_name='stepdone',
            name='step',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='handoff.nurturestep'),
        ),
        migrations.AddField(
            model_name='task',
            name='done_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='task',
            name='lead',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tasks', to='leadqual.lead'),
        ),
        migrations.AddField(
            model_name='task',
            name='person',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='task',
            name='workspace',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.workspace'),
        ),
        migrations.AddField(
            model_name='tier',
            name='track',
            field=models.ForeignKey(blank=True, help_text='Of content only. Empty: the first track that fits the lead.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='handoff.nurturetrack'),
        ),
        migrations.AddField(
            model_name='tier',
            name='workspace',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.workspace'),
        ),
        migrations.AddField(
            model_name='routingrule',
            name='tiers',
            field=models.ManyToManyField(blank=True, related_name='+', to='handoff.tier'),
        ),
        migrations.AddField(
            model_name='nurturetrack',
            name='tiers',
            field=models.ManyToManyField(blank=True, related_name='+', to='handoff.tier'),
        ),
        migrations.AddField(
            model_name='handoff',
            name='tier',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='handoff.tier'),
        ),
        migrations.AddIndex(
            model_name='handoff',
            index=models.Index(fields=['rep', 'offered_at'], include=('status',), name='handoff_of_rep'),
        ),
        migrations.AddConstraint(
            model_name='handoff',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reviewed_at', None), ('reviewed_by', None), ('upheld', None)), models.Q(('reviewed_at__isnull', False), ('reviewed_by__isnull', False), ('status', 'rejected'), ('upheld__isnull', False)), _connector='OR'), name='handoff_reviewed_whole'),
        ),
        migrations.AddIndex(
            model_name='fallbackentry',
            index=models.Index(condition=models.Q(('left_at', None)), fields=['workspace', 'entered_at'], name='fallback_queue'),
        ),
        migrations.AddIndex(
            model_name='fallbackentry',
            index=models.Index(condition=models.Q(('left_at', None), ('next_try_at__isnull', False)), fields=['next_try_at'], name='fallback_to_try'),
        ),
        migrations.AddConstraint(
            model_name='fallbackentry',
            constraint=models.UniqueConstraint(condition=models.Q(('left_at', None)), fields=('lead',), name='one_fallback_entry'),
        ),
        migrations.AddConstraint(
            model_name='fallbackentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('left_at', None), ('left_by', '')), models.Q(('left_at__isnull', False), models.Q(('left_by', ''), _negated=True)), _connector='OR'), name='fallback_left_whole'),
        ),
        migrations.AddConstraint(
            model_name='framework',
            constraint=models.UniqueConstraint(fields=('workspace', 'code'), name='framework_code_once'),
        ),
        migrations.AddConstraint(
            model_name='frameworkquestion',
            constraint=models.UniqueConstraint(fields=('framework', 'code'), name='question_code_once'),
        ),
        migrations.AddConstraint(
            model_name='pool',
            constraint=models.UniqueConstraint(fields=('workspace', 'name'), name='pool_name_once'),
        ),
        migrations.AddConstraint(
            model_name='pool',
            constraint=models.UniqueConstraint(condition=models.Q(('takes_all', True)), fields=('workspace',), name='one_pool_takes_all'),
        ),
        migrations.AddConstraint(
            model_name='poolmember',
            constraint=models.UniqueConstraint(fields=('pool', 'rep'), name='pool_member_once'),
        ),
        migrations.AddConstraint(
            model_name='routingplan',
            constraint=models.UniqueConstraint(fields=('workspace', 'number'), name='routing_plan_number'),
        ),
        migrations.AddConstraint(
            model_name='routingplan',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'in_force')), fields=('workspace',), name='one_plan_in_force'),
        ),
        migrations.AddConstraint(
            model_name='routingplan',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'draft')), fields=('workspace',), name='one_draft_plan'),
        ),
        migrations.AddConstraint(
            model_name='stepdone',
            constraint=models.UniqueConstraint(condition=models.Q(models.Q(('kind', 'wait'), _negated=True), ('step__isnull', False)), fields=('lead', 'step'), name='step_once_a_lead'),
        ),
        migrations.AddConstraint(
            model_name='stepdone',
            constraint=models.UniqueConstraint(condition=models.Q(('step__isnull', False)), fields=('stay', 'step'), name='step_once_a_stay'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(condition=models.Q(('done_at', None)), fields=['workspace', 'person', 'made_at'], name='task_to_do'),
        ),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(fields=['lead'], name='task_of_lead'),
        ),
        migrations.AddConstraint(
            model_name='task',
            constraint=models.UniqueConstraint(fields=('workspace', 'key'), name='task_key_once'),
        ),
        migrations.AddConstraint(
            model_name='task',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('done_at', None), ('done_by', None)), ('done_at__isnull', False), _connector='OR'), name='task_done_whole'),
        ),
        migrations.AddConstraint(
            model_name='tier',
            constraint=models.UniqueConstraint(fields=('workspace', 'name'), name='tier_name_once'),
        ),
        migrations.AddConstraint(
            model_name='routingrule',
            constraint=models.UniqueConstraint(fields=('plan', 'name'), name='routing_rule_name_once'),
        ),
        migrations.AddConstraint(
            model_name='routingrule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('person__isnull', False), ('pool', None), ('track', None)), models.Q(('person', None), ('pool__isnull', False), ('track', None)), models.Q(('person', None), ('pool', None), ('track__isnull', False)), _connector='OR'), name='routing_rule_one_result'),
        ),
        migrations.AddConstraint(
            model_name='nurturetrack',
            constraint=models.UniqueConstraint(fields=('workspace', 'name'), name='track_name_once'),
        ),
    ]
