"""“Send a test”: the webhook of a made-up offer, sent now, and what came of it in words."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.error import HTTPError, URLError

from django.conf import settings
from django.urls import reverse

from accounts.models import User, Workspace
from leadqual import sending


@dataclass(frozen=True)
class Trial:
    worked: bool
    words: str


def try_out(url: str, *, workspace: Workspace, by: User, now: datetime) -> Trial:
    """Waits for the answer, ten seconds at most; says what it was and raises nothing."""
    key = f"test:{now.timestamp():.0f}"
    body = json.dumps(sample(workspace, by=by, key=key, now=now))
    try:
        status = sending.post(url, body, key=key)
    except HTTPError as error:
        if 300 <= error.code < 400:
            return Trial(
                False, f"It answered {error.code}: it sends on to another address. Use it."
            )
        return Trial(False, f"It answered {error.code} {error.reason}: the test was not taken.")
    except TimeoutError:
        return Trial(False, f"No answer within {sending.TIMEOUT_SECONDS} seconds.")
    except ValueError as refusal:
        return Trial(False, str(refusal))
    except OSError as error:
        why = error.reason if isinstance(error, URLError) else error
        said = (isinstance(why, OSError) and why.strerror) or why
        return Trial(False, f"It could not be reached: {said}.")
    return Trial(True, f"It answered {status}: the test has arrived.")


def sample(workspace: Workspace, *, by: User, key: str, now: datetime) -> dict[str, Any]:
    """As `handoff.notifications` sends it of an offer, about somebody who does not exist."""
    return {
        "id": key,
        "occasion": "test",
        "workspace": workspace.slug,
        "rep": by.email,
        "lead": "Hanna Weiss",
        "company": "Acme",
        "tier": "Enterprise",
        "grade": "A",
        "why_now": "Hanna looked at the pricing page three times this week.",
        "due_at": (now + timedelta(hours=1)).isoformat(timespec="seconds"),
        "link": settings.LEADQUAL_URL + reverse("queue", args=[workspace.slug]),
    }
