from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sla', '0008_clocks_of_the_system'),
    ]

    operations = [
        migrations.AlterField(
            model_name='commitment',
            name='tier_code',
            field=models.CharField(blank=True, db_default='', default='', max_length=60, verbose_name='tier'),
        ),
        migrations.AlterField(
            model_name='commitment',
            name='tier_name',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=60),
        ),
    ]
