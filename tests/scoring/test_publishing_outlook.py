"""Before publishing one sees how many leads would change at once, or what the preview said;
while leads are scored again, each shows the version that its score belongs to."""

from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils.html import escape

from accounts.models import User, Workspace
from handoff.views import publish_outlook
from leadqual.models import Lead
from leadqual.stages import Stage
from scoring.editing.blocking import blocked
from scoring.editing.matching import Match
from scoring.models import (
    AttributeRule,
    Disqualifier,
    ModelVersion,
    QualificationDue,
    QualificationRule,
    Rescore,
    Score,
)
from scoring.outlook import Moved, Outlook, glimpse, outlook
from scoring.previews import runs
from scoring.publishing import open_draft, publish
from scoring.readiness import doubts
from scoring.rescoring import rescore_chunk
from scoring.scorers import score_dirty
from scoring.shadows import start
from scoring.standing import standing_of
from tests.builders import MONDAY_NOON, make_lead
from tests.scoring.builders import DAY, WEEK, do, make_model

pytestmark = pytest.mark.django_db

PAGES = "/admin/scoring/modelversion/"


@pytest.fixture
def model(workspace: Workspace, ana: User) -> ModelVersion:
    """In force, with three buyers whose totals are 30, 50 and 70; MQL from 40."""
    version = make_model(workspace, by=ana)
    for views in range(3):
        buyer = make_lead(workspace, job_title="Buyer", captured_at=MONDAY_NOON - 3 * WEEK)
        do(buyer, *[MONDAY_NOON] * views)
    score_dirty(now=MONDAY_NOON)
    Rescore.objects.update(finished_at=MONDAY_NOON)
    QualificationDue.objects.all().delete()
    return version


@pytest.fixture
def draft(model: ModelVersion, workspace: Workspace, ana: User) -> ModelVersion:
    return open_draft(workspace=workspace, by=ana, now=MONDAY_NOON)


def text(page: Any) -> str:
    return " ".join(page.content.decode().split())


def publish_page(client: Client, draft: ModelVersion) -> str:
    return text(client.get(f"{PAGES}{draft.pk}/publish/"))


def counted(client: Client, draft: ModelVersion) -> str:
    """What the page fetches."""
    return text(client.get(f"/w/northwind/versions/{draft.pk}/outlook/"))


def moved(leads: int, regraded: int = 0, **more: int) -> Moved:
    names = ("new_mqls", "newly_ready", "not_ready", "taken_back", "nurtured")
    return Moved(leads, regraded, **{name: more.get(name, 0) for name in names})


@pytest.mark.parametrize(
    ("total", "queued", "gained"), [(40, 0, 0), (41, 0, 0), (60, 1, 0), (25, 1, 1), (80, 2, 0)]
)
def test_of_new_definitions_it_is_said_what_follows_at_once(
    draft: ModelVersion, total: int, queued: int, gained: int
) -> None:
    """Two of the leads are MQLs; whether they are with sales already makes the difference."""
    draft.qualificationrules.update(total_at_least=total)
    mqls = Lead.objects.filter(score__intent__gt=0)
    mqls.update(stage="mql")
    taken_back = queued - gained
    happens = {"new_mqls": gained, "newly_ready": gained, "taken_back": taken_back}
    assert outlook(draft, now=MONDAY_NOON) == Outlook(
        3, is_rescored=False, moved=moved(queued, **happens)
    )
    mqls.update(stage="sal")
    assert outlook(draft, now=MONDAY_NOON) == Outlook(
        3, is_rescored=False, moved=moved(gained, new_mqls=gained, newly_ready=gained)
    )
    assert not QualificationDue.objects.exists()  # looking queues nobody
    publish(draft, by=None, now=MONDAY_NOON)
    assert QualificationDue.objects.count() == queued


def test_a_flag_that_nobody_sees_is_no_change(draft: ModelVersion) -> None:
    """By a wider margin the lead of 30 points would keep an MQL that it is not."""
    draft.demote_margin = 10
    draft.save()
    assert outlook(draft, now=MONDAY_NOON).moved == moved(0)


