"""Files sent to the imports' pages and runs, as the tests of both send them."""

import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User, Workspace
from handoff.imports import runs, uploads
from handoff.imports.maps import read_map
from handoff.models import ImportRun
from tests.handoff.import_files import NOW

MAP = '[lead]\nexternal_id = "id"\nfirst_name = "name"\n[moments]\nmql = "mql"'
FIVE = [f"L{n},Anna,2025-01-0{n}" for n in range(1, 6)]
TWO_BAD = ["L1,Anna,2025-01-01", "L2,Bea,soon", "L3,Cleo,2025-01-03", ",Nobody,2025-01-04"]

PAGE = "/w/northwind/imports/"
CSV = (
    b"lead id,E-mail,origin,won date,Favourite colour\nL1,a@a.example,fair,01.02.2025,red\nL2,,,,\n"
)
CHOICES = {
    "column_0": "lead.external_id",
    "column_1": "lead.email",
    "column_2": "lead.source",
    "column_3": "moments.won",
    "column_4": "attributes.",
    "date_format": "dmy_dots",
    "zone": "Europe/Berlin",
    "decimal": ".",
}


def upload(workspace: Workspace, by: User, *lines: str, name: str = "leads.csv") -> ImportRun:
    content = "\n".join(["id,name,mql", *lines]).encode()
    return uploads.receive(workspace, SimpleUploadedFile(name, content), by=by, now=NOW)


def previewed(workspace: Workspace, by: User, *lines: str) -> ImportRun:
    run = upload(workspace, by, *lines)
    runs.ask_for_preview(run, read_map(MAP))
    assert runs.carry_on(run.pk, now=NOW)
    run.refresh_from_db()
    return run


def carried_on(run: ImportRun) -> ImportRun:
    runs.carry_on(run.pk, now=NOW)
    run.refresh_from_db()
    return run


def send(client: Client, content: bytes = CSV, name: str = "leads.csv", **more: Any) -> Any:
    return client.post(f"{PAGE}new/", {"file": SimpleUploadedFile(name, content), **more})


def sent(client: Client, content: bytes = CSV, name: str = "leads.csv") -> ImportRun:
    assert send(client, content, name).status_code == 302
    return ImportRun.objects.latest("pk")


def at(run: ImportRun, what: str = "") -> str:
    return f"{PAGE}{run.pk}/{what}"


def words(answer: Any) -> str:
    """The page's text, without tags and in single blanks."""
    text = re.sub(r"<(script|style).*?</\1>", " ", answer.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text))
