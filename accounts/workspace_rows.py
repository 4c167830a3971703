"""Rows inside another row's page of the admin, as they were sent together."""

from collections.abc import Iterator
from typing import Any, ClassVar

from unfold.forms import PaginationInlineFormSet


class RowsFormSet(PaginationInlineFormSet):  # type: ignore[misc]
    """Rows of one page; where they are `ordered`, new ones go to the end."""

    called: ClassVar = "row"
    twins: ClassVar[tuple[str, ...]] = ()  # what no two rows may share, in any case
    ordered: ClassVar = False

    def kept(self) -> Iterator[Any]:
        """The forms of the rows that will stand after the save; those with errors as well."""
        for form in self.forms:
            data = getattr(form, "cleaned_data", None)
            if data and not data.get("DELETE"):
                yield form

    def validate_unique(self) -> None:
        """Twins among the rows are told at the row, not above them all."""
        if not self.twins:
            super().validate_unique()
        for field in self.twins:
            taken: set[str] = set()
            for form in self.kept():
                said = (form.cleaned_data.get(field) or "").lower()
                if said and said in taken:
                    form.add_error(field, form.twin(field))
                taken.add(said)

    def clean(self) -> None:
        super().clean()
        for form in self.initial_forms:
            if "id" in form.errors:  # nobody sees the error of a hidden field
                form.add_error(
                    None,
                    f"Somebody removed this {self.called} while you were editing: tick its removal "
                    "as well, or add it anew.",
                )
        if self.ordered:
            self._to_the_end([form.instance for form in self.kept()])

    def _to_the_end(self, rows: list[Any]) -> None:
        last = max((row.position for row in rows if row.position is not None), default=-1)
        for row in rows:
            if row.position is None:
                last += 1
                row.position = last
