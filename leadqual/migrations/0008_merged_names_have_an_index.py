from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("leadqual", "0007_custom_fields")]

    operations = [
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=~Q(email_normalised="") & Q(merged_into__isnull=False),
                fields=["workspace", "email_normalised"],
                name="lead_email_merged",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=~Q(external_id="") & Q(merged_into__isnull=False),
                fields=["workspace", "external_id"],
                name="lead_external_id_merged",
            ),
        ),
    ]
