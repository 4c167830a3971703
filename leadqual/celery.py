"""Celery only wakes things up: the database is the queue of record (docs/decisions)."""

import os

from celery import Celery

from leadqual import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadqual.settings")

broker.install()

app = Celery("leadqual")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
