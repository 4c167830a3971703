"""The rep, pool and tier of a cycle are read from one index: offers with their packets are wide."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_cache'),
        ('handoff', '0021_endings_by_moment'),
        ('leadqual', '0016_a_leads_moves_are_found_by_one_index'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='handoff',
            name='handoff_of_lead',
        ),
        migrations.AlterField(
            model_name='handoff',
            name='lead',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='handoffs', to='leadqual.lead'),
        ),
        migrations.AddIndex(
            model_name='handoff',
            index=models.Index(fields=['lead', 'offered_at', 'id'], include=('cycle', 'rep', 'pool', 'tier'), name='handoff_of_lead'),
        ),
    ]
