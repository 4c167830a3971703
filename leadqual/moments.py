"""Which moments are believed: no zone, report or database gets into trouble with these."""

from datetime import UTC, datetime
from typing import Final

EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
"""Nothing that happened to a lead is older; a date before it is a slip of somebody's keyboard."""

BEFORE_EARLIEST: Final = "This moment lies before 1990."
