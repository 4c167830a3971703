"""A preview in the background: interrupted, stopped, overtaken, in two hands, in two lanes."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User, Workspace
from leadqual.models import Lead
from scoring.locks import own_model
from scoring.models import ModelVersion, Preview
from scoring.previews import runs
from scoring.previews.question import HandoffMoment, Question
from scoring.publishing import publish
from tests.at_once import meanwhile
from tests.builders import make_lead, make_workspace
from tests.scoring.builders import DAY, WEEK, do, make_model
from tests.scoring.preview_runs import NOW, SINCE, known, looser, report_of, run

pytestmark = pytest.mark.django_db


def leads_that_flip(workspace: Workspace, n: int) -> list[Lead]:
    return [make_lead(workspace, captured_at=SINCE + DAY, job_title="Buyer") for _ in range(n)]


def test_a_run_that_was_interrupted_goes_on_and_counts_nobody_twice(workspace: Workspace) -> None:
    make_model(workspace)
    leads_that_flip(workspace, 5)
    preview = runs.request(looser(workspace), by=None, now=NOW)
    assert runs.advance(preview, handoffs=known([]), now=NOW, chunk=2)
    preview.refresh_from_db()
    assert (preview.leads_done, preview.leads_total, preview.percent_done) == (2, 5, 40)

    def dies(lead_ids: Sequence[int]) -> Iterable[HandoffMoment]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        runs.advance(preview, handoffs=dies, now=NOW, chunk=2)
    while runs.advance(preview, handoffs=known([]), now=NOW, chunk=2):
        pass
    report = report_of(preview)
    assert report["leads"] == 5
    assert report["flips"]["gained"]["count"] == 5
    assert preview.partial == {}


def test_a_stopped_one_does_no_more_and_may_be_asked_for_again(workspace: Workspace) -> None:
    make_model(workspace)
    leads_that_flip(workspace, 3)
    draft = looser(workspace)
    preview = runs.request(draft, by=None, now=NOW)
    with pytest.raises(ValidationError, match="at work already"):
        runs.request(draft, by=None, now=NOW)
    assert runs.advance(preview, handoffs=known([]), now=NOW, chunk=1)
    assert runs.stop(preview, now=NOW)
    assert not runs.advance(preview, handoffs=known([]), now=NOW, chunk=1)
    assert not runs.stop(preview, now=NOW)
    preview.refresh_from_db()
    assert (preview.status, preview.leads_done, preview.report) == ("stopped", 1, None)
    assert preview.partial == {}
    assert run(draft)["leads"] == 3


def test_a_draft_changed_meanwhile_ends_it_with_a_sentence(workspace: Workspace) -> None:
    make_model(workspace)
    leads_that_flip(workspace, 3)
    draft = looser(workspace)
    preview = runs.request(draft, by=None, now=NOW)
    assert runs.advance(preview, handoffs=known([]), now=NOW, chunk=1)
    draft.intentrules.update(points=99)
    assert not runs.advance(preview, handoffs=known([]), now=NOW, chunk=1)
    preview.refresh_from_db()
    assert (preview.status, preview.error) == ("failed", runs.CHANGED)


def test_the_fingerprint_is_that_of_the_rules_that_judge(workspace: Workspace) -> None:
    """A draft that changes between the two readings is judged by neither half."""
    make_model(workspace)
    draft = looser(workspace)
    preview = runs.request(draft, by=None, now=NOW)
    preview = Preview.objects.get(pk=preview.pk)
    judge = Question.of(preview).new
    draft.intentrules.update(points=99)
    draft.qualificationrules.update(total_at_least=99)
    assert [rule.points for rule in judge.rules.intents] == [20]
    assert runs.fingerprint(preview.version) == preview.fingerprint
    later = Preview.objects.get(pk=preview.pk)
    assert [rule.points for rule in Question.of(later).new.rules.intents] == [99]
    assert runs.fingerprint(later.version) != later.fingerprint


def test_a_draft_discarded_meanwhile_takes_its_preview_along(workspace: Workspace) -> None:
    make_model(workspace)
    leads_that_flip(workspace, 3)
    draft = looser(workspace)
    preview = runs.request(draft, by=None, now=NOW)
    assert runs.advance(preview, handoffs=known([]), now=NOW, chunk=1)
    draft.delete()
    assert not runs.advance(preview, handoffs=known([]), now=NOW, chunk=1)
    assert not Preview.objects.exists()


def test_publishing_keeps_the_report_with_the_version(workspace: Workspace, ana: User) -> None:
    make_model(workspace)
    draft = looser(workspace)
    run(draft)
    version = publish(draft, by=ana, now=NOW)
    [preview] = version.previews.all()
    assert report_of(preview)["versions"]["new"]["number"] == 2
    assert preview.against is not None
    assert preview.against.status == ModelVersion.Status.RETIRED
    assert preview.fingerprint == runs.fingerprint(version)
    with pytest.raises(ValidationError, match="in force"):
        runs.request(version, by=None, now=NOW)


def test_what_goes_wrong_is_said_on_the_preview(workspace: Workspace) -> None:
    make_model(workspace)
    leads_that_flip(workspace, 1)
    preview = runs.request(looser(workspace), by=None, now=NOW)

    def broken(lead_ids: Sequence[int]) -> Iterable[HandoffMoment]:
        raise ValueError("no such thing")

    assert not runs.advance(preview, handoffs=broken, now=NOW)
    preview.refresh_from_db()
    assert (preview.status, preview.error) == ("failed", runs.BROKEN)


@pytest.mark.django_db(transaction=True)
def test_two_workers_take_turns_and_neither_counts_what_the_other_has() -> None:
    """The second one meets a locked preview and goes away."""
    workspace = make_workspace()
    make_model(workspace)
    leads_that_flip(workspace, 6)
    preview = runs.request(looser(workspace), by=None, now=NOW)
    second: list[object] = []

    def handoffs(lead_ids: Sequence[int]) -> Iterable[HandoffMoment]:
        with meanwhile(lambda: runs.advance(preview, handoffs=known([]), now=NOW)) as outcome:
            pass
        second.extend(outcome)
        return []

    while runs.advance(preview, handoffs=handoffs, now=NOW, chunk=2):
        pass
    assert second == [False, False, False]
    assert report_of(preview)["leads"] == 6


@pytest.mark.django_db(transaction=True)
def test_two_lanes_find_what_one_finds() -> None:
    workspace = make_workspace()
    make_model(workspace)
    for lead in leads_that_flip(workspace, 5):
        do(lead, SINCE + lead.pk % 5 * WEEK)
    draft = looser(workspace)
    one = run(draft)
    preview = runs.request(draft, by=None, now=NOW)
    while runs.advance(preview, handoffs=known([]), now=NOW, lanes=2):
        pass
    assert report_of(preview) == one


@pytest.mark.django_db(transaction=True)
def test_asking_for_a_preview_of_a_draft_that_is_discarded_just_then_is_answered_in_words() -> None:
    workspace = make_workspace()
    make_model(workspace)
    draft = looser(workspace)
    with ExitStack() as after_commit, transaction.atomic():
        ModelVersion.objects.filter(pk=draft.pk).get().delete()
        ask = meanwhile(lambda: runs.request(draft, by=None, now=NOW))
        asked = after_commit.enter_context(ask)
    [refusal] = asked
    assert isinstance(refusal, ValidationError)
    assert refusal.messages == ["This draft was discarded meanwhile."]
    assert not Preview.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_replacing_the_draft_and_working_on_its_preview_do_not_wait_for_each_other() -> None:
    """Who replaces a draft owns the model, then deletes the rows: a worker takes them likewise."""
    workspace = make_workspace()
    make_model(workspace)
    leads_that_flip(workspace, 1)
    draft = looser(workspace)
    preview = runs.request(draft, by=None, now=NOW)
    with ExitStack() as after_commit, transaction.atomic():
        own_model(workspace.pk)
        work = meanwhile(lambda: runs.advance(preview, handoffs=known([]), now=NOW))
        worked = after_commit.enter_context(work)
        draft.delete()
    assert worked == [False]
    assert not Preview.objects.exists()
