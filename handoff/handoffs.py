"""Hand-offs: viewed, accepted, rejected, passed on, expired, withdrawn. Each is one transaction.

`handoff.offering` begins them; here is all that can become of one, whichever module does it.
"""

from handoff.acceptance import UNDO_WITHIN, accept, undo, undo_until
from handoff.open_offers import (
    expire,
    not_mine,
    reoffer,
    view,
    view_all,
    withdraw,
    withdraw_open,
)
from handoff.rejections import reject

__all__ = [
    "UNDO_WITHIN",
    "accept",
    "expire",
    "not_mine",
    "reject",
    "reoffer",
    "undo",
    "undo_until",
    "view",
    "view_all",
    "withdraw",
    "withdraw_open",
]
