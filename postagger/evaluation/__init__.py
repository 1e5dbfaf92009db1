"""Counts to rates: how often a tagger is right, on which words, and where it goes wrong."""

from postagger.evaluation.counts import Evaluation, Example, Rate, TagScore, evaluate
from postagger.evaluation.report import as_json, as_table

__all__ = ["Evaluation", "Example", "Rate", "TagScore", "as_json", "as_table", "evaluate"]
