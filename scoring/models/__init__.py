"""The scoring model in its versions, the signals it gives points to, and the scores."""

from scoring.models.rules import (
    AttributeRule,
    Disqualifier,
    IcpCriterion,
    IntentRule,
    QualificationRule,
)
from scoring.models.scores import QualificationDue, Rescore, Score, ScoreDirty
from scoring.models.signals import Signal
from scoring.models.versions import Band, GradeCell, ModelVersion

__all__ = [
    "AttributeRule",
    "Band",
    "Disqualifier",
    "GradeCell",
    "IcpCriterion",
    "IntentRule",
    "ModelVersion",
    "QualificationDue",
    "QualificationRule",
    "Rescore",
    "Score",
    "ScoreDirty",
    "Signal",
]
