"""A filter by a dimension: a list to choose from, or where it is long a field that finds names."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Final

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

LONG: Final = 20
"""With more values than these, a name is typed and found; the browser itself suggests."""


class DimensionField(forms.Field):
    """Takes a value as it is stored, or its name as people call it; gives the stored one.

    `names` are read when they are needed: a panel that is not narrowed needs none. `trusted` values
    are taken as they are, even where nothing has them any more.
    """

    def __init__(
        self, *, label: str, names: Callable[[], Mapping[str, str]], trusted: bool = False
    ) -> None:
        self._read, self.trusted = names, trusted
        super().__init__(label=label, required=False, widget=_Choice(self))

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Stored values in the order of their names, which differ from each other."""
        return _told_apart(self._read())

    def to_python(self, value: Any) -> str:
        text = str(value or "").strip()
        if not text or self.trusted or text in self.names:
            return text
        typed = text.casefold()
        for stored, name in self.names.items():
            if name.casefold() == typed:
                return stored
        raise forms.ValidationError(f"There is no “{text[:60]}” here, so it is left out.")


def _told_apart(names: Mapping[str, str]) -> dict[str, str]:
    seen: set[str] = set()
    told = {}
    for stored, name in names.items():
        told[stored] = f"{name} ({stored})" if name in seen else name
        seen.add(name)
    return told


class _Choice(forms.Widget):
    """A select of few values, a field with suggestions for many."""

    input_type = "select"

    def __init__(self, field: DimensionField) -> None:
        super().__init__()
        self.field = field

    def __deepcopy__(self, memo: dict[int, Any]) -> "_Choice":
        return self  # the form makes its fields itself, for one request

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        known = self.build_attrs(attrs or {}, {"name": name})
        known["class"] = str(known.get("class", "")).replace(
            "form-control", "form-select" if len(self.field.names) <= LONG else "form-control"
        )
        said = str(value or "")
        if len(self.field.names) <= LONG:
            return self._select(known, said)
        return self._typed(known, said)

    def _select(self, attrs: dict[str, Any], said: str) -> SafeString:
        options = [("", "All"), *self.field.names.items()]
        return format_html(
            "<select{}>{}</select>",
            _flat(attrs),
            format_html_join(
                "",
                '<option value="{}"{}>{}</option>',
                ((stored, " selected" if stored == said else "", text) for stored, text in options),
            ),
        )

    def _typed(self, attrs: dict[str, Any], said: str) -> SafeString:
        names = f"{attrs.get('id', attrs['name'])}-names"
        shown = self.field.names.get(said, said)
        inside = {**attrs, "list": names, "value": shown, "placeholder": "All, or type a name"}
        return format_html(
            '<input type="text" autocomplete="off"{}><datalist id="{}">{}</datalist>',
            _flat(inside),
            names,
            format_html_join(
                "", '<option value="{}"></option>', ((text,) for text in self.field.names.values())
            ),
        )


def _flat(attrs: Mapping[str, Any]) -> SafeString:
    said = ((key, value) for key, value in attrs.items() if value not in (None, False, ""))
    return format_html_join("", ' {}="{}"', said)
