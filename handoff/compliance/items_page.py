"""The page of what waits for a decision: open ones first, the decided below, by keyset.

The URL takes `kind`, `side`, `owner` (an id) and `before`, the cursor of the decided ones.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Final

from django.db.models import QuerySet

from accounts.models import User, Workspace
from handoff.cursors import Cursor
from handoff.models import ReviewItem
from handoff.review_items import may_decide
from sla.models import Side

PAGE: Final = 20
OPEN_SHOWN: Final = 50


class ItemsPage:
    """What a person sees of the items of a workspace."""

    kinds = ReviewItem.Kind.choices
    sides = ((Side.MARKETING, Side.MARKETING.label), (Side.SALES, Side.SALES.label))

    def __init__(
        self, workspace: Workspace, asked: Mapping[str, str], *, person: User, answers_misses: bool
    ) -> None:
        self.workspace, self.person, self.answers_misses = workspace, person, answers_misses
        kind, side, owner = asked.get("kind", ""), asked.get("side", ""), asked.get("owner", "")
        self.kind = kind if kind in ReviewItem.Kind.values else ""
        self.side = side if side in (Side.MARKETING, Side.SALES) else ""
        self.owner = int(owner) if owner.isdecimal() and len(owner) < 19 else None
        self.before = asked.get("before", "")

    @property
    def is_narrowed(self) -> bool:
        return bool(self.kind or self.side or self.owner)

    @property
    def _all(self) -> QuerySet[ReviewItem]:
        items = ReviewItem.objects.of(self.workspace)
        wanted = {"kind": self.kind, "side": self.side, "owner": self.owner}
        items = items.filter(**{name: value for name, value in wanted.items() if value})
        return items.select_related("agreement", "owner", "decided_by", "workspace")

    @cached_property
    def open(self) -> list[ReviewItem]:
        """What has waited longest comes first."""
        items = list(self._all.filter(decided_at=None).order_by("opened_at", "pk")[:OPEN_SHOWN])
        for item in items:
            item.may_decide = may_decide(  # type: ignore[attr-defined]
                item, person=self.person, answers_misses=self.answers_misses
            )
        return items

    @cached_property
    def _decided(self) -> list[ReviewItem]:
        items = self._all.filter(decided_at__isnull=False)
        if cursor := Cursor.parse(self.before):
            items = items.filter(cursor.behind("decided_at", cursor.moment, descending=True))
        return list(items.order_by("-decided_at", "-pk")[: PAGE + 1])

    @property
    def decided(self) -> list[ReviewItem]:
        """The latest decision first."""
        return self._decided[:PAGE]

    @property
    def older(self) -> str:
        """The cursor of the next page; blank on the last one."""
        if len(self._decided) <= PAGE:
            return ""
        last = self._decided[PAGE - 1]
        return str(Cursor(last.decided_at.isoformat() if last.decided_at else "", last.pk))

    @cached_property
    def owners(self) -> list[User]:
        of = ReviewItem.objects.of(self.workspace).values("owner")
        return list(User.objects.filter(pk__in=of).order_by("name", "pk"))
