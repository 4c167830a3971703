"""The nurture track that a new workspace starts with: not in use, for somebody to look at first.

It is for every lead, so it stands behind the tracks that are for some. Its texts promise nothing
that a workspace may not have: they ask, and an answer reaches a person.
"""

from typing import Any, Final

from accounts.models import Workspace
from handoff.models import NurtureStep, NurtureTrack

_Kind = NurtureStep.Kind
NAME: Final = "Stay in touch"
_ASKS: Final = """Hello $first_name,

how are things with ${challenge|your plans}? What has changed since we heard from you?

If there is something that you would like to read or to see, tell me in a line: I will look for it.

Kind regards
$rep
$workspace
"""
_LATER: Final = """Hello $first_name,

some weeks have gone by. Is this still a question for you at $company?

“Not now” is a good answer too: say when, and I will come back to you then.

Kind regards
$rep
$workspace
"""
_STEPS: Final[tuple[dict[str, Any], ...]] = (
    {"kind": _Kind.WAIT, "days": 14},
    {"kind": _Kind.MAIL, "subject": "${challenge|Your plans}: anything new?", "body": _ASKS},
    {"kind": _Kind.WAIT, "days": 30},
    {"kind": _Kind.MAIL, "subject": "Still a question at $company?", "body": _LATER},
    {"kind": _Kind.WAIT, "days": 14},
    {"kind": _Kind.TASK, "subject": "Look at $first_name of $company: worth another try?"},
)


def install_starter_track(workspace: Workspace) -> NurtureTrack:
    """For a workspace without tracks; call it inside a transaction. Nobody comes onto it yet."""
    track = NurtureTrack.objects.create(workspace=workspace, name=NAME, is_active=False)
    NurtureStep.objects.bulk_create(
        NurtureStep(track=track, position=position, **step) for position, step in enumerate(_STEPS)
    )
    return track
