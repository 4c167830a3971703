"""What a workspace decides about its hand-offs: each topic has its own file."""

# Pages register themselves when they are imported.
from handoff import (  # noqa: F401
    admin_messages,
    admin_nurture,
    admin_promises,
    admin_reasons,
    admin_reps,
    admin_routing,
    admin_scorecards,
    admin_tiers,
)
