from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("sla", "0009_tier_of_a_promise_is_blank")]

    operations = [migrations.RemoveIndex(model_name="clock", name="clock_report")]
