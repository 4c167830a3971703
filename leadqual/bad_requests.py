"""What is said when Django refuses a request before any view has read it."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

TOO_LARGE = "This form is too large to be sent"
_BACK = "Nothing was saved. Go back in the browser: what you typed is usually still there."


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page for status 400; a form that is too large is told as such, and what to do."""
    facts = {}
    if isinstance(exception, TooManyFieldsSent):
        most = f"{settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:,}"
        facts = {
            "heading": TOO_LARGE,
            "refusal": f"It has more than {most} fields. {_BACK} Save fewer rows.",
        }
    elif isinstance(exception, RequestDataTooBig):
        most = f"{settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024**2} MB"
        facts = {
            "heading": TOO_LARGE,
            "refusal": f"It holds more than {most} of text. {_BACK} Shorten the longest lists.",
        }
    return render(request, "400.html", facts, status=400)
