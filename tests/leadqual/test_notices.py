"""The bell: what it counts, what it lists, and that it is each person's own."""

from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from accounts.models import User, Workspace
from leadqual.models import Notice
from tests.builders import MONDAY_NOON


def tell(workspace: Workspace, user: User, text: str = "An offer waits", **fields: Any) -> Notice:
    return Notice.objects.create(
        workspace=workspace, user=user, text=text, key=f"{text}-{Notice.objects.count()}", **fields
    )


def test_the_page_lists_the_newest_first(
    workspace: Workspace, ben: User, mara: User, as_ben: Client
) -> None:
    for number in range(3):
        at = MONDAY_NOON + timedelta(hours=number)
        tell(workspace, ben, f"Notice {number}", created_at=at)
    tell(workspace, mara, "For Mara alone")
    page = as_ben.get(reverse("notices", args=["northwind"]))
    assert [notice.text for notice in page.context["notices"]] == [
        "Notice 2",
        "Notice 1",
        "Notice 0",
    ]
    assert not page.context["more"]


def test_older_notices_are_reached_page_by_page_without_a_gap(
    workspace: Workspace, ben: User, as_ben: Client
) -> None:
    for number in range(103):
        # Many of one moment: the number decides where the moment does not.
        tell(workspace, ben, created_at=MONDAY_NOON + timedelta(minutes=number // 60))
    url, seen = reverse("notices", args=["northwind"]), []
    while True:
        page = as_ben.get(url)
        seen += [notice.pk for notice in page.context["notices"]]
        if not page.context["more"]:
            break
        url = reverse("notices", args=["northwind"]) + f"?before={seen[-1]}"
    assert seen == sorted(Notice.objects.values_list("pk", flat=True), reverse=True)


def test_opening_a_notice_marks_it_read_and_goes_where_it_points(
    workspace: Workspace, ben: User, as_ben: Client
) -> None:
    notice = tell(workspace, ben, url="/profile/")
    for _ in range(2):
        answer = as_ben.post(reverse("read_notice", args=["northwind", notice.pk]))
        assert (answer.status_code, answer["Location"]) == (302, "/profile/")
    notice.refresh_from_db()
    assert notice.read_at is not None


def test_a_notice_never_leads_to_another_site(
    workspace: Workspace, ben: User, as_ben: Client
) -> None:
    for url in ("https://example.com/", "//example.com/", "javascript:alert(1)", ""):
        notice = tell(workspace, ben, url=url)
        answer = as_ben.post(reverse("read_notice", args=["northwind", notice.pk]))
        assert answer["Location"] == "/w/northwind/notices/"


def test_a_notice_of_somebody_else_cannot_be_read(
    workspace: Workspace, mara: User, as_ben: Client, as_cleo: Client
) -> None:
    notice = tell(workspace, mara)
    assert as_ben.post(reverse("read_notice", args=["northwind", notice.pk])).status_code == 404
    assert as_cleo.post(reverse("read_notice", args=["northwind", notice.pk])).status_code == 404
    assert as_cleo.post(reverse("read_notice", args=["elsewhere", notice.pk])).status_code == 404
    notice.refresh_from_db()
    assert notice.read_at is None


def test_marking_all_as_read_leaves_the_others_alone(
    workspace: Workspace, ben: User, mara: User, as_ben: Client
) -> None:
    tell(workspace, ben)
    tell(workspace, ben)
    theirs = tell(workspace, mara)
    as_ben.post(reverse("read_all_notices", args=["northwind"]))
    assert list(Notice.objects.filter(read_at=None)) == [theirs]


def test_the_bell_counts_what_is_not_read(workspace: Workspace, ben: User, as_ben: Client) -> None:
    url = reverse("notices_count", args=["northwind"])
    assert "not read" not in as_ben.get(url).content.decode()
    tell(workspace, ben)
    tell(workspace, ben, read_at=MONDAY_NOON)
    assert ", 1 not read" in as_ben.get(url).content.decode()
    for _ in range(120):
        tell(workspace, ben)
    assert ", more than 99 not read" in as_ben.get(url).content.decode()


def test_the_count_is_swapped_in_its_own_place_not_in_the_panel_that_the_bell_fills(
    ben: User, as_ben: Client, workspace: Workspace
) -> None:
    count = as_ben.get(reverse("notices_count", args=["northwind"])).content.decode()
    assert 'hx-target="this"' in count  # else the bell's target around it is inherited


def test_the_panel_shows_the_newest_few(workspace: Workspace, ben: User, as_ben: Client) -> None:
    url = reverse("notices_panel", args=["northwind"])
    assert "Nothing yet" in as_ben.get(url).content.decode()
    for number in range(8):
        tell(workspace, ben, f"Notice {number}")
    shown = as_ben.get(url).content.decode()
    assert [f"Notice {number}" in shown for number in range(8)] == [False] * 2 + [True] * 6
