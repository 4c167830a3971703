"""Below /w/<workspace>/notices/."""

from django.urls import path

from leadqual import notices

urlpatterns = [
    path("", notices.notices, name="notices"),
    path("panel/", notices.notices_panel, name="notices_panel"),
    path("count/", notices.notices_count, name="notices_count"),
    path("read/", notices.read_all_notices, name="read_all_notices"),
    path("<int:notice>/read/", notices.read_notice, name="read_notice"),
]
