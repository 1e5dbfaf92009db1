"""Which parameters of an encoder belong to its embeddings, and which to each of its layers."""

from __future__ import annotations

import re

from torch import Tensor, nn

_EMBEDDINGS = re.compile(r"embed|^w[tp]e\b")
"""In the names of parameters below the first layer: tables, their norms and projections."""


def depths(encoder: nn.Module) -> dict[Tensor, int]:
    """The depth of each parameter: 0 for embeddings, 1 for the lowest layer, up to the number of layers.

    Parameters that belong to no layer, such as those of a last normalisation, count as the top layer's; so do
    those that all layers share, as in ALBERT.
    """
    count: int = encoder.config.num_hidden_layers  # type: ignore[union-attr,assignment]
    found: dict[Tensor, int] = {}
    for each in encoder.modules():
        if isinstance(each, nn.ModuleList) and len(each) == count:  # XLM has several, one for each part
            for number, layer in enumerate(each, 1):
                for parameter in layer.parameters():
                    found.setdefault(parameter, number)
    for name, parameter in encoder.named_parameters():
        found.setdefault(parameter, 0 if _EMBEDDINGS.search(name) else count)
    return found


def has_layers(encoder: nn.Module) -> bool:
    """Whether each layer has parameters of its own."""
    count: int = encoder.config.num_hidden_layers  # type: ignore[union-attr,assignment]
    return set(range(1, count + 1)) <= set(depths(encoder).values())
