"""What the words of a training set tell about text: the rules for its tokens, and its scripts."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

from postagger.text.tokenize import Rules

_HYPHENATED = re.compile(r"[^\W\d_]+-[^\W\d_]+")

_ENOUGH_WORDS = 500
"""The fewest word types that tell the language."""

_ENOUGH_HYPHENS = 20

_LEAST = 0.01
"""The smallest part of English words that is "the", and of a language's letters that is a script of its."""


def rules_of(counts: Mapping[str, int]) -> Rules:
    """The rules for tokens that a training set seems to follow.

    Text in which "the" is rare is not English. English whose hyphens are mostly tokens of their own follows
    Universal Dependencies; otherwise, and if there is too little to tell, the Penn treebank.

    Args:
        counts: of the words.
    """
    total = sum(counts.values())
    english = counts.get("the", 0) + counts.get("The", 0)
    if len(counts) >= _ENOUGH_WORDS and english < _LEAST * total:
        return "unicode"
    hyphens = counts.get("-", 0)
    within = sum(count for word, count in counts.items() if "-" in word and _HYPHENATED.fullmatch(word))
    return "ud" if hyphens > within and hyphens >= _ENOUGH_HYPHENS else "ptb"


@lru_cache(10_000)
def script_of(character: str) -> str | None:
    """The script of a letter, as in ``LATIN``, ``CYRILLIC`` or ``CJK``; None if it is no letter."""
    if not character.isalpha():
        return None
    plain = unicodedata.normalize("NFKC", character)[0]  # of a fullwidth letter, for example
    return unicodedata.name(plain, "UNKNOWN").split(" ")[0].split("-")[0]


def scripts_of(counts: Mapping[str, int]) -> frozenset[str]:
    """The scripts of a training set, without those of less than one letter in a hundred.

    Args:
        counts: of the words.
    """
    letters: Counter[str] = Counter()
    for word, count in counts.items():
        if word.isascii():  # as most are
            letters["LATIN"] += count * len(word) * word.isalpha()
            continue
        for character in word:
            script = script_of(character)
            if script is not None:
                letters[script] += count
    least = _LEAST * letters.total()
    return frozenset(script for script, count in letters.items() if 0 < count >= least)


class ScriptWatch:
    """Warns once if a sentence is mostly in a script that a tagger did not learn from."""

    def __init__(self, known: frozenset[str], warn: Callable[[str], object]) -> None:
        """
        Args:
            known: the scripts that the tagger learned from; if there are none, nothing is strange.
        """
        self._known = known
        self._warn = warn
        self._done = not known

    def __call__(self, sentences: Iterable[list[str]]) -> Iterator[list[str]]:
        """Yields sentences as they are."""
        for words in sentences:
            if not self._done:
                self._look_at(words)
            yield words

    def _look_at(self, words: list[str]) -> None:
        strange = _strange_script(words, self._known)
        if strange is None:
            return
        self._done = True
        shown = "Chinese characters" if strange == "CJK" else strange.capitalize()
        scripts = ", ".join(sorted(map(str.capitalize, self._known)))
        self._warn(
            f"this text is in another script than the tagger's training data ({shown}, not {scripts}): "
            "its tags are guesses, and its tokens may be wrong"
        )


def _strange_script(words: list[str], known: frozenset[str]) -> str | None:
    """The script of most letters of a sentence, if it is not known."""
    if "LATIN" in known and all(map(str.isascii, words)):
        return None
    letters = Counter(filter(None, map(script_of, "".join(words))))
    unknown = {script: count for script, count in letters.items() if script not in known}
    if 2 * sum(unknown.values()) <= letters.total():
        return None
    return max(unknown, key=unknown.__getitem__)
