"""Business calendars in the admin."""

from datetime import UTC, datetime
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from accounts.access import Permission
from accounts.workspace_admin import WorkspaceAdmin
from accounts.workspace_inlines import WorkspaceTabularInline
from sla.forms import CalendarForm, DatesFormSet, ExceptionForm, RangeForm, WeekFormSet
from sla.models import BusinessCalendar, CalendarException, Clock, Commitment, WorkingRange
from sla.opening_hours import CalendarError
from sla.recalculation import recalculate_running

_SLA = frozenset({Permission.CONFIGURE_SLA})


class WeekInline(WorkspaceTabularInline):
    model = WorkingRange
    form = RangeForm
    formset = WeekFormSet
    verbose_name = "range"
    verbose_name_plural = "Working hours: several ranges a day are welcome"
    hide_title = True


class DatesInline(WorkspaceTabularInline):
    model = CalendarException
    form = ExceptionForm
    formset = DatesFormSet
    verbose_name = "exception"
    verbose_name_plural = "Exceptions: single dates that are closed, or open at other hours"
    hide_title = True


@admin.register(BusinessCalendar)
class CalendarPage(WorkspaceAdmin):
    needs = _SLA
    group = "SLA"
    icon = "calendar_month"
    about = "Working hours and holidays in which promises are measured."
    form = CalendarForm
    list_display = ("name", "timezone", "holidays", "hours")
    search_fields = ("name",)
    fields = ("name", "timezone", "holidays")
    inlines = (WeekInline, DatesInline)

    @admin.display(description="Public holidays")
    def holidays(self, obj: BusinessCalendar) -> str:
        return "/".join(place for place in (obj.country, obj.subdivision) if place) or "none"

    @admin.display(description="Working hours")
    def hours(self, obj: BusinessCalendar) -> str:
        days: dict[str, list[str]] = {}
        for row in obj.ranges.all():
            day, _, times = str(row).partition(" ")
            days.setdefault(day, []).append(times.replace("–00:00", "–24:00"))
        return "; ".join(f"{day[:3]} {', '.join(times)}" for day, times in days.items())

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("ranges")

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except CalendarError as error:  # only what the fields could not tell by themselves
            messages.error(request, f"Nothing was saved. {error}.")
            return redirect(request.get_full_path())

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        moved = recalculate_running(form.instance, now=datetime.now(UTC))
        if moved:
            deadlines = "deadline moves" if moved == 1 else "deadlines move"
            messages.info(request, f"{moved} running {deadlines} with this calendar.")

    def in_use(self, obj: BusinessCalendar) -> str:
        if Commitment.objects.filter(calendar=obj).exists():
            return f"“{obj}” stays: promises are measured in it. Give them another calendar first."
        if Clock.objects.filter(calendar=obj).exists():
            return f"“{obj}” stays: promises of the past were measured in it."
        return ""
