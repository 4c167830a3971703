"""Admin forms of nurture tracks: whom a track is for, where it goes on, and its steps."""

from collections.abc import Iterator
from typing import Any, cast

from django import forms
from unfold.widgets import UnfoldAdminURLInputWidget

from accounts.models import Workspace
from accounts.seen_form import SeenForm, columns_of
from accounts.workspace_form import PlainForm
from accounts.workspace_rows import RowsFormSet
from handoff.forms.lead_conditions import CONDITION_FIELDS, LeadConditionsForm
from handoff.models import NurtureStep, NurtureTrack
from handoff.nurture_mails import BadText, check, known_in_words
from handoff.nurture_places import leads_on
from handoff.nurture_tracks import steps_of
from leadqual.web_addresses import AddressInside, require_http, require_outside

Kind = NurtureStep.Kind
_ASKED = {
    Kind.MAIL: ("subject", "body"),
    Kind.WAIT: ("days",),
    Kind.TASK: ("subject",),
    Kind.WEBHOOK: ("url",),
}
_KEPT = {
    Kind.MAIL: {"subject", "body"},
    Kind.WAIT: {"days"},
    Kind.TASK: {"subject", "days"},
    Kind.WEBHOOK: {"subject", "url"},
}
_MISSING = {
    "subject": "Write the subject of the mail, or what is to be done.",
    "body": "Write the mail.",
    "days": "Write how many days to wait.",
    "url": "Write the address that is called.",
}


class NurtureTrackForm(SeenForm, LeadConditionsForm):
    """A track without its steps. Who takes it out of use while leads are on it says so twice."""

    instance: NurtureTrack
    called = "track"

    stop = forms.BooleanField(label="Stop it for the leads that are on it", required=False)

    class Meta:
        model = NurtureTrack
        fields = ("name", "is_active", "then", "stale_days", *CONDITION_FIELDS)
        help_texts = {
            "is_active": "While it is not, nobody comes onto it and nothing is sent.",
            "then": "Behind the last step. Empty: the lead only sleeps until something wakes it.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "then" not in self.fields:
            return
        then = cast("forms.ModelChoiceField[NurtureTrack]", self.fields["then"])
        if then.queryset is not None and self.instance.pk:
            then.queryset = then.queryset.exclude(pk=self.instance.pk)
        self.was_active = self.instance.pk is not None and self.instance.is_active
        self.on_it = leads_on(self.instance) if self.was_active else 0
        if not self.on_it:
            self.fields["stop"].widget = forms.HiddenInput()
        self.fields["stop"].help_text = f"Asked for when it is taken out of use: {self._on_it}."

    def parts(self) -> Iterator[object]:
        """Its place among the tracks is moved on the list, and is nobody's edit of it."""
        yield columns_of(self.instance, without="position")
        yield sorted(self.instance.tiers.values_list("pk", flat=True))
        yield from (columns_of(step) for step in steps_of(self.instance))

    @property
    def _on_it(self) -> str:
        return "1 lead is on it now" if self.on_it == 1 else f"{self.on_it:,} leads are on it now"

    def clean(self) -> dict[str, Any] | None:
        said = super().clean() or self.cleaned_data
        if round_trip := _round_trip(self.instance, said.get("then")):
            self.add_error("then", round_trip)
        if self.was_active and self.on_it and not said.get("is_active") and not said.get("stop"):
            self.add_error(
                "is_active",
                f"{self._on_it}, and would get nothing more of it. To take it out of use all the "
                "same, tick “Stop it for the leads that are on it”.",
            )
        return said

    def save(self, commit: bool = True) -> Any:
        if self.instance._state.adding and self.workspace is not None:
            last = NurtureTrack.objects.of(self.workspace).order_by("-position").first()
            self.instance.position = last.position + 1 if last else 0
        return super().save(commit)


def _round_trip(track: NurtureTrack, then: NurtureTrack | None) -> str:
    """Why it cannot go on there, as a sentence; blank where it can."""
    names = [track.name or "this track"]
    seen: set[int] = set()
    while then is not None and then.pk not in seen:
        names.append(then.name)
        if then.pk == track.pk:
            return f"That leads back to this track: {' → '.join(names)}. Choose another."
        seen.add(then.pk)
        then = then.then
    return ""


class StepForm(PlainForm):
    """One step; it asks for what its kind needs, and forgets what belongs to another kind."""

    workspace: Workspace  # set by the page, for all its rows
    waiting: dict[int, int]  # how many leads stand before a step, by its id
    instance: NurtureStep
    called = "step"

    url = forms.URLField(
        label="Address",
        required=False,
        max_length=500,
        assume_scheme="https",
        widget=UnfoldAdminURLInputWidget,
        help_text="Of a webhook: the lead is posted there as JSON.",
    )
    position = forms.IntegerField(
        required=False, min_value=0, max_value=30_000, widget=forms.HiddenInput
    )

    class Meta:
        model = NurtureStep
        fields = ("kind", "days", "subject", "body", "url", "position")
        labels = {"subject": "Subject, or what is to be done", "body": "Mail"}
        help_texts = {"days": "Of a wait; of a task: it is due so many days later."}

    class Media:
        js = ("js/admin.js",)
        css = {"all": ("css/admin-rules.css",)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "body" in self.fields:
            self.fields["body"].widget.attrs["rows"] = 8
            self.fields["body"].help_text = (
                f"Plain text. It may name: {known_in_words(self.workspace)}. ${{first_name|you}} "
                "says what stands there where it is not known. The link to unsubscribe follows."
            )
        if self.instance.pk:
            before = self.waiting.get(self.instance.pk, 0)
            leads = {0: "", 1: " · 1 lead is before it"}.get(
                before, f" · {before:,} leads are before it"
            )
            self.instance.get_inline_title = f"{self.instance}{leads}"  # type: ignore[attr-defined]
        else:
            self.initial["position"] = None  # the formset puts new steps at the end

    def clean(self) -> dict[str, Any] | None:
        said = super().clean() or self.cleaned_data
        if not said.get("kind") or said.get("DELETE"):
            return said
        kind = Kind(said["kind"])
        for name in _ASKED[kind]:
            if not said.get(name) and name not in self.errors:
                self.add_error(name, _MISSING[name])
        for name in {"days", "subject", "body", "url"} - _KEPT[kind]:
            said[name] = None if name == "days" else ""
        for name in ("subject", "body"):
            self._check_text(name, said.get(name) or "")
        self._check_address(said.get("url") or "")
        return said

    def _check_text(self, name: str, text: str) -> None:
        try:
            check(text, self.workspace)
        except BadText as bad:
            self.add_error(name, str(bad))

    def _check_address(self, url: str) -> None:
        """A name that nobody knows just now is let through: sending will tell."""
        try:
            if url:
                require_http(url)
                require_outside(url)
        except AddressInside as inside:
            self.add_error("url", str(inside))
        except OSError:
            return
        except ValueError as bad:
            self.add_error("url", str(bad))


class StepFormSet(RowsFormSet):
    """The steps of one track."""

    called = "step"
    ordered = True
