"""Whole numbers as people type them: 20.000 is twenty to some, and twenty thousand to others."""

import re
from typing import Final

NO_DECIMALS: Final = re.compile(r"\.0?\s*$")
"""What a field of whole numbers passes over as its `re_decimal`: 20.0 is 20. Left to itself it
takes 20.000 for 20, too."""
