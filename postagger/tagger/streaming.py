"""Any number of sentences through a tagger: in chunks, several at a time, answers in their order."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, TypeVar

import torch

from postagger.corpora import TaggedSentence
from postagger.errors import ConfigError, DataError, brief

TOKEN_BUDGET = 32768
"""Tokens tagged at a time, at most, or one sentence if it is longer."""

_FIRST = 4096
"""Tokens of the first chunk. Each one after it has twice as many, up to the most: the first answers come
soon, several workers share a short text, and a long one goes through in chunks large enough to find
the words' table in the cache."""

Given = TypeVar("Given")
Found = TypeVar("Found")


class Chunk(NamedTuple):
    """Some sentences.

    Attributes:
        first: the number of the first one.
        words: of all of them.
        lengths: of each.
    """

    first: int
    words: list[str]
    lengths: list[int]

    @property
    def sentences(self) -> list[list[str]]:
        words = iter(self.words)
        return [list(itertools.islice(words, length)) for length in self.lengths]


def stream(
    prediction: Callable[[Chunk], list[TaggedSentence]],
    sentences: Iterable[Sequence[str]],
    workers: int = 1,
) -> Iterator[TaggedSentence]:
    """Tags sentences, one answer for each, in their order.

    Arguments are checked when it is called, sentences when they are read.

    Args:
        prediction: a chunk's sentences, tagged.
        sentences: read lazily, up to `TOKEN_BUDGET` tokens ahead of the answers, and as many for each worker.
        workers: threads, each with a chunk of its own. They share the tagger, and Python's lock: what they
            do at the same time is the arithmetic.

    Raises:
        ConfigError: `workers` is no whole number from 1 on.
        DataError: these are no sentences.
    """
    if not isinstance(workers, int) or isinstance(workers, bool) or workers < 1:
        raise ConfigError(f"workers={brief(workers)} can't be: expected a whole number of threads, 1 or more")
    parts = chunks(checked_iterable(sentences))
    predictions = map(prediction, parts) if workers == 1 else _at_once(prediction, parts, workers)
    return _flat(predictions)


def _flat(groups: Iterable[list[TaggedSentence]]) -> Iterator[TaggedSentence]:
    for group in groups:
        yield from group


def _at_once(work: Callable[[Given], Found], items: Iterable[Given], workers: int) -> Iterator[Found]:
    """`map`, with as many items in work at a time as there are workers."""
    threads = torch.get_num_threads()
    pending: deque[Future[Found]] = deque()
    # A worker is a thread as it is: torch must not divide its products among more.
    pool = ThreadPoolExecutor(workers, "postagger", lambda: torch.set_num_threads(1))
    try:
        for item in items:
            pending.append(pool.submit(work, item))
            if len(pending) > workers:  # one is ready to be taken up
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(threads)  # for threads to come; set above, it would be 1


def checked_iterable(sentences: Iterable[Sequence[str]]) -> Iterable[Sequence[str]]:
    """Something that sentences can be read from one after another, given back as it is.

    Raises:
        DataError: it is no such thing, or one string.
    """
    if isinstance(sentences, str | bytes | Mapping | Set) or not isinstance(sentences, Iterable):
        raise DataError(
            f"expected sentences, each a list of tokens; got {brief(sentences)} (a text is cut into "
            "sentences and tokens first; one sentence is tagged with tag)"
        )
    return sentences


def checked(sentences: Iterable[Sequence[str]], first: int = 1) -> Iterator[list[str]]:
    """The sentences one by one, each a list of its own.

    Args:
        first: the number of the first sentence.

    Raises:
        DataError: a sentence is one string, or holds something that is no string.
    """
    for number, sentence in enumerate(sentences, first):
        words = _own_list(sentence, number)
        for word in words:
            if not isinstance(word, str):
                tagged = isinstance(word, tuple | list) and len(word) == 2
                hint = "; leave out the tags" if tagged else ""
                raise DataError(
                    f"sentence {number} holds {brief(word)}, which is no token: a token is a string{hint}"
                )
        yield words


def _own_list(sentence: Sequence[str], number: int) -> list[str]:
    if isinstance(sentence, str | bytes):
        raise DataError(
            f"sentence {number} is one string, {sentence[:40]!r}: a sentence is a list of tokens, "
            "as sentence.split() or a tokeniser gives it"
        )
    if isinstance(sentence, Mapping | Set) or not isinstance(sentence, Iterable):
        raise DataError(f"sentence {number} is {brief(sentence)}, which is no list of tokens")
    return list(sentence)


def chunks(sentences: Iterable[Sequence[str]]) -> Iterator[Chunk]:
    """Sentences in groups, the first ones small."""
    chunk = Chunk(1, [], [])
    size, most = 0, min(_FIRST, TOKEN_BUDGET)
    for number, sentence in enumerate(sentences, 1):
        words = sentence if type(sentence) is list else _own_list(sentence, number)
        if chunk.lengths and size + len(words) > most:
            yield chunk
            chunk, size, most = Chunk(number, [], []), 0, min(2 * most, TOKEN_BUDGET)
        chunk.words.extend(words)
        chunk.lengths.append(len(words))
        size += max(1, len(words))  # so that a run of empty sentences ends as well
    if chunk.lengths:
        yield chunk
