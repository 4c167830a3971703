from django.db import migrations

# Django's own layout of a DatabaseCache table. Unlogged: it may be lost in a crash, and is fast.
CREATE = """
CREATE UNLOGGED TABLE cache (
    cache_key varchar(255) NOT NULL PRIMARY KEY,
    value text NOT NULL,
    expires timestamptz NOT NULL
);
CREATE INDEX cache_expires ON cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_last_used_workspace")]

    operations = [migrations.RunSQL(CREATE, "DROP TABLE cache")]
