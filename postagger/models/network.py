"""The whole network: a backbone and a head."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from torch import Tensor, nn

from postagger.batches import Batch
from postagger.config import Config
from postagger.features import TagSet, WordEncoding
from postagger.models.context_model import ContextModel, build_context
from postagger.models.layers.crf import LinearChainCrf
from postagger.models.layers.softmax import Softmax
from postagger.models.word_encoder import WordEncoder
from postagger.random_numbers import branch, draw_seed, drawn_for, redirected

Head = Softmax | LinearChainCrf


class TaggingNetwork(nn.Module):
    """Word encoder, context model, head.

    Shape: a `Batch` to scores ``(tokens, tags)``.
    """

    def __init__(self, words: WordEncoder, context: ContextModel, head: Head) -> None:
        super().__init__()
        self.words = words
        self.context = context
        self.head = head

    def forward(self, batch: Batch) -> Tensor:
        scores: Tensor = self.head(self.backbone(batch))  # (tokens, tags)
        return scores

    def backbone(self, batch: Batch) -> Tensor:
        """Computes what the head reads, ``(tokens, output_size)``: the same for all heads on the layers."""
        origin = batch.origin
        with drawn_for(origin.types if origin else None):
            vectors = self.words(batch.types)  # (types, size): each distinct word once
        with self._random_numbers(batch):
            context: Tensor = self.context(self.context.inputs(vectors, batch.types), batch)
        return context

    @contextmanager
    def _random_numbers(self, batch: Batch) -> Iterator[None]:
        """A context in which the context model draws the training's random numbers."""
        origin = batch.origin
        own: AbstractContextManager[None] = nullcontext()
        if origin is not None:
            by_token = self.context.draws_by_token
            own = drawn_for(origin.tokens) if by_token else branch(draw_seed(), origin.rank)
        with own, redirected() if self.training and self.context.torch_draws else nullcontext():
            yield

    def loss(
        self,
        batch: Batch,
        label_smoothing: float = 0.0,
        others: Sequence[TaggingNetwork] = (),
        shares: Sequence[float] = (),
    ) -> Tensor:
        """Computes the head's mean loss over the labelled tokens of a batch.

        Args:
            others: networks with further heads on this network's layers, which are run once; the loss is
                the mean over all heads.
            shares: what each head's loss is multiplied by; empty: 1.
        """
        assert batch.tags is not None
        context, targets = self.backbone(batch), (batch.tags, *batch.other_tags)
        if batch.labelled is not None:
            assert isinstance(self.head, Softmax), "a CRF needs whole sentences"
            context = context.index_select(0, batch.labelled)
            targets = tuple(tags[batch.labelled] for tags in targets)
        heads = [network.head for network in (self, *others)]
        losses = [
            _head_loss(head, context, tags, batch.lengths, label_smoothing)
            for head, tags in zip(heads, targets, strict=True)
        ]
        if shares:
            losses = [loss * share for loss, share in zip(losses, shares, strict=True)]
        return sum(losses[1:], losses[0]) / len(losses)

    def with_head(self, head: Head) -> TaggingNetwork:
        """Returns a network with another head that shares this network's backbone weights."""
        return TaggingNetwork(self.words, self.context, head)

    def stored_weights(self) -> dict[str, Tensor]:
        """The weights, in the data types in which they are saved."""
        context = {f"context.{name}": each for name, each in self.context.stored_weights().items()}
        return self.state_dict() | context

    @property
    def parameter_count(self) -> int:
        return sum(parameter.numel() for parameter in self.parameters())


def _head_loss(head: Head, context: Tensor, tags: Tensor, lengths: Tensor, label_smoothing: float) -> Tensor:
    scores = head(context)
    with torch.autocast(scores.device.type, enabled=False):
        return head.loss(scores, tags, lengths, label_smoothing)


def build_network(
    config: Config, encoding: WordEncoding, tagset: TagSet, vectors: Tensor | None = None
) -> TaggingNetwork:
    """Builds a network with weights drawn from torch's random numbers.

    Args:
        vectors: pretrained vectors for the encoding's ``vectors`` vocabulary, as `WordVectors.table`
            returns them; None if it has no such vocabulary.
    """
    rows = {name: len(table) for name, table in encoding.vocabularies.items()}
    words = WordEncoder(config.words, rows, vectors)
    context = build_context(config.model, words.size)
    return TaggingNetwork(words, context, build_head(config, context.output_size, len(tagset)))


def build_head(config: Config, size: int, tags: int) -> Head:
    """Builds a head with new weights.

    Args:
        size: the context model's `output_size`.
        tags: the number of tags.
    """
    head = LinearChainCrf if config.model.output == "crf" else Softmax
    return head(size, tags)
