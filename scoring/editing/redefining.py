"""The admin of signals where what they notice changes: in place, or by a successor in a draft."""

from datetime import UTC, datetime
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from accounts.models import User
from scoring.editing.matching_pages import MatchingSignals
from scoring.locks import own_model
from scoring.models import ModelVersion, Signal
from scoring.models.signals import DEFINITION
from scoring.redefinition import Use, redefine
from scoring.signal_use import current, versions_by_signal
from scoring.signal_words import difference, notices
from scoring.signals import add_signal


class Currency(admin.SimpleListFilter):
    """Those that another has replaced, and only past versions use, are shown when asked for."""

    title, parameter_name = "state", "which"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("replaced", "Replaced"), ("all", "All")]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        return [{**first, "display": "Current"}, *others]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Signal]) -> QuerySet[Signal]:
        if self.value() == "all":
            return queryset
        now = current(Signal.objects.all()).values("pk")
        return queryset.exclude(pk__in=now) if self.value() else queryset.filter(pk__in=now)


class RedefiningSignals(MatchingSignals):
    """The part of the signals' admin that says who uses a signal, and keeps what they use."""

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        shown = super().get_changelist_instance(request)
        using = versions_by_signal(shown.result_list)
        for signal in shown.result_list:
            signal.versions = using[signal.pk]
        return shown

    @admin.display(description="Used by")
    def users(self, obj: Any) -> str:
        return in_short(obj.versions)

    # The page of one signal

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fields = list(super().get_readonly_fields(request, obj))
        # Who still had the boxes is told, rather than that what they typed is passed over.
        was_open = request.method == "POST" and "kind" in request.POST
        if obj is None or was_open or not self._use(request, obj).is_settled:
            return fields
        return [*fields, *DEFINITION]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        signal = context.get("original")
        if isinstance(signal, Signal):
            context["use"] = use = self._use(request, signal)
            if use.draft:
                context["draft_url"] = _url_of(use.draft)
        return super().render_change_form(request, context, *args, **kwargs)

    def _use(self, request: HttpRequest, signal: Signal) -> Use:
        if not hasattr(request, "_use_of_signal"):
            request._use_of_signal = Use.of(signal)  # type: ignore[attr-defined]
        return cast(Use, request._use_of_signal)  # type: ignore[attr-defined]

    def save_model(self, request: HttpRequest, obj: Signal, form: Any, change: bool) -> None:
        if change:
            self._use(request, obj)  # as it was before
            by = cast(User, request.user)
            saved = redefine(obj, by=by, now=datetime.now(UTC))
        else:
            saved = add_signal(obj)
        request._saved_signal = saved  # type: ignore[attr-defined]
        if saved == obj and not saved.classified:
            messages.info(
                request,
                f"Older events are being matched with “{obj}” in the background; counts and "
                "previews already go by what you saved.",
            )

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> str:
        saved, signal = request._saved_signal, form.instance  # type: ignore[attr-defined]
        if saved == signal:
            return super().construct_change_message(request, form, formsets, add)
        stored = Signal.objects.get(pk=signal.pk)
        number = saved.made_for.number
        return f"Defined anew in draft {number}, as {saved.code}: {difference(stored, saved)}."

    def response_change(self, request: HttpRequest, obj: Signal) -> HttpResponseBase:
        saved: Signal = request._saved_signal  # type: ignore[attr-defined]
        if saved == obj:
            return cast(HttpResponseBase, super().response_change(request, obj))
        stored, draft = Signal.objects.get(pk=obj.pk), cast(ModelVersion, saved.made_for)
        use = self._use(request, stored)
        opened = "" if use.draft else f"Draft {draft.number} was opened for it. "
        messages.success(
            request,
            f"{opened}{use.keeping} “{stored}” as it is: {notices(stored)}. "
            f"In draft {draft.number} “{saved}” is: {notices(saved)}. "
            "Preview it, publish it; until then nothing changes.",
        )
        return redirect(_url_of(draft))

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        try:
            return super().changeform_view(request, object_id, *args, **kwargs)
        except ValidationError as error:  # no room, leads being scored, somebody was faster
            _tell(request, error)
            return redirect(request.get_full_path() if object_id else self._list())

    # Deleting

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponseBase:
        try:
            return super().delete_view(request, object_id, extra_context)
        except ValidationError as error:  # leads are being scored
            _tell(request, error)
            return redirect(self._list())

    def delete_model(self, request: HttpRequest, obj: Signal) -> None:
        with transaction.atomic():
            own_model(obj.workspace_id)  # the database waits for it without end
            super().delete_model(request, obj)

    def in_use(self, obj: Signal) -> str:
        numbers = [str(version.number) for version in Use.of(obj).versions]
        if not numbers:
            return ""
        return f"“{obj}” stays: rules of version {', '.join(numbers)} give points for it."

    def _list(self) -> str:
        return reverse("admin:scoring_signal_changelist")


def in_short(versions: list[ModelVersion]) -> str:
    """“version 3 (in force), draft 4, 2 earlier”."""
    named = {
        ModelVersion.Status.PUBLISHED: "version {} (in force)",
        ModelVersion.Status.SHADOW: "shadow {}",
        ModelVersion.Status.DRAFT: "draft {}",
    }
    said = [
        words.format(version.number)
        for status, words in named.items()
        for version in versions
        if version.status == status
    ]
    if earlier := sum(version.status not in named for version in versions):
        said.append(f"{earlier} earlier")
    return ", ".join(said) or "none"


def _url_of(version: ModelVersion) -> str:
    return reverse("admin:scoring_modelversion_change", args=[version.pk])


def _tell(request: HttpRequest, error: ValidationError) -> None:
    for message in error.messages:
        messages.error(request, message)
