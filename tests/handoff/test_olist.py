"""The real Olist files through the very commands, against figures computed independently."""

import json
import os
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from accounts.models import Workspace
from handoff.models import Handoff
from leadqual.models import Company, Lead, Notice, OutboxMessage, StageMove
from leadqual.stages import Stage
from sla.models import Clock
from tests.builders import make_workspace

SHARED = Path(os.environ.get("LEADQUAL_SHARED", settings.BASE_DIR.parent / "shared"))
OLIST = SHARED / "data" / "olist"
EXAMPLES = settings.BASE_DIR / "docs" / "examples"
LEADS = ("olist_marketing_qualified_leads_dataset.csv", "olist_leads.toml")
DEALS = ("olist_closed_deals_dataset.csv", "olist_deals.toml")

pytestmark = pytest.mark.skipif(
    not OLIST.is_dir(), reason=f"the Olist data is not in {OLIST} (LEADQUAL_SHARED changes it)"
)


def bring_in(file: tuple[str, str]) -> str:
    out = StringIO()
    call_command(
        "import_leads",
        str(OLIST / file[0]),
        "--workspace=olist",
        f"--map={EXAMPLES / file[1]}",
        stdout=out,
    )
    return out.getvalue().splitlines()[-1]


def report(by: str, *options: str) -> dict[str, Any]:
    out = StringIO()
    call_command(
        "report", "funnel", "--workspace=olist", f"--by={by}", "--json", *options, stdout=out
    )
    figures: dict[str, Any] = json.loads(out.getvalue())
    return figures


@pytest.fixture
def olist(db: None) -> Workspace:
    return make_workspace(name="Olist", slug="olist", timezone="America/Sao_Paulo")


@pytest.fixture
def expected() -> dict[str, Any]:
    figures: dict[str, Any] = json.loads((OLIST / "expected.json").read_text())
    return figures


def check(expected: dict[str, Any]) -> None:
    """All of expected.json; the workspace's own zone is São Paulo's."""
    by_source, by_month = report("source", "--zone=UTC"), report("month", "--zone=UTC")
    for figures in (by_source, by_month):
        assert figures["mqls"] == expected["mqls"]
        assert figures["deals"] == expected["deals"]
        assert figures["overall_conversion"] == expected["overall_conversion"]
        days = dict(figures["mql_to_won_days"])
        assert days.pop("negative") == 1
        assert days == expected["days_first_contact_to_won_fractional"]
    assert by_source["mql_by_source"] == expected["mql_by_origin"]
    assert by_source["conversion_by_source"] == expected["conversion_by_origin"]
    assert by_month["mql_by_month"] == expected["mql_by_month"]
    assert by_month["won_by_month"] == expected["deals_by_won_month_as_stored_utc"]
    assert report("month")["won_by_month"] == expected["deals_by_won_month_sao_paulo"]


def test_the_figures_are_those_computed_independently(
    olist: Workspace, expected: dict[str, Any]
) -> None:
    assert bring_in(LEADS) == "8000 created, 0 updated, 0 unchanged, 0 refused; 0 flagged"
    assert bring_in(DEALS) == "0 created, 842 updated, 0 unchanged, 0 refused; 1 flagged"
    check(expected)
    before = {
        model: model._default_manager.count()
        for model in (Lead, Company, StageMove, Handoff, Clock, OutboxMessage, Notice)
    }
    assert bring_in(LEADS) == "0 created, 0 updated, 8000 unchanged, 0 refused; 1 flagged"
    assert bring_in(DEALS) == "0 created, 0 updated, 842 unchanged, 0 refused; 1 flagged"
    assert before == {model: model._default_manager.count() for model in before}
    assert (before[Lead], before[Company], before[StageMove]) == (8000, 842, 8842)
    assert before[Handoff] == before[Clock] == before[OutboxMessage] == before[Notice] == 0
    check(expected)


def test_the_files_build_the_same_leads_in_the_other_order(
    olist: Workspace, expected: dict[str, Any]
) -> None:
    assert bring_in(DEALS) == "842 created, 0 updated, 0 unchanged, 0 refused; 0 flagged"
    assert bring_in(LEADS) == "7158 created, 842 updated, 0 unchanged, 0 refused; 1 flagged"
    check(expected)
    assert Lead.objects.of(olist).in_stage(Stage.WON).count() == 842
    assert Lead.objects.of(olist).in_stage(Stage.MQL).count() == 7158


def test_no_stage_is_invented_between_mql_and_won(olist: Workspace) -> None:
    bring_in(LEADS)
    bring_in(DEALS)
    moved_into = report("source")["moved_into"]
    assert moved_into == {"mql": 8000, "won": 842}
    assert set(StageMove.objects.values_list("imported", "rule")) == {(True, "import")}
    assert not Lead.objects.filter(imported=False).exists()
