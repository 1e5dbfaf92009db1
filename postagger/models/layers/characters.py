"""Encodes a word from its characters, by convolution or with an LSTM."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence

from postagger.features import PADDING

_WIDTH_STEP = 8
"""Convolution widths are multiples of this, because oneDNN compiles a kernel for every new width."""


class CharacterConvolution(nn.Module):
    """A convolution over characters with max pooling (dos Santos and Zadrozny 2014).

    Shape: ``(types, longest)`` integers to ``(types, filters)``. Padding at the right changes nothing,
    and a word without characters gives zeros.
    """

    def __init__(self, rows: int, size: int, filters: int, window: int) -> None:
        super().__init__()
        self.table = nn.Embedding(rows, size, padding_idx=PADDING)
        self.convolution = nn.Conv1d(size, filters, window, padding=window // 2)

    def forward(self, characters: Tensor) -> Tensor:
        if characters.size(1) == 0:
            return self.table.weight.new_zeros(len(characters), self.convolution.out_channels)
        # Cut to the longest word, rounded up so that few widths occur.
        longest = int((characters != PADDING).any(dim=0).sum())
        characters = characters[:, : max(1, -(-longest // _WIDTH_STEP)) * _WIDTH_STEP]
        embedded = self.table(characters).transpose(1, 2)  # (types, size, longest)
        activations = F.relu(self.convolution(embedded))  # (types, filters, longest)
        # Activations are never negative, so a zeroed position never exceeds the maximum of the others.
        activations = activations * (characters != PADDING).unsqueeze(1)
        return activations.amax(dim=2)


class CharacterLstm(nn.Module):
    """The final states of a bidirectional LSTM over characters (Ling et al. 2015).

    Shape: ``(types, longest)`` integers to ``(types, units)``, half of the units for each direction.
    Padding at the right changes nothing, and a word without characters gives zeros.
    """

    def __init__(self, rows: int, size: int, units: int) -> None:
        super().__init__()
        self.table = nn.Embedding(rows, size, padding_idx=PADDING)
        self.layer = nn.LSTM(size, units // 2, bidirectional=True, batch_first=True)

    def forward(self, characters: Tensor) -> Tensor:
        lengths = (characters != PADDING).sum(1)
        vectors = self.table.weight.new_zeros(len(characters), 2 * self.layer.hidden_size)
        nonempty = lengths.nonzero().squeeze(1)
        if not len(nonempty):
            return vectors
        packed = pack_padded_sequence(
            self.table(characters[nonempty]), lengths[nonempty].cpu(), batch_first=True, enforce_sorted=False
        )
        final = self.layer(packed)[1][0]  # (directions, words with characters, units / 2)
        return vectors.index_copy(0, nonempty, final.transpose(0, 1).flatten(1))


def character_encoder(
    kind: str, rows: int, size: int, units: int, window: int
) -> CharacterConvolution | CharacterLstm:
    """Builds a character encoder.

    Args:
        kind: ``convolution`` or ``lstm``.
        rows: the number of characters in the vocabulary.
        size: the size of a character's embedding.
        units: the size of the encoder's output.
        window: the width of the convolution; an LSTM ignores it.
    """
    if kind == "lstm":
        return CharacterLstm(rows, size, units)
    return CharacterConvolution(rows, size, units, window)
