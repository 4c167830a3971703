"""Anonymous visitors go to the login page, and come back to the page they wanted."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.http import urlencode
from django_htmx.http import HttpResponseClientRedirect

View = Callable[..., HttpResponseBase]


def log_in_first(view: View) -> View:
    """Like Django's login_required, but a fragment sends the whole page to the login.

    Else htmx would follow the redirect and put the login form where the fragment was.
    """

    @wraps(view)
    def enter(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if not request.headers.get("HX-Request"):
            return redirect_to_login(request.get_full_path())
        page = request.htmx.current_url_abs_path or "/"  # type: ignore[attr-defined]
        login = resolve_url(settings.LOGIN_URL)
        return HttpResponseClientRedirect(f"{login}?{urlencode({'next': page})}")

    return enter
