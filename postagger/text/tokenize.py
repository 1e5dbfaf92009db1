"""Tokenises raw sentences."""

from __future__ import annotations

import functools
from typing import Any


def tokenize(sentence: str) -> list[str]:
    """Tokenises one raw sentence as in the Penn treebank; straight quotes become `` and ''."""
    tokens: list[str] = _treebank_tokenizer().tokenize(sentence)
    return tokens


@functools.cache
def _treebank_tokenizer() -> Any:
    from nltk.tokenize.treebank import TreebankWordTokenizer  # NLTK is slow to import: only if needed

    return TreebankWordTokenizer()
