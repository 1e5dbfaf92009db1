"""How accurate a tagger is, on which words, and which errors it makes."""

from postagger.evaluation.calibration import (
    MOST_TOKENS,
    Calibration,
    Coverage,
    ReliabilityBin,
    fit_temperature,
    tempered,
)
from postagger.evaluation.challenge import ChallengeScore, evaluate_challenge
from postagger.evaluation.challenge_report import challenge_json, challenge_table
from postagger.evaluation.counts import Evaluation, Example, Rate, TagScore, evaluate
from postagger.evaluation.report import as_json, as_table

__all__ = [
    "MOST_TOKENS",
    "Calibration",
    "ChallengeScore",
    "Coverage",
    "Evaluation",
    "Example",
    "Rate",
    "ReliabilityBin",
    "TagScore",
    "as_json",
    "as_table",
    "challenge_json",
    "challenge_table",
    "evaluate",
    "evaluate_challenge",
    "fit_temperature",
    "tempered",
]
