"""Which lead, company and source a row is about, and which rows cannot be taken."""

from datetime import UTC, datetime
from pathlib import Path

from accounts.models import User, Workspace
from leadqual.models import Company, Lead, Source
from tests.builders import make_company, make_lead, make_source
from tests.handoff.import_files import bring_in, counts, write_csv, write_rows


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_the_first_source_is_locked(workspace: Workspace, tmp_path: Path) -> None:
    bring_in(workspace, write_rows(tmp_path / "a.csv", {"id": "L1", "origin": "fair"}))
    outcome = bring_in(workspace, write_rows(tmp_path / "b.csv", {"id": "L1", "origin": "Web"}))
    assert counts(outcome) == (0, 0, 1, 0)
    assert [flag.what for flag in outcome.flags] == [
        "came first from another source than Web; the first source is locked"
    ]
    assert Lead.objects.get().first_source == Source.objects.get(code="fair")


def test_a_blank_source_is_not_the_source_unknown(workspace: Workspace, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.csv", {"id": "L1"}, {"id": "L2", "origin": "unknown"})
    bring_in(workspace, path)
    assert Lead.objects.get(external_id="L1").first_source is None
    assert Lead.objects.get(external_id="L2").first_source == Source.objects.get(code="unknown")


def test_a_source_without_a_latin_letter_is_a_source(workspace: Workspace, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.csv", {"id": "L1", "origin": "展示会"})
    bring_in(workspace, path)
    assert counts(bring_in(workspace, path)) == (0, 0, 1, 0)
    assert Lead.objects.get().first_source == Source.objects.get(name="展示会")


def test_a_known_source_is_found_whatever_its_spelling(
    workspace: Workspace, tmp_path: Path
) -> None:
    known = make_source(workspace, code="paid-search", name="Paid search")
    bring_in(workspace, write_rows(tmp_path / "a.csv", {"id": "L1", "origin": "PAID  Search"}))
    assert Lead.objects.get().first_source == known
    assert Source.objects.of(workspace).filter(code__startswith="paid").count() == 1


def test_rows_that_cannot_be_taken_are_named_and_the_rest_goes_in(
    workspace: Workspace, tmp_path: Path
) -> None:
    make_lead(workspace, email="one@a.example", external_id="OLD1")
    make_lead(workspace, email="two@a.example", external_id="OLD2")
    path = write_rows(
        tmp_path / "a.csv",
        {"id": "L1"},
        {"id": "L1", "name": "again"},
        {"name": "nobody"},
        {"id": "L2", "mail": "nonsense", "mql": "soon"},
        {"id": "OLD1", "mail": "two@a.example"},
        {"id": "NEW", "mail": "one@a.example"},
        {"id": "L3", "mail": "three@a.example"},
        {"id": "L4", "mail": "THREE@a.example"},
    )
    outcome = bring_in(workspace, path)
    assert counts(outcome) == (2, 0, 0, 6)
    assert [(refusal.row.number, refusal.why) for refusal in outcome.refusals] == [
        (3, "has the same external id as row 2: L1"),
        (4, "has neither an external id nor an e-mail address"),
        (
            5,
            "mail: “nonsense” is no e-mail address; "
            "mql: “soon” is not a date such as 2018-02-26 or 2018-02-26 19:58:54",
        ),
        (6, "two@a.example and OLD1 belong to two different leads; merge them first"),
        (7, "one@a.example belongs to the lead with the external id OLD1"),
        (9, "has the same e-mail as row 8: three@a.example"),
    ]


def test_a_row_with_more_cells_than_the_header_is_refused(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "a.csv", ["id", "name"], ["L1", "Anna", "Lee"], ["L2"])
    outcome = bring_in(workspace, path, whole='[lead]\nexternal_id="id"\nfirst_name="name"')
    assert counts(outcome) == (1, 0, 0, 1)
    assert outcome.refusals[0].why == "has 3 cells, but the header has 2"


def test_a_quote_that_never_closes_costs_one_row(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('id,name\nL1,Anna\nL2,"Bea' + "\nL,x" * 10_000)
    outcome = bring_in(workspace, path, whole='[lead]\nexternal_id="id"\nfirst_name="name"')
    assert counts(outcome) == (1, 0, 0, 1)
    assert outcome.refusals[0].row.number == 3
    assert "perhaps a quote opens here and never closes" in outcome.refusals[0].why


def test_a_merged_lead_stands_for_its_survivor(workspace: Workspace, tmp_path: Path) -> None:
    survivor = make_lead(workspace, email="new@a.example", external_id="S")
    middle = make_lead(workspace, external_id="M", merged_into=survivor)
    make_lead(workspace, email="old@a.example", external_id="O", merged_into=middle)
    path = write_rows(tmp_path / "a.csv", {"id": "O", "mail": "old@a.example", "name": "Olga"})
    assert counts(bring_in(workspace, path)) == (0, 1, 0, 0)
    survivor.refresh_from_db()
    assert (survivor.first_name, survivor.external_id) == ("Olga", "S")
    assert survivor.email == "new@a.example"


def test_two_rows_about_one_lead_are_not_both_taken(workspace: Workspace, tmp_path: Path) -> None:
    make_lead(workspace, email="one@a.example", external_id="OLD1")
    path = write_rows(tmp_path / "a.csv", {"id": "OLD1"}, {"mail": "one@a.example"})
    outcome = bring_in(workspace, path)
    assert [refusal.why for refusal in outcome.refusals] == ["is about the same lead as row 2"]


def test_an_erased_person_does_not_come_back_under_the_old_id(
    workspace: Workspace, tmp_path: Path
) -> None:
    make_lead(workspace, email="", external_id="L1", erased_at=day("2026-01-01"))
    outcome = bring_in(workspace, write_rows(tmp_path / "a.csv", {"id": "L1", "name": "Anna"}))
    assert [refusal.why for refusal in outcome.refusals] == ["L1 is a person who was erased"]


def test_a_company_is_found_by_id_domain_or_name(workspace: Workspace, tmp_path: Path) -> None:
    by_id = make_company(workspace, name="One", external_id="A1")
    by_domain = make_company(workspace, name="Two", domain="two.example")
    by_name = make_company(workspace, name="Three")
    path = write_rows(
        tmp_path / "a.csv",
        {"id": "L1", "account": "A1", "industry": "steel"},
        {"id": "L2", "site": "www.Two.example", "account": "A2"},
        {"id": "L3", "company": "THREE", "site": "three.example"},
        {"id": "L4", "account": "A4"},
    )
    bring_in(workspace, path)
    leads = Lead.objects.select_related("company").order_by("external_id")
    found = [lead.company for lead in leads]
    assert found[:3] == [by_id, by_domain, by_name]
    assert [
        (company.name, company.domain, company.external_id, company.industry)
        for company in found
        if company
    ] == [
        ("One", "", "A1", "steel"),
        ("Two", "two.example", "A2", ""),
        ("THREE", "three.example", "", ""),
        ("A4", "", "A4", ""),
    ]


def test_a_domain_stays_with_the_company_that_has_it(workspace: Workspace, tmp_path: Path) -> None:
    holder = make_company(workspace, name="Holder", domain="a.example", external_id="H")
    path = write_rows(
        tmp_path / "a.csv", {"id": "L1", "account": "A", "company": "Other", "site": "a.example"}
    )
    outcome = bring_in(workspace, path)
    assert [flag.what for flag in outcome.flags] == [
        "a.example is the domain of Holder; it stays there"
    ]
    assert Company.objects.get(external_id="A").domain == ""
    holder.refresh_from_db()
    assert holder.domain == "a.example"


def test_nothing_crosses_workspaces(workspace: Workspace, cleo: User, tmp_path: Path) -> None:
    other = cleo.workspaces.get()
    theirs = make_lead(other, email="a@a.example", external_id="L1", first_name="Theirs")
    make_company(other, name="Acme", domain="acme.example")
    path = write_rows(
        tmp_path / "a.csv",
        {"id": "L1", "mail": "a@a.example", "name": "Ours", "site": "acme.example"},
    )
    assert counts(bring_in(workspace, path)) == (1, 0, 0, 0)
    theirs.refresh_from_db()
    assert theirs.first_name == "Theirs"
    assert Company.objects.of(workspace).get().domain == "acme.example"
