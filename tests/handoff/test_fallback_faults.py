"""The fallback queue, where one of its entries cannot be worked off."""

from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import Workspace
from handoff import fallback, fallback_tries
from handoff.models import FallbackEntry
from leadqual.models import Lead
from leadqual.stages import Stage
from tests.builders import MONDAY_NOON, make_lead, receive_hot_lead

pytestmark = pytest.mark.django_db

LATER = MONDAY_NOON + timedelta(minutes=5)


def test_one_that_cannot_leave_does_not_keep_the_others(workspace: Workspace) -> None:
    broken, whole = make_lead(workspace), make_lead(workspace)
    for lead in (broken, whole):
        fallback.enter(lead, why=FallbackEntry.Why.NOBODY, at=MONDAY_NOON)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "ALTER TABLE handoff_fallbackentry ADD CONSTRAINT stays_on"
            f" CHECK (lead_id <> {broken.pk} OR left_at IS NULL) NOT VALID"
        )
    assert fallback_tries.leave_gone(now=LATER) == 1
    assert [entry.lead for entry in FallbackEntry.objects.waiting()] == [broken]


def test_lost_leads_are_found_behind_those_that_lack_a_fact(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fallback_tries, "AT_A_LOOK", 1)
    lacking, lost = receive_hot_lead(workspace), receive_hot_lead(workspace)
    Lead.objects.filter(pk=lacking.pk).update(first_name="", last_name="", company=None)
    FallbackEntry.objects.all().delete()
    assert Lead.objects.filter(stage=Stage.MQL).count() == 2
    assert fallback_tries.find_lost(now=LATER) == 1
    assert FallbackEntry.objects.get().lead == lost
