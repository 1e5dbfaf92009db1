"""From sentences to tags."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from operator import countOf

import numpy as np

from postagger.errors import ModelFileError
from postagger.features import TagMask, WordEncoding
from postagger.runtime.crf import Doubles
from postagger.runtime.forking import TAGGING
from postagger.runtime.heads import Head
from postagger.runtime.network import Floats, Integers, Network
from postagger.runtime.pieces import Pieces, is_long
from postagger.runtime.token_tags import Pair
from postagger.runtime.word_table import Found, WordTable

Sentences = Sequence[Sequence[str]]


class Predictor(ABC):
    """Predicts the tags of sentences, for one or more heads on shared layers.

    A subclass computes the scores. Masks, decoding and probabilities are the same for all; where a subclass
    has a faster way, it overrides `tag`, or `_best`, on which `tag` and `tags` rest. Every method but
    `tags_by_head` and `predict` is for the first head. Threads may share a predictor, and a token's tag
    never depends on which sentences are tagged together.
    """

    def __init__(self, heads: Sequence[Head], pieces: Pieces = Pieces()) -> None:  # noqa: B008 (immutable)
        """
        Args:
            heads: at least one.
            pieces: how long sentences are cut.
        """
        self.heads = tuple(heads)
        self._pieces = pieces
        ends = list(itertools.accumulate(len(head.tagset) for head in heads))
        self._columns = [slice(end - len(head.tagset), end) for end, head in zip(ends, heads, strict=True)]

    engine: str
    """What computes the scores, in a few words."""

    @abstractmethod
    def scores(self, words: Sequence[str], lengths: Sequence[int]) -> Floats:
        """Computes the scores of the tags of all heads, ``(tokens, outputs)``, in a new array.

        Args:
            words: the tokens of all sentences, at least one.
            lengths: the number of tokens in each sentence.

        Raises:
            TypeError: a token is not a string.
        """

    def tag(self, sentences: Sequence[list[str]], mask: TagMask | None = None) -> list[list[Pair]]:
        """Pairs each token with its predicted tag; returns one list for each sentence.

        Args:
            mask: what a tag dictionary adds to the scores.

        Raises:
            TypeError: a token is not a string.
        """
        words, lengths = _flat(sentences)
        if not words:
            return [[] for _ in sentences]
        return self._pairs(words, lengths, mask)

    def _pairs(self, words: list[str], lengths: list[int], mask: TagMask | None) -> list[list[Pair]]:
        tags = self._best_of_any(words, lengths, mask)
        pairs = zip(words, map(self._head.tagset.tags.__getitem__, tags), strict=True)
        return [list(itertools.islice(pairs, length)) for length in lengths]

    def tags(self, sentences: Sentences, mask: TagMask | None = None) -> Integers:
        """Predicts the number of each token's tag, ``(tokens,)``.

        Args:
            sentences: at least one token in total.
            mask: as in `tag`.

        Raises:
            TypeError: a token is not a string.
        """
        return self._best_of_any(*_flat(sentences), mask)

    def probabilities(self, sentences: Sentences, mask: TagMask | None = None) -> Floats:
        """Predicts the probability of each tag for each token, ``(tokens, tags)``; otherwise as `tags`.

        Raises:
            ModelFileError: a tag's score is infinite or NaN.
        """
        words, lengths = _flat(sentences)
        scores = self._masked(self._finite_scores(words, lengths), words, lengths, mask)
        return self._head.decoder.probabilities(scores, nonempty(lengths))

    def predict(self, sentences: Sentences, mask: TagMask | None = None) -> list[tuple[Integers, Floats]]:
        """Predicts what `tags` and `probabilities` do, for each head; the shared layers are computed once.

        Args:
            mask: as in `tag`, for the first head.

        Raises:
            TypeError, ModelFileError: as in `probabilities`.
        """
        words, lengths = _flat(sentences)
        scores = self._finite_scores(words, lengths)
        parts = [scores[:, columns] for columns in self._columns]
        parts[0] = self._masked(scores, words, lengths, mask)
        spans = nonempty(lengths)
        decoders = [head.decoder for head in self.heads]
        return [
            (decoder.decode(part, spans), decoder.probabilities(part, spans))
            for decoder, part in zip(decoders, parts, strict=True)
        ]

    def n_best(self, words: Sequence[str], n: int, mask: TagMask | None = None) -> tuple[Integers, Doubles]:
        """The n most probable tag sequences of one sentence, as `Decoder.n_best`.

        Args:
            words: at least one.
            mask: as in `tag`.
        """
        lengths = [len(words)]
        scores = self._masked(self._scores(words, lengths), words, lengths, mask)
        return self._head.decoder.n_best(scores, n)

    def tags_by_head(self, sentences: Sentences) -> Integers:
        """Predicts the number of each token's tag for each head, ``(heads, tokens)``; otherwise as `tags`."""
        words, lengths = _flat(sentences)
        if is_long(lengths) and all(head.decoder.by_token for head in self.heads):
            found = np.empty((len(words), len(self.heads)), np.int64)
            return self._pieces.fill(found, lambda some, _: self.tags_by_head([some]).T, words, lengths).T
        with silent():
            return self._decode_all(self._scores(words, lengths), nonempty(lengths))

    @property
    def _head(self) -> Head:
        return self.heads[0]

    def _best(self, words: Sequence[str], lengths: Sequence[int], mask: TagMask | None) -> Integers:
        """The number of each token's tag, ``(tokens,)``, in sentences that are not cut."""
        scores = self._masked(self.scores(words, lengths), words, lengths, mask)
        with silent():
            return self._head.decoder.decode(scores, nonempty(lengths))

    def _best_of_any(self, words: Sequence[str], lengths: Sequence[int], mask: TagMask | None) -> Integers:
        """As `_best`, with long sentences in pieces."""
        if not is_long(lengths):
            return self._best(words, lengths, mask)
        if mask is None and self._head.decoder.by_token:
            found = np.empty(len(words), np.int64)
            return self._pieces.fill(found, lambda piece, size: self._best(piece, size, None), words, lengths)
        scores = self._masked(self._scores(words, lengths), words, lengths, mask)
        return self._head.decoder.decode(scores, nonempty(lengths))

    def _finite_scores(self, words: Sequence[str], lengths: Sequence[int]) -> Floats:
        scores = self._scores(words, lengths)
        if not np.isfinite(scores).all():
            raise ModelFileError(
                "this model gives no probabilities: its weights are so large that the tags' scores are not "
                "finite; train it again, or get its file again"
            )
        return scores

    def _scores(self, words: Sequence[str], lengths: Sequence[int]) -> Floats:
        """As `scores`, with long sentences in pieces."""
        if not is_long(lengths):
            return self.scores(words, lengths)
        found = np.empty((len(words), sum(len(head.tagset) for head in self.heads)), np.float32)
        return self._pieces.fill(found, self.scores, words, lengths)

    def _masked(
        self, scores: Floats, words: Sequence[str], lengths: Sequence[int], mask: TagMask | None
    ) -> Floats:
        """The scores of the first head, ``(tokens, tags)``, with what a tag dictionary adds to them."""
        own = scores[:, self._columns[0]]
        return own if mask is None else mask.add_to(own, words, lengths)

    def _decode_all(self, scores: Floats, lengths: Integers) -> Integers:
        """The tags of all heads: ``(tokens, outputs)`` to ``(heads, tokens)``."""
        parts = zip(self.heads, self._columns, strict=True)
        return np.stack([head.decoder.decode(scores[:, columns], lengths) for head, columns in parts])


