"""What became of a cycle is read from one index: the moves of a lead lie far apart in the table."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_cache'),
        ('leadqual', '0015_letters'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='stagemove',
            name='move_of_lead',
        ),
        migrations.AlterField(
            model_name='stagemove',
            name='lead',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='moves', to='leadqual.lead'),
        ),
        migrations.AddIndex(
            model_name='stagemove',
            index=models.Index(fields=['lead', 'at', 'id'], include=('cycle', 'to_stage', 'counted', 'rep'), name='move_of_lead'),
        ),
    ]
