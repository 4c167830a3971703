"""Which mail tells the rep of an offer; those of until now were told at once, each by its own."""

from django.db import migrations, models

TOLD = """
UPDATE handoff_handoff SET mail_key = 'offered:' || id WHERE status = 'open';
UPDATE handoff_handoff h SET notified_at = n.created_at FROM leadqual_notice n
WHERE n.workspace_id = h.workspace_id AND n.user_id = h.rep_id AND n.key = 'offered:' || h.id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("handoff", "0008_a_pool_of_everybody"),
        ("leadqual", "0012_mails_carry_headers"),
    ]

    operations = [
        migrations.AddField(
            "handoff",
            "mail_key",
            models.CharField(blank=True, db_default="", max_length=60),
        ),
        migrations.AlterField(
            "messagetemplate",
            "code",
            models.CharField(
                choices=[
                    ("offered", "To the rep: a lead is offered"),
                    ("digest", "To the rep: the offers of an hour"),
                    ("expired", "To the sales manager: an offer expired"),
                    ("breached", "To the sales manager: a promise was missed"),
                    ("fallback", "To the sales manager: a lead is offered to nobody"),
                ],
                max_length=20,
                verbose_name="occasion",
            ),
        ),
        migrations.RunSQL(TOLD, migrations.RunSQL.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AddIndex(
            "handoff",
            models.Index(
                condition=models.Q(("notified_at", None)),
                fields=["offered_at"],
                name="handoff_not_notified",
            ),
        ),
    ]
