"""Costs of campaigns: typed at the campaign, imported from a file, never twice for a day."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from openpyxl import Workbook

from accounts.models import User, Workspace
from leadqual.models import Campaign, CampaignCost
from tests.admin_pages import fields_of, messages_of

pytestmark = pytest.mark.django_db
CAMPAIGNS = "/admin/leadqual/campaign/"
COSTS = "/admin/leadqual/campaigncost/"
Row = tuple[str, date, date, Decimal]


@pytest.fixture
def spring(workspace: Workspace) -> Campaign:
    return Campaign.objects.create(workspace=workspace, code="spring", name="Spring fair")


def make_cost(campaign: Campaign, first: str, last: str, amount: int) -> CampaignCost:
    return CampaignCost.objects.create(
        workspace=campaign.workspace, campaign=campaign, amount=amount,
        first=date.fromisoformat(first), last=date.fromisoformat(last),
    )  # fmt: skip


def rows() -> list[Row]:
    found = CampaignCost.objects.order_by("campaign__code", "first")
    return list(found.values_list("campaign__code", "first", "last", "amount"))


def type_costs(client: Client, campaign: Campaign, *typed: tuple[str, str, str]) -> Any:
    path = f"{CAMPAIGNS}{campaign.pk}/change/"
    fields = fields_of(client.get(path), "campaign_form")
    fields |= {"costs-TOTAL_FORMS": str(len(typed)), "costs-INITIAL_FORMS": "0"}
    for n, (first, last, amount) in enumerate(typed):
        fields |= {
            f"costs-{n}-first": first, f"costs-{n}-last": last, f"costs-{n}-amount": amount,
            f"costs-{n}-campaign": str(campaign.pk),
        }  # fmt: skip
    return client.post(path, fields)


def test_costs_are_typed_at_their_campaign(as_ana: Client, spring: Campaign) -> None:
    january, february = ("2026-01-01", "2026-01-31", "310"), ("2026-02-01", "2026-02-28", "0")
    assert type_costs(as_ana, spring, january, february).status_code == 302
    assert rows() == [
        ("spring", date(2026, 1, 1), date(2026, 1, 31), Decimal(310)),
        ("spring", date(2026, 2, 1), date(2026, 2, 28), Decimal(0)),
    ]
    assert CampaignCost.objects.first().workspace == spring.workspace  # type: ignore[union-attr]
    assert "310.00 EUR" in as_ana.get(CAMPAIGNS).content.decode()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ([("2026-01-05", "2026-01-04", "1")], "The last day lies before the first."),
        ([("2026-01-01", "2026-01-02", "-1")], "Nobody pays you for a campaign: write 0 or more."),
        (
            [("2026-01-01", "2026-01-31", "1"), ("2026-01-31", "2026-02-01", "1")],
            "Another row here has some of these days.",
        ),
        (
            [("2025-12-31", "2026-01-01", "1")],
            "These days have a cost already: 31 Dec 2025 to 31 Dec 2025: 5.00.",
        ),
    ],
)
def test_what_is_wrong_is_said_in_words_and_nothing_is_kept(
    as_ana: Client, spring: Campaign, typed: list[tuple[str, str, str]], said: str
) -> None:
    if "already" in said:
        make_cost(spring, "2025-12-31", "2025-12-31", 5)
    before = rows()
    page = type_costs(as_ana, spring, *typed)
    assert page.status_code == 200
    assert said in page.content.decode()
    assert rows() == before


def test_the_database_refuses_two_costs_of_a_day(spring: Campaign) -> None:
    make_cost(spring, "2026-01-01", "2026-01-31", 5)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_cost(spring, "2026-01-31", "2026-02-01", 5)
    other = Campaign.objects.create(workspace=spring.workspace, code="o", name="Other")
    make_cost(other, "2026-01-31", "2026-02-01", 5)
    make_cost(spring, "2026-02-01", "2026-02-01", 5)


def upload(client: Client, text: str) -> Any:
    file = SimpleUploadedFile("costs.csv", text.encode(), content_type="text/csv")
    return client.post(f"{COSTS}import/", {"import_file": file, "format": "0", "resource": ""})


def confirm(client: Client, page: Any) -> Any:
    said = page.context["confirm_form"].initial
    return client.post(f"{COSTS}process_import/", said, follow=True)


def test_a_file_is_shown_before_it_is_imported(as_ana: Client, spring: Campaign) -> None:
    make_cost(spring, "2026-03-01", "2026-03-31", 7)
    page = upload(
        as_ana,
        "campaign,first,last,amount\n"
        "spring,2026-01-01,2026-01-31,310.50\n"
        "Spring fair,2026-03-01,2026-03-31,9\n",  # the same days again: another amount
    )
    assert len(rows()) == 1  # only shown so far
    confirm(as_ana, page)
    assert rows() == [
        ("spring", date(2026, 1, 1), date(2026, 1, 31), Decimal("310.50")),
        ("spring", date(2026, 3, 1), date(2026, 3, 31), Decimal(9)),
    ]


def test_bad_rows_are_named_and_nothing_half_is_imported(as_ana: Client, spring: Campaign) -> None:
    page = upload(
        as_ana,
        "campaign,first,last,amount\n"
        "spring,2026-01-01,2026-01-31,310\n"
        "spring,2026-01-31,2026-02-02,1\n"
        "autumn,2026-01-01,2026-01-31,1\n",
    )
    text = page.content.decode()
    assert "These days have a cost already: 1 Jan 2026 to 31 Jan 2026: 310.00." in text
    assert "there is no campaign “autumn” in Northwind" in text
    assert "confirm_form" not in page.context
    assert rows() == []


def test_what_has_changed_meanwhile_is_not_half_imported(as_ana: Client, spring: Campaign) -> None:
    page = upload(
        as_ana,
        "campaign,first,last,amount\nspring,2026-01-01,2026-01-31,1\nspring,2026-03-01,2026-03-02,1",
    )
    make_cost(spring, "2026-03-02", "2026-03-09", 7)
    done = confirm(as_ana, page)
    assert messages_of(done) == ["Nothing was imported: costs have changed meanwhile. Try again."]
    assert [amount for *_, amount in rows()] == [Decimal(7)]


def test_a_spreadsheet_is_taken_too(as_ana: Client, spring: Campaign) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["campaign", "first", "last", "amount"])
    book.active.append(["spring", date(2026, 1, 1), date(2026, 1, 31), 310])
    made = BytesIO()
    book.save(made)
    file = SimpleUploadedFile("costs.xlsx", made.getvalue())
    page = as_ana.post(f"{COSTS}import/", {"import_file": file, "format": "1", "resource": ""})
    confirm(as_ana, page)
    assert rows() == [("spring", date(2026, 1, 1), date(2026, 1, 31), Decimal(310))]


def test_campaigns_of_another_workspace_are_not_known(
    as_ana: Client, workspace: Workspace, cleo: User
) -> None:
    theirs = cleo.workspaces.get()
    Campaign.objects.create(workspace=theirs, code="theirs", name="Theirs")
    text = upload(
        as_ana, "campaign,first,last,amount\ntheirs,2026-01-01,2026-01-31,1\n"
    ).content.decode()
    assert "there is no campaign “theirs” in Northwind" in text
    text = upload(
        as_ana,
        "workspace,campaign,first,last,amount\nelsewhere,theirs,2026-01-01,2026-01-31,1\n",
    ).content.decode()
    assert "there is no workspace “elsewhere” in which you may enter costs" in text
    assert rows() == []


def test_who_may_not_configure_enters_no_costs(as_ben: Client, spring: Campaign) -> None:
    assert as_ben.get(f"{COSTS}import/").status_code == 404
    assert upload(as_ben, "campaign,first,last,amount\n").status_code == 404
    assert as_ben.get(f"{COSTS}add/").status_code == 404


def test_an_export_can_be_imported_again(as_ana: Client, spring: Campaign) -> None:
    make_cost(spring, "2026-01-01", "2026-01-31", 310)
    csv = as_ana.post(f"{COSTS}export/", {"format": "0", "resource": ""}).content.decode()
    assert csv.splitlines() == [
        "workspace,campaign,first,last,amount",
        "northwind,spring,2026-01-01,2026-01-31,310.00",
    ]
    page = upload(as_ana, csv)
    assert "confirm_form" in page.context
