from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sla", "0007_signed_before_active")]

    operations = [
        migrations.AddIndex(
            model_name="clock",
            index=models.Index(
                fields=["id"],
                condition=models.Q(("code__in", ["scored", "offered"]), ("stopped_at", None)),
                name="clock_running_of_system",
            ),
        ),
    ]
