"""Words to integers: vocabularies, word features, batches."""

from postagger.encoding.batches import ROUND, Batch, EncodedCorpus
from postagger.encoding.lexicon import Lexicon
from postagger.encoding.vector_sources import KeyedVectors
from postagger.encoding.vectors import WordVectors, choose_vectors, load_vectors
from postagger.encoding.vocabulary import PADDING, UNKNOWN, TagSet, Vocabulary
from postagger.encoding.words import WordEncoding, WordTypes

__all__ = [
    "PADDING",
    "ROUND",
    "UNKNOWN",
    "Batch",
    "EncodedCorpus",
    "KeyedVectors",
    "Lexicon",
    "TagSet",
    "Vocabulary",
    "WordEncoding",
    "WordTypes",
    "WordVectors",
    "choose_vectors",
    "load_vectors",
]
