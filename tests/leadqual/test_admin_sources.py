"""Sources and campaigns in the admin, and their export."""

from io import BytesIO

import pytest
from django.test import Client
from openpyxl import load_workbook

from accounts.models import User, Workspace
from leadqual.models import Campaign, Source
from tests.admin_pages import errors_of, fields_of, messages_of
from tests.builders import make_lead, make_source

SOURCES = "/admin/leadqual/source/"
CAMPAIGNS = "/admin/leadqual/campaign/"


def test_a_source_is_added_to_the_workspace(as_ana: Client, workspace: Workspace) -> None:
    fields = fields_of(as_ana.get(f"{SOURCES}add/"), "source_form")
    fields |= {"name": "Trade fair", "code": "fair"}
    assert as_ana.post(f"{SOURCES}add/", fields).status_code == 302
    assert Source.objects.of(workspace).get().name == "Trade fair"
    assert errors_of(as_ana.post(f"{SOURCES}add/", fields)) == {
        "code": ["There is already another source with this code."]
    }


def test_the_code_of_a_source_never_changes(as_ana: Client, workspace: Workspace) -> None:
    source = make_source(workspace, code="fair", name="Fair")
    path = f"{SOURCES}{source.pk}/change/"
    as_ana.post(path, {**fields_of(as_ana.get(path), "source_form"), "code": "x", "name": "Expo"})
    source.refresh_from_db()
    assert (source.code, source.name) == ("fair", "Expo")


def test_a_source_that_leads_came_from_stays(as_ana: Client, workspace: Workspace) -> None:
    source = make_source(workspace, code="fair", name="Fair")
    make_lead(workspace, first_source=source)
    page = as_ana.post(f"{SOURCES}{source.pk}/delete/", {"post": "yes"}, follow=True)
    assert messages_of(page) == ["“Fair” stays: leads came from it, and reports judge it by them."]
    assert Source.objects.filter(pk=source.pk).exists()


def test_a_source_with_campaigns_stays_until_they_moved(
    as_ana: Client, workspace: Workspace
) -> None:
    source = make_source(workspace, code="fair", name="Fair")
    campaign = Campaign.objects.create(workspace=workspace, source=source, code="s", name="Spring")
    page = as_ana.post(f"{SOURCES}{source.pk}/delete/", {"post": "yes"}, follow=True)
    assert messages_of(page) == [
        "“Fair” stays: it has campaigns. Move them to another source first."
    ]
    campaign.delete()
    as_ana.post(f"{SOURCES}{source.pk}/delete/", {"post": "yes"})
    assert not Source.objects.filter(pk=source.pk).exists()


def test_a_campaign_belongs_to_a_source_of_its_workspace(
    as_ana: Client, workspace: Workspace, cleo: User
) -> None:
    theirs = make_source(cleo.workspaces.get(), code="theirs")
    own = make_source(workspace, code="own")
    fields = fields_of(as_ana.get(f"{CAMPAIGNS}add/"), "campaign_form")
    fields |= {"name": "Spring", "code": "spring"}
    page = as_ana.post(f"{CAMPAIGNS}add/", {**fields, "source": theirs.pk})
    assert errors_of(page) == {
        "source": ["Select a valid choice. That choice is not one of the available choices."]
    }
    assert as_ana.post(f"{CAMPAIGNS}add/", {**fields, "source": own.pk}).status_code == 302
    assert Campaign.objects.get().source == own
    assert "Not known" in as_ana.get(CAMPAIGNS).content.decode()


@pytest.mark.parametrize("path", [SOURCES, CAMPAIGNS])
def test_an_export_holds_the_own_rows_only(
    as_ana: Client, workspace: Workspace, cleo: User, path: str
) -> None:
    for owner, code in ((workspace, "own"), (cleo.workspaces.get(), "theirs")):
        source = make_source(owner, code=code)
        Campaign.objects.create(workspace=owner, source=source, code=code, name=code)
    csv = as_ana.post(f"{path}export/", {"format": "0", "resource": ""}).content.decode()
    assert "own" in csv
    assert "theirs" not in csv
    xlsx = as_ana.post(f"{path}export/", {"format": "1", "resource": ""}).content
    sheet = load_workbook(BytesIO(xlsx)).active
    assert sheet is not None
    assert [row[1] for row in sheet.iter_rows(values_only=True)][1:] == ["own"]


def test_a_formula_in_a_name_leaves_as_text(as_ana: Client, workspace: Workspace) -> None:
    make_source(workspace, code="evil", name='=HYPERLINK("https://evil.example")')
    csv = as_ana.post(f"{SOURCES}export/", {"format": "0", "resource": ""}).content.decode()
    assert "=HYPERLINK" not in csv
    assert "HYPERLINK" in csv


def test_who_configures_neither_scoring_nor_hand_off_exports_nothing(
    as_ben: Client, workspace: Workspace
) -> None:
    assert as_ben.post(f"{SOURCES}export/", {"format": "0", "resource": ""}).status_code == 404


def test_a_source_says_who_spoke_first(as_ana: Client, workspace: Workspace) -> None:
    source = make_source(workspace, code="list", name="Cold list")
    assert source.direction == Source.Direction.INBOUND
    path = f"{SOURCES}{source.pk}/change/"
    fields = fields_of(as_ana.get(path), "source_form")
    as_ana.post(path, {**fields, "direction": "outbound"})
    source.refresh_from_db()
    assert source.direction == Source.Direction.OUTBOUND
    csv = as_ana.post(f"{SOURCES}export/", {"format": "0", "resource": ""}).content.decode()
    assert csv.splitlines()[1] == "northwind,list,Cold list,outbound"
