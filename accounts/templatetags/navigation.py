"""The portal's main navigation: what the member may open, as far as the page exists."""

from collections.abc import Callable
from dataclasses import dataclass

from django import template
from django.template import Context
from django.urls import NoReverseMatch, reverse

from accounts.access import ADMIN_PERMISSIONS, ROLES, Permission
from accounts.models import Membership

register = template.Library()


@dataclass(frozen=True)
class Entry:
    """One line of the navigation; shown to members who hold any of the permissions."""

    url_name: str
    label: str
    icon: str
    permissions: frozenset[Permission]
    in_workspace: bool = True
    also: tuple[str, ...] = ()  # pages below it, at which it stays marked


ENTRIES = (
    Entry("queue", "My queue", "inbox", frozenset({Permission.DECIDE_OFFERS})),
    Entry(
        "leads", "Leads", "users", frozenset({Permission.VIEW_LEADS}), also=("lead", "edit_lead")
    ),
    Entry("low_scores", "Low scores", "zoom-question", frozenset({Permission.MOVE_LEADS})),
    Entry("new_lead", "New lead", "user-plus", frozenset({Permission.EDIT_LEADS})),
    Entry(
        "dashboards",
        "Dashboards",
        "chart-dots",
        frozenset({Permission.VIEW_REPORTS}),
        also=("dashboard", "share_dashboard", "shared_pages"),
    ),
    Entry(
        "agreement",
        "Agreement",
        "file-certificate",
        frozenset({Permission.VIEW_REPORTS}),
        also=(
            *("agreement_version", "agreement_versions", "agreement_differences"),
            *("agreement_edit", "new_promise", "edit_promise", "propose_agreement"),
            *("sign_agreement", "withdraw_agreement"),
        ),
    ),
    Entry(
        "reviews",
        "Reviews",
        "calendar-check",
        frozenset({Permission.VIEW_REPORTS}),
        also=("review",),
    ),
    Entry(
        "sla_board",
        "SLA board",
        "clock-exclamation",
        frozenset({Permission.VIEW_REPORTS}),
        also=("sla_misses",),
    ),
    Entry(
        "compliance",
        "Compliance",
        "scale",
        frozenset({Permission.VIEW_REPORTS}),
        also=("compliance_clocks", "untouched_leads", "review_items"),
    ),
    Entry("routing", "Routing", "arrows-split", frozenset({Permission.VIEW_REPORTS})),
    Entry("shadow", "Shadow", "ghost", frozenset({Permission.VIEW_REPORTS})),
    Entry("rejections", "Rejections", "thumb-down", frozenset({Permission.MOVE_LEADS})),
    Entry("overrides", "Overrides", "user-edit", frozenset({Permission.VIEW_REPORTS})),
    Entry(
        "previews", "Previews", "history", frozenset({Permission.VIEW_REPORTS}), also=("preview",)
    ),
    Entry("thresholds", "Thresholds", "adjustments", frozenset({Permission.VIEW_REPORTS})),
    Entry(
        "imports",
        "Imports",
        "file-import",
        frozenset({Permission.IMPORT_LEADS}),
        also=("import_new", "import_columns", "import_run"),
    ),
    Entry(
        "members",
        "Members",
        "address-book",
        frozenset({Permission.MANAGE_PEOPLE}),
        also=("invite_member",),
    ),
    Entry("tokens", "API tokens", "key", frozenset({Permission.MANAGE_PEOPLE})),
    Entry("admin:index", "Admin", "settings", ADMIN_PERMISSIONS, in_workspace=False),
)


ONLY_IF: dict[str, Callable[[Membership], bool]] = {}
"""By the name of an entry's page: whether it has something to show this member. Filled from
above, where the page is known; what is asked here costs every page of the portal."""
BADGES: dict[str, Callable[[Membership], str]] = {}
"""By the name of an entry's page: what stands beside it, such as “2 overdue”. Likewise."""


@dataclass(frozen=True)
class Link:
    label: str
    icon: str
    url: str
    current: bool
    badge: str  # what is to be done there, in words; blank: nothing


@register.simple_tag(takes_context=True)
def navigation(context: Context) -> list[Link]:
    """The links for `membership`; a page that is not installed is left out."""
    membership: Membership = context["membership"]
    match = context["request"].resolver_match
    here = match.view_name if match else ""
    links = []
    for entry in ENTRIES:
        if not entry.permissions & ROLES[membership.role]:
            continue
        if entry.url_name in ONLY_IF and not ONLY_IF[entry.url_name](membership):
            continue
        args = [membership.workspace.slug] if entry.in_workspace else []
        try:
            url = reverse(entry.url_name, args=args)
        except NoReverseMatch:
            continue
        current = here in (entry.url_name, *entry.also)
        badge = BADGES[entry.url_name](membership) if entry.url_name in BADGES else ""
        links.append(Link(entry.label, entry.icon, url, current, badge))
    return links
