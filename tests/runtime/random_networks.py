"""Networks of torch with random weights, and the same networks in NumPy."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from postagger.config import Config, parse_config
from postagger.features import TagSet, WordClasses, WordEncoding, WordVectors
from postagger.inference import ReferencePredictor
from postagger.models import TaggingNetwork, build_head
from postagger.models import build_network as build_torch_network
from postagger.runtime import Head, Network, NumpyPredictor, build_decoder, build_network

TAGS = TagSet(["DT", "JJ", "NN", "NNS", "VB", "."])

WORDS = [
    *["The", "the", "can", "trees", ".", ",", "plays", "May", "old", "man", "saw", '"', "``", "''", "1984"],
    *["naïve", "nai\u0308ve", '\ufeff"', "\uff02", "the\u200b", "", "x" * 50, "("],
]
"""With quotes of all kinds, other normal forms, an empty word and a long one."""

SMALL = {"word_dim": 8, "prefixes": 1, "suffixes": 2, "feature_dim": 4, "feature_min_count": 1}


class Both:
    """A network of torch, with random weights large enough to make tags differ.

    Attributes:
        config, encoding, network: the network of torch.
        weights: by their names in a model file.
    """

    def __init__(
        self,
        model: Mapping[str, Any],
        words: Mapping[str, Any] | None = None,
        *,
        vectors: WordVectors | None = None,
        classes: WordClasses | None = None,
        scale: float = 2.0,
    ) -> None:
        self.config: Config = parse_config({"model": model, "words": SMALL | dict(words or {})})
        settings = self.config.words
        self.encoding = WordEncoding.fit(WORDS[:15], settings, vectors=vectors, classes=classes)
        table = None if vectors is None else torch.as_tensor(vectors.table(tuned=settings.vectors_tuned))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(1)
            self.network = build_torch_network(self.config, self.encoding, TAGS, table).eval()
            with torch.no_grad():
                for name, parameter in self.network.named_parameters():
                    if not name.startswith("words."):
                        parameter.mul_(scale)
                for name in ("start", "transitions", "end"):
                    if hasattr(self.network.head, name):
                        getattr(self.network.head, name).normal_()

    @property
    def weights(self) -> dict[str, NDArray[Any]]:
        return {name: tensor.numpy() for name, tensor in self.network.state_dict().items()}

    @property
    def rows(self) -> dict[str, int]:
        return {name: len(table) for name, table in self.encoding.vocabularies.items()}

    def build(self) -> Network:
        """The network in NumPy."""
        weights = self.weights
        outputs = weights["head.scores.weight"], weights["head.scores.bias"]
        network = build_network(self.config, weights, self.rows, outputs)
        assert network is not None
        return network

    def predictor(self) -> NumpyPredictor:
        return NumpyPredictor(self.build(), self.encoding, [Head(TAGS, build_decoder(self.weights))])

    def reference(self) -> ReferencePredictor:
        return ReferencePredictor(self.network, self.encoding)

    def with_another_head(self, tags: int) -> TaggingNetwork:
        """A network of torch with another head on the same layers."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(2)
            return self.network.with_head(
                build_head(self.config, self.network.context.output_size, tags)
            ).eval()


def scores_of(reference: ReferencePredictor, sentences: Sequence[Sequence[str]]) -> NDArray[np.float32]:
    """The scores of the forward pass, ``(tokens, tags)``."""
    found: NDArray[np.float32] = reference._predict(lambda scores, _lengths: scores, sentences).numpy()
    return found


def some_sentences(seed: int, count: int = 40) -> list[list[str]]:
    """Sentences of 0 to 30 words."""
    generator = random.Random(seed)
    return [
        [generator.choice(WORDS) for _ in range(generator.choice((0, 1, 2, 5, 30)))] for _ in range(count)
    ]


def parts(sentences: Sequence[Sequence[str]]) -> tuple[list[str], list[int]]:
    """The tokens of all sentences, and the length of each sentence."""
    return [word for sentence in sentences for word in sentence], list(map(len, sentences))
