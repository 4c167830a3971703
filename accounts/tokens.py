"""The API's door: `Authorization: Bearer <secret>` names the workspace."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import ApiToken


class WorkspaceTokenAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[AnonymousUser, ApiToken] | None:
        scheme, _, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        digest = ApiToken.digest_of(secret.strip())
        token = ApiToken.objects.valid().select_related("workspace").filter(digest=digest).first()
        if token is None:
            raise AuthenticationFailed("This token is unknown or was revoked.")
        return AnonymousUser(), token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class HasWorkspaceToken(BasePermission):
    message = "Send the workspace's token: Authorization: Bearer lq_…"

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.auth, ApiToken)
