"""Admin pages as a browser has them: the fields of a form with their present values."""

from html.parser import HTMLParser
from typing import Any

Fields = dict[str, Any]
Page = Any  # what the test client returns: a response with a context put onto it


class _Fields(HTMLParser):
    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id = form_id
        self.inside = False
        self.fields: dict[str, list[str]] = {}
        self.area: str | None = None
        self.select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = said.get("id") == self.form_id
        if not self.inside:
            return
        name = said.get("name", "")
        if tag == "input" and name and said.get("type") not in ("submit", "file"):
            ticked = said.get("type") in ("checkbox", "radio")
            if not ticked or "checked" in said:
                self._add(name, said.get("value", "on" if ticked else ""))
        elif tag == "textarea":
            self.area = name
            self._add(name, "")
        elif tag == "select":
            self.select = name
            self.fields.setdefault(name, [])
        elif tag == "option" and self.select and "selected" in said:
            self._add(self.select, said.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.area = None
        elif tag == "select":
            self.select = None

    def handle_data(self, data: str) -> None:
        if self.area:
            self.fields[self.area][-1] += data.removeprefix("\n")

    def _add(self, name: str, value: str) -> None:
        self.fields.setdefault(name, []).append(value)


def fields_of(page: Page, form_id: str) -> Fields:
    """What the form would send if it was sent unchanged; `form_id` such as signal_form."""
    reader = _Fields(form_id)
    reader.feed(page.content.decode())
    assert reader.fields, f"there is no form {form_id} on the page"
    return {
        name: values[0] if len(values) == 1 else values
        for name, values in reader.fields.items()
        if values and "__prefix__" not in name
    }


def add_row(fields: Fields, prefix: str, **values: Any) -> Fields:
    """The fields with one more row of an inline, as “Add another” makes it."""
    number = int(fields[f"{prefix}-TOTAL_FORMS"])
    row = {f"{prefix}-{number}-{name}": value for name, value in values.items()}
    return {**fields, f"{prefix}-TOTAL_FORMS": str(number + 1), **row}


def row_number(fields: Fields, prefix: str, name: str, value: str) -> int:
    """Which row of an inline has that value in that field."""
    for number in range(int(fields[f"{prefix}-TOTAL_FORMS"])):
        if fields.get(f"{prefix}-{number}-{name}") == value:
            return number
    raise AssertionError(f"no row of {prefix} has {name} {value!r}")


def errors_of(page: Page) -> dict[str, list[str]]:
    """Every error on an admin form that was refused, by the full name of its field."""
    context = page.context
    assert context is not None, f"the form was not refused: {page.status_code}"
    found = {name: list(errors) for name, errors in context["adminform"].form.errors.items()}
    for inline in context["inline_admin_formsets"]:
        formset = inline.formset
        if formset.non_form_errors():
            found[formset.prefix] = list(formset.non_form_errors())
        for form in formset.forms:
            found |= {form.add_prefix(name): list(e) for name, e in form.errors.items()}
    return found


def messages_of(page: Page) -> list[str]:
    """What the page tells, after a redirect was followed."""
    return [str(message) for message in page.context["messages"]]
