"""Where each package's pages begin; below /w/<workspace>/ everything belongs to a workspace."""

from django.contrib import admin
from django.urls import include, path

from leadqual import health

handler400 = "leadqual.bad_requests.bad_request"

urlpatterns = [
    path("", include("accounts.urls")),
    path("no-more-mail/", include("handoff.urls_report_mail_stop")),
    path("unsubscribe/", include("handoff.urls_unsubscribe")),
    path("workspaces/", include("handoff.workspace_urls")),
    path("q/", include("handoff.urls_qualification")),
    path("portfolio/", include("handoff.urls_portfolio")),
    path("shared/", include("handoff.urls_shared")),
    path("api/", include("handoff.api_urls")),
    path("w/<slug:workspace>/members/", include("leadqual.invitation_urls")),
    path("w/<slug:workspace>/notices/", include("leadqual.notice_urls")),
    path("w/<slug:workspace>/sla/", include("sla.urls")),
    path("w/<slug:workspace>/dashboards/mails/", include("handoff.urls_report_mails")),
    path("w/<slug:workspace>/", include("handoff.urls")),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
]
