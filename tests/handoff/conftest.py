"""Here the cast's workspace is a whole one: starter model, reasons, a pool, and promises."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import DjangoDbBlocker, Settings

from accounts.models import User, Workspace
from handoff import handoffs
from handoff.imports import importer
from handoff.models import Handoff
from handoff.workspaces import create_workspace
from leadqual.models import Lead
from sla.models import BusinessCalendar, Commitment
from sla.starter import AROUND_THE_CLOCK, PROMISES
from tests.builders import MONDAY_NOON, join_pool, make_user, receive_hot_lead
from tests.laid_out import laid_out


@pytest.fixture(scope="session")
def northwind(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Callable[[], object]:
    """Writes a workspace as the product makes it into the test's database."""
    with django_db_blocker.unblock():
        return laid_out(create_northwind)


@pytest.fixture(scope="session")
def calm_northwind(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Callable[[], object]:
    """The same, of few promises."""
    with django_db_blocker.unblock():
        return laid_out(create_calm_northwind)


def create_northwind() -> Workspace:
    return create_workspace(
        name="Northwind",
        slug="northwind",
        timezone="Europe/Berlin",
        country="DE",
        by=make_user(name="Olga Root"),
        at=MONDAY_NOON,
    )


def create_calm_northwind() -> None:
    workspace = create_northwind()
    Commitment.objects.of(workspace).exclude(code__in=PROMISES, tier_code="").delete()
    BusinessCalendar.objects.of(workspace).filter(name=AROUND_THE_CLOCK).delete()


@pytest.fixture
def workspace(db: None, calm_northwind: Callable[[], object]) -> Workspace:
    """Of the starter's promises the three oldest alone, so that the clocks of a test are few."""
    calm_northwind()
    return Workspace.objects.get(slug="northwind")


@pytest.fixture
def ben_takes_turns(workspace: Workspace, ben: User) -> User:
    join_pool(workspace, ben)
    return ben


@pytest.fixture
def offer_to_ben(workspace: Workspace, ben_takes_turns: User) -> Callable[[], Handoff]:
    """Makes a hot lead, which is offered to ben now."""

    def make() -> Handoff:
        return receive_hot_lead(workspace, at=timezone.now()).handoffs.get()

    return make


@pytest.fixture
def offered(offer_to_ben: Callable[[], Handoff]) -> Lead:
    """An MQL that ben has been offered now."""
    return Lead.objects.get(pk=offer_to_ben().lead_id)


@pytest.fixture
def accepted(offered: Lead, ben: User) -> Lead:
    """A lead that ben has accepted now."""
    handoffs.accept(offered.handoffs.get(), by=ben, at=timezone.now())
    return Lead.objects.get(pk=offered.pk)


@pytest.fixture
def own_media(settings: Settings, tmp_path: Path) -> None:
    """Uploads of a test lie in its own folder."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Imports two rows a transaction, so that few rows are many chunks."""
    monkeypatch.setattr(importer, "CHUNK", 2)