class NumpyPredictor(Predictor):
    """Predicts with NumPy alone. Threads may share a predictor."""

    engine = "NumPy"

    def __init__(
        self,
        network: Network,
        encoding: WordEncoding,
        heads: Sequence[Head],
        pieces: Pieces = Pieces(),  # noqa: B008 (immutable)
    ) -> None:
        """
        Args:
            network: its outputs are the tags of all heads, one after another.
            heads: at least one.
            pieces: how long sentences are cut.
        """
        super().__init__(heads, pieces)
        self._network = network
        self._encoding = encoding
        self._table = WordTable(encoding, network.rows, self._head.tagset.tags)

    def __reduce__(self) -> tuple[type[NumpyPredictor], tuple[object, ...]]:
        # A copy builds its own table.
        return NumpyPredictor, (self._network, self._encoding, self.heads, self._pieces)

    def scores(self, words: Sequence[str], lengths: Sequence[int]) -> Floats:
        with TAGGING, silent():
            found, spans = self._find(words, lengths)
            return self._network.scores(found.rows, found.tokens, spans)

    def _pairs(self, words: list[str], lengths: list[int], mask: TagMask | None) -> list[list[Pair]]:
        if is_long(lengths) or countOf(map(type, words), str) < len(words):
            return super()._pairs(words, lengths, mask)  # subclasses of str are returned as they are
        with TAGGING, silent():
            found, spans = self._find(words, lengths)
            tags = self._decode(found, spans, words, lengths, mask)
            pairs = found.pairs(words, found.numbers, tags).tolist()
        ends = itertools.accumulate(lengths)
        return [pairs[end - length : end] for end, length in zip(ends, lengths, strict=True)]

    def tags_by_head(self, sentences: Sentences) -> Integers:
        long = is_long([len(sentence) for sentence in sentences])
        if long or not all(head.decoder.by_token for head in self.heads):
            return super().tags_by_head(sentences)
        with TAGGING, silent():
            found, spans = self._find(*_flat(sentences))
            blocks = self._network.blocks(found.rows, found.tokens, spans)
            return np.concatenate([self._decode_all(block, spans) for block in blocks], axis=1)

    def _best(self, words: Sequence[str], lengths: Sequence[int], mask: TagMask | None) -> Integers:
        with TAGGING, silent():
            found, spans = self._find(words, lengths)
            return self._decode(found, spans, words, lengths, mask)

    def _find(self, words: Sequence[str], lengths: Sequence[int]) -> tuple[Found, Integers]:
        """The words' table entries, and the lengths of the non-empty sentences."""
        sizes = np.array(lengths, np.int64)
        return self._table.look_up(words, sizes), sizes[sizes > 0]

    def _decode(
        self,
        found: Found,
        spans: Integers,
        words: Sequence[str],
        lengths: Sequence[int],
        mask: TagMask | None,
    ) -> Integers:
        """The number of each token's tag, ``(tokens,)``; block by block where tokens are independent."""
        decoder = self._head.decoder
        if mask is not None or not decoder.by_token:
            scores = self._network.scores(found.rows, found.tokens, spans)
            return decoder.decode(self._masked(scores, words, lengths, mask), spans)
        blocks = self._network.blocks(found.rows, found.tokens, spans)
        return np.concatenate([decoder.decode(block[:, self._columns[0]], spans) for block in blocks])


def silent() -> AbstractContextManager[None]:
    """No warnings of numbers too large for float32, which a diverged network may have."""
    return np.errstate(over="ignore", invalid="ignore")


def nonempty(lengths: Sequence[int]) -> Integers:
    """The lengths of the sentences that are not empty."""
    sizes = np.array(lengths, np.int64)
    return sizes[sizes > 0]


def _flat(sentences: Sentences) -> tuple[list[str], list[int]]:
    """The tokens of all sentences, and the length of each sentence."""
    return list(itertools.chain.from_iterable(sentences)), list(map(len, sentences))
