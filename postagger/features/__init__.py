"""From words to integers: vocabularies, tag sets, word features and pretrained vectors."""

from postagger.features.lexicon import Lexicon
from postagger.features.vector_files import KeyedVectors
from postagger.features.vectors import WordVectors, choose_vectors, load_vectors
from postagger.features.vocabulary import PADDING, UNKNOWN, TagSet, Vocabulary
from postagger.features.words import WordEncoding, WordTypes

__all__ = [
    "PADDING",
    "UNKNOWN",
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
