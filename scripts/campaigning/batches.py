"""Sentences alone and in a batch."""

from __future__ import annotations

import argparse
import itertools

import numpy as np

from campaigning.taggers import answers, load, new_sentences
from postagger import load_corpus


def batches(options: argparse.Namespace) -> int:
    """Tags sentences alone and all together: the same tags, and probabilities that differ by 1e-6 at most."""
    corpus = load_corpus("sample")
    given = [[word for word, _ in sentence] for sentence in (*corpus.dev, *corpus.test, *corpus.train)]
    given = [*given[: options.count], *new_sentences(itertools.count()), ["x"], ["The"] * 300]
    wrong = 0
    for path in options.models:
        tagger = load(path)
        together = tagger.probabilities(given)
        alone = np.concatenate([tagger.probabilities([sentence]) for sentence in given])
        tagged, by_itself = answers(tagger, given), [tagger.tag(sentence) for sentence in given]
        differing = sum(one != other for one, other in zip(tagged, by_itself, strict=True))
        largest = float(np.abs(together - alone).max())
        print(
            f"{path.stem}: {len(given):,} sentences, {len(alone):,} tokens: probabilities differ by "
            f"{largest:.1e} at most, tags of {differing} sentences",
            flush=True,
        )
        wrong += largest > 1e-6 or differing
    return int(wrong > 0)
