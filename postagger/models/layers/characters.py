"""A word from its characters: by convolution, or by an LSTM."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from postagger.features import PADDING

_STEP = 8
"""Characters by which the width of a convolution grows: oneDNN compiles a kernel for every one it meets."""


class CharacterConvolution(nn.Module):
    """How strongly each filter answers anywhere in the word (dos Santos and Zadrozny 2014).

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
        predictions = F.relu(self.convolution(embedded))  # (types, filters, longest)
        # An answer is at least 0, so a position made 0 never wins.
        predictions = predictions * (characters != PADDING).unsqueeze(1)
        return predictions.amax(dim=2)


class CharacterLstm(nn.Module):
    """Where an LSTM arrives that reads the word from each end (Ling et al. 2015).

    Shape: ``(types, longest)`` integers to ``(types, units)``, half of the units for each direction.
    Padding at the right changes nothing, and a word of no characters is all zeros.
    """

    def __init__(self, rows: int, size: int, units: int) -> None:
        super().__init__()
        self.table = nn.Embedding(rows, size, padding_idx=PADDING)
        self.layer = nn.LSTM(size, units // 2, bidirectional=True, batch_first=True)

    def forward(self, characters: Tensor) -> Tensor:
        lengths = (characters != PADDING).sum(1)
        vectors = self.table.weight.new_zeros(len(characters), 2 * self.layer.hidden_size)
        spelt = lengths.nonzero().squeeze(1)
        if not len(spelt):
            return vectors
        packed = pack_padded_sequence(
            self.table(characters[spelt]), lengths[spelt].cpu(), batch_first=True, enforce_sorted=False
        )
        ends = self.layer(packed)[1][0]  # (directions, words with characters, units / 2)
        return vectors.index_copy(0, spelt, ends.transpose(0, 1).flatten(1))


def character_encoder(
    kind: str, rows: int, size: int, units: int, window: int
) -> CharacterConvolution | CharacterLstm:
    """The encoder of this kind, ``convolution`` or ``lstm``: ``(types, longest)`` to ``(types, units)``."""
    if kind == "lstm":
        return CharacterLstm(rows, size, units)
    return CharacterConvolution(rows, size, units, window)
