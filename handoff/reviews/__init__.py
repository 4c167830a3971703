"""The joint review: opened on a cadence, walked through by both sides, closed with minutes."""
