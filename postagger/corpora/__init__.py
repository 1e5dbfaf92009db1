"""Where tagged sentences come from, and how they are split. No torch here."""

from postagger.corpora.corpus import (
    UNTAGGED,
    Corpus,
    Document,
    TaggedSentence,
    as_corpus,
    as_sentences,
    is_tagged,
)
from postagger.corpora.leakage import HeldOut, without_overlap
from postagger.corpora.load import is_file, load_configured, load_corpus, load_documents, load_files
from postagger.corpora.nltk_data import download
from postagger.corpora.readers import READERS, CorpusReader, register_reader

__all__ = [
    "READERS",
    "UNTAGGED",
    "Corpus",
    "CorpusReader",
    "Document",
    "HeldOut",
    "TaggedSentence",
    "as_corpus",
    "as_sentences",
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
