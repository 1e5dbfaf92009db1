"""Words to integers: vocabularies, word features, batches."""

from postagger.encoding.batches import Batch, EncodedCorpus
from postagger.encoding.lexicon import Lexicon
from postagger.encoding.vocabulary import PADDING, UNKNOWN, TagSet, Vocabulary
from postagger.encoding.words import WordEncoding, WordTypes

__all__ = [
    "PADDING",
    "UNKNOWN",
    "Batch",
    "EncodedCorpus",
    "Lexicon",
    "TagSet",
    "Vocabulary",
    "WordEncoding",
    "WordTypes",
]
