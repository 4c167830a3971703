"""A clock keeps the calendar and warning of its start, and why the sweep stepped over it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FILL = """
UPDATE sla_clock SET calendar_id = c.calendar_id, warn_percent = c.warn_percent
FROM sla_commitment c WHERE c.id = commitment_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("leadqual", "0001_initial"),
        ("sla", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="clock",
            name="calendar",
            field=models.ForeignKey(
                null=True,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="clocks",
                to="sla.businesscalendar",
            ),
        ),
        migrations.AddField(
            model_name="clock",
            name="warn_percent",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="clock",
            name="error",
            field=models.TextField(blank=True, default=""),
            preserve_default=False,
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="clock",
            name="calendar",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="clocks",
                to="sla.businesscalendar",
            ),
        ),
        migrations.AlterField(
            model_name="clock",
            name="warn_percent",
            field=models.PositiveSmallIntegerField(),
        ),
        migrations.AddIndex(
            model_name="clock",
            index=models.Index(
                condition=models.Q(("stopped_at", None)),
                fields=["person", "due_at"],
                name="clock_running_of_person",
            ),
        ),
        migrations.AddIndex(
            model_name="clock",
            index=models.Index(
                condition=models.Q(("stopped_at", None)),
                fields=["calendar"],
                name="clock_running_by_calendar",
            ),
        ),
    ]
