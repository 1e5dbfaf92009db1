"""Predicts with the native kernel (`native/`, the package postagkit-native), where it is installed.

The kernel does everything from lists of words to lists of pairs: it looks words up, encodes new ones, and
computes their tags. It gets the layers as arrays; what it can't do itself it asks of Python: the rows of
unusual words, and what a character means in a word.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from postagger.checkpoint import Checkpoint, Weights
from postagger.config import LogisticConfig, RnnConfig, WindowConfig
from postagger.errors import PostaggerError
from postagger.features import TagMask, WordEncoding
from postagger.features.normalise import PLAIN_FORMS, is_straight_quote, lower_case, shape, word_form
from postagger.features.vocabulary import UNKNOWN
from postagger.runtime.affine import Affine
from postagger.runtime.build import bias_in_the_middle, logistic_rows
from postagger.runtime.characters import character_convolution
from postagger.runtime.heads import make_head, output_layer
from postagger.runtime.network import Floats, Integers
from postagger.runtime.pieces import Pieces, is_long
from postagger.runtime.predictor import Predictor, silent
from postagger.runtime.token_tags import Pair
from postagger.runtime.word_vectors import WordEncoder

if TYPE_CHECKING:
    from postagger_native import Kernel


Isa = Literal["auto", "portable", "avx2", "avx512"]

_INTERFACE = 2
"""That of the kernel which this module knows: `postagger_native.INTERFACE`."""

_LARGEST = 96 << 20
"""Bytes of rows beyond which the kernel forgets words, unless the network is wide."""

_FEWEST_WORDS = 13_000
"""Words whose rows are kept in any case: about as many as 100,000 tokens of news text have. With room for
half of them, the kernel would encode words again in every call."""

_NUMBER = 6
"""Bytes that a number of a row takes at most: in float32, and in 16-bit integers."""


def is_installed() -> bool:
    """Whether the native kernel is there.

    Raises:
        PostaggerError: it is there, but made for another version of this package.
    """
    if importlib.util.find_spec("postagger_native") is None:
        return False
    import postagger_native

    if getattr(postagger_native, "INTERFACE", 0) != _INTERFACE:
        raise PostaggerError(
            "the installed postagkit-native is for another version of postagger: install the one that fits "
            "(pip install --upgrade postagkit-native, or pip install ./native), or remove it"
        )
    return True


class NativePredictor(Predictor):
    """Predicts with the kernel. Threads may share a predictor; a forked process may go on with it."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        names: Sequence[str],
        *,
        low_precision: bool = False,
        isa: Isa = "auto",
    ) -> None:
        """
        Args:
            checkpoint: of one of the package's kinds of model.
            names: those of one or more heads.
            low_precision: arithmetic in which a few tags of ten thousand differ.
            isa: the processor's instructions to use, for measurements.
        """
        super().__init__([make_head(checkpoint, name) for name in names], Pieces.of(checkpoint.config))
        self._given = checkpoint, tuple(names)
        self._options: dict[str, Any] = {"low_precision": low_precision, "isa": isa}
        self._by_token = all(head.decoder.by_token for head in self.heads)
        self._kernel = make_kernel(
            checkpoint, names, precision="int8" if low_precision else "float32", isa=isa
        )

    @property
    def engine(self) -> str:  # type: ignore[override]
        return f"native kernel ({self._kernel.isa})"

    def __reduce__(self) -> tuple[Callable[..., NativePredictor], tuple[object, ...]]:
        return partial(NativePredictor, **self._options), self._given

    def scores(self, words: Sequence[str], lengths: Sequence[int]) -> Floats:
        found: Floats = self._kernel.scores(list(words), np.array(lengths, np.int64))
        return found

    def tag(self, sentences: Sequence[list[str]], mask: TagMask | None = None) -> list[list[Pair]]:
        if mask is not None or not self._by_token or is_long(list(map(len, sentences))):
            return super().tag(sentences, mask)
        pairs: list[list[Pair]] = self._kernel.tag(sentences)
        return pairs

    def tags_by_head(self, sentences: Sequence[Sequence[str]]) -> Integers:
        if not self._by_token or is_long(list(map(len, sentences))):
            return super().tags_by_head(sentences)
        words = [word for sentence in sentences for word in sentence]
        return self._numbers(words, [len(sentence) for sentence in sentences])

    def _best(self, words: Sequence[str], lengths: Sequence[int], mask: TagMask | None) -> Integers:
        if mask is not None or not self._by_token:
            return super()._best(words, lengths, mask)
        best: Integers = self._numbers(words, lengths)[0]
        return best

    def _numbers(self, words: Sequence[str], lengths: Sequence[int]) -> Integers:
        """The tags of all heads, ``(heads, tokens)``."""
        tags: NDArray[np.int32] = self._kernel.tags(list(words), np.array(lengths, np.int64))
        return tags.astype(np.int64)


def make_kernel(checkpoint: Checkpoint, names: Sequence[str], **settings: Any) -> Kernel:
    """Makes the kernel for some heads of a checkpoint.

    Args:
        settings: further arguments of `Kernel`, or others in the place of those that a checkpoint gives.
    """
    from postagger_native import Kernel

    config, encoding = checkpoint.config, checkpoint.encoding
    weights = checkpoint.backbone_weights
    rows = {name: len(table) for name, table in encoding.vocabularies.items()}
    vectors = WordEncoder(config.words, weights, rows)
    output = output_layer(checkpoint, names)
    weight, bias = _first_layer(config.model, weights, output)
    first = Affine(weight, bias)

    def make_rows(words: Sequence[str]) -> Floats:
        with silent():
            return np.ascontiguousarray(first(vectors(encoding.encode(words))))

    arguments: dict[str, Any] = {
        "kind": config.model.kind,
        "width": len(bias),
        "make_rows": make_rows,
        "is_straight_quote": partial(is_straight_quote, normalise=config.words.normalise),
        "layers": _layers(config.model, weights, output),
        "tags": [list(checkpoint.tagsets[name]) for name in names],
        "encoder": _encoder(encoding, weights, rows, weight, bias),
        "largest": max(_LARGEST, _FEWEST_WORDS * len(bias) * _NUMBER),
    }
    return Kernel(**arguments | settings)


