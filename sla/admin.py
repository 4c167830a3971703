"""Business calendars in the admin."""

from datetime import UTC, datetime
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from accounts.access import Permission
from accounts.workspace_admin import WorkspaceAdmin
from accounts.workspace_inlines import WorkspaceTabularInline
from sla.calendar_outlook import ending_holidays, outlook
from sla.calendar_uses import measured_in, why_it_stays
from sla.forms import (
    CalendarForm,
    DatesFormSet,
    ExceptionForm,
    RangeForm,
    WeekFormSet,
    holiday_choices,
)
from sla.models import BusinessCalendar, CalendarException, WorkingRange
from sla.opening_hours import CalendarError
from sla.recalculation import recalculate_running


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
    verbose_name_plural = "Exceptions: dates that are closed, or open at other hours"
    hide_title = True


@admin.register(BusinessCalendar)
class CalendarPage(WorkspaceAdmin):
    needs = frozenset({Permission.CONFIGURE_SLA})
    group = "SLA"
    icon = "calendar_month"
    about = "Working hours and holidays in which promises are measured."
    form = CalendarForm
    list_display = ("name", "timezone", "holidays", "hours")
    search_fields = ("name",)
    fields = ("name", "timezone", "holidays", "seen")
    inlines = (WeekInline, DatesInline)
    change_form_outer_after_template = "admin/sla/calendar_outlook.html"

    @admin.display(description="Public holidays")
    def holidays(self, obj: BusinessCalendar) -> str:
        chosen = "/".join(place for place in (obj.country, obj.subdivision) if place)
        return dict(holiday_choices()).get(chosen, chosen) if chosen else "none"

    @admin.display(description="Working hours")
    def hours(self, obj: BusinessCalendar) -> str:
        days: dict[str, list[str]] = {}
        for row in obj.ranges.all():
            day, _, times = str(row).partition(" ")
            days.setdefault(day, []).append(times.replace("–00:00", "–24:00"))
        return "; ".join(f"{day[:3]} {', '.join(times)}" for day, times in days.items())

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("ranges")

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponseBase:
        number = object_id or ""
        try:
            with transaction.atomic():
                if request.method == "POST" and number.isdecimal():
                    # Of two saves the second sees what the first has done.
                    held = BusinessCalendar.objects.select_for_update(no_key=True)
                    held.filter(pk=number).order_by().first()
                return super().changeform_view(request, object_id, form_url, extra_context)
        except CalendarError as error:  # only what the fields could not tell by themselves
            messages.error(request, f"Nothing was saved. {error}.")
            return redirect(request.get_full_path())

    def render_change_form(self, request: HttpRequest, context: Any, **kwargs: Any) -> Any:
        if isinstance(calendar := kwargs.get("obj"), BusinessCalendar):
            now = datetime.now(UTC)
            stored = BusinessCalendar.objects.get(pk=calendar.pk)  # not what was typed
            context["measured"] = measured_in(stored)
            context["ending"] = ending_holidays(stored, now=now)
            try:
                context["outlook"] = outlook(stored, now=now)
            except CalendarError as error:
                context["broken"] = f"{error}."
        return super().render_change_form(request, context, **kwargs)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        now = datetime.now(UTC)
        moved = recalculate_running(form.instance, now=now)
        if change and (form.has_changed() or any(each.has_changed() for each in formsets)):
            many = f"{moved:,} running deadlines move" if moved else "No running deadline moves"
            deadlines = "1 running deadline moves" if moved == 1 else many
            messages.info(request, f"{deadlines} with this calendar.")
            messages.info(request, _measured(measured_in(form.instance)))
        if warning := ending_holidays(form.instance, now=now):
            messages.warning(request, warning)

    def in_use(self, obj: BusinessCalendar) -> str:
        return why_it_stays(obj)


def _measured(promises: list[str]) -> str:
    if not promises:
        return "No promise that is in force names it."
    return f"Measured in it: {'; '.join(promises)}."
