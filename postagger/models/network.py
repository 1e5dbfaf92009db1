"""The whole network: a backbone and a head."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from postagger.batches import Batch
from postagger.config import Config
from postagger.features import TagSet, WordEncoding
from postagger.models.context_model import ContextModel, build_context
from postagger.models.layers.crf import LinearChainCrf
from postagger.models.layers.softmax import Softmax
from postagger.models.word_encoder import WordEncoder

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
        vectors = self.words(batch.types)  # (types, size): each distinct word once
        context = self.context(vectors, batch)  # (tokens, output_size)
        scores: Tensor = self.head(context)  # (tokens, tags)
        return scores

    def loss(self, batch: Batch, label_smoothing: float = 0.0) -> Tensor:
        """Computes the head's mean loss over the labelled tokens of a batch."""
        assert batch.tags is not None
        context, tags = self.context(self.words(batch.types), batch), batch.tags
        if batch.labelled is not None:
            assert isinstance(self.head, Softmax), "a CRF needs whole sentences"
            context, tags = context.index_select(0, batch.labelled), tags[batch.labelled]
        scores = self.head(context)
        with torch.autocast(scores.device.type, enabled=False):
            return self.head.loss(scores, tags, batch.lengths, label_smoothing)

    def with_head(self, head: Head) -> TaggingNetwork:
        """Returns a network with another head that shares this network's backbone weights."""
        return TaggingNetwork(self.words, self.context, head)

    @property
    def parameter_count(self) -> int:
        return sum(parameter.numel() for parameter in self.parameters())


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