def test_the_page_tells_it_with_its_denominator(as_ana: Client, draft: ModelVersion) -> None:
    assert f'hx-get="/w/northwind/versions/{draft.pk}/outlook/"' in publish_page(as_ana, draft)
    assert "None of the 3 scored leads would change" in counted(as_ana, draft)
    Lead.objects.filter(score__intent__gt=0).update(stage="mql")
    draft.qualificationrules.update(total_at_least=60)
    told = counted(as_ana, draft)
    assert "No rule changes, so every score stays." in told
    assert "Counted as of now, 1 of 3 scored leads would change at once" in told
    draft.qualificationrules.update(total_at_least=80)
    assert "2 of 3 scored leads would change" in counted(as_ana, draft)
    assert "No preview of this draft has been run yet" in publish_page(as_ana, draft)


def test_only_who_may_publish_sees_what_follows(
    as_ana: Client, as_ben: Client, as_cleo: Client, draft: ModelVersion
) -> None:
    here = f"/w/northwind/versions/{draft.pk}/outlook/"
    assert (as_ben.get(here).status_code, as_cleo.get(here).status_code) == (403, 404)
    assert as_cleo.get(f"/w/elsewhere/versions/{draft.pk}/outlook/").status_code == 404
    assert as_ana.get(f"/w/northwind/versions/{draft.pk - 1}/outlook/").status_code == 404
    AttributeRule.objects.filter(version=draft).update(field="shoe_size")
    assert "was changed meanwhile and has something to put right" in counted(as_ana, draft)


def test_nurtured_leads_are_counted_apart(as_ana: Client, draft: ModelVersion) -> None:
    """Whether they wake depends on what they do; fewer points let those wake who met it before."""
    Lead.objects.update(stage="nurture")
    draft.qualificationrules.update(total_at_least=25)
    assert outlook(draft, now=MONDAY_NOON).moved == moved(0, nurtured=1)
    assert "1 nurtured lead would meet the MQL definition, too: it wakes by" in counted(
        as_ana, draft
    )
    draft.wake_points -= 1
    draft.save()
    assert outlook(draft, now=MONDAY_NOON).moved == moved(0, nurtured=3)


def test_who_would_become_mql_and_who_would_be_ready_newly_are_counted_apart(
    as_ana: Client, draft: ModelVersion
) -> None:
    """Totals are 30, 50 and 70; the last is with sales already."""
    QualificationRule.objects.create(version=draft, purpose="handoff", total_at_least=65)
    publish(draft, by=None, now=MONDAY_NOON)
    leads = Lead.objects.order_by("pk")
    Lead.objects.filter(pk=leads[2].pk).update(stage="sal")
    Lead.objects.filter(pk=leads[1].pk).update(stage="mql")
    again = open_draft(workspace=draft.workspace, by=None, now=MONDAY_NOON)
    again.qualificationrules.filter(purpose="mql").update(total_at_least=20)
    again.qualificationrules.filter(purpose="handoff").update(total_at_least=45)
    found = outlook(again, now=MONDAY_NOON)
    assert found.moved == moved(2, new_mqls=1, newly_ready=1)
    page = counted(as_ana, again)
    assert "<li>1 would become MQL.</li>" in page
    assert "<li>1 would be ready for hand-off and was not before.</li>" in page
    again.qualificationrules.filter(purpose="mql").update(total_at_least=60)
    assert outlook(again, now=MONDAY_NOON).moved == moved(1, taken_back=1)
    told = counted(as_ana, again)
    assert "<li>1 that is an MQL now would be taken back.</li>" in told
    assert outlook(again, now=MONDAY_NOON, offered=[leads[1].pk]).moved == moved(0)
    Lead.objects.filter(pk=leads[1].pk).update(stage="sal")
    assert outlook(again, now=MONDAY_NOON).moved == moved(0)


def test_of_new_rules_it_is_counted_what_the_rescore_will_find(
    as_ana: Client, draft: ModelVersion, workspace: Workspace
) -> None:
    """Buyers get 5 points instead of 30: totals are 5, 25 and 45; before, 30, 50 and 70."""
    leads = list(Lead.objects.order_by("pk"))
    Lead.objects.filter(pk__in=[lead.pk for lead in leads[1:]]).update(stage="mql")
    AttributeRule.objects.filter(version=draft).update(points=5)
    follows = moved(1, taken_back=1)
    assert outlook(draft, now=MONDAY_NOON) == Outlook(3, is_rescored=True, moved=follows)
    told = counted(as_ana, draft)  # some months later the visits have lost their points
    assert "Counted as of now, 2 of 3 scored leads would change." in told
    published = publish(draft, by=None, now=MONDAY_NOON)
    demand = Rescore.objects.get(workspace=workspace, finished_at=None)
    while rescore_chunk(demand.pk, workspace.pk, now=MONDAY_NOON, chunk=1):
        pass
    assert [score.total for score in Score.objects.order_by("lead_id")] == [5, 25, 45]
    assert outlook(open_draft(workspace=workspace, by=None, now=MONDAY_NOON), now=MONDAY_NOON) == (
        Outlook(3, is_rescored=False, moved=moved(0))
    )
    assert published.status == ModelVersion.Status.PUBLISHED


