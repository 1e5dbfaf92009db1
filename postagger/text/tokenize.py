"""Tokenises raw sentences by one of three sets of rules."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from postagger.text import penn, universal, words
from postagger.text.pieces import PieceTokenizer

Rules = Literal["ptb", "ud", "unicode"]
"""The Penn treebank's, Universal Dependencies' for English, or Unicode's, for any language."""

Tokenize = Callable[[str], list[str]]
"""The tokens of a sentence."""

_BLANK = re.compile(r"\s")

_by_penn = PieceTokenizer(penn.cut)


def tokenize(sentence: str) -> list[str]:
    """Tokenises one raw sentence as in the Penn treebank; straight double quotes become `` and ''.

    Typographic quotes and apostrophes (curly, German, French, fullwidth ...) separate tokens as straight ones
    do, and are returned as they are written. Since it is clear which of them open and which close, two things
    are better than with straight ones: an opening single quote is a token of its own, and so is a full stop
    before a closing quote within the line. Addresses, hashtags, mentions and emoji stay whole.
    """
    return _by_penn(penn.with_stops_apart(sentence))


def _with_any_blanks(sentence: str) -> list[str]:
    """As `tokenize`, but a word ends at any blank as at a space: ``don't<TAB>know`` has four tokens."""
    return tokenize(sentence if sentence.isprintable() else _BLANK.sub(" ", sentence))


_TOKENIZERS: dict[Rules, Tokenize] = {
    "ptb": _with_any_blanks,
    "ud": PieceTokenizer(universal.cut),
    "unicode": PieceTokenizer(words.cut),
}


def tokenizer(rules: Rules) -> Tokenize:
    """The tokeniser that follows a set of rules."""
    return _TOKENIZERS[rules]
