"""Below /q/: what a lead opens from a mail of ours, without a login."""

from django.urls import path

from handoff.views import qualification_form

urlpatterns = [
    path("<str:token>/", qualification_form.qualification_form, name="qualification_form")
]
