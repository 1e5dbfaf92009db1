"""The Penn treebank's rules for tokens with any quotes and apostrophes, whole addresses and emoji."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from postagger.text import words
from postagger.text.addresses import MAYBE_WHOLE, WHOLE
from postagger.text.treebank import cut as cut_straight
from postagger.text.words import WITHOUT_BLANKS

_APOSTROPHES = "\u2018\u2019\u201b\u02bc\uff07\u2032\u00b4"
_DOUBLE_QUOTES = "\u201c\u201d\u201e\u201f\u201a\u00ab\u00bb\u2039\u203a\u2033\u301d\u301e\u301f\uff02"
_STRAIGHT = str.maketrans(dict.fromkeys(_APOSTROPHES, "'") | dict.fromkeys(_DOUBLE_QUOTES, '"'))

_OPENING_SINGLE = re.compile(
    # Neither a closing quote, as in German, nor an apostrophe in place of letters, as in 'tis, 'em, the '90s.
    r"(?<![\w.,;:!?\u2026])\u2018(?=\S)(?!(?:tis|twas|em|til|till|cause|n|\d\ds?)\b)",
    re.IGNORECASE,
)
_STOP_BEFORE_QUOTE = re.compile(
    # Within a line, a full stop before a closing quote ends a sentence unless a small letter follows.
    r"(?<=\w)\.(?=\s?[\u201c\u201d\u2018\u2019\u00ab\u00bb\u203a]+\s+(?![a-z\s])|\s[\u00bb\u203a]\s*$)"
)


def with_stops_apart(sentence: str) -> str:
    """The sentence with a space before each full stop that a closing quote follows within it."""
    return sentence if sentence.isascii() else _STOP_BEFORE_QUOTE.sub(" .", sentence)


def cut(text: str, *, begins: bool = True, ends: bool = True) -> Sequence[str]:
    """The tokens of a sentence, or of a piece of it between two spaces, with the text's own quotes.

    Args:
        begins, ends: whether the sentence begins or ends here.
    """
    if WITHOUT_BLANKS.search(text):
        return words.cut(text)
    wholes = list(WHOLE.finditer(text)) if MAYBE_WHOLE.search(text) else []
    straight = straightened(text)
    if wholes:
        straight = _with_stand_ins(straight, wholes)
    tokens = cut_straight(straight, begins=begins, ends=ends)
    if straight == text:
        return tokens
    emoji = {match.start(): match.end() for match in wholes if match["emoji"]}
    return list(_as_written(tokens, text, straight, emoji))


def _with_stand_ins(straight: str, wholes: Sequence[re.Match[str]]) -> str:
    """A text with brackets in place of emoji, since a bracket is always a token of its own, and with letters
    in place of what else stays whole."""
    parts = list(straight)
    for match in wholes:
        stand_in = ")" if match["emoji"] else "x"
        parts[match.start() : match.end()] = stand_in * len(match.group())
    return "".join(parts)


def straightened(sentence: str) -> str:
    """The sentence with straight quotes, character by character; an opening single quote becomes a double."""
    if sentence.isascii():
        return sentence
    return _OPENING_SINGLE.sub('"', sentence.replace("\u2018\u2018", "``")).translate(_STRAIGHT)


def _as_written(tokens: Sequence[str], sentence: str, straight: str, emoji: dict[int, int]) -> Iterator[str]:
    """Yields each token with the sentence's own quotes, addresses and emoji.

    Args:
        straight: the sentence as it was cut; character by character the same.
        emoji: where each emoji begins and ends; there is a token for each of its characters.
    """
    start = end = 0
    for token in tokens:
        if start < end:  # within an emoji
            start += 1
            continue
        while sentence[start].isspace():
            start += 1
        end = emoji.get(start, 0)
        if end:
            yield sentence[start:end]
            start += 1
            continue
        length = 1 if straight[start] == '"' else len(token)  # `` may stand for one character
        written = sentence[start : start + length]
        yield token if token in ("``", "''") and written.isascii() else written
        start += length