def test_too_many_leads_to_count_are_said_in_words(
    as_ana: Client, draft: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(*_: object, **__: object) -> Moved:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(5)")
        return moved(0)

    monkeypatch.setattr("scoring.outlook._moved", slowly)
    monkeypatch.setattr(publish_outlook, "outlook", partial(outlook, seconds=0.05))
    assert "too many leads to count here how many of the 3" in counted(as_ana, draft)
    AttributeRule.objects.filter(version=draft).update(points=35)
    told = counted(as_ana, draft)
    assert "each of the 3 scored leads is scored again" in told
    assert "too many leads to count here how many of the 3" in told


def test_what_is_worth_a_second_look_is_said_before_publishing(
    as_ana: Client, draft: ModelVersion
) -> None:
    assert "Worth a second look" not in publish_page(as_ana, draft)
    QualificationRule.objects.create(version=draft, purpose="handoff", total_at_least=20)
    page = publish_page(as_ana, draft)
    assert "Worth a second look" in page
    [doubt] = doubts(draft)
    assert escape(doubt) in page


def test_a_disqualifier_that_blocks_nearly_everybody_is_told_before_publishing(
    as_ana: Client, draft: ModelVersion, workspace: Workspace
) -> None:
    make_lead(workspace, job_title="Buyer", stage=Stage.WON)
    make_lead(workspace, job_title="Clerk", stage=Stage.WON)
    title = {"version": draft, "field": "job_title", "reason": "-"}
    Disqualifier.objects.create(**title, name="Clerks", operator="contains", value=["clerk"])
    Disqualifier.objects.create(**title, name="Titled", operator="known", value=[])
    Disqualifier.objects.create(
        **title, name="Office", operator="contains", value=["buyer", "clerk"]
    )
    page = counted(as_ana, draft)
    for name in ("Titled", "Office"):
        assert (
            f"The disqualifier “{name}” would have blocked all 2 leads that were won and blocks "
            "all 5 leads that are here now."
        ) in page
    assert "The disqualifier “Clerks”" not in page


@pytest.mark.parametrize(
    ("match", "told"),
    [
        (Match(4200, 4200, 0, 130, 130), "blocks all 4,200 leads that are here now"),
        (Match(10, 4200, 120, 130, 130), "would have blocked 120 of the 130 leads that were won"),
        (Match(0, 9, 2000, 2000, 2500), "would have blocked all 2,000 leads that were won last"),
        (Match(8, 10, 1, 2, 2), ""),
        (Match(0, 0, 0, 0, 0), ""),
    ],
)
def test_only_nearly_all_are_worth_a_word(match: Match, told: str) -> None:
    assert blocked(match) == told


def test_of_new_rules_it_is_said_that_everybody_is_scored_again_and_a_preview_is_advised(
    as_ana: Client, draft: ModelVersion
) -> None:
    AttributeRule.objects.filter(version=draft).update(points=35)
    assert outlook(draft, now=MONDAY_NOON).is_rescored
    assert glimpse(draft) is None
    page = publish_page(as_ana, draft)
    assert "each of the 3 scored leads is scored again in the background" in counted(as_ana, draft)
    assert "No preview of this draft has been run yet" in page
    assert "Run the preview</button>" in page


def test_of_a_shadow_it_is_said_what_it_found(
    as_ana: Client, draft: ModelVersion, workspace: Workspace
) -> None:
    """Totals are 30, 50 and 70, and 5 more by the shadow, by which 75 make an MQL."""
    assert "What the shadow found" not in counted(as_ana, draft)
    AttributeRule.objects.filter(version=draft).update(points=35)
    draft.qualificationrules.update(total_at_least=75)
    start(draft, by=None, now=MONDAY_NOON)
    demand = Rescore.objects.get(workspace=workspace, finished_at=None)
    while rescore_chunk(demand.pk, workspace.pk, now=MONDAY_NOON, chunk=9):
        pass
    told = counted(as_ana, draft)
    assert (
        "As a shadow it was held against version 1, of 3 leads scored by both: 1 would be MQLs in "
        "both, 0 in the shadow alone, 1 in the published version alone"
    ) in told
    assert '"/w/northwind/shadow/">What the shadow found</a>' in told
    assert "No preview of this shadow has been run yet" in publish_page(as_ana, draft)


def test_a_draft_with_something_to_put_right_is_not_counted(
    as_ana: Client, draft: ModelVersion
) -> None:
    AttributeRule.objects.filter(version=draft).update(field="shoe_size")
    page = publish_page(as_ana, draft)
    assert "What has to be put right first" in page
    assert "What follows" not in page


def test_a_preview_at_work_is_told_instead_of_offering_another(
    as_ana: Client, draft: ModelVersion, ana: User
) -> None:
    preview = runs.request(draft, by=ana, now=MONDAY_NOON)
    page = publish_page(as_ana, draft)
    assert f'A preview is at work, {preview.percent_done} % done. <a class="' in page
    assert "Run the preview" not in page


def test_the_latest_preview_is_told_and_that_the_draft_was_changed_since(
    as_ana: Client, draft: ModelVersion, ana: User
) -> None:
    AttributeRule.objects.filter(version=draft).update(points=35)
    now = MONDAY_NOON + WEEK
    preview = runs.request(draft, by=ana, now=now)
    while runs.advance(preview, handoffs=lambda ids: [], now=now):
        pass
    found = glimpse(draft)
    assert found is not None
    assert (found.preview, found.is_outdated, found.leads) == (preview, False, 3)
    assert found.mqls_before is not None
    told = (
        f"{found.weeks} weeks of real history: {found.mqls} MQLs instead of {found.mqls_before}; "
        f"of 3 leads, {found.gained} would qualify besides and {found.lost} no longer."
    )
    page = publish_page(as_ana, draft)
    assert told in page
    assert "The draft was changed since" not in page
    AttributeRule.objects.filter(version=draft).update(points=36)
    page = publish_page(as_ana, draft)
    assert told in page
    assert "The draft was changed since: these figures are of its earlier rules." in page
    assert "Run the preview again</button>" in page


def test_going_back_to_rules_that_were_in_force_before_scores_everybody_again(
    workspace: Workspace, draft: ModelVersion
) -> None:
    AttributeRule.objects.filter(version=draft).update(points=35)
    publish(draft, by=None, now=MONDAY_NOON + DAY)
    back = open_draft(workspace=workspace, by=None)
    AttributeRule.objects.filter(version=back).update(points=30)
    assert outlook(back, now=MONDAY_NOON).is_rescored


def test_until_a_lead_is_rescored_its_page_shows_the_version_of_its_score(
    as_ana: Client, workspace: Workspace, draft: ModelVersion
) -> None:
    """A rescore that is half done: the first lead has the new points, bands and version."""
    AttributeRule.objects.filter(version=draft).update(points=60)
    draft.bands.filter(axis="fit", floor=50).update(floor=60)
    publish(draft, by=None, now=MONDAY_NOON)
    demand = Rescore.objects.get(workspace=workspace, finished_at=None)
    assert rescore_chunk(demand.pk, workspace.pk, now=MONDAY_NOON, chunk=1)
    reached, waiting = (score.lead for score in Score.objects.order_by("lead_id")[:2])
    found = [standing_of(lead) for lead in (reached, waiting)]
    assert [(s.fit, s.fit_band, s.version) for s in found if s] == [(60, "High", 2), (30, "Low", 1)]
    pages = [text(as_ana.get(f"/w/northwind/leads/{lead.pk}/")) for lead in (reached, waiting)]
    told = "Until this lead’s turn, its score and bands are those of version 1."
    assert [told in page for page in pages] == [False, True]
    for page, grade, total, version in ((pages[0], "B", 60, 2), (pages[1], "D", 50, 1)):
        assert f"Grade {grade}, total {total}. Model version {version}, as of" in page
