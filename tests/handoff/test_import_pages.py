"""Importing in the browser: send, map, preview, run, look at what came."""

import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User, Workspace
from handoff.imports import runs, uploads
from handoff.imports.maps import read_map
from handoff.models import ImportRun
from leadqual.models import Lead
from tests.handoff.import_files import NOW, write_xlsx
from tests.handoff.import_uploads import CHOICES, PAGE, at, send, sent, words

pytestmark = pytest.mark.usefixtures("own_media")

Status = ImportRun.Status


def test_an_empty_list_teaches_what_an_import_is(as_ana: Client) -> None:
    assert "Nothing imported yet" in words(as_ana.get(PAGE))


def test_the_whole_way_of_a_file(as_ana: Client, ana: User) -> None:
    run = sent(as_ana)
    page = as_ana.get(at(run, "columns/"))
    chosen = {f"column_{n}": page.context["form"][f"column_{n}"].value() for n in range(5)}
    assert chosen == {
        "column_0": "lead.external_id",
        "column_1": "lead.email",
        "column_2": "lead.source",
        "column_3": "moments.won",
        "column_4": "",
    }
    assert page.context["form"]["date_format"].value() == "dmy_dots"
    assert page.context["form"]["zone"].value() == run.workspace.timezone != "UTC"
    assert "a@a.example" in words(page)

    assert as_ana.post(at(run, "columns/"), CHOICES)["Location"] == at(run)
    assert "Looking at the file" in words(as_ana.get(at(run)))
    assert f'hx-get="{at(run, "progress/")}"' in as_ana.get(at(run)).content.decode()
    runs.carry_on(run.pk, now=NOW)
    preview = words(as_ana.get(at(run, "progress/")))
    assert "This is what would happen. Nothing is written yet." in preview
    assert "Would be created 2 of 2 rows" in preview
    assert "Won 01 Feb 2025 00:00" in preview
    assert "favourite_colour: red" in preview
    assert not Lead.objects.exists()

    assert as_ana.post(at(run, "start/"))["Location"] == at(run)
    runs.carry_on(run.pk, now=NOW)
    done = as_ana.get(at(run))
    assert "All rows are done." in words(done)
    assert "hx-trigger" not in done.content.decode().split('id="import"')[1].split(">")[0]
    lead = Lead.objects.get(external_id="L1")
    assert (lead.email, lead.stage, lead.attributes) == (
        "a@a.example", "won", {"favourite_colour": "red"},
    )  # fmt: skip
    assert lead.moves.get().by == ana
    assert "2 created, 0 updated, 0 unchanged, 0 refused" in words(as_ana.get(PAGE))


def test_a_spreadsheet_goes_the_same_way(as_ana: Client, tmp_path: Path) -> None:
    content = write_xlsx(tmp_path / "a.xlsx", ["id", "name"], ["L1", "Anna"]).read_bytes()
    run = sent(as_ana, content, "leads.xlsx")
    choices = {**CHOICES, "column_1": "lead.first_name"}
    as_ana.post(at(run, "columns/"), choices)
    runs.carry_on(run.pk, now=NOW)
    as_ana.post(at(run, "start/"))
    runs.carry_on(run.pk, now=NOW)
    assert Lead.objects.get(external_id="L1").first_name == "Anna"


def test_a_map_file_goes_straight_to_the_preview_and_can_be_had_back(as_ana: Client) -> None:
    text = '[lead]\nexternal_id = "lead id"\nsource = { constant = "fair" }\n'
    answer = send(as_ana, map_file=SimpleUploadedFile("map.toml", text.encode()))
    run = ImportRun.objects.latest("pk")
    assert answer.url == at(run)
    assert run.status == Status.PREVIEWING
    back = as_ana.get(at(run, "map.toml"))
    assert read_map(back.content.decode()) == read_map(text)
    assert back["Content-Disposition"] == f'attachment; filename="import-{run.pk}.toml"'


def test_the_mapping_of_the_last_import_is_offered_again(as_ana: Client) -> None:
    first = sent(as_ana)
    as_ana.post(at(first, "columns/"), CHOICES)
    second = sent(as_ana)
    form = as_ana.get(at(second, "columns/")).context["form"]
    names = (*CHOICES,)
    assert {name: form[name].value() for name in names} == CHOICES


def test_what_an_earlier_import_says_nothing_of_is_guessed(as_ana: Client) -> None:
    first = sent(as_ana, b"lead id,mail\nL1,a@a.example\n")
    as_ana.post(at(first, "columns/"), CHOICES | {"column_1": "lead.email"})
    second = sent(as_ana, b"lead id,mail,First name,E-mail\nL1,a@a.example,Anna,b@a.example\n")
    form = as_ana.get(at(second, "columns/")).context["form"]
    assert [form[f"column_{place}"].value() for place in range(4)] == [
        "lead.external_id",
        "lead.email",
        "lead.first_name",
        "",
    ]


def test_the_refused_rows_can_be_downloaded(as_ana: Client) -> None:
    run = sent(as_ana, b"lead id,won date\nL1,soon\nL2,\n")
    runs.ask_for_preview(
        run, read_map('[lead]\nexternal_id = "lead id"\n[moments]\nwon = "won date"')
    )
    runs.carry_on(run.pk, now=NOW)
    runs.start(run)
    runs.carry_on(run.pk, now=NOW)
    page = as_ana.get(at(run))
    assert "1 row refused" in words(page)
    assert "Row 2 : won date: “soon” is not a date" in words(page)
    answer = as_ana.get(at(run, "refused.csv"))
    content = b"".join(answer)
    assert content.decode("utf-8-sig").splitlines() == [
        "lead id,won date,why it was refused",
        "L1,soon,won date: “soon” is not a date such as 2018-02-26 or 2018-02-26 19:58:54",
    ]
    assert answer["Content-Disposition"] == 'attachment; filename="refused-leads.csv"'


def test_a_file_can_be_given_up_before_it_is_imported(as_ana: Client) -> None:
    run = sent(as_ana)
    path = uploads.stored(run.stored_as)
    assert path.exists()
    as_ana.post(at(run, "discard/"))
    assert not path.exists()
    assert not ImportRun.objects.exists()


@pytest.mark.parametrize("n", [1, 3])
def test_the_list_takes_the_same_queries_for_three_as_for_one(
    as_ana: Client,
    ana: User,
    workspace: Workspace,
    n: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    as_ana.get(PAGE)
    for _ in range(n):
        ImportRun.objects.create(workspace=workspace, by=ana, file_name="a.csv")
    with django_assert_num_queries(8):
        as_ana.get(PAGE)


def test_older_imports_are_a_page_further(as_ana: Client, ana: User, workspace: Workspace) -> None:
    ImportRun.objects.bulk_create(
        ImportRun(workspace=workspace, by=ana, file_name=f"file-{n}.csv") for n in range(31)
    )
    page = as_ana.get(PAGE)
    assert "file-0.csv" not in words(page)
    older = re.search(r'href="(\?before=\d+)"', page.content.decode())
    assert older
    assert "file-0.csv" in words(as_ana.get(PAGE + older[1]))
