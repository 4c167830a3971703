import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leadqual", "0004_merged_histories_count_on")]

    operations = [
        migrations.AddIndex(
            model_name="company",
            index=models.Index(
                models.F("workspace"),
                django.db.models.functions.text.Lower("name"),
                name="company_by_name_any_case",
            ),
        ),
    ]
