"""The workspace that most tests here begin with is the one that the product makes, and a test that
commits leaves nothing behind."""

from collections.abc import Callable

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.test import TransactionTestCase

from accounts.models import Workspace
from leadqual.models import AttributeChange
from tests.builders import make_lead
from tests.emptying import empty
from tests.handoff.conftest import create_northwind
from tests.handoff.histories import everything
from tests.silent_triggers import may_be_silent


def rows() -> dict[str, int]:
    return {table: len(rows) for table, rows in everything().items()}


def test_a_workspace_laid_out_is_the_one_that_was_created(
    db: None, northwind: Callable[[], object]
) -> None:
    with transaction.atomic():
        create_northwind()
        created = rows()
        transaction.set_rollback(True)
    northwind()
    assert rows() == created
    assert created["accounts_workspace"] == 1
    assert created["scoring_attributerule"] > 5


@pytest.mark.django_db(transaction=True)
def test_a_test_that_commits_leaves_nothing_behind(northwind: Callable[[], object]) -> None:
    if not may_be_silent():
        pytest.skip("this database's role may not silence triggers: Django empties its tables")
    types = ContentType.objects.count()
    northwind()
    make_lead(Workspace.objects.get())
    assert AttributeChange.objects.exists()  # whose rows a trigger keeps from being deleted
    empty(TransactionTestCase())
    assert set(rows().values()) == {0}
    assert ContentType.objects.count() == types > 50
