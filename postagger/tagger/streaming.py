"""Tags streams of sentences in chunks, with several threads, and yields predictions in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set, Sized
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from postagger.errors import ConfigError, DataError, brief

if TYPE_CHECKING:
    from concurrent.futures import Future

TOKEN_BUDGET = 32768
"""The most tokens in a chunk, unless a single sentence is longer."""

_FIRST = 4096
"""Tokens in the first chunk. Chunks double in size up to `TOKEN_BUDGET`: so the first predictions come early,
several workers share a short text, and a long text is tagged in chunks large enough to keep the word table in
the processor's cache."""

Given = TypeVar("Given")
Found = TypeVar("Found")


class Chunk(NamedTuple):
    """Consecutive sentences.

    Attributes:
        first: the number of the first sentence, from 1 on.
        sentences: their words, which are checked to be strings only when they are looked up.
    """

    first: int
    sentences: list[list[str]]

    def predicted(self, predict: Callable[[list[list[str]]], Found]) -> Found:
        """Calls a function with the sentences.

        Raises:
            DataError: the function raised a TypeError, and a token is not a string; it is named.
        """
        try:
            return predict(self.sentences)
        except TypeError:
            for _ in checked(self.sentences, self.first):
                pass
            raise


def stream(
    prediction: Callable[[Chunk], list[Found]],
    sentences: Iterable[Sequence[str]],
    workers: int = 1,
) -> Iterator[Found]:
    """Yields a tagged sentence for each sentence, in order.

    Arguments are checked at the call, sentences when they are read.

    Args:
        prediction: tags the sentences of a chunk.
        sentences: read lazily, up to `TOKEN_BUDGET` tokens per worker ahead of the predictions.
        workers: threads, each with a chunk of its own. They share the tagger and Python's global lock, so
            only the arithmetic runs in parallel.

    Raises:
        ConfigError: `workers` is not a whole number, 1 or more.
        DataError: `sentences` is not an iterable of sentences.
    """
    if not isinstance(workers, int) or isinstance(workers, bool) or workers < 1:
        raise ConfigError(f"workers={brief(workers)}: expected a whole number of threads, 1 or more")
    parts = chunks(checked_iterable(sentences))
    groups = map(prediction, parts) if workers == 1 else _at_once(prediction, parts, workers)
    return Predictions(_flat(groups), sentences) if isinstance(sentences, Sized) else _flat(groups)


class Predictions(Iterator[Found]):
    """Predictions for sentences whose number is known: so they can become a column of a data frame."""

    def __init__(self, predictions: Iterator[Found], sentences: Sized) -> None:
        self._predictions = predictions
        self._sentences = sentences

    def __iter__(self) -> Iterator[Found]:
        return self._predictions

    def __next__(self) -> Found:
        return next(self._predictions)

    def __len__(self) -> int:
        """The number of sentences, whether their predictions have been read or not."""
        return len(self._sentences)

    def __repr__(self) -> str:
        return f"<Predictions for {len(self):,} sentences, made while they are read; list(...) reads all>"


def _flat(groups: Iterable[list[Found]]) -> Iterator[Found]:
    for group in groups:
        yield from group


def _at_once(work: Callable[[Given], Found], items: Iterable[Given], workers: int) -> Iterator[Found]:
    """Like `map`, but processes as many items at a time as there are workers."""
    from concurrent.futures import ThreadPoolExecutor

    process = os.getpid()
    pending: deque[tuple[Given, Future[Found]]] = deque()

    def next_result() -> Found:
        item, future = pending.popleft()
        return future.result() if os.getpid() == process else work(item)  # a forked process has no workers

    pool = ThreadPoolExecutor(workers, "postagger")
    try:
        for item in items:
            pending.append((item, pool.submit(work, item)))
            if len(pending) > workers:  # keeps one chunk ready for the next free worker
                yield next_result()
        while pending:
            yield next_result()
    finally:
        if os.getpid() == process:
            pool.shutdown(cancel_futures=True)


def checked_iterable(sentences: Iterable[Sequence[str]]) -> Iterable[Sequence[str]]:
    """Checks that `sentences` is an iterable and returns it.

    Raises:
        DataError: it is not iterable, or is a string, a mapping or a set.
    """
    if isinstance(sentences, str | bytes | Mapping | Set) or not _can_be_iterated(sentences):
        raise DataError(
            f"expected sentences, each a list of tokens; got {brief(sentences)} (split a text into "
            "sentences and tokens first; for a single sentence use tag)"
        )
    return sentences


def checked(sentences: Iterable[Sequence[str]], first: int = 1) -> Iterator[list[str]]:
    """Checks sentences one by one, and yields each as a new list.

    Args:
        first: the number of the first sentence.

    Raises:
        DataError: a sentence is a string, or contains something that is not a string.
    """
    for number, sentence in enumerate(sentences, first):
        words = _own_list(sentence, number)
        for word in words:
            if not isinstance(word, str):
                tagged = isinstance(word, tuple | list) and len(word) == 2
                hint = "; leave out the tags" if tagged else ""
                raise DataError(
                    f"sentence {number} contains {brief(word)}: every token must be a string{hint}"
                )
        yield words


def _own_list(sentence: Sequence[str], number: int) -> list[str]:
    if isinstance(sentence, str | bytes):
        raise DataError(
            f"sentence {number} is one string, {sentence[:40]!r}: a sentence must be a list of tokens, "
            "as from sentence.split() or a tokeniser"
        )
    if isinstance(sentence, Mapping | Set) or not _can_be_iterated(sentence):
        raise DataError(f"sentence {number} is {brief(sentence)}, not a list of tokens")
    return list(sentence)


def _can_be_iterated(value: object) -> bool:
    """Whether it is an iterable, and not a NumPy array without dimensions."""
    return isinstance(value, Iterable) and getattr(value, "ndim", 1) != 0


def chunks(sentences: Iterable[Sequence[str]]) -> Iterator[Chunk]:
    """Groups sentences into chunks, the first ones small."""
    chunk = Chunk(1, [])
    size, most = 0, min(_FIRST, TOKEN_BUDGET)
    for number, sentence in enumerate(sentences, 1):
        words = sentence if type(sentence) is list else _own_list(sentence, number)
        length = len(words) or 1  # so that empty sentences fill a chunk too
        if size + length > most and size:
            yield chunk
            chunk = Chunk(number, [])
            size, most = 0, min(2 * most, TOKEN_BUDGET)
        chunk.sentences.append(words)
        size += length
    if size:
        yield chunk
