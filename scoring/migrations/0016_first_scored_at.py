"""When a lead was first scored; of those scored before, nobody knows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scoring", "0015_scores_stay_in_place")]

    operations = [
        migrations.AddField(
            model_name="score",
            name="first_scored_at",
            field=models.DateTimeField(null=True),
        ),
    ]
