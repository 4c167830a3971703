"""What a rep is asked for the note, who owned a lead before it was accepted, rejections by date.

Of the starter reasons of workspaces that exist, only what binds nobody is filled in: what each puts
in question (the column is new, so nobody has chosen it), and what its note should say. What a rep
must fill in, or what follows, stays as each workspace has it.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

QUESTIONS = {
    "timeline-too-long": "timing",
    "wrong-territory": "routing",
    "duplicate": "data",
    "unreachable": "intent",
    "bad-data": "data",
    "already-a-customer": "data",
}
NOTES = {
    "no-budget": "When is the next budget decided?",
    "not-a-decision-maker": "Who decides there?",
    "duplicate": "Of which lead?",
    "bad-data": "What is wrong?",
}


def fill_in(apps, schema_editor):
    reasons = apps.get_model("handoff", "RejectionReason").objects
    for code, questions in QUESTIONS.items():
        reasons.filter(code=code, questions="fit").update(questions=questions)
    for code, note in NOTES.items():
        reasons.filter(code=code, note_asks="").update(note_asks=note)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_cache"),
        ("handoff", "0009_offers_told_by_mail"),
        ("leadqual", "0013_an_acceptance_is_taken_back"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="handoff",
            name="former_owner",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="rejectionreason",
            name="note_asks",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="What the rep is asked, such as: Who decides there?",
                max_length=80,
                verbose_name="the note says",
            ),
        ),
        migrations.AddIndex(
            model_name="handoff",
            index=models.Index(
                condition=models.Q(("status", "rejected")),
                fields=["workspace", "decided_at", "id"],
                name="handoff_rejected",
            ),
        ),
        migrations.RunPython(fill_in, migrations.RunPython.noop),
    ]
