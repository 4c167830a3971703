"""Reading the agreement: what is in force, every version, what it changes, the file on A4."""

import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pypdf import PdfReader

from accounts.models import User, Workspace
from handoff.models import HandoffPolicy
from scoring.drafts import open_draft
from scoring.publishing import publish
from sla import agreement_edits, agreements
from sla.models import Agreement, Side
from tests.handoff.agreement_pages import (
    PAGE,
    make_active,
    make_draft,
    make_proposal,
    sign_for,
    version_url,
)


def html(client: Client, address: str = PAGE) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_where_nothing_is_signed_the_page_says_what_counts_and_what_an_agreement_is_for(
    workspace: Workspace, as_ana: Client, as_ben: Client
) -> None:
    page = html(as_ana)
    assert "Nothing is signed yet" in page
    assert "Hand-offs run on the defaults" in page
    assert "Begin the draft" in page
    assert "Begin the draft" not in html(as_ben)


def test_a_workspace_that_holds_its_leads_says_so(workspace: Workspace, as_ben: Client) -> None:
    HandoffPolicy.objects.filter(workspace=workspace).update(hold_until_signed=True)
    assert "Nothing is offered to sales" in html(as_ben)


def test_the_page_shows_the_one_in_force_else_the_proposal_else_the_draft(
    workspace: Workspace, ana: User, mara: User, as_ben: Client
) -> None:
    make_draft(workspace, ana=ana, mara=mara)
    assert "Draft: nothing here counts yet" in html(as_ben)
    agreements.draft_of(workspace).delete()  # type: ignore[union-attr]
    proposal = make_proposal(workspace, ana=ana, mara=mara)
    assert "Proposed: it counts once both sides have signed" in html(as_ben)
    sign_for(proposal, Side.SALES, mara)
    sign_for(proposal, Side.MARKETING, ana)
    agreements.begin(workspace, by=ana, at=timezone.now())
    page = html(as_ben)
    assert "In force since" in page
    assert "signed by Mara Lindt for sales and Ana Marques for marketing" in page


def test_every_clause_and_every_promise_has_its_anchor(
    workspace: Workspace, ana: User, mara: User, as_ben: Client
) -> None:
    make_active(workspace, ana=ana, mara=mara)
    page = html(as_ben)
    for code in (
        *("qualified-lead", "stages", "commitments", "rejection", "reasons", "return"),
        *("volume", "owners", "review", "escalation", "commitment-decide_offer"),
    ):
        assert page.count(f'id="{code}"') == 1
    assert '<a href="#reasons">' in page


def test_what_people_wrote_is_text_beside_its_clause(
    workspace: Workspace, ana: User, as_ben: Client
) -> None:
    draft = agreements.begin(workspace, by=ana, at=timezone.now())
    agreement_edits.write_clause(
        draft,
        code="reasons",
        text="Be kind.\n<script>alert(1)</script>",
        by=ana,
        at=timezone.now(),
        seen=agreement_edits.edition(draft),
    )
    page = html(as_ben)
    assert "Be kind." in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


def test_the_pdf_says_what_the_page_says(
    workspace: Workspace, ana: User, mara: User, as_ben: Client
) -> None:
    signed = make_active(workspace, ana=ana, mara=mara)
    answer = as_ben.get(version_url(signed, "pdf/"))
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == (
        'attachment; filename="agreement-northwind-1-active.pdf"'
    )
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages]
    said = bare("".join(_without_margins(page) for page in pages))
    for section in signed.document or ():
        assert bare(section["title"]) in said
        for line in section["lines"]:
            words = line if isinstance(line, str) else line["text"]
            assert bare(words) in said
    for words in (signed.document_hash, "Ana Marques", "Mara Lindt"):
        assert bare(words) in said


def bare(text: str) -> str:
    """Without white space: a line may break where a sentence has none."""
    return "".join(text.split())


def _without_margins(page: str) -> str:
    """Without what stands above and below every page."""
    page = re.sub(r"^Agreement 1 of Northwind\s+In force\n", "", page)
    return re.sub(r"SHA-256 \w{16}…\s+page \d+ of \d+", "", page)


