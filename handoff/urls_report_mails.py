"""Dashboards by mail, below /w/<workspace>/dashboards/mails/."""

from django.urls import path

from handoff.views import report_mails

urlpatterns = [
    path("", report_mails.report_mails, name="report_mails"),
    path("new/", report_mails.new_report_mail, name="new_report_mail"),
    path("<int:pk>/", report_mails.report_mail, name="report_mail"),
    path("<int:pk>/pause/", report_mails.pause_report_mail, name="pause_report_mail"),
    path("<int:pk>/delete/", report_mails.delete_report_mail, name="delete_report_mail"),
    path("<int:pk>/send/", report_mails.send_report_mail, name="send_report_mail"),
    path("<int:pk>/leave/", report_mails.leave_report_mail, name="leave_report_mail"),
]
