"""Mails may carry headers of their own, such as the one to unsubscribe."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leadqual', '0011_a_company_knows_who_was_there'),
    ]

    operations = [
        migrations.AddField(
            model_name='outboxmessage',
            name='headers',
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
    ]