def test_every_version_is_kept_and_listed_with_its_dates(
    workspace: Workspace, ana: User, mara: User, as_ben: Client
) -> None:
    make_active(workspace, ana=ana, mara=mara)
    withdrawn = make_proposal(workspace, ana=ana, mara=mara)
    agreements.withdraw(withdrawn, by=mara, at=timezone.now(), why="Forty is too few")
    page = html(as_ben, f"{PAGE}versions/")
    assert [f"Agreement {n}</a>" in page for n in (1, 2, 3)] == [True, True, True]
    assert "Forty is too few" in page
    assert "Taken back" in html(as_ben, version_url(withdrawn))
    assert as_ben.get(f"{PAGE}versions/9/").status_code == 404
    assert as_ben.get(f"{PAGE}versions/{10**12}/").status_code == 404


def test_the_next_version_shows_its_differences(
    workspace: Workspace, ana: User, mara: User, as_ben: Client
) -> None:
    first = make_active(workspace, ana=ana, mara=mara)
    draft = agreements.begin(workspace, by=ana, at=timezone.now())
    assert "Both say the same, word for word." in html(as_ben, version_url(draft, "differences/"))
    agreement_edits.edit_terms(
        draft,
        by=ana,
        at=timezone.now(),
        seen=agreement_edits.edition(draft),
        leads_a_month=55,
    )
    page = html(as_ben, version_url(draft, "differences/"))
    assert "<del>40</del><ins>55</ins>" in page
    assert "Unchanged: What counts as a qualified lead" in page
    assert "all of it is new" in html(as_ben, version_url(first, "differences/"))


def test_a_model_published_after_signing_is_told_with_a_link_to_the_comparison(
    workspace: Workspace, ana: User, mara: User, as_ana: Client, as_ben: Client
) -> None:
    signed = make_active(workspace, ana=ana, mara=mara)
    assert "running version" not in html(as_ana)
    draft = open_draft(workspace=workspace, by=ana)
    draft.inactivity_percent = 20
    draft.save()
    publish(draft, by=ana, now=timezone.now())
    page = html(as_ana)
    assert "Signed on model version 1, running version 2." in page
    assert f"compare/northwind/?old={signed.model_version}&amp;new=2" in page
    assert "Compare the two" not in html(as_ben)


def test_a_stranger_finds_no_agreement(
    workspace: Workspace, ana: User, mara: User, as_cleo: Client
) -> None:
    signed = make_active(workspace, ana=ana, mara=mara)
    for address in (PAGE, f"{PAGE}versions/", version_url(signed), version_url(signed, "pdf/")):
        assert as_cleo.get(address).status_code == 404
    assert as_cleo.get("/w/elsewhere/agreement/versions/1/").status_code == 404


@pytest.mark.parametrize("status", ["draft", "active"])
def test_a_page_costs_the_same_however_much_is_agreed(
    workspace: Workspace,
    ana: User,
    mara: User,
    as_ben: Client,
    status: str,
) -> None:
    make = make_draft if status == "draft" else make_active
    make(workspace, ana=ana, mara=mara)
    as_ben.get(PAGE)
    before = _cost(as_ben)
    _more(workspace, ana, mara, status)
    assert _cost(as_ben) == before


def _cost(client: Client) -> int:
    with CaptureQueriesContext(connection) as queries:
        client.get(PAGE)
    return len(queries)


def _more(workspace: Workspace, ana: User, mara: User, status: str) -> None:
    """Two promises more; where it is signed, in a second version."""
    draft = agreements.begin(workspace, by=ana, at=timezone.now())
    own = draft.commitments.order_by("pk")[0]
    for code in ("qualify", "review_rejection"):
        draft.commitments.filter(code=code).delete()
        own.pk, own._state.adding, own.code, own.on_breach = None, True, code, "tell"
        own.warns = []
        own.tells = ["sales_managers"]
        own.save()
    if status == "active":
        make_active(workspace, ana=ana, mara=mara)
    assert Agreement.objects.of(workspace).count() == (1 if status == "draft" else 2)


def test_the_review_is_due_so_many_days_after_signing(
    workspace: Workspace, ana: User, mara: User, as_ben: Client
) -> None:
    signed = make_active(workspace, ana=ana, mara=mara)
    assert signed.active_since is not None
    due = (signed.active_since + timedelta(days=90)).astimezone(workspace.zone)
    assert f"To be reviewed by {due:%-d %B %Y}." in html(as_ben)
