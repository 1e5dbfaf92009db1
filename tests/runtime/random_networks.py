"""Networks of torch with random weights, and the same networks in NumPy."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any, get_args

import numpy as np
import torch
from numpy.typing import NDArray

from postagger.checkpoint import Checkpoint, TrainingRecord
from postagger.config import Activation, Config, parse_config
from postagger.features import Lexicon, TagSet, WordClasses, WordEncoding, WordVectors
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

MODELS: dict[str, dict[str, Any]] = {
    "logistic": {"kind": "logistic"},
    "logistic, lopsided": {"kind": "logistic", "left": 0, "right": 3},
    "logistic, no neighbours": {"kind": "logistic", "left": 0, "right": 0},
    "logistic, crf": {"kind": "logistic", "output": "crf"},
    "window": {"kind": "window", "hidden": [16]},
    "window, lopsided": {"kind": "window", "left": 3, "right": 0, "hidden": [20]},
    "window, no neighbours": {"kind": "window", "left": 0, "right": 0},
    "window, very wide": {"kind": "window", "left": 12, "right": 15, "hidden": [5]},
    "window, three layers": {"kind": "window", "hidden": [9, 8, 7], "activation": "tanh"},
    "window, one unit": {"kind": "window", "hidden": [1, 1], "activation": "none"},
    "window, crf": {"kind": "window", "output": "crf"},
    **{f"window, {name}": {"kind": "window", "activation": name} for name in get_args(Activation)},
    **{
        f"{kind}, {layers} layers, {'both ways' if both else 'one way'}": {
            "kind": kind,
            "layers": layers,
            "bidirectional": both,
            "hidden": hidden,
        }
        for kind in ("rnn", "gru", "lstm")
        for layers, hidden in ((1, 8), (2, 5), (16, 3))
        for both in (True, False)
    },
    "rnn, relu": {"kind": "rnn", "activation": "relu", "hidden": 8},
    "rnn, relu, two layers": {"kind": "rnn", "activation": "relu", "hidden": 8, "layers": 2},
    "lstm, one unit": {"kind": "lstm", "hidden": 1},
    "lstm, crf": {"kind": "lstm", "output": "crf", "hidden": 8},
}
"""Every kind of network with every option."""

RECORD = TrainingRecord(
    corpus="none", train_sentences=0, train_tokens=0, dev_tokens=0, epochs=0, best_epoch=0, versions={}
)


class Both:
    """A network of torch, with random weights large enough to make tags differ.

    Attributes:
        config, encoding, tagset, network: the network of torch.
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
        tagset: TagSet = TAGS,
    ) -> None:
        self.tagset = tagset
        self.config: Config = parse_config({"model": model, "words": SMALL | dict(words or {})})
        settings = self.config.words
        self.encoding = WordEncoding.fit(WORDS[:15], settings, vectors=vectors, classes=classes)
        table = None if vectors is None else torch.as_tensor(vectors.table(tuned=settings.vectors_tuned))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(1)
            self.network = build_torch_network(self.config, self.encoding, tagset, table).eval()
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
        return NumpyPredictor(self.build(), self.encoding, [Head(self.tagset, build_decoder(self.weights))])

    def reference(self) -> ReferencePredictor:
        return ReferencePredictor(self.network, self.encoding)

    def checkpoint(self, *others: int) -> Checkpoint:
        """A checkpoint. Args: `others`, the numbers of tags of further heads, which are their names."""
        weights = self.weights
        for number, tags in enumerate(others, 1):
            head = self.with_another_head(tags).head.state_dict()
            weights |= {f"heads.{number}.{name}": tensor.numpy() for name, tensor in head.items()}
        sets = {str(tags): TagSet([f"T{number:03}" for number in range(tags)]) for tags in others}
        tagsets = {self.config.corpus.head_name: self.tagset} | sets
        return Checkpoint(self.config, self.encoding, Lexicon({}), tagsets, weights, RECORD)

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


def some_text(seed: int, count: int = 60, *, new: int = 2000) -> list[list[str]]:
    """Sentences of 0 to 40 words. Args: `new`, how many different words it has besides those of `WORDS`."""
    generator = random.Random(seed)
    letters = "abcdefghijklmnopqrstuvwxyzABZ019-'é"
    words = WORDS + ["".join(generator.choices(letters, k=generator.randint(1, 12))) for _ in range(new)]
    return [generator.choices(words, k=generator.randint(0, 40)) for _ in range(count)]
