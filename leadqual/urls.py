"""Where each package's pages begin; below /w/<workspace>/ everything belongs to a workspace."""

from django.contrib import admin
from django.urls import path

urlpatterns = [
    path("admin/", admin.site.urls),
]
