"""Words of any language by Unicode's rules (Unicode Standard Annex 29), from the library ``regex``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from postagger.text.addresses import MAYBE_WHOLE, WHOLE

WITHOUT_BLANKS = re.compile(
    "[\u0e00-\u109f\u1780-\u17ff\u2e80-\u2fff\u3040-\u9fff\ua9e0-\ua9ff\uaa60-\uaa7f"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)
"""A character of a script that puts no blanks between words: Chinese, Japanese, Thai, Lao, Khmer ..."""

OTHER_SCRIPTS = re.compile(
    "[\u0590-\u1cff\u2e80-\u2fff\u3040-\ud7ff\uf900-\ufaff\ufb1d-\ufdff\ufe70-\ufefc\uff66-\uffdc"
    "\U00010000-\U0001cfff\U0001e000-\U0001efff\U00020000-\U0003ffff]"
)
"""A character of a script other than Latin, Greek, Cyrillic and Armenian."""


@cache
def _token() -> Any:
    import regex  # only here, because it takes time

    unspaced = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
    word = rf"[[\p{{L}}\p{{N}}]--[{unspaced}]][[\p{{L}}\p{{M}}\p{{N}}]--[{unspaced}]]*+"
    hyphenated = rf"{word}(?:[-\u2010\u2011'\u2019]{word})+"
    return regex.compile(rf"{hyphenated}|([^\w\s])\1+|\S+?\b", regex.VERSION1 | regex.WORD)


def cut(text: str, *, begins: bool = True, ends: bool = True) -> list[str]:  # noqa: ARG001
    """The words and marks of a sentence, or of a piece of it between two spaces.

    Words stay whole with their apostrophes and hyphens, and so do addresses, hashtags, mentions, emoji,
    numbers and runs of the same mark. Scripts without blanks between words, such as Chinese, Japanese and
    Thai, are cut into characters, or into runs of katakana: their words need a dictionary.

    Args:
        begins, ends: whether the sentence begins or ends here, which does not matter.
    """
    if text.isascii() and text.isalnum():
        return [text]
    tokens: list[str] = []
    start = 0
    for match in WHOLE.finditer(text) if MAYBE_WHOLE.search(text) else ():
        tokens += _words(text[start : match.start()])
        tokens.append(match.group())
        start = match.end()
    return [*tokens, *_words(text[start:])]


def _words(text: str) -> Iterator[str]:
    return (match.group() for piece in text.split() for match in _token().finditer(piece))
