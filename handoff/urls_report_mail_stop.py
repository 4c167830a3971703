"""The page that every dashboard's mail ends with; anybody may open it."""

from django.urls import path

from handoff.views.report_mail_stop import stop_report_mail

urlpatterns = [path("<str:token>/", stop_report_mail, name="stop_report_mail")]
