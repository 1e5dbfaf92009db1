"""Recurrent taggers: Elman network, gated recurrent units, long short-term memory."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from postagger.batches import Batch, Origin
from postagger.config import GruConfig, LstmConfig, RnnConfig
from postagger.models.context_model import ContextModel
from postagger.models.layers.dropout import Dropout, SentenceDropout
from postagger.models.layers.lstm import lstm
from postagger.models.layers.packing import pack_places
from postagger.random_numbers import Rows, drawn_for


class Recurrent(ContextModel):
    """Runs a recurrent layer over each sentence, without padding.

    Sentences are packed: step t of the recurrence takes the t-th token of every sentence that is long
    enough, and the backward direction starts at each sentence's own last token.

    Shape: ``(types, size)`` vectors to ``(tokens, output_size)``.
    """

    draws_by_token = True

    def __init__(self, layer: nn.RNNBase, config: RnnConfig | GruConfig | LstmConfig) -> None:
        super().__init__()
        self.layer = layer
        self.torch_draws = layer.dropout > 0  # between layers
        self.dropout = (SentenceDropout if config.variational else Dropout)(config.dropout)
        self.output_size = layer.hidden_size * (2 if layer.bidirectional else 1)

    def forward(self, vectors: Tensor, batch: Batch) -> Tensor:
        states = self.states(vectors, batch)
        if not isinstance(self.dropout, SentenceDropout):
            dropped: Tensor = self.dropout(states)
            return dropped
        with drawn_for(batch.origin.sentences if batch.origin else None):
            by_sentence: Tensor = self.dropout(states, batch.lengths)
        return by_sentence

    def states(self, vectors: Tensor, batch: Batch) -> Tensor:
        """Computes the hidden states before dropout.

        Shape: as in `forward`.
        """
        places = pack_places(batch.lengths)
        order = places.data.to(batch.index.device)  # (tokens,): the token at each packed position
        packed = PackedSequence(
            vectors.index_select(0, batch.index[order]),
            places.batch_sizes,
            places.sorted_indices,
            places.unsorted_indices,
        )
        with drawn_for(_packed_rows(batch.origin, order)):
            states = self.layer(packed)[0].data  # (tokens, output_size), in the packed order
        return torch.empty_like(states).index_copy(0, order, states)  # back in the batch's order


class Elman(Recurrent):
    """Simple recurrent network: ``s_t = g(W x_t + U s_(t-1) + b)`` (Elman 1990)."""

    def __init__(self, config: RnnConfig, size: int) -> None:
        layer = nn.RNN(
            size,
            config.hidden,
            config.layers,
            nonlinearity=config.activation,
            bidirectional=config.bidirectional,
            dropout=_between_layers(config.layers, config.dropout),
        )
        super().__init__(layer, config)


class Gru(Recurrent):
    """Gated recurrent units (Cho et al. 2014)."""

    def __init__(self, config: GruConfig, size: int) -> None:
        layer = nn.GRU(
            size,
            config.hidden,
            config.layers,
            bidirectional=config.bidirectional,
            dropout=_between_layers(config.layers, config.dropout),
        )
        super().__init__(layer, config)


class Lstm(Recurrent):
    """Long short-term memory (Hochreiter and Schmidhuber 1997), with a forget gate (Gers et al. 2000).

    The forget gate's bias starts at 1 (Jozefowicz et al. 2015), so that an untrained cell remembers.
    """

    def __init__(self, config: LstmConfig, size: int) -> None:
        layer = nn.LSTM(
            size,
            config.hidden,
            config.layers,
            bidirectional=config.bidirectional,
            dropout=_between_layers(config.layers, config.dropout),
        )
        forget = slice(config.hidden, 2 * config.hidden)  # torch's gates: input, forget, cell, output
        with torch.no_grad():
            for name, bias in layer.named_parameters():
                # torch adds two biases, so they have to sum to 1
                if name.startswith("bias_ih"):
                    bias[forget] = 1.0
                elif name.startswith("bias_hh"):
                    bias[forget] = 0.0
        super().__init__(layer, config)
        self.torch_draws = False  # neither does `lstm`, nor could cuDNN be given other random numbers

    def states(self, vectors: Tensor, batch: Batch) -> Tensor:
        if vectors.is_cpu:
            assert isinstance(self.layer, nn.LSTM)
            return lstm(self.layer, vectors, batch.index, batch.lengths)
        return super().states(vectors, batch)


def _packed_rows(origin: Origin | None, order: Tensor) -> Rows | None:
    """A part's rows, in its packed order, among those of the whole batch in its own."""
    if origin is None:
        return None
    places = pack_places(origin.whole.lengths).data
    place = torch.empty_like(places).index_copy_(0, places, torch.arange(len(places)))  # of each token
    return Rows(place.to(order.device)[origin.tokens.places[order]], len(places))


def _between_layers(layers: int, dropout: float) -> float:
    """The dropout to pass to torch, which applies it between layers only and warns if there is just one."""
    return dropout if layers > 1 else 0.0
