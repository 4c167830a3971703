"""A machine of the workspace's owner, with its token."""

import json
from dataclasses import dataclass
from typing import Any

from django.test import Client

from accounts.models import ApiToken, User, Workspace


@dataclass
class Answer:
    status: int
    json: Any


class Machine:
    def __init__(self, workspace: Workspace, by: User) -> None:
        self.token, self.secret = ApiToken.issue(workspace=workspace, name="website form", by=by)

    def post(self, kind: str, body: Any, *, content_type: str = "application/json") -> Answer:
        """POST to /api/v1/<kind>; a text is sent as it is, anything else as JSON."""
        answer = Client().post(
            f"/api/v1/{kind}",
            data=body if isinstance(body, str | bytes) else json.dumps(body),
            content_type=content_type,
            headers={"Authorization": f"Bearer {self.secret}"},
        )
        return Answer(answer.status_code, answer.json())

    def get(self, path: str) -> Answer:
        address = f"/api/v1/{path}"
        answer = Client().get(address, headers={"Authorization": f"Bearer {self.secret}"})
        return Answer(answer.status_code, answer.json())

    def refusal(self, kind: str, item: Any) -> dict[str, str]:
        """The faults of a single item, by field."""
        answer = self.post(kind, item)
        assert answer.status in (400, 409, 422), answer
        return {fault["field"]: fault["message"] for fault in answer.json["errors"]}
