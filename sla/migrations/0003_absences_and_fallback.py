"""Absences of people, and the promise of the fallback queue, where offers are promised."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


FALLBACK = """
INSERT INTO sla_commitment (workspace_id, code, minutes, warn_percent, calendar_id)
SELECT workspace_id, 'fallback', 60, 75, calendar_id FROM sla_commitment
WHERE code = 'decide_offer'
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_cache'),
        ('sla', '0002_clock_keeps_its_terms'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='commitment',
            name='code',
            field=models.CharField(choices=[('decide_offer', 'Decide an offer'), ('first_touch', 'First touch after acceptance'), ('fallback', 'Find somebody for a lead that nobody could take')], max_length=20, verbose_name='promise'),
        ),
        migrations.CreateModel(
            name='Absence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_day', models.DateField()),
                ('last_day', models.DateField()),
                ('note', models.CharField(blank=True, max_length=120)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.workspace')),
            ],
            options={
                'ordering': ['-first_day', 'pk'],
                'indexes': [models.Index(fields=['workspace', 'last_day'], name='absence_now')],
                'constraints': [models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('first_day'))), name='absence_ends_after_start')],
            },
        ),
        migrations.RunSQL(FALLBACK, migrations.RunSQL.noop),
    ]
