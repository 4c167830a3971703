"""Below /w/<workspace>/sla/: panels, fetched by the pages that show them."""

from django.urls import path

from sla.views import lead_clocks

urlpatterns = [
    path("leads/<int:lead>/clocks/", lead_clocks, name="lead_clocks"),
]
