"""A person's own page: name, colours, password, second factor."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.access import signed_in_view
from accounts.forms import ProfileForm, ThemeForm
from accounts.models import User


@signed_in_view
def profile(request: HttpRequest) -> HttpResponse:
    # A second instance: a refused form must not show its values in the shell around it.
    user = User.objects.get(pk=cast(User, request.user).pk)
    form = ProfileForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Your profile is saved.")
        return redirect("profile")
    return render(request, "accounts/profile.html", {"form": form})


@signed_in_view
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """The switch in the menu: saved without leaving the page."""
    form = ThemeForm(request.POST, instance=cast(User, request.user))
    if not form.is_valid():
        return HttpResponseBadRequest("Choose light, dark or auto.")
    form.save()
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    return redirect("profile")
