"""What holds for every request: a content security policy, and no characters without a sign."""

from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from csp.constants import UNSAFE_EVAL
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render

Middleware = Callable[[HttpRequest], HttpResponseBase]


class ContentSecurityPolicy(CSPMiddleware):
    """django-csp, with eval allowed under /admin/: Unfold's Alpine compiles its expressions."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if request.path.startswith("/admin/"):
            response._csp_update = {"script-src": UNSAFE_EVAL}  # type: ignore[attr-defined]
        return super().process_response(request, response)


REFUSAL = "The address holds a NUL character, which no text has."


def no_nul(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Middleware:
    """Refuses addresses with a NUL character, in words: PostgreSQL keeps none and would fail.

    Forms refuse it in what is sent to them; the address is read in many places without a form.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        said = request.path_info.encode() + unquote_to_bytes(request.META.get("QUERY_STRING", ""))
        if b"\0" not in said:
            return get_response(request)
        if request.path_info.startswith("/api/"):
            return JsonResponse({"detail": REFUSAL}, status=400)
        return render(request, "400.html", {"refusal": REFUSAL}, status=400)

    return answer
