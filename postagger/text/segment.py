"""Splits text into sentences of tokens that know their places."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Literal, TypeVar, get_args

from postagger.errors import ConfigError, DataError, brief
from postagger.text.sentences import split_sentences
from postagger.text.tokenize import Rules, tokenizer
from postagger.text.tokens import Sentence, Token

SentenceMode = Literal["line", "split", "paragraph"]
"""Each line is a sentence; or a line may hold several; or they run across lines and end at empty lines."""

Splitter = Callable[[str], Iterable[str]]
"""Splits a text into sentences, or a sentence into tokens."""

T = TypeVar("T")

_LINES = re.compile(r"\r\n?|\n")
_END_OF_LINE = re.compile(r"[\r\n]")
_PARAGRAPHS = re.compile(r"(?>\r\n?|\n)[^\S\r\n]*(?>\r\n?|\n)\s*")

_SPLITTERS: dict[SentenceMode, Splitter] = {
    "line": _LINES.split,
    "split": lambda text: (each for line in _LINES.split(text) for each in split_sentences(line)),
    "paragraph": lambda text: (each for part in _PARAGRAPHS.split(text) for each in split_sentences(part)),
}


def segment(
    text: str, *, tokens: Rules | Splitter = "ptb", sentences: SentenceMode | Splitter = "split"
) -> list[Sentence]:
    """Splits a text into sentences of tokens with offsets. No model is needed.

    Args:
        tokens: the rules for tokens: ``ptb``, those of the Penn treebank; ``ud``, those of Universal
            Dependencies for English; ``unicode``, for any language. Or a function that splits a sentence into
            tokens, such as NLTK's `word_tokenize`.
        sentences: ``split``: a line may hold several; ``line``: each line is one; ``paragraph``: they run
            across lines and end at empty lines. Or a function that splits a text into sentences.

    Returns:
        The sentences, none of them empty. After the first token's `start`, ``token.text + token.space_after``
        of all tokens is the text again.

    Raises:
        DataError: `text` is not a string, or a function gave something else than the parts of what it was
            given.
        ConfigError: there are no such rules.
    """
    if not isinstance(text, str):
        raise DataError(f"expected a text as one string, got {brief(text)}")
    places, lengths = _cut(text, tokens, sentences)
    found = _with_blanks(places, text)
    return [Sentence(next(found) for _ in range(length)) for length in lengths if length]


def _cut(
    text: str, tokens: Rules | Splitter, sentences: SentenceMode | Splitter
) -> tuple[list[tuple[str, int, int]], list[int]]:
    """The words of a text with their beginnings and ends, and the number of words in each sentence.

    Raises:
        DataError, ConfigError: as in `segment`.
    """
    cut, mode = as_tokenizer(tokens), as_sentence_mode(sentences)
    split = mode if callable(mode) else _SPLITTERS[mode]
    places: list[tuple[str, int, int]] = []
    lengths: list[int] = []
    end = 0
    for sentence in _strings(split(text), "the sentence splitter"):
        if callable(tokens):
            words = list(_strings(tokens(sentence), "the tokeniser"))
        else:
            words = list(cut(_END_OF_LINE.sub(" ", sentence)))
        places += _located(words, text, end)
        lengths.append(len(words))
        end = places[-1][2] if places else 0
    if text[end:].strip():
        raise DataError(f"the tokeniser or sentence splitter left out {brief(text[end:].strip())}")
    return places, lengths


def split_places(
    text: str, *, tokens: Rules | Splitter = "ptb", sentences: SentenceMode | Splitter = "split"
) -> tuple[list[list[str]], list[tuple[int, int]]]:
    """As `split_words`, and where each word begins and ends in the text.

    Raises:
        DataError, ConfigError: as in `segment`.
    """
    places, lengths = _cut(text, tokens, sentences)
    words = iter([word for word, _, _ in places])
    return [list(islice(words, length)) for length in lengths if length], [place[1:] for place in places]


def split_words(
    text: str, *, tokens: Rules | Splitter = "ptb", sentences: SentenceMode | Splitter = "split"
) -> list[list[str]]:
    """What a tagger reads of each sentence of a text: the words of `segment`'s sentences, faster.

    Args:
        tokens, sentences: as in `segment`.

    Raises:
        DataError: a function gave something else than strings.
        ConfigError: there are no such rules.
    """
    mode = as_sentence_mode(sentences)
    split = mode if callable(mode) else _SPLITTERS[mode]
    parts = _strings(split(text), "the sentence splitter")
    if callable(tokens):
        found = [list(_strings(tokens(part), "the tokeniser")) for part in parts]
    else:
        cut = as_tokenizer(tokens)
        found = [list(cut(_END_OF_LINE.sub(" ", part))) for part in parts]
    return [words for words in found if words]


def as_tokenizer(tokens: Rules | Splitter) -> Splitter:
    """The function that tokenises sentences by some rules; a function is returned as it is.

    Raises:
        ConfigError: there are no such rules.
    """
    return tokens if callable(tokens) else tokenizer(_known(tokens, Rules, "tokens"))


def as_sentence_mode(sentences: SentenceMode | Splitter) -> SentenceMode | Splitter:
    """Where sentences are: a mode or a function, as it is.

    Raises:
        ConfigError: there is no such mode.
    """
    return sentences if callable(sentences) else _known(sentences, SentenceMode, "sentences")


def _known(value: T, choices: object, name: str) -> T:
    """Checks that a value is one of the choices.

    Raises:
        ConfigError: it is not.
    """
    if value not in get_args(choices):
        known = ", ".join(map(repr, get_args(choices)))
        raise ConfigError(f"{name}={brief(value)}: expected {known}, or a function")
    return value


def _strings(parts: object, giver: str) -> Iterator[str]:
    """Yields what a function gave, if it is strings, without empty ones.

    Raises:
        DataError: it is something else.
    """
    if isinstance(parts, str) or not isinstance(parts, Iterable):
        raise DataError(f"{giver} gave {brief(parts)}: expected a list of strings")
    for part in parts:
        if not isinstance(part, str):
            raise DataError(f"{giver} gave {brief(part)} among its parts: expected strings")
        if part.strip():
            yield part


def _located(words: Iterable[str], text: str, end: int) -> Iterator[tuple[str, int, int]]:
    """Yields each word with its beginning and end in the text.

    Args:
        end: where the word before them ends.

    Raises:
        DataError: a word does not come next in the text.
    """
    for word in words:
        start, length = end, len(word)
        if not text.startswith(word, start):
            while text[start : start + 1].isspace():
                start += 1
            if not text.startswith(word, start):
                length = _quote_length(word, text, start)
        end = start + length
        yield word, start, end


def _quote_length(word: str, text: str, start: int) -> int:
    """The characters of a quote in the text that the Penn treebank's `word` stands for.

    Raises:
        DataError: it is another word.
    """
    if word in ("``", "''"):
        if text.startswith('"', start):
            return 1
        if text.startswith("''", start):
            return 2
    raise DataError(f"the tokeniser gave {brief(word)} where the text has {brief(text[start : start + 40])}")


def _with_blanks(places: list[tuple[str, int, int]], text: str) -> Iterator[Token]:
    """Yields tokens with the blanks up to the next one."""
    following = [start for _, start, _ in places[1:]]
    for (word, start, end), then in zip(places, [*following, len(text)], strict=True):
        yield Token(text[start:end], start, end, text[end:then], word)