Layer = tuple[Floats, Floats]
"""Weight, ``(outputs, inputs)``, and bias, ``(outputs,)``."""


def _first_layer(model: Any, weights: Weights, output: Layer) -> Layer:
    """The layer from word vectors to the rows of the kernel's table."""
    if isinstance(model, WindowConfig):
        weight, bias = weights["context.delay.weight"], weights["context.delay.bias"]
        return weight, bias_in_the_middle(bias, model.left, model.left + 1 + model.right)
    if isinstance(model, LogisticConfig):
        return logistic_rows(*output, model.left, model.right)
    parts = [
        (weights[f"context.layer.weight_ih{suffix}"], _input_bias(model, weights, suffix))
        for suffix in _suffixes(model, 0)
    ]
    return np.concatenate([weight for weight, _ in parts]), np.concatenate([bias for _, bias in parts])


def _layers(model: Any, weights: Weights, output: Layer) -> dict[str, Any]:
    """All layers but the first, as the kernel takes them."""
    if isinstance(model, LogisticConfig):
        return {"left": model.left, "right": model.right}
    if isinstance(model, WindowConfig):
        names = [f"context.layers.{number}" for number in range(len(model.hidden) - 1)]
        return {
            "left": model.left,
            "right": model.right,
            "activation": model.activation,
            "hidden": [(weights[f"{name}.weight"], weights[f"{name}.bias"]) for name in names],
            "output": output,
        }
    return {
        "relu": isinstance(model, RnnConfig) and model.activation == "relu",
        "parts": [
            [_part(model, weights, suffix, first=number == 0) for suffix in _suffixes(model, number)]
            for number in range(model.layers)
        ],
        "output": output,
    }


def _suffixes(model: Any, layer: int) -> list[str]:
    """How the names of a recurrent layer's weights end, in each direction."""
    return [f"_l{layer}{direction}" for direction in ("", "_reverse")[: 1 + model.bidirectional]]


def _part(model: Any, weights: Weights, suffix: str, *, first: bool) -> dict[str, Floats]:
    """A direction of a recurrent layer; the first layer's input weights are in the rows."""
    part = {"state_weight": weights[f"context.layer.weight_hh{suffix}"]}
    if model.kind == "gru":
        part["new_bias"] = weights[f"context.layer.bias_hh{suffix}"][2 * model.hidden :]
    if not first:
        part["input_weight"] = weights[f"context.layer.weight_ih{suffix}"]
        part["input_bias"] = _input_bias(model, weights, suffix)
    return part


def _input_bias(model: Any, weights: Weights, suffix: str) -> Floats:
    """The sum of both biases, without that of a GRU's new gate, which is multiplied by the reset gate."""
    other = weights[f"context.layer.bias_hh{suffix}"].copy()
    if model.kind == "gru":
        other[2 * model.hidden :] = 0
    total: Floats = weights[f"context.layer.bias_ih{suffix}"] + other
    return total


def _encoder(
    encoding: WordEncoding, weights: Weights, rows: Mapping[str, int], weight: Floats, bias: Floats
) -> dict[str, Any] | None:
    """What the kernel needs to encode new words; None if they have parts that it does not know."""
    from postagger_native import character_info

    config = encoding.config
    if "classes" in encoding.vocabularies:
        return None
    if config.character_dim and config.character_encoder != "convolution":
        return None
    names = [name for name in encoding.columns if name != "vectors"]
    tables = [weights["words.word.weight"]] if "word" in names else []
    parts = [rows[name] for name in names if name != "word"]
    if parts:
        tables += np.split(weights["words.features.weight"], np.cumsum(parts)[:-1])
    return {
        "lowercase": config.lowercase,
        "fold_digits": config.fold_digits,
        "prefixes": config.prefixes,
        "suffixes": config.suffixes,
        "shape": config.shape,
        "has_word": "word" in names,
        "vocabularies": [list(encoding.vocabularies[name]) for name in names],
        "tables": tables,
        "vectors": _vectors(encoding, weights) if "vectors" in encoding.vocabularies else None,
        "characters": _characters(encoding, weights) if config.character_dim else None,
        "weight": weight,
        "bias": bias,
        "form": partial(word_form, normalise=config.normalise),
        "char_info": character_info(
            partial(lower_case, normalise=config.normalise), partial(shape, scripts=config.normalise)
        ),
    }


def _vectors(encoding: WordEncoding, weights: Weights) -> dict[str, Any]:
    """The pretrained vectors, as the kernel takes them, which does not know that -LRB- may be found as (."""
    numbers = dict(encoding.vector_numbers or {})
    numbers |= {form: encoding.vector_number(form) for form in PLAIN_FORMS}
    return {
        "strings": list(numbers),
        "rows": np.fromiter(numbers.values(), np.int64) - UNKNOWN,
        "table": np.ascontiguousarray(weights["words.vectors.weight"]),
    }


def _characters(encoding: WordEncoding, weights: Weights) -> dict[str, Any]:
    """The convolution over characters, as the kernel takes it."""
    convolution = character_convolution(weights)
    return {
        "vocabulary": list(encoding.vocabularies["characters"]),
        "products": convolution.products,
        "bias": convolution.bias,
    }
