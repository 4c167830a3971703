from django.db import migrations

# Whether there are events to match is planned for the workspace at hand. The plan for any, which a
# session turns to after five signals, reads all events of everybody to find none: four seconds a
# signal beside ten million events of somebody else.
BY_WORKSPACE = """
ALTER FUNCTION scoring_signal_defined() SET plan_cache_mode = force_custom_plan;
"""
ANY = "ALTER FUNCTION scoring_signal_defined() RESET plan_cache_mode;"


class Migration(migrations.Migration):
    dependencies = [("scoring", "0016_first_scored_at")]

    operations = [migrations.RunSQL(BY_WORKSPACE, ANY)]
