"""The scoring model in its versions, the signals it gives points to, and the scores."""

from scoring.models.lists import NamedList, TitleLine
from scoring.models.overrides import ScoreOverride
from scoring.models.previews import Preview
from scoring.models.rules import (
    AttributeRule,
    Disqualifier,
    IcpCriterion,
    IntentRule,
    PersonaLine,
    PointsGroup,
    QualificationRule,
)
from scoring.models.scores import QualificationDue, Rescore, RescoreLane, Score, ScoreDirty
from scoring.models.shadows import ShadowScore
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
    "NamedList",
    "PersonaLine",
    "PointsGroup",
    "Preview",
    "QualificationDue",
    "QualificationRule",
    "Rescore",
    "RescoreLane",
    "Score",
    "ScoreDirty",
    "ScoreOverride",
    "ShadowScore",
    "Signal",
    "TitleLine",
]
