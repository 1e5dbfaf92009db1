"""Untrained recurrent networks, with small and with large weights, and their training data."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from descent import fresh
from long_range import System, config_of, language, place_of_up
from torch import nn

from postagger import Config, Corpus
from postagger.batches import EncodedCorpus
from postagger.corpora import TaggedSentence
from postagger.models import TaggingNetwork
from postagger.models.recurrent import Recurrent

STEPS = 100
"""The gradient is measured this many steps back."""

SMALL, LARGE = 0.5, 3.0
"""Spectral radii of Elman's recurrent matrix. Torch's own initialisation has about 0.58."""

KINDS: dict[str, tuple[str, float | None]] = {
    "Elman RNN, small weights": ("rnn", SMALL),
    "Elman RNN, large weights": ("rnn", LARGE),
    "GRU": ("gru", None),
    "LSTM": ("lstm", None),
}
"""Name to a config's ``model.kind`` and the initial spectral radius; None keeps torch's initialisation."""
VANISHING, EXPLODING, *_ = KINDS

RATE = 1e-2
"""Of the learning rates that long_range.py tries, one at which all these networks learn."""

_FAR_GROUPS = 16


@dataclass(frozen=True)
class Start:
    """An untrained network and its training data.

    Attributes:
        kind: one of `KINDS`.
        epochs: number of training epochs.
        groups: groups of training sentences per distance, see `language`.
        hidden: size of the hidden state.
    """

    kind: str
    seed: int
    epochs: int = 12
    groups: int = 100
    hidden: int = 64

    def make(self) -> tuple[TaggingNetwork, EncodedCorpus, EncodedCorpus, Config]:
        """Returns the network, its training data (the busy language), the far sentences, and the config.

        Draws from torch's random numbers.
        """
        kind, radius = KINDS[self.kind]
        model = {"kind": kind, "hidden": self.hidden, "bidirectional": False}
        config = config_of(System(self.kind, model, epochs=self.epochs), RATE, self.seed)
        sentences = language(self.groups, seed=2 * self.seed, busy=True)
        corpus = Corpus("generated", sentences, far_sentences(2 * self.seed + 1), [])
        network, data, far = fresh(corpus, config)
        if radius is not None:
            matrix = recurrent_layer(network).get_parameter("weight_hh_l0")
            with torch.no_grad():
                matrix.mul_(radius / spectral_radius(network))
        return network, data, far, config


def far_sentences(seed: int) -> list[TaggedSentence]:
    """Pieces of the busy language, `STEPS` + 1 words each: from a verb to the "up" that depends on it."""
    found = language(_FAR_GROUPS, seed=seed, distances=[STEPS], busy=True)
    ends = [place_of_up(sentence) + 1 for sentence in found]
    return [sentence[end - STEPS - 1 : end] for sentence, end in zip(found, ends, strict=True)]


def recurrent_layer(network: TaggingNetwork) -> nn.RNNBase:
    assert isinstance(network.context, Recurrent)
    return network.context.layer


def spectral_radius(network: TaggingNetwork) -> float:
    """The largest modulus of the recurrent matrix's eigenvalues."""
    matrix = recurrent_layer(network).get_parameter("weight_hh_l0").detach()
    return float(torch.linalg.eigvals(matrix).abs().max())
