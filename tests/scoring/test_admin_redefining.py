"""A signal's definition is edited in the admin: told before, done in a draft, told after."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Role, User, Workspace
from scoring import locks
from scoring.models import ModelVersion, Signal
from scoring.publishing import open_draft, publish
from scoring.redefinition import redefine
from scoring.starter import install_starter_model
from tests.admin_pages import fields_of, messages_of
from tests.at_once import meanwhile
from tests.builders import MONDAY_NOON, make_event, make_lead, make_member, make_workspace
from tests.scoring.builders import make_model, make_signal

pytestmark = pytest.mark.django_db

FORM = "signal_form"
LIST = "/admin/scoring/signal/"
LATER = MONDAY_NOON + timedelta(hours=1)


@pytest.fixture
def pricing(workspace: Workspace, ana: User) -> Signal:
    install_starter_model(workspace, by=ana, now=MONDAY_NOON)
    return Signal.objects.get(code="pricing-page")


def page_of(row: Any, action: str = "change") -> str:
    return reverse(f"admin:scoring_{row._meta.model_name}_{action}", args=[row.pk])


def text(page: Any) -> str:
    return " ".join(page.content.decode().split())


def save(client: Client, signal: Signal, **values: str) -> Any:
    same = fields_of(client.get(page_of(signal)), FORM)
    return client.post(page_of(signal), {**same, **values}, follow=True)


def test_another_definition_of_what_is_in_force_opens_a_draft(
    as_ana: Client, pricing: Signal
) -> None:
    make_event(make_lead(pricing.workspace))
    said = text(as_ana.get(page_of(pricing)))
    assert "Version 1, which is in force, keeps what stands here. Change it, and a draft is" in said
    page = save(as_ana, pricing, path_prefix="/preise")
    draft = ModelVersion.objects.draft().get()
    assert page.redirect_chain[-1][0] == page_of(draft)
    assert messages_of(page) == [
        "Draft 2 was opened for it. Version 1, which is in force, keeps “Visited pricing page” as "
        "it is: page view, path begins with /pricing. In draft 2 “Visited pricing page” is: page "
        "view, path begins with /preise. Preview it, publish it; until then nothing changes."
    ]
    pricing.refresh_from_db()
    assert pricing.path_prefix == "/pricing"
    new = Signal.objects.get(code="pricing-page-2")
    assert draft.intentrules.get(name="Visited pricing page").signal == new
    told = LogEntry.objects.values_list("object_id", "object_repr", "change_message")
    changed = "path begins with /pricing → /preise."
    for row, what in (
        (pricing, "Defined anew in draft 2, as pricing-page-2: "),
        (new, "Signal “Visited pricing page” defined anew: "),
        (draft, "Signal “Visited pricing page” defined anew: "),
    ):
        assert (str(row.pk), str(row), f"{what}{changed}") in told
    publish_page = text(as_ana.get(page_of(draft, "publish")))
    assert (
        "“Visited pricing page” means something else: path begins with /pricing → /preise."
        in publish_page
    )


def test_with_a_draft_open_the_page_names_it_and_its_own_signals_are_edited_freely(
    as_ana: Client, pricing: Signal, ana: User
) -> None:
    draft = open_draft(workspace=pricing.workspace, by=ana)
    assert f'href="{page_of(draft)}">draft 2</a>' in text(as_ana.get(page_of(pricing)))
    page = save(as_ana, pricing, path_prefix="/preise")
    assert messages_of(page)[0].startswith("Version 1, which is in force, keeps “Visited")
    new = Signal.objects.get(code="pricing-page-2")
    assert "Only <a" in text(as_ana.get(page_of(new)))
    save(as_ana, new, path_prefix="/prices")
    new.refresh_from_db()
    assert new.path_prefix == "/prices"
    assert Signal.objects.filter(name=pricing.name).count() == 2


def test_what_was_replaced_says_by_what_and_keeps_its_definition(
    as_ana: Client, pricing: Signal, ana: User
) -> None:
    before = fields_of(as_ana.get(page_of(pricing)), FORM)
    pricing.path_prefix = "/preise"
    new = redefine(pricing, by=ana, now=LATER)
    said = text(as_ana.get(page_of(pricing)))
    assert (
        "Ana Marques has put another definition in its place in draft 2: page view, path begins "
        "with /preise."
    ) in said
    assert page_of(new) in said
    assert "path_prefix" not in fields_of(as_ana.get(page_of(pricing)), FORM)
    # Somebody else still has the page of before: they are told, and nothing of theirs is saved.
    page = as_ana.post(page_of(pricing), {**before, "path_prefix": "/prices"}, follow=True)
    assert messages_of(page)[0].startswith("Nothing was saved. Ana Marques has put another")
    assert set(Signal.objects.filter(code__startswith="pricing")) == {pricing, new}
    save(as_ana, pricing, name="Saw the prices")
    pricing.refresh_from_db()
    assert (pricing.name, pricing.path_prefix) == ("Saw the prices", "/pricing")


def test_the_list_shows_the_current_ones_and_who_uses_them(
    as_ana: Client, pricing: Signal, ana: User
) -> None:
    make_signal(pricing.workspace, code="spare")
    pricing.path_prefix = "/preise"
    redefine(pricing, by=ana, now=LATER)

    def shown(which: str = "") -> dict[str, str]:
        page: Any = as_ana.get(LIST + which)
        rows = page.context["cl"].result_list
        admin = page.context["cl"].model_admin
        return {row.code: admin.users(row) for row in rows if "pricing" in row.code}

    assert shown() == {"pricing-page": "version 1 (in force)", "pricing-page-2": "draft 2"}
    assert shown("?which=replaced") == {}
    publish(ModelVersion.objects.draft().get(), by=ana, now=LATER)
    assert shown() == {"pricing-page-2": "version 2 (in force)"}
    assert shown("?which=replaced") == {"pricing-page": "1 earlier"}
    assert shown("?which=all").keys() == {"pricing-page", "pricing-page-2"}
    assert "none" in text(as_ana.get(LIST))


def test_the_forms_of_rules_offer_the_successor_alone(
    as_ana: Client, pricing: Signal, ana: User
) -> None:
    first = ModelVersion.objects.get()
    pricing.path_prefix = "/preise"
    new = redefine(pricing, by=ana, now=LATER)
    draft = ModelVersion.objects.draft().get()

    def offered() -> list[tuple[Any, str]]:
        page: Any = as_ana.get(page_of(ModelVersion.objects.draft().get()))
        (formset,) = [
            f.formset
            for f in page.context["inline_admin_formsets"]
            if f.formset.prefix == "intentrules"
        ]
        choices = formset.forms[0].fields["signal"].choices
        return [(pk, name) for pk, name in choices if "pricing page" in name]

    assert offered() == [(new.pk, "Visited pricing page")]
    publish(draft, by=ana, now=LATER)
    start = reverse("admin:scoring_modelversion_start_version", args=["northwind", first.pk])
    page: Any = as_ana.get(start)
    as_ana.post(start, {"seen": page.context["form"]["seen"].value()})
    assert sorted(offered()) == [
        (pricing.pk, "Visited pricing page (page view, path begins with /pricing)"),
        (new.pk, "Visited pricing page (page view, path begins with /preise)"),
    ]
    fields = fields_of(as_ana.get(page_of(ModelVersion.objects.draft().get())), "modelversion_form")
    assert str(pricing.pk) in {v for k, v in fields.items() if k.endswith("-signal")}


def test_discarding_names_the_signals_that_go_along(
    as_ana: Client, pricing: Signal, ana: User
) -> None:
    pricing.path_prefix = "/preise"
    redefine(pricing, by=ana, now=LATER)
    url = page_of(ModelVersion.objects.draft().get(), "discard")
    told = "“Visited pricing page” (pricing-page-2): page view, path begins with /preise"
    assert told in text(as_ana.get(url))
    as_ana.post(url)
    assert not Signal.objects.filter(code="pricing-page-2").exists()
    assert "path_prefix" in fields_of(as_ana.get(page_of(pricing)), FORM)


def test_a_draft_that_is_replaced_says_which_signals_go_and_come(
    as_ana: Client, workspace: Workspace, ana: User
) -> None:
    make_model(workspace)
    pricing = Signal.objects.get()
    pricing.path_prefix = "/preise"
    redefine(pricing, by=ana, now=LATER)
    start = reverse("admin:scoring_modelversion_start_library", args=["northwind", "product-led"])
    page: Any = as_ana.get(start)
    told = "Signal that goes with the open draft: “view-1” (view-1-2): page view, path begins with"
    assert f"{told} /preise." in page.context["notes"]
    seen = {"seen": page.context["form"]["seen"].value(), "replace": "on"}
    as_ana.post(start, seen)
    assert not Signal.objects.filter(code="view-1-2").exists()


def test_a_successor_that_the_draft_uses_stays_and_an_unused_one_goes(
    as_ana: Client, pricing: Signal, ana: User
) -> None:
    pricing.path_prefix = "/preise"
    new = redefine(pricing, by=ana, now=LATER)
    page = as_ana.post(page_of(new, "delete"), {"post": "yes"}, follow=True)
    assert messages_of(page) == [
        "“Visited pricing page” stays: rules of version 2 give points for it."
    ]
    ModelVersion.objects.draft().get().intentrules.filter(signal=new).delete()
    as_ana.post(page_of(new, "delete"), {"post": "yes"})
    assert not Signal.objects.filter(pk=new.pk).exists()


def test_only_who_configures_scoring_defines_signals(
    pricing: Signal, ben: User, cleo: User, client: Client
) -> None:
    for person in (ben, cleo):
        client.force_login(person)
        assert client.get(page_of(pricing)).status_code in (302, 403, 404)
        client.post(page_of(pricing), {"name": "x", "kind": "form", "path_prefix": "/x"})
    pricing.refresh_from_db()
    assert (pricing.name, pricing.path_prefix) == ("Visited pricing page", "/pricing")
    assert not ModelVersion.objects.draft().exists()


@pytest.mark.django_db(transaction=True)
def test_what_waits_for_leads_being_scored_gives_up_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(locks, "PATIENCE", "50ms")
    workspace = make_workspace()
    ana = make_member(workspace, name="Ana Marques", role=Role.MARKETING_MANAGER)
    make_model(workspace)
    signal = Signal.objects.get()
    draft = open_draft(workspace=workspace, by=ana)
    spare = make_signal(workspace, code="spare")
    client = Client()
    client.force_login(ana)
    typed = fields_of(client.get(page_of(signal)), FORM) | {"path_prefix": "/preise"}

    def try_all() -> list[str]:
        pages = [
            client.post(page_of(signal), typed, follow=True),
            client.post(page_of(spare, "delete"), {"post": "yes"}, follow=True),
            client.post(page_of(draft, "discard"), follow=True),
        ]
        return [message for page in pages for message in messages_of(page)]

    with transaction.atomic():
        locks.share_model(workspace.pk)
        with meanwhile(try_all) as outcome:
            pass
    assert outcome == [["Leads are being imported or scored just now. Try again in a minute."] * 3]
    assert set(Signal.objects.all()) == {signal, spare}
    assert ModelVersion.objects.draft().get() == draft
