"""The cast of every test: ana, ben and mara of one workspace, cleo of another."""

import gc
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection
from django.template import Context, Template
from django.test import Client, TransactionTestCase
from django.test.signals import template_rendered
from pytest_django import DjangoDbBlocker, Settings

from accounts.models import Role, User, Workspace
from leadqual import embedded
from tests import template
from tests.builders import make_member, make_workspace
from tests.emptying import empty
from tests.scheduling import pytest_xdist_make_scheduler  # noqa: F401 (a hook of xdist's)
from tests.silent_triggers import may_be_silent


def pytest_configure() -> None:
    settings.STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise warns where it is missing
    if settings.EMBEDDED_DATABASE:
        embedded.ensure(settings.VAR)


def pytest_collection_finish() -> None:
    """All code and all tests are in memory now, for good: nobody has to search them for garbage,
    and least of all each time that 700 more have come. That was a fifth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)


def pytest_unconfigure() -> None:
    if settings.EMBEDDED_DATABASE:
        embedded.stop_if_unused(settings.VAR)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """Each process of xdist has a database of its own, copied from one that is migrated."""
    with django_db_blocker.unblock():
        name = f"test_{connection.settings_dict['NAME']}_template"
        connection.settings_dict["TEST"]["TEMPLATE"] = template.ensure(name)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A test that commits is followed by `empty`, where triggers can be told to be silent."""
    with pytest.MonkeyPatch.context() as patch:
        with django_db_blocker.unblock():
            if may_be_silent():
                patch.setattr(TransactionTestCase, "_fixture_teardown", empty)
        yield


@pytest.fixture(scope="session", autouse=True)
def contexts_of_pages_alone_are_kept(django_test_environment: None) -> Iterator[None]:
    """Django keeps a copy of the context of each template for `response.context`, of the five
    thousand small ones of a large form as well: nearly half of the time of such a page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Template, "_render", _render)
        yield


def _render(template: Template, context: Context) -> str:
    if context.template is template and not (template.name or "").startswith(WIDGETS):
        template_rendered.send(sender=template, template=template, context=context)
    return template.nodelist.render(context)


WIDGETS = ("django/forms/", "unfold/")


@pytest.fixture(autouse=True)
def plain_static_files(settings: Settings) -> None:
    """Pages render without a collectstatic before the tests."""
    settings.STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def workspace(db: None) -> Workspace:
    return make_workspace(name="Northwind", slug="northwind")


@pytest.fixture
def ana(workspace: Workspace) -> User:
    """The marketing manager."""
    return make_member(workspace, name="Ana Marques", role=Role.MARKETING_MANAGER)


@pytest.fixture
def ben(workspace: Workspace) -> User:
    """The sales rep."""
    return make_member(workspace, name="Ben Okoye", role=Role.REP)


@pytest.fixture
def mara(workspace: Workspace) -> User:
    """The sales manager."""
    return make_member(workspace, name="Mara Lindt", role=Role.SALES_MANAGER)


@pytest.fixture
def cleo(db: None) -> User:
    """A stranger: administrator of another workspace."""
    other = make_workspace(name="Elsewhere", slug="elsewhere")
    return make_member(other, name="Cleo Stern", role=Role.ADMINISTRATOR)


@pytest.fixture
def as_ana(ana: User) -> Client:
    return _client_of(ana)


@pytest.fixture
def as_ben(ben: User) -> Client:
    return _client_of(ben)


@pytest.fixture
def as_mara(mara: User) -> Client:
    return _client_of(mara)


@pytest.fixture
def as_cleo(cleo: User) -> Client:
    return _client_of(cleo)


def _client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client
