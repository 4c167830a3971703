"""One example of a property, in a workspace of its own, taken back after it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from accounts.models import Workspace
from tests.builders import make_workspace


@contextmanager
def undone(**fields: Any) -> Iterator[Workspace]:
    with transaction.atomic():
        yield make_workspace(slug="any", **fields)
        transaction.set_rollback(True)
