"""Counts a corpus, and finds what is wrong with it."""

from postagger.corpora.diagnosis.check import check_columns, check_corpus
from postagger.corpora.diagnosis.findings import CorpusCheck, Finding, PartCounts, Severity, TagCounts
from postagger.corpora.diagnosis.report import as_json, as_text

__all__ = [
    "CorpusCheck",
    "Finding",
    "PartCounts",
    "Severity",
    "TagCounts",
    "as_json",
    "as_text",
    "check_columns",
    "check_corpus",
]
