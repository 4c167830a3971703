"""Admin forms of what a workspace decides about its hand-offs."""

from collections.abc import Callable
from typing import Any

from django.forms import ValidationError

from accounts.workspace_form import WorkspaceForm
from handoff.message_texts import BadText, Code, check, check_body, variables_in_words
from handoff.models import MessageTemplate


class MessageForm(WorkspaceForm):
    code = ""  # the occasion that was chosen before the form; set by the page

    class Meta:
        model = MessageTemplate
        fields = ("subject", "body")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self.instance.code = self.code
        if "body" in self.fields:
            self.fields["body"].help_text = f"It may name: {variables_in_words(self._code)}."

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() - {"code"}

    @property
    def _code(self) -> Code:
        return Code(self.instance.code)

    def clean_subject(self) -> str:
        return self._checked("subject", check)

    def clean_body(self) -> str:
        return self._checked("body", check_body)

    def _checked(self, name: str, rule: Callable[[str, Code], None]) -> str:
        text: str = self.cleaned_data[name]
        try:
            rule(text, self._code)
        except BadText as error:
            raise ValidationError(str(error)) from error
        return text
