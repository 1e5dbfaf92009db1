"""From tag scores to tags and their probabilities."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from postagger.checkpoint import Checkpoint
from postagger.features import TagSet
from postagger.runtime.crf import Doubles, LinearChain
from postagger.runtime.n_best import best_of_independent
from postagger.runtime.network import Floats, Integers

_LANES = 64
"""How many float32 numbers NumPy compares at a time with the widest registers."""


class Decoder(ABC):
    """Turns the tag scores of some sentences into tags or probabilities.

    Attributes:
        by_token: whether a token's tag depends on its own scores only.
    """

    by_token: ClassVar[bool]

    @abstractmethod
    def decode(self, scores: Floats, lengths: Integers) -> Integers:
        """Finds the best tags: ``(tokens, tags)`` to ``(tokens,)``. Of equal ones it takes the first.

        Args:
            lengths: ``(sentences,)``, none of them 0.
        """

    @abstractmethod
    def probabilities(self, scores: Floats, lengths: Integers) -> Floats:
        """The probability of each tag at each token: ``(tokens, tags)`` to the same; each row sums to 1."""

    @abstractmethod
    def n_best(self, scores: Floats, n: int) -> tuple[Integers, Doubles]:
        """The most probable tag sequences of one sentence.

        Args:
            scores: ``(tokens, tags)``, at least one token.

        Returns:
            The numbers of their tags, ``(m, tokens)``, the most probable sequence first, and the logarithms
            of their probabilities, ``(m,)``; ``m`` is less than `n` only if there are no more.
        """


class Softmax(Decoder):
    """Tags every token independently."""

    by_token = True

    def decode(self, scores: Floats, lengths: Integers) -> Integers:  # noqa: ARG002
        tokens, tags = scores.shape
        if tags % _LANES > _LANES // 4:  # NumPy's argmax takes the rest one by one
            padded = np.full((tokens, tags + -tags % _LANES), -np.inf, np.float32)
            padded[:, :tags] = scores
            scores = padded
        best: Integers = scores.argmax(axis=1)
        return best

    def probabilities(self, scores: Floats, lengths: Integers) -> Floats:  # noqa: ARG002
        weights: Floats = np.exp(scores - scores.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
        return weights

    def n_best(self, scores: Floats, n: int) -> tuple[Integers, Doubles]:
        shifted = scores.astype(np.float64) - scores.max(axis=1, keepdims=True)
        return best_of_independent(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)), n)


class LinearChainCrf(Decoder):
    """Tags a sentence jointly: each tag sequence has a score, and a softmax over all of them."""

    by_token = False

    def __init__(self, start: Floats, transitions: Floats, end: Floats) -> None:
        """
        Args:
            start: ``(tags,)``, the score of each tag at the start of a sentence.
            transitions: ``(tags, tags)``, from a tag (row) to the next (column).
            end: ``(tags,)``, the score of each tag at the end of a sentence.
        """
        self._chain = LinearChain(start, transitions, end)

    def decode(self, scores: Floats, lengths: Integers) -> Integers:
        return self._chain.best(scores, lengths)

    def probabilities(self, scores: Floats, lengths: Integers) -> Floats:
        return self._chain.marginals(scores, lengths)

    def n_best(self, scores: Floats, n: int) -> tuple[Integers, Doubles]:
        return self._chain.n_best(scores, n)


@dataclass(frozen=True)
class Head:
    """A tag set, and how the scores of its tags are decoded."""

    tagset: TagSet
    decoder: Decoder


def build_decoder(weights: Mapping[str, NDArray[Any]], prefix: str = "head.") -> Decoder:
    """Builds the decoder of a head: a CRF if the model has one.

    Args:
        weights: by their names in a model file.
        prefix: how the names of the head's weights begin.
    """
    if f"{prefix}transitions" not in weights:
        return Softmax()
    return LinearChainCrf(*(weights[f"{prefix}{name}"] for name in ("start", "transitions", "end")))


def make_head(checkpoint: Checkpoint, name: str) -> Head:
    """One of a checkpoint's heads, by its name."""
    return Head(checkpoint.tagsets[name], build_decoder(checkpoint.head_weights(name), ""))


def output_layer(checkpoint: Checkpoint, names: Sequence[str]) -> tuple[Floats, Floats]:
    """The output layers of some heads, one after another: weight, ``(tags, size)``, and bias, ``(tags,)``."""
    weights = [checkpoint.head_weights(name) for name in names]
    weight, bias = (
        np.concatenate([each[f"scores.{part}"] for each in weights]) for part in ("weight", "bias")
    )
    return weight, bias
