"""Admin pages over what an agreement fixes: above list and form they say what was signed."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, cast

from django.http import HttpRequest, HttpResponseBase

from accounts.models import Workspace
from accounts.workspace_admin import WorkspaceAdmin


class SignedPage(WorkspaceAdmin):
    """`signed_clause` is the code of the clause that says it."""

    signed_clause: ClassVar[str] = ""
    list_before_template = "admin/handoff/signed.html"
    change_form_before_template = "admin/handoff/signed.html"

    def signed(self, workspaces: Sequence[Workspace], obj: Any = None) -> Iterable[object]:
        """What the template says of each agreement in force; `obj`: of that row alone."""
        raise NotImplementedError

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        said = {
            "signed": self.signed(self.workspaces(request)),
            "several": self.is_in_several(request),
            "clause": self.signed_clause,
        }
        page = super().changelist_view(request, {**(extra_context or {}), **said})
        return cast(HttpResponseBase, page)

    def render_change_form(self, request: HttpRequest, context: Any, **kwargs: Any) -> Any:
        context["signed"] = self.signed(self.scope(request), kwargs.get("obj"))
        context["clause"] = self.signed_clause
        return super().render_change_form(request, context, **kwargs)
