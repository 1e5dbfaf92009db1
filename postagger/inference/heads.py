"""Predicts the tags of several heads at once: their shared layers are computed once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from postagger.features import TagSet, WordEncoding
from postagger.inference.predictors import Dtype, FastPredictor, Sentences
from postagger.inference.torch_settings import usual_settings
from postagger.models import TaggingNetwork
from postagger.models.layers.softmax import Softmax
from postagger.models.network import Head


class HeadsPredictor(FastPredictor):
    """A `FastPredictor` for networks that share all layers except their heads.

    The output layers of all heads are one product, whose scores each head then decodes.
    """

    @usual_settings()
    def __init__(
        self,
        networks: Sequence[TaggingNetwork],
        encoding: WordEncoding,
        tagset: TagSet,
        dtype: Dtype = "float32",
    ) -> None:
        """
        Args:
            tagset: that of the first head.
            dtype: as in `FastPredictor`.
        """
        self._networks = networks
        super().__init__(
            networks[0].with_head(_joined([each.head for each in networks])), encoding, tagset, dtype
        )

    def __reduce__(self) -> tuple[type[HeadsPredictor], tuple[object, ...]]:  # type: ignore[override]
        return HeadsPredictor, (self._networks, self._encoding, self._tagset, self._dtype)

    def tags_by_head(self, sentences: Sentences) -> NDArray[np.int64]:
        """Predicts the number of each token's tag for each head, ``(heads, tokens)``."""
        tags: NDArray[np.int64] = self._predict(self._decode, sentences).cpu().numpy()
        return tags

    def _decode(self, scores: Tensor, lengths: Tensor) -> Tensor:
        heads = [network.head for network in self._networks]
        parts = scores.split([head.scores.out_features for head in heads], dim=1)
        return torch.stack([head.decode(part, lengths) for head, part in zip(heads, parts, strict=True)])


def _joined(heads: Sequence[Head]) -> Softmax:
    """A head whose scores are those of all heads, one after another."""
    weight = torch.cat([head.scores.weight.detach() for head in heads])
    bias = torch.cat([head.scores.bias.detach() for head in heads])
    with torch.device("meta"):  # draws no random numbers
        joined = Softmax(weight.size(1), len(weight))
    joined.scores.weight = nn.Parameter(weight, requires_grad=False)
    joined.scores.bias = nn.Parameter(bias, requires_grad=False)
    return joined
