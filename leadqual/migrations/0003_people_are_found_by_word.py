import django.contrib.postgres.indexes
from django.conf import settings
from django.db import migrations, models

import leadqual.words


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_cache"),
        ("leadqual", "0002_history_is_kept"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="company",
            index=django.contrib.postgres.indexes.GinIndex(
                leadqual.words.CompanyWords(), name="company_words"
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(fields=["workspace", "stage_since", "id"], name="lead_stage_since"),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=django.contrib.postgres.indexes.GinIndex(
                leadqual.words.LeadWords(), name="lead_words"
            ),
        ),
    ]
