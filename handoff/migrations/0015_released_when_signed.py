from django.db import migrations, models


class Migration(migrations.Migration):
    """Leads that were held until an agreement was signed are released like those of a publication,
    and no version made them ready."""

    dependencies = [("handoff", "0014_agreements")]

    operations = [
        migrations.AlterField("release", "version", models.PositiveIntegerField(null=True)),
    ]
