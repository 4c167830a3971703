"""Scores are written beside where they were, and into a narrower index.

A rescore writes most scores at once, each as a new row. Where its page has no room the row goes
elsewhere, and in time the leads of one chunk are all over the table. So pages are now filled to
60 %, and what is there is put in order once; that locks the table, ten seconds for a million.
"""

from django.db import migrations, models
from django.db.models import F


class Migration(migrations.Migration):
    dependencies = [("scoring", "0014_waking_takes_what_intent_has")]

    operations = [
        migrations.RemoveIndex(model_name="score", name="score_by_total"),
        migrations.RunSQL(
            "ALTER TABLE scoring_score SET (fillfactor = 60);"
            " CLUSTER scoring_score USING scoring_score_pkey;",
            "ALTER TABLE scoring_score SET (fillfactor = 80)",
        ),
        migrations.AddIndex(
            model_name="score",
            index=models.Index(
                F("workspace"),
                (F("fit") + F("intent")).desc(),
                F("lead").desc(),
                name="score_by_total",
            ),
        ),
    ]
