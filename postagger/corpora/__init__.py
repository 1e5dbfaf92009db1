"""Loads tagged corpora, splits them into train, dev and test, and checks them. No torch here."""

from typing import TYPE_CHECKING, Any

from postagger.corpora.corpus import Corpus, Document, as_corpus, check_part
from postagger.corpora.leakage import HeldOut, without_overlap
from postagger.corpora.load import is_file, load_configured, load_corpus, load_documents, load_files
from postagger.corpora.nltk_data import download
from postagger.corpora.readers import READERS, CorpusReader, register_reader
from postagger.corpora.sentences import UNTAGGED, TaggedSentence, as_sentences, is_tagged

if TYPE_CHECKING:
    from postagger.corpora.diagnosis import CorpusCheck, Finding, check_corpus

__all__ = [
    "READERS",
    "UNTAGGED",
    "Corpus",
    "CorpusCheck",
    "CorpusReader",
    "Document",
    "Finding",
    "HeldOut",
    "TaggedSentence",
    "as_corpus",
    "as_sentences",
    "check_corpus",
    "check_part",
    "download",
    "is_file",
    "is_tagged",
    "load_configured",
    "load_corpus",
    "load_documents",
    "load_files",
    "register_reader",
    "without_overlap",
]


def __getattr__(name: str) -> Any:
    """The names of the diagnosis, which is not needed for tagging."""
    if name in ("CorpusCheck", "Finding", "check_corpus"):
        from postagger.corpora import diagnosis

        return getattr(diagnosis, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
