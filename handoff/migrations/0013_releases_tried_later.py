from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("handoff", "0012_frameworks_of_every_workspace")]

    operations = [
        migrations.AddField(
            model_name="release",
            name="next_try_at",
            field=models.DateTimeField(null=True),
        )
    ]
