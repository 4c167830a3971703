"""Days that people type: in years that business happens in."""

from django.core.validators import MaxValueValidator, MinValueValidator

from handoff.metrics.periods import EARLIEST, LATEST

_REFUSAL = f"Write a day in the years {EARLIEST.year} to {LATEST.year}."

IN_OUR_TIMES = [MinValueValidator(EARLIEST, _REFUSAL), MaxValueValidator(LATEST, _REFUSAL)]
"""The validators of every such field."""
