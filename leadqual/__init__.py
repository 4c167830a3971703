"""The project and its ground floor: companies, leads, what they did, and their stages."""

from leadqual.celery import app as celery_app

__all__ = ["celery_app"]
