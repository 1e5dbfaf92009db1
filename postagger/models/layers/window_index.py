"""The words in the window around each token (the time delay), for a whole batch at once."""

from __future__ import annotations

import torch
from torch import Tensor

from postagger.features import PADDING


def window_index(index: Tensor, lengths: Tensor, left: int, right: int) -> Tensor:
    """Looks up the word types in the window around every token.

    Sentences are concatenated with padding between them and at both ends, so that no window reaches into
    a neighbouring sentence.

    Args:
        index: ``(tokens,)`` rows of word types.
        lengths: ``(sentences,)``, on the CPU.

    Returns:
        ``(tokens, left + 1 + right)`` rows of word types, with `PADDING` beyond the sentence's edges.
    """
    if not len(index):
        return index.new_empty(0, left + 1 + right)
    gap = max(left, right)
    before = torch.arange(gap, (len(lengths) + 1) * gap, gap) if gap else torch.zeros_like(lengths)
    places = before.repeat_interleave(lengths, output_size=len(index)).add_(torch.arange(len(index)))
    places = places.to(index.device)
    padded = index.new_full((len(index) + (len(lengths) + 1) * gap,), PADDING)
    padded[places] = index
    # A view of all windows, including those around padding; the tokens' windows are selected from it.
    return padded.unfold(0, left + 1 + right, 1).index_select(0, places - left)
