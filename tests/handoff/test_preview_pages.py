"""Previews in the portal: asked for, followed, stopped, read by both teams."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from handoff import previews
from handoff.models import Handoff, RejectionReason
from handoff.tasks import carry_on_preview, carry_on_previews
from leadqual.models import Lead
from scoring.drafts import open_draft
from scoring.models import ModelVersion, Preview
from scoring.previews.question import last_weeks
from scoring.publishing import publish
from tests.builders import make_lead, make_workspace
from tests.handoff.pages import HTMX
from tests.handoff.publications import gave_back
from tests.scoring.builders import known_from, make_model

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace(db: None) -> Workspace:
    """Without the starter model: these tests have a smaller one."""
    return make_workspace(name="Northwind", slug="northwind")


@pytest.fixture
def draft(workspace: Workspace, ana: User) -> ModelVersion:
    """MQL from 30 instead of 40: one lead of the last quarter would become MQL."""
    make_model(workspace, by=ana)
    since, _ = last_weeks(workspace.zone, now=timezone.now())
    known_from(since + timedelta(days=9))
    make_lead(
        workspace,
        captured_at=since + timedelta(days=9),
        job_title="Buyer",
        first_name="Hanna",
        last_name="Weiss",
    )
    draft = open_draft(workspace=workspace, by=ana, now=timezone.now())
    draft.qualificationrules.update(total_at_least=30)
    return draft


def page(client: Client, address: str) -> str:
    answer = client.get(f"/w/northwind/{address}")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_empty_page_teaches_and_a_rep_finds_no_button(
    workspace: Workspace, draft: ModelVersion, as_ana: Client, as_ben: Client
) -> None:
    assert "Nothing previewed yet" in page(as_ana, "previews/")
    assert "Preview draft 2" in page(as_ana, "previews/")
    assert "Preview draft 2" not in page(as_ben, "previews/")
    assert as_ben.post("/w/northwind/previews/start/", {"version": draft.pk}).status_code == 403


def test_asked_for_followed_and_read(draft: ModelVersion, as_ana: Client, as_ben: Client) -> None:
    answer = as_ana.post("/w/northwind/previews/start/", {"version": draft.pk})
    preview = Preview.objects.get()
    assert answer.headers["Location"] == f"/w/northwind/previews/{preview.pk}/"
    here = f"previews/{preview.pk}/"
    assert "Waiting for its turn. 0 of 1 leads." in page(as_ana, here)
    assert "Waiting" in page(as_ben, here)
    carry_on_previews()
    done = as_ana.get(f"/w/northwind/{here}progress/")
    assert done.headers["HX-Refresh"] == "true"
    report = page(as_ben, here)
    assert "Previewed (version 2): <strong>1</strong> MQL in 13 weeks" in report
    assert "Published now (version 1): <strong>0</strong> MQLs in 13 weeks" in report
    assert "Each version is applied to all of these weeks" in report
    assert "In force then" not in report
    assert "Would become MQL: 1" in report
    assert "Hanna Weiss" in report
    assert "Version 1 asks for a total of 40, it had 30." in report
    assert "Done" in page(as_ana, "previews/")


def test_what_was_published_when_it_was_asked_for_is_called_so_once_another_is(
    draft: ModelVersion, ana: User, as_ana: Client
) -> None:
    preview = previews.ask(draft, by=ana, now=timezone.now())
    carry_on_preview(preview.pk)
    publish(draft, by=ana, now=timezone.now())
    report = page(as_ana, f"previews/{preview.pk}/")
    assert "Published when asked (version 1): <strong>0</strong> MQLs" in report
    assert "Published now" not in report


def test_acceptance_counts_the_decisions_on_offers_of_the_period(
    draft: ModelVersion, ben: User, as_ana: Client
) -> None:
    """One lead, rejected once and accepted then: two decisions, here and over the sliders."""
    lead = Lead.objects.get()
    why = RejectionReason.objects.create(
        workspace=draft.workspace, code="no-budget", name="No budget"
    )
    for days, said in ((1, {"status": "rejected", "reason": why}), (9, {"status": "accepted"})):
        at = lead.captured_at + timedelta(days=days)
        made = gave_back(lead, ben)
        Handoff.objects.filter(pk=made.pk).update(**said, offered_at=at, decided_at=at)
    as_ana.post("/w/northwind/previews/start/", {"version": draft.pk})
    carry_on_previews()
    report = page(as_ana, f"previews/{Preview.objects.get().pk}/")
    assert "Of all offers made in these weeks, 50 % were accepted:" in report
    assert report.count("1 of 2 decided.") == 2  # all, and those of the version that finds the lead
    assert "1 of 2 offers decided" in page(as_ana, "thresholds/")


def test_a_preview_of_before_is_marked_in_the_list(
    draft: ModelVersion, ana: User, as_ana: Client
) -> None:
    preview = previews.ask(draft, by=ana, now=timezone.now())
    assert "once more" not in page(as_ana, "previews/")
    carry_on_preview(preview.pk)
    assert "once more" not in page(as_ana, "previews/")
    report = Preview.objects.get().report or {}
    old = {name: said for name, said in report.items() if name not in ("decided", "rules")}
    Preview.objects.update(report=old)
    assert "run one once more to move them over it" in page(as_ana, "previews/")
    assert "were accepted:" not in page(as_ana, f"previews/{preview.pk}/")


def test_it_is_followed_slowly_while_it_waits_and_no_more_when_it_is_gone(
    draft: ModelVersion, ana: User, as_ana: Client, as_cleo: Client
) -> None:
    preview = previews.ask(draft, by=ana, now=timezone.now())
    here = f"previews/{preview.pk}/progress/"
    assert 'hx-trigger="load delay:5s"' in page(as_ana, here)
    Preview.objects.update(status=Preview.Status.RUNNING)
    assert 'hx-trigger="load delay:1s"' in page(as_ana, here)
    preview.delete()
    gone = as_ana.get(f"/w/northwind/{here}", headers=HTMX).content.decode()
    assert "This preview is gone" in gone
    assert "hx-" not in gone
    assert as_ana.get(f"/w/northwind/{here}").status_code == 404
    assert as_cleo.get(f"/w/northwind/{here}", headers=HTMX).status_code == 404


def test_asking_twice_is_refused_in_words(draft: ModelVersion, as_ana: Client) -> None:
    for _ in range(2):
        answer = as_ana.post("/w/northwind/previews/start/", {"version": draft.pk}, follow=True)
    assert "A preview of this version is at work already." in answer.content.decode()
    assert Preview.objects.count() == 1


def test_a_version_of_another_workspace_is_not_found(draft: ModelVersion, as_cleo: Client) -> None:
    start = as_cleo.post("/w/elsewhere/previews/start/", {"version": draft.pk})
    assert start.status_code == 404
    assert as_cleo.post("/w/elsewhere/previews/start/", {"version": "x"}).status_code == 404


def test_stopping_it_keeps_a_page_that_offers_another(
    draft: ModelVersion, ana: User, as_ana: Client, as_ben: Client
) -> None:
    preview = previews.ask(draft, by=ana, now=timezone.now())
    stop = f"/w/northwind/previews/{preview.pk}/stop/"
    assert as_ben.post(stop).status_code == 403
    as_ana.post(stop)
    carry_on_preview(preview.pk)
    told = page(as_ana, f"previews/{preview.pk}/")
    assert "Stopped" in told
    assert "Preview version 2 again" in told
    assert "had ended already" in as_ana.post(stop, follow=True).content.decode()


def test_a_report_says_when_the_draft_was_changed_since(
    draft: ModelVersion, ana: User, as_ana: Client
) -> None:
    preview = previews.ask(draft, by=ana, now=timezone.now())
    carry_on_preview(preview.pk)
    here = f"previews/{preview.pk}/"
    assert "The draft was changed since" not in page(as_ana, here)
    draft.qualificationrules.update(total_at_least=31)
    assert "The draft was changed since" in page(as_ana, here)


def test_a_long_list_of_flips_says_that_there_are_more_rows_than_are_seen(
    draft: ModelVersion, as_ana: Client
) -> None:
    as_ana.post("/w/northwind/previews/start/", {"version": draft.pk})
    carry_on_previews()
    preview = Preview.objects.get()
    assert preview.report is not None
    assert "scroll inside this box" not in page(as_ana, f"previews/{preview.pk}/")
    gained = preview.report["flips"]["gained"]
    gained["count"], gained["leads"] = 174, gained["leads"] * 50
    preview.save(update_fields=["report"])
    told = "50 of 174 are listed: scroll inside this box for more."
    assert told in page(as_ana, f"previews/{preview.pk}/")


def test_a_lead_erased_since_has_no_name_in_the_report(
    draft: ModelVersion, ana: User, as_ana: Client
) -> None:
    preview = previews.ask(draft, by=ana, now=timezone.now())
    carry_on_preview(preview.pk)
    Lead.objects.of(draft.workspace).update(erased_at=timezone.now())
    told = page(as_ana, f"previews/{preview.pk}/")
    assert "Hanna" not in told
    assert "Merged or erased since" in told


def test_the_admin_page_of_a_draft_starts_one(draft: ModelVersion, as_ana: Client) -> None:
    there = as_ana.get(f"/admin/scoring/modelversion/{draft.pk}/change/").content.decode()
    assert "/w/northwind/previews/start/" in there
