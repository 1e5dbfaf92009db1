"""Predicts with the networks' own forward pass, on any device: the reference for every faster way."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from postagger.batches import Batch, TypeTensors
from postagger.checkpoint import Checkpoint
from postagger.errors import ConfigError
from postagger.features import PADDING, TagMask, WordEncoding, WordTypes
from postagger.features.normalise import straight_quotes
from postagger.features.subwords import NO_PIECE
from postagger.features.words import LONGEST_WORD
from postagger.models import TaggingNetwork, TrainedModel
from postagger.runtime import Pieces, Predictor, make_head
from postagger.runtime.forking import TAGGING
from postagger.torch_settings import usual_in_thread

Sentences = Sequence[Sequence[str]]

_MOST_WORDS = 500_000
"""Distinct words whose numbers are kept."""


class ForwardPredictor(Predictor):
    """Tags with networks that share all layers except their heads; the shared layers are computed once."""

    def __init__(
        self, checkpoint: Checkpoint, trained: TrainedModel, heads: Sequence[str], dtype: str
    ) -> None:
        """
        Args:
            trained: the networks of the checkpoint, on their device.
            heads: the names of one or more heads.
            dtype: ``float32`` or ``bfloat16``.

        Raises:
            ConfigError: the dtype is another one.
        """
        if dtype not in ("float32", "bfloat16"):
            raise ConfigError(f"dtype {dtype!r} is for models that tag on the CPU without torch: use float32")
        super().__init__([make_head(checkpoint, name) for name in heads], Pieces.of(checkpoint.config))
        self._networks = [trained.heads[name].network for name in heads]
        self._words = _EncodedWords(checkpoint.encoding)
        self._half = dtype == "bfloat16"
        self.engine = f"torch ({next(self._networks[0].parameters()).device})"

    def scores(self, words: Sequence[str], lengths: Sequence[int]) -> NDArray[np.float32]:
        network, *_ = self._networks
        with TAGGING, usual_in_thread(), torch.inference_mode():
            device = next(network.parameters()).device
            batch = self._words.batch(words, lengths, device)
            with torch.autocast(device.type, torch.bfloat16, enabled=self._half):
                context = network.backbone(batch)
                scores = torch.cat([each.head(context) for each in self._networks], dim=1)
            found: NDArray[np.float32] = scores.float().cpu().numpy()
            return found


class ReferencePredictor:
    """Predicts with a network alone: its forward pass, and its own head for tags and probabilities."""

    def __init__(self, network: TaggingNetwork, encoding: WordEncoding) -> None:
        self._network = network
        self._words = _EncodedWords(encoding)

    def tags(self, sentences: Sentences, mask: TagMask | None = None) -> NDArray[np.int64]:
        """Predicts the number of each token's tag, ``(tokens,)``.

        Args:
            sentences: at least one token in total.
            mask: what a tag dictionary adds to the scores.
        """
        tags: NDArray[np.int64] = self._predict(self._network.head.decode, sentences, mask).cpu().numpy()
        return tags

    def probabilities(self, sentences: Sentences, mask: TagMask | None = None) -> Tensor:
        """Predicts the probability of each tag for each token, ``(tokens, tags)``; otherwise as `tags`."""
        return self._predict(self._network.head.probabilities, sentences, mask)

    @torch.inference_mode()
    def probabilities_by(self, networks: Iterable[TaggingNetwork], sentences: Sentences) -> list[Tensor]:
        """`probabilities` of networks that share this one's layers, which are computed once."""
        batch = self._batch(sentences)
        context = self._network.backbone(batch)
        return [each.head.probabilities(each.head(context), batch.lengths) for each in networks]

    @torch.inference_mode()
    def states(self, sentences: Sentences) -> Tensor:
        """The vectors from which the head computes scores, ``(tokens, output_size)``: with hidden layers, the
        last one's output."""
        return self._network.backbone(self._batch(sentences))

    @torch.inference_mode()
    def _predict(
        self,
        output: Callable[[Tensor, Tensor], Tensor],
        sentences: Sentences,
        mask: TagMask | None = None,
    ) -> Tensor:
        batch = self._batch(sentences)
        scores = self._network(batch)
        if mask is not None:
            words = list(itertools.chain.from_iterable(sentences))
            added = mask.added(words, [len(sentence) for sentence in sentences])
            scores = scores + torch.from_numpy(added).to(scores.device)
        return output(scores, batch.lengths)

    def _batch(self, sentences: Sentences) -> Batch:
        words = list(itertools.chain.from_iterable(sentences))
        lengths = [len(sentence) for sentence in sentences]
        return self._words.batch(words, lengths, next(self._network.parameters()).device)


class _EncodedWords:
    """Turns sentences into batches, and keeps the numbers of words that were seen before."""

    def __init__(self, encoding: WordEncoding) -> None:
        self._encoding = encoding
        self._lock = threading.Lock()
        self._clear()

    def _clear(self) -> None:
        self._numbers: dict[str, int] = {}
        self._types = self._encode([])  # a row for each word, after a row of padding

    def batch(self, words: Sequence[str], lengths: Sequence[int], device: torch.device) -> Batch:
        """A batch of the non-empty sentences, without targets.

        Args:
            words: the tokens of all sentences, at least one.
            lengths: the number of tokens in each sentence.
        """
        normalise = self._encoding.config.normalise
        tokens = iter(words)
        sentences = (list(itertools.islice(tokens, length)) for length in lengths)
        rows: dict[str, int] = {}
        index = [
            rows.setdefault(word, len(rows) + 1)
            for sentence in sentences
            for word in straight_quotes(sentence, normalise=normalise)
        ]
        return Batch(
            self._look_up(list(rows)).to(device),
            torch.tensor(index, device=device),
            torch.tensor([length for length in lengths if length]),
        )

    def _look_up(self, words: list[str]) -> TypeTensors:
        """Distinct words as integers, after a row of padding."""
        with self._lock:
            if len(self._numbers) > _MOST_WORDS:
                self._clear()
            new = [word for word in words if word not in self._numbers]
            if new:
                known = len(self._types.columns)
                self._numbers.update(zip(new, range(known, known + len(new)), strict=True))
                more = self._encode(new)
                pairs = zip(self._types, more, strict=True)
                self._types = WordTypes(*(np.concatenate([old, some[1:]]) for old, some in pairs))
            rows = [0, *map(self._numbers.__getitem__, words)]
            return TypeTensors.of(WordTypes(*(part[rows] for part in self._types)))

    def _encode(self, words: list[str]) -> WordTypes:
        """Encodes words, with room for the characters and sub-words of the longest ones."""
        columns, characters, pieces = self._encoding.encode(words)
        subwords = self._encoding.subwords
        longest = LONGEST_WORD if self._encoding.config.character_dim else 0
        most = 0 if subwords is None else subwords.most
        return WordTypes(columns, _padded(characters, longest, PADDING), _padded(pieces, most, NO_PIECE))


def _padded(rows: NDArray[np.int64], width: int, value: int) -> NDArray[np.int64]:
    return np.pad(rows, ((0, 0), (0, width - rows.shape[1])), constant_values=value)
