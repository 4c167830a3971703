"""Who is offered leads, in the admin: reps with their capacity, pools with turns, days away."""

from datetime import UTC, datetime
from typing import Any, cast

from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from accounts.access import Permission, members_with, roles_with
from accounts.models import Membership
from accounts.workspace_admin import WorkspaceAdmin
from accounts.workspace_form import PlainForm
from accounts.workspace_inlines import WorkspaceTabularInline
from handoff import fallback
from handoff.capacity import Load
from handoff.forms.availability import AbsenceForm
from handoff.forms.routing import PoolForm, RepForm
from handoff.models import Handoff, Pool, PoolMember, Rep, RoutingPlan, RoutingRule
from handoff.rosters import loads
from sla.models import Absence

_HANDOFF = frozenset({Permission.CONFIGURE_HANDOFF})


class _MakesRoom(WorkspaceAdmin):
    """Pages whose changes may let somebody take a lead that waits for whoever is available."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        fallback.setup_changed(form.instance.workspace, at=datetime.now(UTC))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        workspace = obj.workspace
        super().delete_model(request, obj)
        fallback.setup_changed(workspace, at=datetime.now(UTC))


class _OfDeciders(_MakesRoom):
    """Pages on which a person is chosen: of those who decide offers in the workspace."""

    def choices_of(self, db_field: Any, request: HttpRequest) -> Any:
        people = super().choices_of(db_field, request)
        if db_field.name not in ("user", "person"):
            return people
        ids = [
            person.pk
            for workspace in self.scope(request)
            for person in members_with(workspace, Permission.DECIDE_OFFERS)
        ]
        return people.filter(pk__in=ids)


@admin.register(Rep)
class RepPage(_OfDeciders):
    needs = _HANDOFF
    group = "Hand-off"
    icon = "groups"
    menu_title = "Reps"
    menu_order = 3
    about = "Who is offered leads, how many, and in which hours."
    form = RepForm
    list_display = ("user", "is_active", "offers_per_day", "caps", "hours", "may_decide")
    list_select_related = ("user", "workspace", "calendar")
    list_filter = ("is_active",)
    search_fields = ("user__name", "user__email")
    settled = ("user",)
    fieldsets = (
        (None, {"fields": ("user", "is_active")}),
        (
            "How many",
            {"fields": ("most_open", "most_a_day", "most_a_week", "offers_per_day", "calendar")},
        ),
    )

    @admin.display(description="May decide offers", boolean=True)
    def may_decide(self, obj: Rep) -> bool:
        return bool(obj.decides)  # type: ignore[attr-defined]  # annotated

    @admin.display(description="At most")
    def caps(self, obj: Rep) -> str:
        limits = ((obj.most_open, "open"), (obj.most_a_day, "a day"), (obj.most_a_week, "a week"))
        return ", ".join(f"{most} {of}" for most, of in limits if most) or "no limit"

    @admin.display(description="Working hours", ordering="calendar__name")
    def hours(self, obj: Rep) -> str:
        return str(obj.calendar) if obj.calendar else "those of the pool, or any hour"

    def get_queryset(self, request: HttpRequest) -> Any:
        holders = Membership.objects.current().filter(
            user=OuterRef("user"),
            workspace=OuterRef("workspace"),
            role__in=roles_with(Permission.DECIDE_OFFERS),
        )
        return super().get_queryset(request).annotate(decides=Exists(holders))


class MemberForm(PlainForm):
    called = "member"

    class Meta:
        model = PoolMember
        fields = ("rep", "weight", "is_active")


class MemberInline(WorkspaceTabularInline):
    model = PoolMember
    form = MemberForm
    fields = ("rep", "weight", "is_active", "turns", "open_now", "today")
    readonly_fields = ("turns", "open_now", "today")
    verbose_name = "member"
    verbose_name_plural = "Members, and the turns they are owed"
    hide_title = True
    loads: dict[int, Load]

    @admin.display(description="Turns")
    def turns(self, obj: PoolMember) -> str:
        credit = round(obj.credit, 1)
        if not credit:
            return "even"
        return f"owed {credit:g}" if credit > 0 else f"{-credit:g} ahead"

    @admin.display(description="Open, all pools")
    def open_now(self, obj: PoolMember) -> str:
        return _of(self._load(obj).open, obj.rep.most_open)

    @admin.display(description="Offered today")
    def today(self, obj: PoolMember) -> str:
        return _of(self._load(obj).today, obj.rep.most_a_day)

    def _load(self, obj: PoolMember) -> Load:
        return self.loads.get(obj.rep.user_id, Load())

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        now = datetime.now(UTC)
        self.loads = loads(obj.workspace, at=now) if isinstance(obj, Pool) else {}
        return super().get_formset(request, obj, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.readonly_fields if obj else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields if obj else ("rep", "weight", "is_active")

    def choices_of(self, db_field: Any, request: HttpRequest) -> QuerySet[Any]:
        found = super().choices_of(db_field, request)
        return found.select_related("user").order_by("user__name") if found.model is Rep else found

    def get_queryset(self, request: HttpRequest) -> QuerySet[PoolMember]:
        rows: QuerySet[PoolMember] = super().get_queryset(request).select_related("rep__user")
        return rows.order_by("rep__user__name", "pk")


def _of(number: int, most: int | None) -> str:
    return f"{number} of {most}" if most else str(number)


@admin.register(Pool)
class PoolPage(_MakesRoom):
    needs = _HANDOFF
    group = "Hand-off"
    icon = "group_work"
    menu_title = "Pools"
    menu_order = 2
    about = "Reps who take turns, by weight."
    form = PoolForm
    inlines = (MemberInline,)
    fields = ("name", "is_paused", "calendar")
    list_display = ("name", "is_paused", "hours", "member_count", "role")
    list_select_related = ("workspace", "calendar")
    search_fields = ("name",)

    @admin.display(description="Members who take turns")
    def member_count(self, obj: Pool) -> str:
        return f"{obj.active_members} of {obj.all_members}"  # type: ignore[attr-defined]

    @admin.display(description="Working hours", ordering="calendar__name")
    def hours(self, obj: Pool) -> str:
        return str(obj.calendar) if obj.calendar else "any hour, or each member’s own"

    @admin.display(description="For")
    def role(self, obj: Pool) -> str:
        return "what no rule sends elsewhere" if obj.takes_all else "what rules send to it"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        takes_turns = Q(members__is_active=True, members__rep__is_active=True)
        pools: QuerySet[Any] = super().get_queryset(request)
        counts = {
            "all_members": Count("members"),
            "active_members": Count("members", filter=takes_turns),
        }
        return cast(QuerySet[Any], pools.annotate(**counts))

    def in_use(self, obj: Pool) -> str:
        if obj.takes_all:
            return f"“{obj}” stays: leads go to it that no rule sends elsewhere. It can be paused."
        routed = RoutingRule.objects.filter(pool=obj).exclude(
            plan__status=RoutingPlan.Status.RETIRED
        )
        if rule := routed.select_related("plan").first():
            return f"“{obj}” stays: “{rule}” of {str(rule.plan).lower()} leads to it."
        if RoutingRule.objects.filter(pool=obj).exists():
            return f"“{obj}” stays: a plan of the past led to it. Pause it instead."
        if Handoff.objects.filter(pool=obj).exists():
            return f"“{obj}” stays: its turns are counted in reports. Pause it instead."
        return ""


@admin.register(Absence)
class AbsencePage(_OfDeciders):
    needs = _HANDOFF
    group = "Hand-off"
    icon = "beach_access"
    menu_title = "Absences"
    menu_order = 4
    about = "Days on which a rep is away and is offered nothing."
    form = AbsenceForm
    list_display = ("person", "first_day", "last_day", "note")
    list_select_related = ("person", "workspace")
    search_fields = ("person__name", "person__email", "note")
    fields = ("person", "first_day", "last_day", "note")
    settled = ("person",)
