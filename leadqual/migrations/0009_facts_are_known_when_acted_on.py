"""Facts are dated by the moment that their deed acts on, where it says so; see fact_moments."""

from django.db import migrations

KNOWN_AT = """
CREATE OR REPLACE FUNCTION leadqual_fact_moment(otherwise timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        nullif(current_setting('leadqual.fact_at', true), '')::timestamptz,
        least(otherwise, now(), nullif(current_setting('leadqual.known_at', true), '')::timestamptz)
    )
$$;
"""
BEFORE = """
CREATE OR REPLACE FUNCTION leadqual_fact_moment(otherwise timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        nullif(current_setting('leadqual.fact_at', true), '')::timestamptz,
        least(otherwise, now())
    )
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("leadqual", "0008_merged_names_have_an_index")]
    operations = [migrations.RunSQL(KNOWN_AT, BEFORE)]
