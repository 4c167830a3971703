"""What the pages of an import refuse, and to whom."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from handoff.imports import runs, uploads
from handoff.imports.maps import read_map
from handoff.models import ImportRun
from tests.handoff.import_files import NOW
from tests.handoff.import_uploads import CHOICES, PAGE, at, send, sent, words

pytestmark = pytest.mark.usefixtures("own_media")

Status = ImportRun.Status


@pytest.mark.parametrize(
    ("choices", "why"),
    [
        ({"column_0": "", "column_1": ""}, "Say which column holds the external id or the e-mail"),
        ({"column_2": "lead.email"}, "“E-mail” is mapped to E-mail already."),
    ],
)
def test_a_mapping_that_cannot_be_is_refused_in_words(
    as_ana: Client, choices: dict[str, str], why: str
) -> None:
    run = sent(as_ana)
    answer = as_ana.post(at(run, "columns/"), {**CHOICES, **choices})
    assert answer.status_code == 422
    assert why in words(answer)


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (b"", "leads.csv", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 20, "a.png", "a.png is neither CSV nor XLSX."),
        (b"a,a\n1,2\n", "leads.csv", "two columns of the same name: a"),
    ],
)
def test_a_file_that_is_none_is_refused_in_words(
    as_ana: Client, content: bytes, name: str, why: str
) -> None:
    answer = send(as_ana, content, name)
    assert answer.status_code == 422
    assert why in words(answer)
    assert not ImportRun.objects.exists()


def test_a_file_beyond_the_limit_is_refused_with_the_limit(
    as_ana: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_BYTES", 10)
    assert "is larger than 0 MB" in words(send(as_ana))


def test_a_map_file_that_is_none_is_refused_in_words(as_ana: Client) -> None:
    answer = send(as_ana, map_file=SimpleUploadedFile("map.toml", b'[lead]\nname = "n"\n'))
    assert "“lead.name”, which is not a field" in words(answer)
    assert not ImportRun.objects.exists()


def test_a_failed_preview_says_why_and_leads_back_to_the_columns(as_ana: Client) -> None:
    run = sent(as_ana)
    runs.ask_for_preview(run, read_map('[lead]\nemail = "mail"'))
    runs.carry_on(run.pk, now=NOW)
    page = as_ana.get(at(run))
    assert "the file has no such column" in words(page)
    assert f'href="{at(run, "columns/")}"' in page.content.decode()


def test_an_import_that_has_written_leads_is_not_given_up(as_ana: Client) -> None:
    run = sent(as_ana)
    ImportRun.objects.update(status=Status.DONE)
    as_ana.post(at(run, "discard/"))
    assert ImportRun.objects.exists()


def test_a_name_with_markup_stays_text(as_ana: Client) -> None:
    run = sent(as_ana, b"<b>id</b>,x\n<script>alert(1)</script>,2\n", "<i>.csv")
    page = as_ana.get(at(run, "columns/")).content.decode()
    assert "<script>alert(1)" not in page
    assert "<b>id</b>" not in page


@pytest.mark.parametrize(
    "what",
    ["", "columns/", "progress/", "refused.csv", "map.toml"],
)
def test_the_runs_of_another_workspace_do_not_exist(
    as_ana: Client, as_cleo: Client, what: str
) -> None:
    run = sent(as_ana)
    assert as_cleo.get(at(run, what)).status_code == 404
    assert as_cleo.get(f"/w/elsewhere/imports/{run.pk}/{what}").status_code == 404


def test_a_rep_may_not_import(as_ben: Client, as_ana: Client) -> None:
    run = sent(as_ana)
    for address in (PAGE, f"{PAGE}new/", at(run), at(run, "columns/"), at(run, "refused.csv")):
        assert as_ben.get(address).status_code == 403
    for address in (at(run, "start/"), at(run, "discard/")):
        assert as_ben.post(address).status_code == 403
