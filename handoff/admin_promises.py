"""Promises in the admin: the workspace's defaults, which count while no agreement is signed."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Case, QuerySet, When
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from accounts.access import Permission
from accounts.models import Workspace
from handoff.admin_signed import SignedPage
from handoff.forms.promises import PromiseForm
from handoff.models import Tier
from sla.models import Agreement, Commitment
from sla.promise_rules import OF_ONE_PERSON, ONLY_FOR

_NOT_OF_ALL = {**ONLY_FOR, "counts_by": OF_ONE_PERSON}
"""Fields that are asked only of some kinds of promise."""

_IN_ORDER = [When(code=code, then=n) for n, code in enumerate(Commitment.Code)]


def _asked_of(codes: frozenset[str]) -> str:
    """For the page: whether the promise that is chosen is one of these. Where it is settled, only
    fields that it has are on the page."""
    named = ", ".join(f"'{code}'" for code in sorted(codes))
    return f"typeof code === 'undefined' || [{named}].includes(code)"


@admin.register(Commitment)
class PromisePage(SignedPage):
    needs = frozenset({Permission.CONFIGURE_SLA})
    group = "SLA"
    icon = "timer"
    menu_title = "Promises"
    about = "How fast leads are answered, as long as no agreement is signed."
    form = PromiseForm
    list_display = ("promise", "leads_of", "within", "counted", "warned_at", "on_breach", "level")
    list_display_links = ("promise",)
    list_select_related = ("calendar", "workspace")
    list_before_template = "admin/sla/promises.html"
    change_form_before_template = "admin/sla/promises.html"
    settled = ("code", "leads_of")
    conditional_fields = {name: _asked_of(codes) for name, codes in _NOT_OF_ALL.items()}
    ordering = (Case(*_IN_ORDER), "tier_name", "pk")

    @admin.display(description="Promise", ordering="code")
    def promise(self, obj: Commitment) -> str:
        return obj.get_code_display()

    @admin.display(description="For leads of tier", ordering="tier_name")
    def leads_of(self, obj: Commitment) -> str:
        return obj.tier_name or obj.tier_code or "any tier"

    @admin.display(description="Within")
    def within(self, obj: Commitment) -> str:
        touches = f"{obj.touches} touches in " if obj.touches > 1 else ""
        return touches + obj.within

    @admin.display(description="Counted in")
    def counted(self, obj: Commitment) -> str:
        own = "the rep’s own hours, else " if obj.counts_by == obj.CountsBy.PERSON else ""
        return f"{own}{obj.calendar}"

    @admin.display(description="Warns at")
    def warned_at(self, obj: Commitment) -> str:
        return ", ".join(f"{each} %" for each in sorted(obj.warn_percents)) or "never"

    @admin.display(description="Kept in", ordering="target_percent")
    def level(self, obj: Commitment) -> str:
        return f"{obj.target_percent} %"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(agreement=None, retired_at=None)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        code = obj.code if obj else None
        missing = {name for name, codes in _NOT_OF_ALL.items() if code and code not in codes}
        named = ("code", "leads_of") if obj else ("code", "tier_code")
        groups = (
            (None, (*named, "minutes", "days", "touches", "touch_counts", "target_percent")),
            ("Hours", ("counts_by", "calendar", "pauses")),
            ("Warnings and breaches", ("warn_percents", "warns", "on_breach", "tells", "seen")),
        )
        self.fieldsets = [
            (title, {"fields": [name for name in names if name not in missing]})
            for title, names in groups
        ]
        return super().get_fieldsets(request, obj)

    def signed(self, workspaces: Sequence[Workspace], obj: Any = None) -> QuerySet[Agreement]:
        """The agreements that count instead of what stands here."""
        active = Agreement.objects.active().filter(workspace__in=workspaces)
        return active.select_related("workspace")

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponseBase:
        """Held while it is saved: a clock that starts meanwhile waits, and finds what is new."""
        number = object_id or ""
        with transaction.atomic():
            if number.isdecimal():
                mine = Commitment.objects.filter(workspace__in=self.workspaces(request))
                if request.method == "POST":  # who only looks holds nobody up
                    mine = mine.select_for_update(of=("self",))
                row = mine.filter(pk=number).first()
                if row is not None and row.retired_at and (now := _successor(row)):
                    messages.error(
                        request,
                        "Nothing was saved: somebody changed this promise. This is how it is now.",
                    )
                    return redirect(self.url_of(now))
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        tier = Tier.objects.of(obj.workspace).filter(code=obj.tier_code).first()
        obj.tier_name = tier.name if tier else obj.tier_name
        if change and set(form.changed_data) - {"seen"} and obj.clocks.exists():
            self._replace(request, obj)
        else:
            super().save_model(request, obj, form, change)

    def _replace(self, request: HttpRequest, obj: Commitment) -> None:
        """Clocks keep the promise that they were started with; its history goes on."""
        before = Commitment.objects.get(pk=obj.pk)
        before.retire(at=timezone.now())
        obj.pk, obj._state.adding = None, True
        obj.save()
        kind = ContentType.objects.get_for_model(Commitment)
        told = LogEntry.objects.filter(content_type=kind, object_id=str(before.pk))
        told.update(object_id=str(obj.pk))
        if running := before.clocks.running().count():
            clocks = "1 running clock keeps" if running == 1 else f"{running:,} running clocks keep"
            messages.info(request, f"{clocks} the promise as it was: {before.within}.")

    def in_use(self, obj: Commitment) -> str:
        if obj.clocks.exists():
            return f"“{obj}” stays: it was promised to leads, and its record is kept."
        return ""


def _successor(retired: Commitment) -> Commitment | None:
    same = Commitment.objects.of(retired.workspace).filter(agreement=None, retired_at=None)
    return same.filter(code=retired.code, tier_code=retired.tier_code).first()
