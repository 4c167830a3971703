"""The acceptance rate out of its healthy band: both sides are asked to decide, with a threshold
proposed that was tested on history."""
