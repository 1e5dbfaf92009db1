"""Loads tagged corpora, splits them into train, dev and test, and checks them. No torch here."""

from typing import TYPE_CHECKING

from postagger.lazy import lazy_names

if TYPE_CHECKING:
    from postagger.corpora.corpus import Corpus, Document, as_corpus, check_part
    from postagger.corpora.diagnosis import CorpusCheck, Finding, check_corpus
    from postagger.corpora.leakage import HeldOut, without_overlap
    from postagger.corpora.load import is_file, load_configured, load_corpus, load_documents, load_files
    from postagger.corpora.nltk_data import download
    from postagger.corpora.readers import READERS, CorpusReader, register_reader
    from postagger.corpora.sentences import UNTAGGED, TaggedSentence, as_sentences, is_tagged
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "corpus": "Corpus Document as_corpus check_part",
            "diagnosis": "CorpusCheck Finding check_corpus",
            "leakage": "HeldOut without_overlap",
            "load": "is_file load_configured load_corpus load_documents load_files",
            "nltk_data": "download",
            "readers": "READERS CorpusReader register_reader",
            "sentences": "UNTAGGED TaggedSentence as_sentences is_tagged",
        },
    )

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
