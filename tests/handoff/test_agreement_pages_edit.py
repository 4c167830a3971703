"""Drafting on the page: each clause by itself, promises, two people at one draft, proposing."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from handoff.forms.agreement import stamp_of
from handoff.models import HandoffPolicy
from sla import agreements
from sla.models import Agreement, BusinessCalendar, Commitment
from tests.handoff.agreement_pages import (
    DRAFT,
    PAGE,
    PROMISE,
    make_active,
    make_draft,
    make_proposal,
    save_clause,
    version_url,
)
from tests.handoff.pages import HTMX, events_of


@pytest.fixture
def draft(workspace: Workspace, ana: User, mara: User) -> Agreement:
    return make_draft(workspace, ana=ana, mara=mara)


@pytest.fixture
def as_both(as_ana: Client, as_mara: Client) -> tuple[Client, Client]:
    return as_ana, as_mara


def now_of(draft: Agreement) -> Agreement:
    return Agreement.objects.get(pk=draft.pk)


def post_promise(client: Client, draft: Agreement, below: str = "new/", **said: Any) -> Any:
    calendar = BusinessCalendar.objects.of(draft.workspace).order_by("pk")[0]
    said = {**PROMISE, "calendar": calendar.pk, "seen": stamp_of(now_of(draft)), **said}
    return client.post(f"{DRAFT}promises/{below}", said, headers=HTMX)


def wrong(answer: Any, field: str) -> list[str]:
    """What the refused form says at the field."""
    assert answer.status_code == 422
    found: list[str] = answer.context["form"].errors[field]
    return list(found)


def test_beginning_is_safe_to_repeat(workspace: Workspace, as_ana: Client) -> None:
    for _ in range(2):
        assert as_ana.post(f"{PAGE}begin/")["Location"] == DRAFT
    assert as_ana.get(DRAFT).status_code == 200
    assert Agreement.objects.of(workspace).count() == 1


def test_a_clause_is_saved_in_its_place(draft: Agreement, as_ana: Client) -> None:
    before = stamp_of(draft)
    answer = save_clause(as_ana, "review", draft, review_every_days="60", text="In person.")
    assert answer.status_code == 200
    draft = now_of(draft)
    assert draft.review_every_days == 60
    assert draft.clauses.get().text == "In person."
    events = events_of(answer)
    assert events["draft-edited"] == {"before": before, "now": stamp_of(draft)}
    assert "every 60 days" in answer.content.decode()


def test_without_scripts_the_page_comes_back_at_the_clause(
    draft: Agreement, as_ana: Client
) -> None:
    said = {"seen": stamp_of(draft), "text": "Be kind."}
    answer = as_ana.post(f"{DRAFT}clauses/reasons/", said)
    assert answer["Location"] == f"{DRAFT}#reasons"
    refused = as_ana.post(f"{DRAFT}clauses/review/", {**said, "review_every_days": "0"})
    assert refused.status_code == 422
    assert "Be kind." in refused.content.decode()


@pytest.mark.parametrize(
    ("code", "said", "field"),
    [
        ("review", {"review_every_days": "0"}, "review_every_days"),
        ("review", {"review_every_days": "soon"}, "review_every_days"),
        ("volume", {"coverage_percent": "101"}, "coverage_percent"),
        ("volume", {"coverage_percent": "75", "good_percent": "50"}, "good_grades"),
        ("volume", {"coverage_percent": "75", "good_grades": ["A"]}, "good_percent"),
        ("owners", {"marketing_owner": "0"}, "marketing_owner"),
        ("escalation", {"weeks_below": "27"}, "weeks_below"),
    ],
)
def test_what_cannot_be_agreed_is_refused_at_the_field(
    draft: Agreement, as_ana: Client, code: str, said: dict[str, Any], field: str
) -> None:
    answer = save_clause(as_ana, code, draft, **said)
    assert len(wrong(answer, field)) == 1
    assert stamp_of(now_of(draft)) == stamp_of(draft)


def test_nobody_outside_owns_it(draft: Agreement, cleo: User, as_ana: Client) -> None:
    answer = save_clause(as_ana, "owners", draft, marketing_owner=str(cleo.pk))
    assert len(wrong(answer, "marketing_owner")) == 1


def test_who_saves_second_is_told_of_the_first_and_loses_nothing(
    draft: Agreement, as_both: tuple[Client, Client]
) -> None:
    as_ana, as_mara = as_both
    save_clause(as_ana, "reasons", draft, text="Be kind.")
    answer = save_clause(as_mara, "reasons", draft, text="Call first.")
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Ana Marques has edited this draft" in page
    assert "Be kind." in page
    assert "Call first." in page
    assert now_of(draft).clauses.get().text == "Be kind."
    again = save_clause(as_mara, "reasons", now_of(draft), text="Call first.")
    assert again.status_code == 200
    assert now_of(draft).clauses.get().text == "Call first."


def test_a_draft_that_is_gone_takes_nothing_and_keeps_what_was_typed(
    draft: Agreement, ana: User, as_ana: Client
) -> None:
    said = {"seen": stamp_of(draft)}
    assert as_ana.post(f"{DRAFT}discard/", said)["Location"] == PAGE
    assert not Agreement.objects.filter(pk=draft.pk).exists()
    answer = save_clause(as_ana, "reasons", draft, text="Be kind.")
    assert answer.status_code == 204
    assert "is saved nowhere" in str(events_of(answer)["toast"])
    fresh = agreements.begin(draft.workspace, by=ana, at=timezone.now())
    answer = save_clause(as_ana, "reasons", draft, text="Be kind.")
    assert answer.status_code == 409  # another draft than the one that was seen
    assert fresh.clauses.count() == 0


def test_a_promise_is_added_changed_and_removed_with_undo(draft: Agreement, as_ana: Client) -> None:
    tier = "some-tier"
    draft.commitments.filter(code="first_touch").delete()
    answer = post_promise(as_ana, draft, tier_code="")
    assert answer.status_code == 200
    assert answer["HX-Retarget"] == "#promises"
    added = draft.commitments.get(code="first_touch", tier_code="")
    assert (added.minutes, added.warn_percents, added.target_percent) == (5, [50, 75], 95)
    assert tier not in answer.content.decode()
    post_promise(as_ana, draft, f"{added.pk}/", minutes="0", days="2")
    added.refresh_from_db()
    assert (added.minutes, added.days) == (0, 2)
    removed = as_ana.post(
        f"{DRAFT}promises/{added.pk}/remove/", {"seen": stamp_of(now_of(draft))}, headers=HTMX
    )
    assert not Commitment.objects.filter(pk=added.pk).exists()
    token = removed.context["removed"]
    undo = {"seen": stamp_of(now_of(draft)), "removed": token}
    assert as_ana.post(f"{DRAFT}promises/undo/", undo, headers=HTMX).status_code == 200
    back = draft.commitments.get(code="first_touch")
    assert (back.days, back.warn_percents, back.calendar_id) == (2, [50, 75], added.calendar_id)
    undo["seen"] = stamp_of(now_of(draft))
    twice = as_ana.post(f"{DRAFT}promises/undo/", undo, headers=HTMX)
    assert "promised for any lead already" in str(events_of(twice)["toast"])


def test_a_promise_whose_calendar_was_deleted_since_is_not_brought_back(
    draft: Agreement, as_ana: Client
) -> None:
    gone = BusinessCalendar.objects.create(workspace=draft.workspace, name="Summer")
    draft.commitments.filter(code="first_touch").update(calendar=gone)
    [promise] = draft.commitments.filter(code="first_touch", tier_code="")
    seen = {"seen": stamp_of(now_of(draft))}
    removed = as_ana.post(f"{DRAFT}promises/{promise.pk}/remove/", seen, headers=HTMX)
    draft.commitments.filter(calendar=gone).delete()
    gone.delete()
    undo = {"seen": stamp_of(now_of(draft)), "removed": removed.context["removed"]}
    answer = as_ana.post(f"{DRAFT}promises/undo/", undo, headers=HTMX)
    assert answer.status_code == 200
    assert "It cannot be brought back" in str(events_of(answer)["toast"])
    assert not draft.commitments.filter(code="first_touch", tier_code="").exists()


def test_what_was_removed_elsewhere_is_not_brought_back_here(
    draft: Agreement, ana: User, cleo: User, as_ana: Client, as_cleo: Client
) -> None:
    [promise] = draft.commitments.filter(code="first_touch", tier_code="")
    seen = {"seen": stamp_of(now_of(draft))}
    removed = as_ana.post(f"{DRAFT}promises/{promise.pk}/remove/", seen, headers=HTMX)
    elsewhere = Workspace.objects.get(slug="elsewhere")
    HandoffPolicy.objects.create(workspace=elsewhere)
    theirs = agreements.begin(elsewhere, by=cleo, at=timezone.now())
    theirs.commitments.filter(code="first_touch").delete()
    undo = {"seen": stamp_of(theirs), "removed": removed.context["removed"]}
    answer = as_cleo.post("/w/elsewhere/agreement/draft/promises/undo/", undo, headers=HTMX)
    assert "It cannot be brought back" in str(events_of(answer)["toast"])
    assert not theirs.commitments.filter(code="first_touch").exists()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"minutes": "0", "days": "0"}, "minutes"),
        ({"minutes": "5", "days": "2"}, "minutes"),
        ({"warn_percents": "75, 100"}, "warn_percents"),
        ({"warn_percents": "0"}, "warn_percents"),
        ({"on_breach": "reroute"}, "on_breach"),
        ({"target_percent": "101"}, "target_percent"),
        ({"code": "review_rejection"}, "warns"),
        ({"code": "nonsense"}, "code"),
        ({"tier_code": "no-such-tier"}, "tier_code"),
        ({"calendar": ""}, "calendar"),
    ],
)
def test_what_cannot_be_promised_is_refused_at_the_field(
    draft: Agreement, as_ana: Client, said: dict[str, str], field: str
) -> None:
    draft.commitments.all().delete()
    assert wrong(post_promise(as_ana, draft, **said), field) != []
    assert draft.commitments.count() == 0


def test_the_same_is_promised_once_a_tier(draft: Agreement, as_ana: Client) -> None:
    draft.commitments.all().delete()
    assert post_promise(as_ana, draft).status_code == 200
    assert "already: change that one" in wrong(post_promise(as_ana, draft), "tier_code")[0]


def test_a_calendar_that_never_opens_counts_nothing(draft: Agreement, as_ana: Client) -> None:
    closed = BusinessCalendar.objects.create(
        workspace=draft.workspace, name="Closed", timezone="UTC"
    )
    answer = post_promise(as_ana, draft, calendar=closed.pk)
    assert "Nothing can be counted in it." in wrong(answer, "calendar")[0]


def test_a_promise_reads_itself_out_while_it_is_typed(draft: Agreement, as_ana: Client) -> None:
    draft.commitments.filter(code="first_touch").delete()
    page = post_promise(as_ana, draft, "reads/").content.decode()
    assert "It will read:" in page
    assert "within 5 minutes" in page
    page = post_promise(as_ana, draft, "reads/", minutes="0").content.decode()
    assert "It is no promise yet:" in page
    assert draft.commitments.filter(code="first_touch").count() == 0


def test_what_is_missing_is_listed_with_its_clause(
    workspace: Workspace, ana: User, as_ana: Client
) -> None:
    draft = agreements.begin(workspace, by=ana, at=timezone.now())
    page = as_ana.get(f"{DRAFT}propose/").content.decode()
    assert f'<a href="{DRAFT}#volume">Say how many MQLs marketing owes a month.</a>' in page
    assert "Propose exactly this" not in page
    answer = as_ana.post(f"{DRAFT}propose/", {"seen": stamp_of(draft)})
    assert answer.status_code == 422
    assert now_of(draft).status == "draft"


def test_what_was_read_back_is_what_is_proposed(
    draft: Agreement, as_both: tuple[Client, Client]
) -> None:
    as_ana, as_mara = as_both
    seen = {"seen": stamp_of(draft)}
    assert "Propose exactly this" in as_ana.get(f"{DRAFT}propose/").content.decode()
    save_clause(as_mara, "reasons", draft, text="Be kind.")
    answer = as_ana.post(f"{DRAFT}propose/", seen)
    assert answer.status_code == 409
    assert "Mara Lindt has edited the draft" in answer.content.decode()
    answer = as_ana.post(f"{DRAFT}propose/", {"seen": stamp_of(now_of(draft))})
    assert answer["Location"] == version_url(draft)
    assert now_of(draft).status == "proposed"


def test_a_rep_edits_nothing_and_a_stranger_finds_nothing(
    draft: Agreement, as_ben: Client, as_cleo: Client
) -> None:
    promise = draft.commitments.first()
    assert promise is not None
    for client, refused in ((as_ben, 403), (as_cleo, 404)):
        for below in ("", "propose/", "promises/new/", f"promises/{promise.pk}/"):
            assert client.get(f"{DRAFT}{below}").status_code == refused
        for below in ("clauses/reasons/", "discard/", f"promises/{promise.pk}/remove/"):
            assert client.post(f"{DRAFT}{below}").status_code == refused
        assert client.post(f"{PAGE}begin/").status_code == refused


def test_what_was_signed_cannot_be_edited(
    workspace: Workspace, ana: User, mara: User, as_ana: Client
) -> None:
    signed = make_active(workspace, ana=ana, mara=mara)
    promise = signed.commitments.first()
    assert promise is not None
    assert as_ana.get(DRAFT)["Location"] == PAGE
    assert as_ana.get(f"{DRAFT}promises/{promise.pk}/").status_code == 404
    assert save_clause(as_ana, "reasons", signed, text="Late.").status_code == 204
    assert save_clause(as_ana, "no-such-clause", signed).status_code == 404


def test_a_second_proposal_waits_for_the_first(
    workspace: Workspace, ana: User, mara: User, as_ana: Client
) -> None:
    make_proposal(workspace, ana=ana, mara=mara)
    draft = agreements.begin(workspace, by=ana, at=timezone.now())
    assert "waits for signatures" in as_ana.get(f"{DRAFT}propose/").content.decode()
    answer = as_ana.post(f"{DRAFT}propose/", {"seen": stamp_of(draft)})
    assert answer.status_code == 409


def test_what_is_missing_is_said_anew_after_each_save(draft: Agreement, as_ana: Client) -> None:
    wanted = "Say how many MQLs marketing owes a month."
    said = {"leads_a_month": "", "coverage_percent": "75"}
    page = save_clause(as_ana, "volume", draft, **said).content.decode()
    part = page[page.index('<div id="problems"') :]
    assert 'hx-swap-oob="true"' in part
    assert wanted in part
    draft.refresh_from_db()
    said["leads_a_month"] = "40"
    page = save_clause(as_ana, "volume", draft, **said).content.decode()
    assert '<div id="problems"' in page
    assert wanted not in page
