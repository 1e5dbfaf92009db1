"""Splits text into sentences, by rules for English that were chosen on the train part of UD EWT.

A sentence ends at a full stop, question mark, exclamation mark or ellipsis, with the quotes and brackets that
it closes and with emoticons and emoji, if a blank follows. The full stop of an abbreviation, an initial or a
number in a list ends none, unless what comes next can only be the beginning of a sentence. In Chinese,
Japanese and others with marks of their own, these end a sentence, in Chinese and Japanese without a blank.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from postagger.text.abbreviations import ALSO_WORDS, BEFORE_MORE, EVEN_LAST
from postagger.text.addresses import EMOJI

_STOPS = ".!?\u2026\u061f\u06d4\u0964\u0965\u1362\u0589"
_WIDE_STOPS = "\u3002\uff01\uff1f\uff61"
_CLOSING = "\"'\u201d\u2019\u00bb)\\]*"
_EYES = ":;=<"
_FACE = r"(?:[:;=]-?[()DPp]+|<3+)(?!\S)"
_POINTERS = "\u2190-\u21ff\u25a0-\u25ff\u2611\u2705\u2713\u2714\u27a1\U0001f449\U0001f4cc\U0001f538\U0001f539"
"""Pictures that stand before what they belong to: arrows, ticks, bullets."""

_FACES = rf"(?:(?![{_POINTERS}]){EMOJI})++(?!\S)"

_END = re.compile(  # it begins with a set of characters, which is found fast
    rf"""
    (?P<stop>[{_STOPS}{_WIDE_STOPS}{_EYES}] (?:(?<=[{_STOPS}])[{_STOPS}]++)?)
    (?: (?<=[{_STOPS}])(?P<closed>[{_CLOSING}]*+)(?:\s*(?:{_FACE}|{_FACES}|\.(?!\S))){{,8}}+
          (?=\s+(?P<next>\S+))
      | (?<=[{_WIDE_STOPS}])[{_WIDE_STOPS}]*+[{_CLOSING}\u300d\u300f\uff09]*+
      | (?<=[{_EYES}])(?:(?<!<)-?[()DPp]+|(?<=<)3+)(?=\s+[^\W\d_])
      | (?P<none>)
    )
    """,
    re.VERBOSE,
)
_MAYBE = re.compile(rf"[{_STOPS}](?=[{_CLOSING}]*[\s\u00a9-\U0001faff])|[{_WIDE_STOPS}{_EYES}]")
"""Whether it is worthwhile to search for `_END`; much faster."""

_LONGEST = 10_000
"""What has more characters without an end is taken for a sentence at the end of a line."""

_WIDEST = 100
"""The most characters before a dot that are looked at."""

_WORD = re.compile(r"[^\s(\"'\u201c\u2018\[*/\u2013\u2014-]*\Z")
_NEXT = re.compile(r"[\"'\u201c\u2018`(\[*_<\u00ab#-]*(\w*)")
_SHORTENED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]|ph\.d|[b-df-hj-np-tv-xz]+")
"""Letters with dots, or no vowel at all: probably an abbreviation."""

_LONGEST_SHORT = max(map(len, BEFORE_MORE | EVEN_LAST))
"""Longer words of letters alone are no abbreviations."""

_BEGINNING = """
    the this that these those it he she we they i you there his her its our their my your and but if in on at
    for as when while although what who how why a an please is are do don so however also after before since
    then just not no all now
"""
_BEGINNINGS = frozenset(_BEGINNING.split())
"""Words with a capital here begin a sentence; names and other words also follow abbreviations."""


def split_sentences(text: str) -> list[str]:
    """The sentences of a text, without the blanks before, between and after them.

    >>> split_sentences("Mr. Smith left at 5 p.m. He was tired... and said so! (To us.) ok")
    ['Mr. Smith left at 5 p.m.', 'He was tired... and said so!', '(To us.)', 'ok']
    """
    if not _MAYBE.search(text):
        sentence = text.strip()
        return [sentence] if sentence else []
    return [sentence for sentence in map(str.strip, _pieces(text)) if sentence]


def in_paragraphs(lines: Iterable[str]) -> Iterator[str]:
    """Yields sentences that run across lines, each as soon as the next one has begun.

    Args:
        lines: without their ends. An empty one ends a paragraph, and is an empty sentence.
    """
    begun = ""
    for line in lines:
        if line.strip():
            *whole, begun = split_sentences(f"{begun} {line}")
            yield from whole
            if len(begun) > _LONGEST:
                yield begun
                begun = ""
            continue
        if begun:
            yield begun
        yield ""
        begun = ""
    if begun:
        yield begun


def _pieces(text: str) -> Iterator[str]:
    start = 0
    for match in _END.finditer(text):
        if _ends_sentence(match, text, start):
            yield text[start : match.end()]
            start = match.end()
    yield text[start:]


def _ends_sentence(match: re.Match[str], text: str, start: int) -> bool:
    """Whether a sentence that begins at `start` ends with a match of `_END`."""
    none, stop, following, closed = match.group("none", "stop", "next", "closed")
    if none is not None:
        return False
    if following is None:
        return stop in _WIDE_STOPS or _next_letter(text, match.end()).isupper()
    word = _first_word(following)
    if not word and following[0] in ",;:.?!)]*=&\u2013\u2014":
        return False
    is_address = following.startswith(("http", "www."))
    small = word[:1].islower() and not is_address
    if stop != ".":
        if set(stop) <= {".", "\u2026"}:
            return (word[:1].isupper() and word != "I") or is_address
        return not (small and closed)
    if closed:
        return not small
    before = text[max(start, match.start() - _WIDEST) : match.start()]
    return _is_full_stop(before, word, small=small)


def _next_letter(text: str, place: int) -> str:
    while text[place].isspace():
        place += 1
    return text[place]


def _first_word(following: str) -> str:
    if following.isalpha():  # as most are
        return following
    found = _NEXT.match(following)
    return found[1] if found else ""


def _is_full_stop(before: str, following: str, *, small: bool) -> bool:
    """Whether a dot is a full stop.

    Args:
        before: the sentence up to it, or as much of it as is looked at.
        following: the next word.
        small: whether it begins with a small letter.
    """
    found = _WORD.search(before, before.rfind(" ") + 1)  # the rest cannot match, which takes time to see
    word = found.group() if found else ""
    if word.isalpha() and len(word) > _LONGEST_SHORT:
        return True
    low = word.lower()
    may_begin = following[:1].isupper() and following.lower() in _BEGINNINGS
    if not word:
        return not small
    if low in BEFORE_MORE:
        return low == "no" and may_begin
    if len(word) == 1 and word.isalpha():
        return word == "I"
    if word in ALSO_WORDS:
        return not small
    if low in EVEN_LAST or _SHORTENED.fullmatch(low):
        return may_begin
    if word.isdigit() and len(word) < 3:  # the number of an item in a list?
        return before.removesuffix(word).rstrip()[-1:] not in ("", ":")
    return True
