"""Who may do what, where. Fetching and tenancy are one step: a stranger gets 404.

Every view is declared with one of three decorators, and a test walks the URLconf to see
that none is without: `workspace_view(permission)`, `signed_in_view`, `public_view`.
"""

from collections.abc import Callable
from enum import Enum
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.log_in_first import log_in_first
from accounts.models import Membership, Role, User, Workspace

P = ParamSpec("P")


class Permission(Enum):
    """Each permission, in the words shown to people."""

    VIEW_LEADS = "see leads, their events and their history"
    EDIT_LEADS = "enter leads, log touches and fill in scorecards"
    DECIDE_OFFERS = "accept or reject the hand-offs offered to oneself"
    DECIDE_ANY_OFFER = "decide, withdraw and re-offer anybody’s hand-offs"
    MOVE_LEADS = "recycle, disqualify and close anybody’s leads"
    REOPEN_LEADS = "reopen disqualified leads"
    VIEW_REPORTS = "see the dashboards"
    SHARE_REPORTS = "share dashboards by a link or by scheduled mail"
    EXPORT_LEADS = "export leads"
    IMPORT_LEADS = "import leads"
    MERGE_LEADS = "merge two leads into one"
    ERASE_PEOPLE = "erase a person’s data for good"
    OVERRIDE_SCORES = "put another score beside a lead’s computed one, with a reason"
    CONFIGURE_SCORING = "edit the ICP, scoring rules and thresholds, and publish them"
    CONFIGURE_HANDOFF = "edit rejection reasons, templates and the pool"
    CONFIGURE_SLA = "edit commitments and business calendars"
    EDIT_AGREEMENT = "draft and propose the agreement"
    SIGN_FOR_MARKETING = "sign the agreement for marketing"
    SIGN_FOR_SALES = "sign the agreement for sales"
    ANSWER_MISSES = "acknowledge missed promises and decide what follows from them"
    HOLD_REVIEWS = "hold joint reviews, mark rejected leads and write down decisions"
    MANAGE_PEOPLE = "invite members, change roles and issue tokens"


_everyone = {Permission.VIEW_LEADS, Permission.VIEW_REPORTS}
_sells = _everyone | {Permission.EDIT_LEADS, Permission.DECIDE_OFFERS}
_markets = _everyone | {
    Permission.EDIT_LEADS,
    Permission.MOVE_LEADS,
    Permission.REOPEN_LEADS,
    Permission.SHARE_REPORTS,
    Permission.EXPORT_LEADS,
    Permission.IMPORT_LEADS,
    Permission.MERGE_LEADS,
    Permission.OVERRIDE_SCORES,
    Permission.CONFIGURE_SCORING,
    Permission.CONFIGURE_HANDOFF,
    Permission.EDIT_AGREEMENT,
    Permission.SIGN_FOR_MARKETING,
    Permission.ANSWER_MISSES,
    Permission.HOLD_REVIEWS,
}
ROLES: dict[str, frozenset[Permission]] = {
    Role.REP: frozenset(_sells),
    Role.SALES_MANAGER: frozenset(
        _sells
        | {
            Permission.DECIDE_ANY_OFFER,
            Permission.MOVE_LEADS,
            Permission.SHARE_REPORTS,
            Permission.EXPORT_LEADS,
            Permission.MERGE_LEADS,
            Permission.OVERRIDE_SCORES,
            Permission.CONFIGURE_SLA,
            Permission.CONFIGURE_HANDOFF,
            Permission.EDIT_AGREEMENT,
            Permission.SIGN_FOR_SALES,
            Permission.ANSWER_MISSES,
            Permission.HOLD_REVIEWS,
        }
    ),
    Role.MARKETING_MANAGER: frozenset(_markets),
    Role.LEADERSHIP: frozenset(_everyone | {Permission.SHARE_REPORTS}),
    Role.OPERATOR: frozenset(_markets | {Permission.CONFIGURE_SLA, Permission.MANAGE_PEOPLE}),
    Role.ADMINISTRATOR: frozenset(Permission),
}

ADMIN_PERMISSIONS = frozenset(
    {
        Permission.CONFIGURE_SCORING,
        Permission.CONFIGURE_HANDOFF,
        Permission.CONFIGURE_SLA,
        Permission.MANAGE_PEOPLE,
    }
)


def has_permission(membership: Membership, permission: Permission) -> bool:
    return permission in ROLES[membership.role]


def may_not(membership: Membership, permission: Permission) -> str:
    """The refusal, as a sentence: who may do one thing and another may, refused, do neither."""
    role, neither = membership.get_role_display().lower(), permission.value.replace(" and ", " or ")
    return f"As {role} you may not {neither}."


def roles_with(permission: Permission) -> list[str]:
    return [role for role, granted in ROLES.items() if permission in granted]


def members_with(workspace: Workspace, permission: Permission) -> QuerySet[User]:
    """The people of a workspace who hold a permission there, by name."""
    current = Membership.objects.of(workspace).current().filter(role__in=roles_with(permission))
    return User.objects.filter(pk__in=current.values("user")).order_by("name", "pk")


def membership_of(user: User, slug: str) -> Membership:
    """The user's membership in the workspace of that slug.

    Raises Http404 for a stranger: whether the workspace exists is none of their business.
    """
    try:
        return (
            Membership.objects.current()
            .select_related("workspace", "user")
            .get(user=user, workspace__slug=slug)
        )
    except Membership.DoesNotExist as error:
        raise Http404("No such page.") from error


class WorkspaceRequest(HttpRequest):
    """A request inside one workspace; `workspace_view` fills these attributes."""

    user: User
    workspace: Workspace
    membership: Membership

    may: Callable[[Permission], bool]


def workspace_view(
    permission: Permission,
) -> Callable[[Callable[Concatenate[WorkspaceRequest, P], HttpResponseBase]], Any]:
    """A view under /w/<workspace>/: members with the permission, others 403, strangers 404."""

    def decorate(view: Callable[Concatenate[WorkspaceRequest, P], HttpResponseBase]) -> Any:
        @wraps(view)
        @never_cache  # “Back” shows what is now, not the offer as it was before it was answered
        @log_in_first
        def enter(request: HttpRequest, workspace: str, **kwargs: Any) -> HttpResponseBase:
            membership = membership_of(cast(User, request.user), workspace)
            inside = cast(WorkspaceRequest, request)
            inside.membership, inside.workspace = membership, membership.workspace
            inside.may = partial(has_permission, membership)
            if not has_permission(membership, permission):
                raise PermissionDenied(may_not(membership, permission))
            with timezone.override(inside.workspace.zone):  # its days and hours, on every page
                return view(inside, **kwargs)  # type: ignore[call-arg]

        enter.access = permission  # type: ignore[attr-defined]
        return enter

    return decorate


def signed_in_view(view: Callable[Concatenate[HttpRequest, P], HttpResponseBase]) -> Any:
    """A view of the person alone, outside any workspace: profile, switcher."""
    enter = never_cache(log_in_first(view))
    enter.access = "signed in"  # type: ignore[attr-defined]
    return enter


def public_view(view: Callable[Concatenate[HttpRequest, P], HttpResponseBase]) -> Any:
    """A view that anybody may call, said so explicitly."""
    view.access = "public"  # type: ignore[attr-defined]
    return view
