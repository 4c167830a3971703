"""Waking by date, where one of those whose day has come cannot be woken."""

from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import Workspace
from handoff import nurture
from handoff.models import NurtureStay
from handoff.promotion import wake_due
from tests.builders import MONDAY_NOON, make_lead

pytestmark = pytest.mark.django_db

TOMORROW = MONDAY_NOON + timedelta(days=1)


def test_one_that_cannot_be_woken_does_not_stop_the_others(workspace: Workspace) -> None:
    broken, whole = make_lead(workspace), make_lead(workspace)
    for lead in (broken, whole):
        nurture.enter(lead, rule="not_ready", at=MONDAY_NOON, wake_at=TOMORROW)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "ALTER TABLE handoff_nurturestay ADD CONSTRAINT sleeps_on"
            f" CHECK (lead_id <> {broken.pk} OR woken_at IS NULL) NOT VALID"
        )
    assert wake_due(now=TOMORROW) == 1
    assert NurtureStay.objects.get(lead=whole).woken_at == TOMORROW
    assert NurtureStay.objects.get(lead=broken).woken_at is None
    assert wake_due(now=TOMORROW) == 0
