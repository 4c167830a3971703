"""Whoever takes offers is a rep of the workspace; the turns go to a model of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("handoff", "0005_held_back_by_an_override")]

    operations = [
        migrations.RenameModel("PoolMember", "Rep"),
        migrations.RemoveConstraint("rep", "pool_member_once"),
        migrations.AddConstraint(
            "rep", models.UniqueConstraint(fields=["workspace", "user"], name="rep_once")
        ),
    ]
