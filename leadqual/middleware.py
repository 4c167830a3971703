"""The content security policy of every response; looser under /admin/ only."""

from csp.constants import UNSAFE_EVAL
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponseBase


class ContentSecurityPolicy(CSPMiddleware):
    """django-csp, with eval allowed under /admin/: Unfold's Alpine compiles its expressions."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if request.path.startswith("/admin/"):
            response._csp_update = {"script-src": UNSAFE_EVAL}  # type: ignore[attr-defined]
        return super().process_response(request, response)
