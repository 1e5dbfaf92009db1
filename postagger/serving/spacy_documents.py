"""The sentences of spaCy's documents, as lists of words."""

from __future__ import annotations

import itertools
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from spacy.tokens import Doc

from postagger.text.segment import SentenceMode, segment


def is_word(doc: Doc) -> NDArray[np.bool_]:
    """Which tokens are words and not white space, ``(tokens,)``."""
    words: NDArray[np.bool_] = doc.to_array("IS_SPACE") == 0
    return words


def sentences_of(doc: Doc, mode: SentenceMode | Literal["none"], *, set_them: bool) -> list[list[str]]:
    """The words of each sentence of a document; a sentence without words is left out.

    Args:
        mode: how a document without boundaries of sentences is cut, as in `postagger.segment`; ``none``: it
            is one sentence.
        set_them: whether to set the boundaries in such a document.
    """
    words = is_word(doc)
    if doc.has_annotation("SENT_START"):
        starts = doc.to_array("SENT_START") == 1
    else:
        starts = _starts(doc, mode)
        if set_them:
            for token, start in zip(doc, starts.tolist(), strict=True):
                token.is_sent_start = start
    number = np.cumsum(starts)[words]  # (words,), of each word's sentence
    texts = [token.text for token in doc]
    kept = texts if words.all() else list(itertools.compress(texts, words))
    cuts = np.flatnonzero(np.diff(number)) + 1
    return [
        kept[start:end] for start, end in itertools.pairwise([0, *cuts.tolist(), len(kept)]) if end > start
    ]


def _starts(doc: Doc, mode: SentenceMode | Literal["none"]) -> NDArray[np.bool_]:
    """Whether each token begins a sentence of the text, ``(tokens,)``."""
    starts = np.zeros(len(doc), bool)
    starts[:1] = True
    if mode != "none":
        found = segment(doc.text, tokens=lambda sentence: [sentence], sentences=mode)
        places = np.array([sentence.start for sentence in found[1:]], np.uint64)
        first = np.searchsorted(doc.to_array("IDX"), places)  # the first token that begins there or later
        starts[first[first < len(doc)]] = True
    return starts
