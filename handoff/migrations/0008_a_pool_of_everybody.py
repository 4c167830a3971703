"""Who took turns until now goes on doing so, in the pool of everybody; traces become whole."""

from django.db import migrations

POOLS = """
INSERT INTO handoff_pool (workspace_id, name, is_paused, takes_all)
SELECT id, 'Everybody', false, true FROM accounts_workspace;
INSERT INTO handoff_poolmember (pool_id, rep_id, weight, is_active, credit, last_assigned_at)
SELECT p.id, r.id, 1, true, 0, r.last_assigned_at
FROM handoff_rep r JOIN handoff_pool p ON p.workspace_id = r.workspace_id AND p.takes_all;
"""

TRACES = """
UPDATE handoff_handoff SET trace = jsonb_build_object('people', trace)
WHERE jsonb_typeof(trace) = 'array'
"""

class Migration(migrations.Migration):
    dependencies = [("handoff", "0007_handoff_in_full")]

    operations = [
        migrations.RunSQL(POOLS, migrations.RunSQL.noop),
        migrations.RunSQL(TRACES, migrations.RunSQL.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RemoveField("rep", "last_assigned_at"),
    ]
