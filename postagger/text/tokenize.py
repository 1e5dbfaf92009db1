"""A raw sentence to tokens."""

from __future__ import annotations

import functools
from typing import Any


def tokenize(sentence: str) -> list[str]:
    """Tokens of one raw sentence, as the Penn treebank cuts them; straight quotes become `` and ''."""
    tokens: list[str] = _treebank_tokenizer().tokenize(sentence)
    return tokens


@functools.cache
def _treebank_tokenizer() -> Any:
    from nltk.tokenize.treebank import TreebankWordTokenizer  # NLTK is slow to import: only if needed

    return TreebankWordTokenizer()
