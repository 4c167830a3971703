"""The pages there are, in the order of the menu."""

from collections.abc import Mapping
from typing import Final

from handoff.dashboards.acceptance import ACCEPTANCE_PAGE
from handoff.dashboards.follow_up import FOLLOW_UP_PAGE
from handoff.dashboards.funnel import FUNNEL_PAGE
from handoff.dashboards.panel import Page
from handoff.dashboards.rejections import REJECTIONS_PAGE
from handoff.dashboards.revenue import REVENUE_PAGE
from handoff.dashboards.speed import SPEED_PAGE

_ALL: Final = (
    FUNNEL_PAGE,
    ACCEPTANCE_PAGE,
    REJECTIONS_PAGE,
    SPEED_PAGE,
    REVENUE_PAGE,
    FOLLOW_UP_PAGE,
)
PAGES: Final[Mapping[str, Page]] = {page.key: page for page in _ALL}
