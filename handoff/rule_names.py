"""What a rule may name in its workspace: read once, for the forms, the sentences and the checks."""

from collections import Counter
from functools import cached_property

from django.db.models import Count, F, Q

from accounts.access import Permission, members_with
from accounts.models import User, Workspace
from handoff.models import NurtureTrack, Pool
from leadqual.custom_fields import labels
from leadqual.models import Source


class RuleNames:
    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    @cached_property
    def sources(self) -> dict[str, str]:
        """Their names by their codes."""
        found = Source.objects.of(self.workspace).order_by("name", "pk")
        return dict(found.values_list("code", "name"))

    @cached_property
    def labels(self) -> dict[str, str]:
        return labels(self.workspace)

    @cached_property
    def deciders(self) -> dict[int, User]:
        """Who decides offers at present."""
        return {one.pk: one for one in members_with(self.workspace, Permission.DECIDE_OFFERS)}

    @cached_property
    def people(self) -> dict[int, str]:
        """The names of those, namesakes told apart by their addresses."""
        named = Counter(one.name for one in self.deciders.values())
        return {
            pk: f"{one} ({one.email})" if named[one.name] > 1 else str(one)
            for pk, one in self.deciders.items()
        }

    @cached_property
    def pools(self) -> dict[int, Pool]:
        """Each with `able`, the number of members who take turns, offers, and decide them."""
        takes = Q(members__is_active=True, members__rep__is_active=True)
        takes &= Q(members__rep__user__in=list(self.deciders))
        takes &= Q(members__rep__workspace=F("workspace"))
        found = Pool.objects.of(self.workspace).annotate(able=Count("members", filter=takes))
        return {pool.pk: pool for pool in found}

    @cached_property
    def tracks(self) -> dict[int, NurtureTrack]:
        return {track.pk: track for track in NurtureTrack.objects.of(self.workspace)}
