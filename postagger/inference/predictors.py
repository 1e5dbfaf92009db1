"""From sentences to tags: a reference predictor and a fast one."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from operator import countOf
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from postagger.batches import Batch
from postagger.features import TagMask, TagSet, WordEncoding
from postagger.features.normalise import straight_quotes
from postagger.inference.forking import TAGGING
from postagger.inference.scorers import make_scorer
from postagger.inference.token_tags import Pair
from postagger.inference.torch_settings import usual_in_thread, usual_settings
from postagger.inference.word_table import Found, WordTable
from postagger.models import TaggingNetwork

Sentences = Sequence[Sequence[str]]

Dtype = Literal["float32", "bfloat16"]
DTYPES: tuple[Dtype, ...] = get_args(Dtype)


class _Predictor(ABC):
    """What both predictors can do, given how they apply an output to the scores of some sentences."""

    _network: TaggingNetwork

    def tags(self, sentences: Sentences, mask: TagMask | None = None) -> NDArray[np.int64]:
        """Predicts the number of each token's tag, ``(tokens,)``.

        Args:
            sentences: at least one token in total.
            mask: what a tag dictionary adds to the scores.

        Raises:
            TypeError: a token is not a string.
        """
        tags: NDArray[np.int64] = self._predict(self._network.head.decode, sentences, mask).cpu().numpy()
        return tags

    def probabilities(self, sentences: Sentences, mask: TagMask | None = None) -> Tensor:
        """Predicts the probability of each tag for each token, ``(tokens, tags)``; otherwise as `tags`."""
        return self._predict(self._network.head.probabilities, sentences, mask)

    @abstractmethod
    def _predict(
        self,
        output: Callable[[Tensor, Tensor], Tensor],
        sentences: Sentences,
        mask: TagMask | None = None,
    ) -> Tensor:
        """Applies `output` to the masked scores and the lengths of the non-empty sentences."""


class ReferencePredictor(_Predictor):
    """Predicts with the network's own forward pass, on any device."""

    def __init__(self, network: TaggingNetwork, encoding: WordEncoding) -> None:
        self._network = network
        self._encoding = encoding

    @torch.inference_mode()
    def _predict(
        self,
        output: Callable[[Tensor, Tensor], Tensor],
        sentences: Sentences,
        mask: TagMask | None = None,
    ) -> Tensor:
        normalise = self._encoding.config.normalise
        rows: dict[str, int] = {}
        index = [
            rows.setdefault(word, len(rows) + 1)
            for sentence in sentences
            for word in straight_quotes(sentence, normalise=normalise)
        ]
        device = next(self._network.parameters()).device
        batch = Batch(
            self._encoding.encode(list(rows)).to(device),
            torch.tensor(index, device=device),
            torch.tensor([len(sentence) for sentence in sentences if sentence]),
        )
        scores = self._network(batch)
        if mask is not None:
            mask.add_to(scores, list(itertools.chain.from_iterable(sentences)), list(map(len, sentences)))
        return output(scores, batch.lengths)


class FastPredictor(_Predictor):
    """Predicts the same tags many times as fast.

    It caches products of the network's weights: after more training, or a move to another device, the
    network needs a new predictor.
    """

    @usual_settings()
    def __init__(
        self,
        network: TaggingNetwork,
        encoding: WordEncoding,
        tagset: TagSet,
        dtype: Dtype = "float32",
    ) -> None:
        """
        Args:
            dtype: of all computations except that of the words' rows, which are rounded to it afterwards.
        """
        TAGGING.prepared = True
        self._network = network
        self._encoding = encoding
        self._tagset = tagset
        self._dtype = dtype
        self._device = next(network.parameters()).device
        self._scorer = make_scorer(network, getattr(torch, dtype))
        with torch.inference_mode():
            self._table = WordTable(encoding, self._scorer.rows, tagset.tags, device=self._device)

    def __reduce__(
        self,
    ) -> tuple[type[FastPredictor], tuple[TaggingNetwork, WordEncoding, TagSet, Dtype]]:
        # A copy builds its own table.
        return FastPredictor, (self._network, self._encoding, self._tagset, self._dtype)

    def tag(
        self, words: Sequence[str], lengths: Sequence[int], mask: TagMask | None = None
    ) -> list[list[Pair]]:
        """Pairs each token with its predicted tag; returns one list for each sentence.

        Args:
            words: the tokens of all sentences, at least one.
            lengths: the number of tokens in each sentence.
            mask: what a tag dictionary adds to the scores.

        Raises:
            TypeError: a token is not a string.
        """
        plain = countOf(map(type, words), str) == len(words)
        with TAGGING, usual_in_thread(), torch.inference_mode():
            found, scores, spans = self._scores(words, lengths, mask)
            tags = self._network.head.decode(scores, spans).cpu().numpy()
            pairs = found.pairs(words, found.numbers, tags) if plain else None
        if pairs is None:  # tokens of subclasses of str are returned as they are
            predictions = zip(words, map(self._tagset.tags.__getitem__, tags), strict=True)
            return [list(itertools.islice(predictions, length)) for length in lengths]
        ends = itertools.accumulate(lengths)
        return [pairs[end - length : end].tolist() for end, length in zip(ends, lengths, strict=True)]

    def _predict(
        self,
        output: Callable[[Tensor, Tensor], Tensor],
        sentences: Sentences,
        mask: TagMask | None = None,
    ) -> Tensor:
        words = list(itertools.chain.from_iterable(sentences))
        with TAGGING, usual_in_thread(), torch.inference_mode():
            _, scores, spans = self._scores(words, list(map(len, sentences)), mask)
            return output(scores, spans)

    def _scores(
        self, words: Sequence[str], lengths: Sequence[int], mask: TagMask | None
    ) -> tuple[Found, Tensor, Tensor]:
        """Returns the words' table entries, the tag scores, and the lengths of the non-empty sentences."""
        sizes = np.array(lengths, np.int64)
        found = self._table.look_up(words, sizes)
        spans = torch.from_numpy(sizes[sizes > 0])
        scores = self._scorer.scores(found.rows, found.tokens.to(self._device), spans)
        if mask is not None:
            mask.add_to(scores, words, lengths)
        return found, scores, spans
