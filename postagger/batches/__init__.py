"""Sentences as flat tensors, and batches cut from them.

batch           a batch: its word types, its tokens, the sentences' lengths
encoded_corpus  a corpus, of which batches are made without a Python loop over tokens
"""

from postagger.batches.batch import ROUND, Batch, Origin, TypeTensors
from postagger.batches.encoded_corpus import EncodedCorpus

__all__ = ["ROUND", "Batch", "EncodedCorpus", "Origin", "TypeTensors"]
