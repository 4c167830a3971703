"""Below /w/<workspace>/imports/."""

from django.urls import path

from handoff.views import imports

urlpatterns = [
    path("", imports.imports, name="imports"),
    path("new/", imports.import_new, name="import_new"),
    path("<int:pk>/", imports.import_run, name="import_run"),
    path("<int:pk>/columns/", imports.import_columns, name="import_columns"),
    path("<int:pk>/progress/", imports.import_progress, name="import_progress"),
    path("<int:pk>/start/", imports.import_start, name="import_start"),
    path("<int:pk>/discard/", imports.import_discard, name="import_discard"),
    path("<int:pk>/refused.csv", imports.import_refused, name="import_refused"),
    path("<int:pk>/map.toml", imports.import_map, name="import_map"),
]
