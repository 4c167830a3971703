"""Previews in the worker: one task at a time, for half a minute in all, each preview in turn."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from handoff import previews, tasks
from handoff.tasks import carry_on_preview, carry_on_previews
from scoring.drafts import open_draft
from scoring.models import Preview
from tests.at_once import at_once
from tests.builders import make_lead, make_user, make_workspace
from tests.scoring.builders import make_model

pytestmark = pytest.mark.django_db(transaction=True)


def asked_for() -> Preview:
    workspace, ana = make_workspace(), make_user()
    make_model(workspace, by=ana)
    make_lead(workspace, captured_at=timezone.now() - timedelta(days=30))
    draft = open_draft(workspace=workspace, by=ana, now=timezone.now())
    return previews.ask(draft, by=ana, now=timezone.now())


def test_while_one_task_is_at_previews_another_lets_its_slot_go() -> None:
    preview = asked_for()
    with tasks._alone_at_previews() as alone:
        assert alone
        assert at_once(1, lambda _: carry_on_previews()) == [None]
        assert at_once(1, lambda _: carry_on_preview(preview.pk)) == [None]
        preview.refresh_from_db()
        assert preview.status == Preview.Status.WAITING
    assert at_once(1, lambda _: carry_on_preview(preview.pk)) == [None]
    preview.refresh_from_db()
    assert preview.status == Preview.Status.DONE


def test_all_previews_together_have_one_budget_and_take_turns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = asked_for(), asked_for()
    turns = []

    def goes_on_for_ever(preview: Preview, **_: object) -> bool:
        turns.append(preview.pk)
        time.sleep(0.1)
        return True

    monkeypatch.setattr(previews, "carry_on", goes_on_for_ever)
    monkeypatch.setattr(tasks, "PREVIEW_SECONDS", 0.45)
    carry_on_previews()
    assert turns == [first.pk, second.pk, first.pk, second.pk, first.pk][: len(turns)]
    assert 2 <= len(turns) <= 5
