"""Every workspace has the five frameworks; discovery is BANT+, as it was until now."""

from typing import Any

from django.db import migrations, models

from handoff.frameworks import DISCOVERY, ORDER, read

COLUMNS = (
    *("code", "name", "ask", "weight", "needed"),
    *("when_no", "when_partly", "when_confirmed", "prefill"),
)


def install(apps: Any, schema_editor: Any) -> None:
    framework_rows = apps.get_model("handoff", "Framework").objects
    question_rows = apps.get_model("handoff", "FrameworkQuestion").objects
    policies = apps.get_model("handoff", "HandoffPolicy").objects
    for workspace in apps.get_model("accounts", "Workspace").objects.all():
        for code in ORDER:
            said = read(code)
            row, is_new = framework_rows.get_or_create(
                workspace_id=workspace.pk,
                code=code,
                defaults={
                    "name": said["name"],
                    "about": " ".join(said["about"].split()),
                    "pass_mark": said["pass_mark"],
                },
            )
            if is_new:
                question_rows.bulk_create(
                    question_rows.model(
                        framework_id=row.pk,
                        position=position,
                        **{name: question[name] for name in COLUMNS if name in question},
                    )
                    for position, question in enumerate(said["questions"])
                )
            if code == DISCOVERY:
                policies.filter(workspace_id=workspace.pk, discovery=None).update(discovery=row)


class Migration(migrations.Migration):
    dependencies = [("handoff", "0011_nurture_says_who_stopped_it")]

    operations = [
        migrations.AddField(
            model_name="frameworkquestion",
            name="is_active",
            field=models.BooleanField(db_default=True, default=True, verbose_name="asked"),
        ),
        migrations.AlterModelOptions(
            name="frameworkquestion",
            options={"ordering": ["position", "pk"], "verbose_name": "question"},
        ),
        migrations.RunPython(install, migrations.RunPython.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
    ]
