"""How many leads a rescore is about is counted once, not whenever somebody asks how far it is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scoring", "0011_due_by_publication")]

    operations = [
        migrations.AddField(
            model_name="rescore",
            name="leads_total",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
    ]
