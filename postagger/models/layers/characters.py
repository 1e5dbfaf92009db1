"""Encodes a word from its characters, by convolution or with an LSTM."""

from __future__ import annotations

import torch
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
        if characters.is_cpu:
            return self._from_products(characters)
        embedded = self.table(characters).transpose(1, 2)  # (types, size, longest)
        activations = F.relu(self.convolution(embedded))  # (types, filters, longest)
        # Activations are never negative, so a zeroed position never exceeds the maximum of the others.
        activations = activations * (characters != PADDING).unsqueeze(1)
        return activations.amax(dim=2)

    def _from_products(self, characters: Tensor) -> Tensor:
        """Does the same several times as fast on the CPU; shapes as in `forward`, with a width above 0.

        The product of every character of the vocabulary with every column of the filters is computed once,
        and an activation is the sum of a window's products. Only the largest activation has a gradient, so
        its place is found without one.
        """
        kernel, bias = self.convolution.weight, self.convolution.bias  # (filters, size, window), (filters,)
        assert bias is not None
        rows, window = self.table.num_embeddings, kernel.size(2)
        vectors = self.table(torch.arange(rows))  # (rows, size), through the layer: padding is not trained
        products = torch.einsum("rs,fsw->wrf", vectors, kernel).flatten(0, 1)  # (window * rows, filters)
        around = F.pad(characters, (window // 2, window // 2), value=PADDING).unfold(1, window, 1)
        around = around + rows * torch.arange(window)  # (types, longest, window): rows of `products`
        places = _largest(products.detach(), around, characters == PADDING)  # (types, filters)
        largest = sum(products.gather(0, each.gather(1, places)) for each in around.unbind(2))
        return F.relu(largest + bias) * (characters != PADDING).any(dim=1, keepdim=True)


def _largest(products: Tensor, around: Tensor, padding: Tensor) -> Tensor:
    """Finds the place of each filter's largest activation in each word; the first of equals.

    Args:
        products: ``(rows, filters)``.
        around: ``(types, longest, window)``, the rows that each activation is the sum of.
        padding: ``(types, longest)``, the places to leave out.

    Returns:
        ``(types, filters)``.
    """
    left_out = products.new_full((1, products.size(1)), -torch.inf)
    around = around.masked_fill(padding.unsqueeze(2), len(products)).flatten(0, 1)
    sums = F.embedding_bag(around, torch.cat([products, left_out]), mode="sum")
    activations = sums.view(*padding.shape, -1)  # (types, longest, filters)
    # Torch's own search for maxima with their places takes three times as long.
    longest = padding.size(1)
    backwards = torch.arange(longest, 0, -1, dtype=products.dtype).unsqueeze(1)
    last = activations.eq_(activations.amax(dim=1, keepdim=True)).mul_(backwards).amax(dim=1)
    return longest - last.long()


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
