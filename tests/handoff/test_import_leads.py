"""What becomes of the rows: leads built from several files, with their history."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User, Workspace
from handoff.models import Handoff, Opportunity
from leadqual.models import Campaign, Company, Lead, Notice, OutboxMessage, Source, StageMove
from leadqual.stages import Stage
from scoring.models import ScoreDirty
from sla.models import Clock
from tests.builders import make_lead, receive_hot_lead
from tests.handoff.import_files import bring_in, counts, write_rows


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def moves_of(lead: Lead) -> list[tuple[str, str, datetime]]:
    rows = lead.moves.order_by("at", "pk")
    return [(move.from_stage, move.to_stage, move.at) for move in rows]


def test_a_row_becomes_a_lead_with_all_it_says(
    workspace: Workspace, ben: User, ana: User, tmp_path: Path
) -> None:
    row = {
        "id": "L1", "mail": "Anna@Acme.example", "name": "Anna", "origin": "Paid Search",
        "campaign": "spring", "rep": ben.email.upper(), "created": "2025-01-05",
        "mql": "2025-01-10 09:00", "sal": "2025-01-11", "won": "2025-02-01", "amount": "1,500",
        "company": "Acme", "site": "https://www.acme.example/about", "account": "A1",
        "industry": "software", "plan": "pro",
    }  # fmt: skip
    outcome = bring_in(workspace, write_rows(tmp_path / "a.csv", row), by=ana)
    assert counts(outcome) == (1, 0, 0, 0)
    assert outcome.flags == []
    lead = Lead.objects.get(external_id="L1")
    assert (lead.email, lead.email_normalised) == ("Anna@Acme.example", "anna@acme.example")
    assert (lead.first_name, lead.attributes) == ("Anna", {"plan": "pro"})
    assert (lead.owner, lead.imported, lead.captured_at) == (ben, True, day("2025-01-05"))
    assert (lead.stage, lead.stage_since, lead.cycle) == (Stage.WON, day("2025-02-01"), 1)
    source = Source.objects.get(code="paid-search", name="Paid Search")
    assert (lead.first_source, lead.last_source) == (source, source)
    assert lead.first_campaign == Campaign.objects.get(code="spring", source=source)
    assert lead.company == Company.objects.get(
        name="Acme", domain="acme.example", external_id="A1", industry="software"
    )
    assert moves_of(lead) == [
        ("", "new", day("2025-01-05")),
        ("new", "mql", day("2025-01-10 09:00")),
        ("mql", "sal", day("2025-01-11")),
        ("sal", "won", day("2025-02-01")),
    ]
    moves = lead.moves.order_by("at")
    assert [move.rep for move in moves] == [None, None, ben, ben]
    assert {(move.imported, move.rule, move.by) for move in moves} == {(True, "import", ana)}
    assert {move.source for move in moves} == {source}
    deal = Opportunity.objects.get(lead=lead)
    assert (deal.amount, deal.currency, deal.cycle) == (Decimal("1500.00"), "EUR", 1)
    assert (deal.opened_at, deal.closed_at, deal.won) == (None, day("2025-02-01"), True)


def test_an_import_starts_no_offer_clock_mail_or_notice(
    workspace: Workspace, ben_takes_turns: User, tmp_path: Path
) -> None:
    before = OutboxMessage.objects.count(), Notice.objects.count()
    bring_in(workspace, write_rows(tmp_path / "a.csv", {"id": "L1", "mql": "2025-01-10"}))
    assert not Handoff.objects.exists()
    assert not Clock.objects.exists()
    assert (OutboxMessage.objects.count(), Notice.objects.count()) == before


def test_imported_leads_wait_to_be_scored_by_the_dirty_queue(
    workspace: Workspace, tmp_path: Path
) -> None:
    bring_in(workspace, write_rows(tmp_path / "a.csv", {"id": "L1"}, {"id": "L2"}))
    waiting = set(ScoreDirty.objects.values_list("lead_id", flat=True))
    assert waiting == set(Lead.objects.values_list("pk", flat=True))


def test_the_same_file_twice_changes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "a.csv",
        {"id": "L1", "mail": "a@a.example", "company": "Acme", "industry": "steel", "plan": "pro"},
        {"id": "L2", "company": "acme", "industry": "software", "origin": "fair"},
        {"id": "L3", "mql": "2025-01-10", "lost": "2025-02-01", "why": "price", "amount": "9"},
        {"id": "L4", "mql": "someday"},
    )
    assert counts(bring_in(workspace, path)) == (3, 0, 0, 1)
    ScoreDirty.objects.all().delete()
    before = list(Lead.objects.order_by("pk").values()), list(Company.objects.values())
    assert counts(bring_in(workspace, path)) == (0, 0, 3, 1)
    assert before == (list(Lead.objects.order_by("pk").values()), list(Company.objects.values()))
    assert (StageMove.objects.count(), Opportunity.objects.count()) == (2, 1)
    assert not ScoreDirty.objects.exists()


def test_a_second_file_adds_what_it_knows_and_a_blank_wipes_nothing(
    workspace: Workspace, tmp_path: Path
) -> None:
    bring_in(
        workspace, write_rows(tmp_path / "a.csv", {"id": "L1", "name": "Anna", "mql": "2025-01-10"})
    )
    outcome = bring_in(
        workspace,
        write_rows(tmp_path / "b.csv", {"id": "L1", "mail": "a@a.example", "won": "2025-03-01"}),
    )
    assert counts(outcome) == (0, 1, 0, 0)
    lead = Lead.objects.get()
    assert (lead.first_name, lead.email, lead.stage) == ("Anna", "a@a.example", Stage.WON)
    assert moves_of(lead) == [
        ("", "mql", day("2025-01-10")),
        ("mql", "won", day("2025-03-01")),
    ]


def test_the_moment_of_a_lead_without_history_is_the_import_and_no_move_is_invented(
    workspace: Workspace, tmp_path: Path
) -> None:
    now = day("2026-03-02")
    bring_in(workspace, write_rows(tmp_path / "a.csv", {"id": "L1"}), now=now)
    lead = Lead.objects.get()
    assert (lead.stage, lead.captured_at, lead.cycle) == (Stage.NEW, now, 0)
    assert moves_of(lead) == []


def test_a_deal_won_before_its_first_contact_is_taken_and_flagged(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = write_rows(tmp_path / "a.csv", {"id": "L1", "mql": "2025-03-08", "won": "2025-03-06"})
    outcome = bring_in(workspace, path)
    assert counts(outcome) == (1, 0, 0, 0)
    assert [(flag.row.number, flag.what) for flag in outcome.flags] == [
        (
            2,
            "Won 2025-03-06 00:00 UTC lies before MQL 2025-03-08 00:00 UTC: "
            "taken as it is, its duration is negative",
        )
    ]
    lead = Lead.objects.get()
    assert (lead.stage, lead.cycle) == (Stage.WON, 1)
    assert {move.cycle for move in lead.moves.all()} == {1}


def test_recorded_history_does_not_change(workspace: Workspace, tmp_path: Path) -> None:
    bring_in(workspace, write_rows(tmp_path / "a.csv", {"id": "L1", "won": "2025-03-01"}))
    outcome = bring_in(workspace, write_rows(tmp_path / "b.csv", {"id": "L1", "won": "2025-03-05"}))
    assert counts(outcome) == (0, 0, 1, 0)
    assert "is on record as Won since 2025-03-01 00:00 UTC" in outcome.flags[0].what
    assert moves_of(Lead.objects.get()) == [("", "won", day("2025-03-01"))]


def test_a_lead_that_is_worked_on_here_is_not_moved_by_a_file(
    workspace: Workspace, ben_takes_turns: User, tmp_path: Path
) -> None:
    lead = receive_hot_lead(workspace, email="hanna@acme.example")
    assert lead.stage == Stage.MQL
    path = write_rows(
        tmp_path / "a.csv",
        {"id": "L1", "mail": "hanna@acme.example", "won": "2025-03-01", "amount": "9", "name": "H"},
    )
    outcome = bring_in(workspace, path)
    assert counts(outcome) == (0, 1, 0, 0)
    assert [flag.what for flag in outcome.flags] == [
        "is worked on here; Won 2025-03-01 00:00 UTC is not recorded from a file",
        "is worked on here; its amount is not taken from a file",
    ]
    lead.refresh_from_db()
    assert (lead.stage, lead.first_name, lead.external_id) == (Stage.MQL, "H", "L1")
    assert not Opportunity.objects.exists()


def test_an_owner_who_is_no_member_is_said_and_left_out(
    workspace: Workspace, cleo: User, tmp_path: Path
) -> None:
    path = write_rows(tmp_path / "a.csv", {"id": "L1", "rep": cleo.email})
    outcome = bring_in(workspace, path)
    assert counts(outcome) == (1, 0, 0, 0)
    assert outcome.flags[0].what == (
        f"its owner {cleo.email} is no member of this workspace; it is taken without"
    )
    assert Lead.objects.get().owner is None


def test_a_deal_is_completed_by_later_files(workspace: Workspace, tmp_path: Path) -> None:
    first = {"id": "L1", "mql": "2025-01-01", "amount": "100"}
    outcome = bring_in(workspace, write_rows(tmp_path / "a.csv", first))
    assert outcome.flags[0].what == (
        "has an amount but no date of an opportunity, a win or a loss; it is not kept"
    )
    second = {"id": "L1", "lost": "2025-02-01", "amount": "100", "why": "PRICE"}
    bring_in(workspace, write_rows(tmp_path / "b.csv", second))
    deal = Opportunity.objects.get()
    assert (deal.won, deal.lost_reason, deal.closed_at) == (False, "price", day("2025-02-01"))
    third = {"id": "L1", "amount": "250"}
    assert counts(bring_in(workspace, write_rows(tmp_path / "c.csv", third))) == (0, 1, 0, 0)
    deal.refresh_from_db()
    assert (deal.amount, deal.lost_reason) == (Decimal("250.00"), "price")


def test_a_dry_run_says_the_same_and_writes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    make_lead(workspace, external_id="L1", imported=True, first_name="Anna")
    path = write_rows(
        tmp_path / "a.csv",
        {"id": "L1", "name": "Bea", "company": "Acme", "origin": "fair", "mql": "2025-01-01"},
        {"id": "L2", "won": "2025-01-01"},
        {"id": "L2"},
    )
    with CaptureQueriesContext(connection) as queries:
        dry = bring_in(workspace, path, dry_run=True)
    assert not [q for q in queries.captured_queries if q["sql"].startswith(("INSERT", "UPDATE"))]
    assert (Lead.objects.count(), StageMove.objects.count(), Company.objects.count()) == (1, 0, 0)
    assert counts(bring_in(workspace, path)) == counts(dry) == (1, 1, 0, 1)


@pytest.mark.parametrize("is_first_time", [True, False])
def test_a_chunk_takes_as_many_queries_for_three_rows_as_for_thirty(
    workspace: Workspace, tmp_path: Path, is_first_time: bool
) -> None:
    def rows(name: str, n: int) -> list[dict[str, str]]:
        return [
            {
                "id": f"{name}{i}", "mail": f"{name}{i}@a.example", "mql": "2025-01-01",
                "won": "2025-02-01", "amount": "5", "company": f"{name}{i}", "origin": "fair",
                "plan": "pro", "campaign": "spring",
            }
            for i in range(n)
        ]  # fmt: skip

    few = write_rows(tmp_path / "few.csv", *rows("a", 3))
    many = write_rows(tmp_path / "many.csv", *rows("b", 30))
    bring_in(workspace, write_rows(tmp_path / "warm.csv", *rows("w", 1)))
    if not is_first_time:
        bring_in(workspace, few)
        bring_in(workspace, many)
    taken = []
    for path in (few, many):
        with CaptureQueriesContext(connection) as queries:
            bring_in(workspace, path)
        taken.append(len(queries))
    assert taken[0] == taken[1]
    assert taken[0] < 35
