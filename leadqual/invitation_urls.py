"""Below /w/<workspace>/members/, beside those of accounts."""

from django.urls import path

from leadqual import invitation_views

urlpatterns = [
    path("invite/", invitation_views.invite_member, name="invite_member"),
    path("<int:member>/invite/", invitation_views.resend_invitation, name="resend_invitation"),
]
