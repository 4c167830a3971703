"""Published versions are final: the database itself refuses to change them."""

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User, Workspace
from scoring.models import ModelVersion
from scoring.publishing import open_draft, publish
from tests.builders import MONDAY_NOON
from tests.scoring.builders import make_model

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "part",
    ["attributerules", "intentrules", "bands", "gradecells", "qualificationrules"],
)
def test_the_parts_of_a_published_version_are_final(workspace: Workspace, part: str) -> None:
    version = make_model(workspace)
    draft = open_draft(workspace=workspace, by=None)
    rows = getattr(version, part)
    with pytest.raises(IntegrityError, match="do not change"), transaction.atomic():
        rows.update(version=draft)
    with pytest.raises(IntegrityError, match="do not change"), transaction.atomic():
        rows.all().delete()
    with pytest.raises(IntegrityError, match="do not change"), transaction.atomic():
        getattr(draft, part).update(version=version)
    copy = rows.first()
    copy.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save()
    assert getattr(draft, part).count() == rows.count() > 0


def test_a_published_version_is_final_itself(workspace: Workspace, ana: User) -> None:
    version = make_model(workspace, by=ana)
    for change in (
        {"inactivity_percent": 0},
        {"note": "Was never like this."},
        {"status": "draft", "published_at": None, "rule_set": None},
        {"published_by": None},
    ):
        with pytest.raises(IntegrityError, match="do not change"), transaction.atomic():
            ModelVersion.objects.filter(pk=version.pk).update(**change)
    with pytest.raises(IntegrityError, match="kept for ever"), transaction.atomic():
        ModelVersion.objects.filter(pk=version.pk)._raw_delete("default")
    draft = open_draft(workspace=workspace, by=None)
    publish(draft, by=None, now=MONDAY_NOON)
    with pytest.raises(IntegrityError, match="do not change"), transaction.atomic():
        ModelVersion.objects.filter(pk=version.pk).update(status="published")


def test_a_draft_may_be_thrown_away(workspace: Workspace) -> None:
    make_model(workspace)
    open_draft(workspace=workspace, by=None).delete()
    assert ModelVersion.objects.of(workspace).count() == 1
