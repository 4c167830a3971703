"""Every view of the product, from the URLconf, with what its address needs to be opened."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from accounts import api_tokens
from accounts.models import Membership, Role, User, Workspace
from handoff import handoffs, previews, task_list
from handoff.dashboards.pages import PAGES
from handoff.dashboards.shared import share_page
from handoff.merging import merge
from handoff.models import (
    AgendaItem,
    Handoff,
    ImportRun,
    RejectionReason,
    ReportMail,
    Review,
    ReviewItem,
    SharedPage,
)
from handoff.review_items import open_item
from handoff.reviews.deciding import decide
from handoff.reviews.opening import open_review
from handoff.workspaces import create_workspace
from leadqual.models import Lead, Notice, StageMove
from scoring.drafts import open_draft
from scoring.models import Preview
from scoring.overrides import override
from sla import agreements
from sla.models import Absence, Agreement, Clock
from tests.builders import (
    MONDAY_NOON,
    join_pool,
    make_lead,
    make_member,
    make_user,
    receive_hot_lead,
)


@dataclass(frozen=True)
class View:
    """A view and its whole route, such as `w/<slug:workspace>/leads/<int:pk>/`."""

    route: str
    callback: Callable[..., Any]
    namespaces: tuple[str, ...]

    @property
    def access(self) -> Any:
        return getattr(self.callback, "access", None)

    @property
    def gaps(self) -> list[str]:
        """What is to be filled in, each with the word before it: `leads/<pk>`."""
        below = self.route.removeprefix("w/<slug:workspace>/")
        return [f"{word}<{name}>" for word, name in _GAP.findall(below)]


_GAP = re.compile(r"([\w-]*[/.])<(?:\w+:)?(\w+)>")


def all_views() -> list[View]:
    return list(_below(get_resolver(), "", ()))


def workspace_views() -> list[View]:
    return [view for view in all_views() if view.route.startswith("w/<slug:workspace>/")]


def _below(resolver: URLResolver, prefix: str, namespaces: tuple[str, ...]) -> Iterator[View]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield View(route, entry.callback, namespaces)
        else:
            yield from _below(entry, route, (*namespaces, *filter(None, [entry.namespace])))


class Sample:
    """A workspace with one of everything that an address can name."""

    def __init__(self) -> None:
        self.admin = make_user(name="Ada Admin")
        self.workspace: Workspace = create_workspace(
            name="Northwind", slug="northwind", by=self.admin, at=MONDAY_NOON
        )
        self.rep: User = make_member(self.workspace, name="Ben Okoye", role=Role.REP)
        join_pool(self.workspace, self.rep)

    @cached_property
    def lead(self) -> Lead:
        return receive_hot_lead(self.workspace)

    @cached_property
    def preview(self) -> Preview:
        draft = open_draft(workspace=self.workspace, by=self.admin, now=MONDAY_NOON)
        preview = previews.ask(draft, by=self.admin, now=MONDAY_NOON)
        while previews.carry_on(preview, now=MONDAY_NOON):
            pass
        return preview

    @cached_property
    def agreement(self) -> Agreement:
        return agreements.begin(self.workspace, by=self.admin, at=MONDAY_NOON)

    @cached_property
    def rejection(self) -> Handoff:
        offer = receive_hot_lead(self.workspace).handoffs.get()
        reason = RejectionReason.objects.of(self.workspace)[0]
        return handoffs.reject(offer, by=self.rep, at=MONDAY_NOON, reason=reason)

    @cached_property
    def review_item(self) -> ReviewItem:
        return open_item(
            self.workspace,
            kind=ReviewItem.Kind.REVIEW,
            key="walk",
            words="The agreement is due for its review.",
            facts={},
            owner=None,
            agreement=None,
            at=MONDAY_NOON,
        )

    @cached_property
    def report_mail(self) -> ReportMail:
        mail = ReportMail.objects.create(
            workspace=self.workspace, page="funnel", created_by=self.admin, created_at=MONDAY_NOON
        )
        mail.recipients.add(self.admin)
        return mail

    @cached_property
    def review(self) -> Review:
        """A joint review with an item on its agenda."""
        assert self.rejection.pk
        return open_review(self.workspace, kind="metrics", by=self.admin, at=MONDAY_NOON)

    @cached_property
    def agenda_item(self) -> AgendaItem:
        return AgendaItem.objects.create(
            review=self.review, part=AgendaItem.Part.STALE, key="walk", title="Stale", position=99
        )

    @cached_property
    def shared_page(self) -> SharedPage:
        link, _ = share_page(
            self.workspace,
            page=PAGES["funnel"],
            query="",
            days=30,
            note="",
            by=self.admin,
            now=MONDAY_NOON,
        )
        return link

    def objects(self) -> dict[str, Callable[[], int]]:
        """The number of a row of this workspace, for each gap that stands for one."""
        workspace, lead = self.workspace, self.lead
        return {
            "leads/<pk>": lambda: lead.pk,
            "mails/<pk>": lambda: self.report_mail.pk,
            "leads/<lead>": lambda: lead.pk,
            "offers/<pk>": lambda: Handoff.objects.get(lead=lead).pk,
            "moves/<move>": lambda: StageMove.objects.filter(lead=lead).latest("pk").pk,
            "rejections/<pk>": lambda: self.rejection.pk,
            "merge/<other>": lambda: make_lead(workspace).pk,
            "tasks/<pk>": lambda: (
                task_list.give(lead=lead, person=None, key="walk", text="Call", at=MONDAY_NOON).pk
            ),
            "merges/<pk>": lambda: (
                merge(lead, make_lead(workspace), by=self.rep, at=MONDAY_NOON).pk
            ),
            "overrides/<override>": lambda: (
                override(
                    lead,
                    by=self.admin,
                    fit=80,
                    intent=None,
                    reason="Met at the fair",
                    expires_at=MONDAY_NOON + timedelta(days=14),
                    now=MONDAY_NOON,
                ).pk
            ),
            "reviews/<pk>": lambda: self.review.pk,
            "items/<item>": lambda: self.agenda_item.pk,
            "decided/<decision>": lambda: (
                decide(
                    self.review,
                    text="Ask for the budget first",
                    owner=self.admin,
                    due=date(2030, 1, 1),
                    by=self.admin,
                    at=MONDAY_NOON,
                ).pk
            ),
            "decisions/<pk>": lambda: self.review_item.pk,
            "imports/<pk>": lambda: (
                ImportRun.objects.create(workspace=workspace, file_name="leads.csv").pk
            ),
            "previews/<pk>": lambda: self.preview.pk,
            "versions/<pk>": lambda: self.preview.version.pk,
            "versions/<number>": lambda: self.agreement.number,
            "promises/<pk>": lambda: self.agreement.commitments.latest("pk").pk,
            "members/<member>": lambda: Membership.objects.get(user=self.rep).pk,
            "notices/<notice>": lambda: Notice.objects.of(workspace).latest("pk").pk,
            "availability/<pk>": lambda: (
                Absence.objects.create(
                    workspace=workspace,
                    person=self.rep,
                    first_day=date(2030, 1, 1),  # the rep takes leads until then
                    last_day=date(2030, 1, 2),
                ).pk
            ),
            "shared/<pk>": lambda: self.shared_page.pk,
            "clocks/<pk>": lambda: Clock.objects.running().filter(lead=lead).latest("pk").pk,
            "tokens/<token>": lambda: (
                api_tokens.issue(workspace=workspace, name=str(make_user().pk), by=self.admin)[0].pk
            ),
        }

    WORDS = {
        "export.<form>": "csv",
        "dashboards/<page>": "funnel",
        ".<form>": "csv",
        "panels/<part>": "stages",
        "shadow/<panel>": "grades",
        "panels/<panel>": "packet",
        "compliance/<panel>": "promises",
        "moves/<to>": "nurture",
        "scorecards/<framework>": "bant_plus",
        "/<question>": "need",
        "clauses/<code>": "owners",
        "open/<kind>": "metrics",
        "cadences/<kind>": "metrics",
    }

    def address(self, view: View, *, slug: str) -> str:
        """The view's address below /w/<slug>/, filled with this workspace's rows."""
        path = view.route.replace("<slug:workspace>", slug)
        return "/" + _GAP.sub(lambda gap: gap[1] + self._fill(f"{gap[1]}<{gap[2]}>"), path)

    def names_a_row(self, view: View) -> bool:
        return any(gap in self.objects() for gap in view.gaps)

    def _fill(self, gap: str) -> str:
        if gap in self.WORDS:
            return self.WORDS[gap]
        known = self.objects()
        if gap not in known:
            raise LookupError(
                f"Nobody has said what to put for {gap}: add it to Sample in tests/accounts/walk.py"
            )
        return str(known[gap]())
