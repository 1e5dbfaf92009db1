"""Reads sentences of ``word/TAG`` tokens, one per line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from postagger.corpora.column_names import is_header
from postagger.corpora.corpus import Document
from postagger.corpora.detection import looks_like, looks_like_markup, refusal, split_tokens
from postagger.corpora.sentences import TaggedSentence
from postagger.errors import DataError, brief
from postagger.io import check_tokens

_ADDRESS = re.compile(
    r"[A-Za-z][\w+.-]*:/|[A-Za-z]:$|www\.\S|~?//?\w|\.{1,2}/\w|([\w-]+\.)+[A-Za-z]{2,4}(/|$)"
)
"""The start of a URL or path, whose last slash does not divide a word from a tag."""

_TOO_MANY = ((100, 0.5), (1000, 0.2))
"""Tags are words if there are more than so many different ones, and more than this share of the tokens."""

_PARTED = re.compile(r"[^/]+/[^/]+")
_ENOUGH = 5
"""Of fewer words, each may well be a fraction, or an alternative."""

_TOKENS_IN_ONE = re.compile(r"/\S*\s")


def read_slashes(lines: Iterable[str], source: str, _column: str) -> Iterator[Document]:
    """Reads sentences of ``word/TAG`` tokens, one per line, as one document.

    Raises:
        DataError: a token is not a word and a tag, or the tags look like something else: markup, parts of
            addresses, words.
    """
    sentences: list[TaggedSentence] = []
    notes: list[str] = []
    check = _TagCheck(source)
    for number, line in enumerate(lines, 1):
        place = f"{source}:{number}"
        if looks_like_markup(line):
            raise refusal(line, place)
        sentence = [_divided(token, place, line) for token in check_tokens(split_tokens(line), place)]
        if not sentences and len(sentence) == 1 and is_header(sentence[0]):
            notes.append(f"{place}: left out {brief(line.strip())}, which names the columns")
        elif sentence:
            check.add(place, sentence)
            sentences.append(sentence)
    check.finish()
    yield Document(source, sentences, notes=tuple(notes))


def _divided(token: str, place: str, line: str) -> tuple[str, str]:
    word, _, tag = (part.strip() for part in token.rpartition("/"))
    if not (word and tag):
        raise DataError(f"{place}: expected word/TAG, got {brief(token)}{looks_like(line)}")
    if _TOKENS_IN_ONE.search(word):
        raise DataError(
            f"{place}: {brief(token)} contains white space that is neither a blank nor a tab: "
            "replace it by blanks between the tokens"
        )
    return word, tag


class _TagCheck:
    """Refuses text with slashes in it that is not tagged."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._tags: Counter[str] = Counter()  # of words that are no addresses
        self._parted = 0  # of these words, how many are two words with a slash between
        self._are_fractions = True  # whether all words and tags so far are numbers
        self._addresses: dict[str, tuple[str, str]] = {}  # place and word of the first one with each tag

    def add(self, place: str, sentence: TaggedSentence) -> None:
        for word, tag in sentence:
            if _ADDRESS.match(word):
                self._addresses.setdefault(tag, (place, word))
            else:
                self._tags[tag] += 1
                self._parted += _PARTED.fullmatch(word) is not None
                self._are_fractions &= tag.isdigit() and word.replace("/", "").isdigit()

    def finish(self) -> None:
        """
        Raises:
            DataError: the tags of addresses are found nowhere else, there are too many different tags, or
                most words have a slash.
        """
        for tag, (place, word) in self._addresses.items():
            if tag not in self._tags and not (self._tags and tag.isupper()):
                address = f"{word}/{tag}"
                raise DataError(
                    f"{place}: {brief(address)} looks like an address without a tag: write {address}/TAG, "
                    "or remove it"
                )
        if self._tags and self._are_fractions:
            raise DataError(
                f"{self._source}: all words and tags are numbers, like fractions or dates; if they "
                "are words and tags, write them as word<TAB>tag lines"
            )
        total, different = self._tags.total(), len(self._tags)
        if total >= _ENOUGH and self._parted > total / 2:
            raise DataError(
                f"{self._source}: most tokens have three parts, like word/lemma/TAG: write word/TAG, or a "
                "line for each with tabs between the parts"
            )
        if any(different > least and different > share * total for least, share in _TOO_MANY):
            examples = ", ".join(list(self._tags)[:3])
            raise DataError(
                f"{self._source}: {different:,} different tags for {total:,} tokens, such as {examples}: "
                "these look like words; if they are tags, write them as word<TAB>tag lines"
            )
