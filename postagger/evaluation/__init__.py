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
from postagger.evaluation.scored_tokens import (
    ScoredToken,
    TokenOutcome,
    check_predictions_path,
    write_predictions,
)

__all__ = [
    "MOST_TOKENS",
    "Calibration",
    "ChallengeScore",
    "Coverage",
    "Evaluation",
    "Example",
    "Rate",
    "ReliabilityBin",
    "ScoredToken",
    "TagScore",
    "TokenOutcome",
    "as_json",
    "as_table",
    "challenge_json",
    "challenge_table",
    "check_predictions_path",
    "evaluate",
    "evaluate_challenge",
    "fit_temperature",
    "tempered",
    "write_predictions",
]
