"""Signals in the admin: their place is theirs for ever, their definition is matched anew."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User, Workspace
from scoring.models import IntentRule, Signal
from scoring.models.signals import SIGNALS_PER_WORKSPACE
from scoring.publishing import open_draft
from scoring.starter import install_starter_model
from tests.admin_pages import Fields, errors_of, fields_of, messages_of
from tests.builders import MONDAY_NOON, make_event, make_lead
from tests.scoring.builders import make_draft, make_signal

ADD = "/admin/scoring/signal/add/"
FORM = "signal_form"


def page_of(signal: Signal, action: str = "change") -> str:
    return reverse(f"admin:scoring_signal_{action}", args=[signal.pk])


def fields(client: Client, **values: str) -> Fields:
    return fields_of(client.get(ADD), FORM) | {
        "name": "Watched the film",
        "code": "film",
        "kind": "page_view",
        "path_prefix": "/film",
        **values,
    }


def test_a_new_signal_gets_a_place_of_its_own(as_ana: Client, workspace: Workspace) -> None:
    first = make_signal(workspace, code="first")
    assert as_ana.post(ADD, fields(as_ana)).status_code == 302
    signal = Signal.objects.get(code="film")
    assert (signal.workspace, signal.bit) == (workspace, first.bit + 1)


@pytest.mark.parametrize(
    ("values", "field", "told"),
    [
        ({"code": "taken"}, "code", "There is already another signal with this code."),
        ({"name": "TAKEN "}, "name", "There is already another signal with this name."),
        (
            {"property_value": "gold"},
            "property_name",
            "Name the property that has this value.",
        ),
        (
            {"path_prefix": "film"},
            "path_prefix",
            "A path begins with a slash, such as /pricing.",
        ),
    ],
)
def test_a_signal_is_refused_where_it_was_typed(
    as_ana: Client, workspace: Workspace, values: dict[str, str], field: str, told: str
) -> None:
    make_signal(workspace, code="taken")
    errors = errors_of(as_ana.post(ADD, fields(as_ana, **values)))
    assert errors == {field: [told]}


def test_the_code_of_another_workspace_is_free(as_ana: Client, cleo: User) -> None:
    make_signal(cleo.workspaces.get(), code="film")
    assert as_ana.post(ADD, fields(as_ana)).status_code == 302


def test_a_full_workspace_says_so(as_ana: Client, workspace: Workspace) -> None:
    for number in range(SIGNALS_PER_WORKSPACE):
        make_signal(workspace, code=f"s{number}")
    page = as_ana.post(ADD, fields(as_ana), follow=True)
    (told,) = messages_of(page)
    assert told.startswith(
        "A workspace has room for 63 signals. Delete what no version of the model uses: "
        "“s0” (s0), “s1” (s1), "
    )


def test_a_new_definition_is_matched_anew_and_a_new_name_is_not(
    as_ana: Client, workspace: Workspace
) -> None:
    signal = make_signal(workspace, code="film", path_prefix="/film")
    make_event(make_lead(workspace), url="https://x.example/film")
    same = fields_of(as_ana.get(page_of(signal)), FORM)

    page = as_ana.post(page_of(signal), {**same, "name": "Saw the film"}, follow=True)
    signal.refresh_from_db()
    assert (signal.name, signal.classified) == ("Saw the film", True)
    assert len(messages_of(page)) == 1

    page = as_ana.post(page_of(signal), {**same, "path_prefix": "/films"}, follow=True)
    signal.refresh_from_db()
    assert (signal.path_prefix, signal.classified) == ("/films", False)
    assert (
        "Older events are being matched with “film” in the background; counts and previews already "
        "go by what you saved."
    ) in messages_of(page)


def test_the_code_of_a_signal_never_changes(as_ana: Client, workspace: Workspace) -> None:
    signal = make_signal(workspace, code="film")
    same = fields_of(as_ana.get(page_of(signal)), FORM)
    as_ana.post(page_of(signal), {**same, "code": "forged", "bit": "7"})
    signal.refresh_from_db()
    assert (signal.code, signal.bit) == ("film", 0)


def test_a_signal_that_rules_use_stays(as_ana: Client, workspace: Workspace, ana: User) -> None:
    install_starter_model(workspace, by=ana, now=MONDAY_NOON)
    signal = Signal.objects.get(code="pricing-page")
    page = as_ana.post(page_of(signal, "delete"), {"post": "yes"}, follow=True)
    assert messages_of(page) == [
        "“Visited pricing page” stays: rules of version 1 give points for it."
    ]
    assert Signal.objects.filter(pk=signal.pk).exists()


def test_a_signal_that_no_rule_uses_goes(as_ana: Client, workspace: Workspace) -> None:
    signal = make_signal(workspace, code="film")
    as_ana.post(page_of(signal, "delete"), {"post": "yes"})
    assert not Signal.objects.filter(pk=signal.pk).exists()


def test_a_signal_that_is_a_later_step_stays(
    as_ana: Client, workspace: Workspace, ana: User
) -> None:
    install_starter_model(workspace, by=ana, now=MONDAY_NOON)
    signal, first = make_signal(workspace, code="film"), Signal.objects.get(code="pricing-page")
    IntentRule.objects.create(
        version=open_draft(workspace=workspace, by=ana),
        name="Film after prices",
        signal=first,
        shape=IntentRule.Shape.SEQUENCE,
        later_steps=["film"],
        points=5,
    )
    page = as_ana.post(page_of(signal, "delete"), {"post": "yes"}, follow=True)
    assert messages_of(page) == ["“film” stays: rules of version 2 give points for it."]
    assert Signal.objects.filter(pk=signal.pk).exists()


def test_the_same_code_in_a_sequence_of_another_workspace_keeps_nothing(
    as_ana: Client, workspace: Workspace, cleo: User
) -> None:
    signal, theirs = make_signal(workspace, code="film"), make_draft(cleo.workspaces.get())
    theirs.intentrules.update(shape="sequence", cap=None, later_steps=["film"])
    as_ana.post(page_of(signal, "delete"), {"post": "yes"})
    assert not Signal.objects.filter(pk=signal.pk).exists()
