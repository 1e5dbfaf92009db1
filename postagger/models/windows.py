"""Which words a window sees: the time-delay step, for a whole run of sentences at once."""

from __future__ import annotations

import torch
from torch import Tensor

from postagger.encoding import PADDING


def window_index(index: Tensor, lengths: Tensor, left: int, right: int) -> Tensor:
    """The word types in the window around every token.

    Sentences are laid out in one run with padding between them and at both ends, so that no window
    reaches into a neighbour.

    Args:
        index: ``(tokens,)`` rows of word types.
        lengths: ``(sentences,)``, on the CPU.

    Returns:
        ``(tokens, left + 1 + right)`` rows of word types, `PADDING` beyond the sentence's edges.
    """
    gap = max(left, right)
    sentence = torch.repeat_interleave(torch.arange(len(lengths)), lengths)
    places = (torch.arange(len(index)) + (sentence + 1) * gap).to(index.device)
    run = index.new_full((len(index) + (len(lengths) + 1) * gap,), PADDING)
    run[places] = index
    delays = torch.arange(-left, right + 1, device=index.device)
    return run[places.unsqueeze(1) + delays]
