"""Promoting a lead whose score is too low: an override that starts with what is needed."""

from typing import Any

from handoff.forms.overrides import OverrideForm
from handoff.low_scores import Needed


class PromoteForm(OverrideForm):
    def __init__(self, *args: Any, needed: Needed, **kwargs: Any) -> None:
        self.needed = needed
        super().__init__(*args, **kwargs)

    def _initial(self, standing: Any) -> dict[str, Any]:
        said = super()._initial(standing)
        return said | {"fit": self.needed.fit, "intent": self.needed.intent, "reason": ""}
