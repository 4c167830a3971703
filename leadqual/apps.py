"""The ground floor's app, and the admin site it puts in Django's place."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class LeadqualConfig(AppConfig):
    name = "leadqual"
    verbose_name = "Leads"
    default = True


class LeadqualAdminConfig(admin_apps.AdminConfig):
    """Django's admin with a site that lets members in by permission, not by `is_staff`."""

    default = False
    default_site = "accounts.admin_site.WorkspaceAdminSite"
