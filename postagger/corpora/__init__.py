"""Where tagged sentences come from, and how they are split. No torch here."""

from postagger.corpora.corpus import Corpus, Document, TaggedSentence
from postagger.corpora.load import load_corpus, load_documents, load_files

__all__ = ["Corpus", "Document", "TaggedSentence", "load_corpus", "load_documents", "load_files"]
