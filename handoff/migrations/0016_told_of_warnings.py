from django.db import migrations, models


class Migration(migrations.Migration):
    """A mail of its own for the time of a promise that runs out; and who hears of a miss is named
    by the promise."""

    dependencies = [("handoff", "0015_released_when_signed")]

    operations = [
        migrations.AlterField(
            "messagetemplate",
            "code",
            models.CharField(
                "occasion",
                choices=[
                    ("offered", "To the rep: a lead is offered"),
                    ("digest", "To the rep: the offers of an hour"),
                    ("expired", "To the sales manager: an offer expired"),
                    ("breached", "To those told of it: a promise was missed"),
                    ("fallback", "To the sales manager: a lead is offered to nobody"),
                    ("warned", "To who is held to it: the time of a promise runs out"),
                ],
                max_length=20,
            ),
        ),
    ]
