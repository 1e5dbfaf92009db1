"""A word from its characters: convolution, then the maximum over positions (dos Santos and Zadrozny 2014)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from postagger.encoding import PADDING

_STEP = 8
"""Characters by which the width of a convolution grows: oneDNN compiles a kernel for every one it meets."""


class CharacterConvolution(nn.Module):
    """How strongly each filter answers anywhere in the word.

    Shape: ``(types, longest)`` integers to ``(types, filters)``. Padding at the right changes nothing,
    and a word of no characters is all zeros.
    """

    def __init__(self, rows: int, size: int, filters: int, window: int) -> None:
        super().__init__()
        self.table = nn.Embedding(rows, size, padding_idx=PADDING)
        self.convolution = nn.Conv1d(size, filters, window, padding=window // 2)

    def forward(self, characters: Tensor) -> Tensor:
        if characters.size(1) == 0:
            return self.table.weight.new_zeros(len(characters), self.convolution.out_channels)
        # Only as far as the longest word goes; in steps, so that few sizes occur.
        longest = int((characters != PADDING).any(dim=0).sum())
        characters = characters[:, : max(1, -(-longest // _STEP)) * _STEP]
        embedded = self.table(characters).transpose(1, 2)  # (types, size, longest)
        answers = F.relu(self.convolution(embedded))  # (types, filters, longest)
        # An answer is at least 0, so a position made 0 never wins.
        answers = answers * (characters != PADDING).unsqueeze(1)
        return answers.amax(dim=2)
