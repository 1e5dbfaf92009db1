"""How accurate a tagger is, on which words, and which errors it makes."""

from postagger.evaluation.counts import Evaluation, Example, Rate, TagScore, evaluate
from postagger.evaluation.report import as_json, as_table

__all__ = ["Evaluation", "Example", "Rate", "TagScore", "as_json", "as_table", "evaluate"]
