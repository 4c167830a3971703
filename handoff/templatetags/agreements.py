"""Links from what is applied on a screen to the clause that says so."""

from datetime import datetime
from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import Workspace
from handoff.agreement.drafting import TITLES
from handoff.agreement.links import agreement_url
from handoff.agreement.shell import InForce, in_force
from sla.models.commitments import anchor_of

register = template.Library()

UNSIGNED = "Defaults: nothing is signed"
CLOCKS = "#lead-clocks"
_KNOWN = "in_force"


@register.simple_tag(takes_context=True)
def clause(
    context: Context, code: str, promise: str = "", tier: str = "", at: datetime | None = None
) -> SafeString:
    """A link to the clause in force, such as “Agreement 3, Allowed reasons”; blank outside a
    workspace. `promise` and `tier` are the codes of one promise among the commitments, `at` when it
    was given: what was promised before the agreement counted is said by the lead's clocks."""
    workspace: Workspace | None = context.get("workspace")
    if workspace is None:
        return SafeString("")
    now = _in_force(context, workspace)
    url = agreement_url(workspace, _anchor(now, code, promise, tier))
    words = f"Agreement {now.number}, {TITLES[code]}" if now.number else UNSIGNED
    if at and now.since and at < now.since:
        url, words = CLOCKS, f"Promised before agreement {now.number} counted"
    return format_html('<a class="lq-to-clause" href="{}">{}</a>', url, words)


def _in_force(context: Context, workspace: Workspace) -> InForce:
    """Asked once a page; an included template with a context of its own asks again."""
    known: InForce | None = context.get(_KNOWN)
    return known if known is not None else in_force(workspace)


def _anchor(now: InForce, code: str, promise: str, tier: str) -> str:
    """That of the promise for the tier, else for any, else of the whole clause."""
    of_promise = (anchor_of(promise, tier), anchor_of(promise))
    return next((anchor for anchor in of_promise if anchor in now.promises), code)


@register.simple_tag(takes_context=True)
def signed_on(context: Context, running: int | None) -> str:
    """“signed on version 3, running version 5” where the scoring model goes on from what was
    signed; blank where it does not, or nothing is signed."""
    workspace: Workspace | None = context.get("workspace")
    now = _in_force(context, workspace) if workspace else None
    if not (now and now.number and now.model_version and running):
        return ""
    same = now.model_version == running
    return "" if same else f"signed on version {now.model_version}, running version {running}"


@register.inclusion_tag("handoff/_agreement_banner.html", takes_context=True)
def agreement_banner(context: Context) -> dict[str, Any]:
    """What a workspace without a signed agreement runs on, and what is to be done about it."""
    workspace, membership = context.get("workspace"), context.get("membership")
    if workspace is None or membership is None:
        return {}
    now, may = _in_force(context, workspace), context.get("may") or {}
    return {
        "in_force": now,
        "workspace": workspace,
        "asked": now.asks(membership, may),
        "may": may,
        "url": agreement_url(workspace),
    }
