"""The sum without days goes: its costs with days hold it (0017)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("leadqual", "0017_campaigns_cost_by_days")]

    operations = [
        migrations.RemoveConstraint(model_name="campaign", name="campaign_cost_positive"),
        migrations.RemoveField(model_name="campaign", name="cost"),
    ]
