"""From words to integers: vocabularies, tag sets and dictionaries, word features, pretrained vectors."""

from postagger.features.lexicon import Lexicon
from postagger.features.subwords import Subwords
from postagger.features.tag_dictionary import Lexical, TagDictionary, as_tag_dictionary
from postagger.features.tag_mask import TagMask
from postagger.features.vector_files import KeyedVectors
from postagger.features.vectors import WordVectors, choose_vectors, load_vectors
from postagger.features.vocabulary import PADDING, UNKNOWN, TagSet, Vocabulary
from postagger.features.word_classes import WordClasses, choose_classes
from postagger.features.words import WordEncoding, WordTypes

__all__ = [
    "PADDING",
    "UNKNOWN",
    "KeyedVectors",
    "Lexical",
    "Lexicon",
    "Subwords",
    "TagDictionary",
    "TagMask",
    "TagSet",
    "Vocabulary",
    "WordClasses",
    "WordEncoding",
    "WordTypes",
    "WordVectors",
    "as_tag_dictionary",
    "choose_classes",
    "choose_vectors",
    "load_vectors",
]
