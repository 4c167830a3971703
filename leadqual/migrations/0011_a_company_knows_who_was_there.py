"""Who is or was of a company is found by an index: rules that count people ask it of the past."""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("leadqual", "0010_dates_of_ones_own")]
    operations = [
        migrations.AddIndex(
            "attributechange",
            models.Index(
                F("value"), F("lead"), condition=Q(field="company_id"), name="attribute_of_people"
            ),
        )
    ]
