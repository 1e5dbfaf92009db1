"""How accurate a tagger is, on which words, and which errors it makes."""

from postagger.evaluation.calibration import Calibration, Coverage, ReliabilityBin, fit_temperature, tempered
from postagger.evaluation.counts import Evaluation, Example, Rate, TagScore, evaluate
from postagger.evaluation.report import as_json, as_table

__all__ = [
    "Calibration",
    "Coverage",
    "Evaluation",
    "Example",
    "Rate",
    "ReliabilityBin",
    "TagScore",
    "as_json",
    "as_table",
    "evaluate",
    "fit_temperature",
    "tempered",
]
