"""The recurrent arithmetic, called through ctypes."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

ISAS = ("portable", "avx2", "avx512")
PRECISIONS = ("float32", "int8")
_KINDS = {nn.RNN: 0, nn.GRU: 1, nn.LSTM: 2}


def load(path: str) -> ctypes.CDLL:
    """Loads the library that build.sh makes."""
    library = ctypes.CDLL(path)
    library.recurrent_new.restype = ctypes.c_void_p
    library.recurrent_tags.restype = ctypes.c_size_t
    return library


class Kernel:
    """A recurrent network without its words, from one of torch's recurrent layers and an output layer."""

    def __init__(
        self, library: ctypes.CDLL, layer: nn.RNNBase, output: nn.Linear, isa: str, precision: str
    ) -> None:
        self._library, self.outputs = library, output.out_features
        directions = 2 if layer.bidirectional else 1
        suffixes = ("", "_reverse")[:directions]
        parts = [_part(layer, f"_l{i}{suffix}") for i in range(layer.num_layers) for suffix in suffixes]
        pointers = [0 if array is None else array.ctypes.data for part in parts for array in part]
        weight, bias = (p.detach().numpy() for p in (output.weight, output.bias))
        self._number = ctypes.c_void_p(
            library.recurrent_new(
                _KINDS[type(layer)],
                layer.mode == "RNN_RELU",
                layer.num_layers,
                directions,
                layer.hidden_size,
                output.out_features,
                _array(np.array(pointers, np.uint64)),
                _array(weight),
                _array(bias),
                PRECISIONS.index(precision),
                ISAS.index(isa),
            )
        )

    def __del__(self) -> None:
        self._library.recurrent_delete(self._number)

    def scores(self, pointers: NDArray[np.uint64], lengths: NDArray[np.int64]) -> NDArray[np.float32]:
        """Scores the tokens whose rows are at these addresses: ``(tokens, outputs)``."""
        out = np.empty((len(pointers), self.outputs), np.float32)
        self._library.recurrent_scores(
            self._number, _array(pointers), _array(lengths), ctypes.c_size_t(len(lengths)), _array(out)
        )
        return out

    def tags(
        self, pointers: NDArray[np.uint64], lengths: NDArray[np.int64], heads: Sequence[int] = ()
    ) -> tuple[NDArray[np.int32], int]:
        """Returns the best tags, ``(tokens, heads)``, and the number of sentences that were tagged again."""
        sizes = np.array(heads or [self.outputs], np.int32)
        out = np.empty((len(pointers), len(sizes)), np.int32)
        again = self._library.recurrent_tags(
            self._number,
            _array(pointers),
            _array(lengths),
            ctypes.c_size_t(len(lengths)),
            _array(sizes),
            len(sizes),
            _array(out),
        )
        return out, again


def input_gates(layer: nn.RNNBase, vectors: Tensor) -> NDArray[np.float32]:
    """The rows of some word vectors: ``(words, directions * gates * hidden)``."""
    rows = []
    for suffix in ("_l0", "_l0_reverse")[: 2 if layer.bidirectional else 1]:
        rows.append(vectors @ layer.get_parameter("weight_ih" + suffix).T + _folded(layer, suffix))
    return torch.cat(rows, 1).detach().numpy().astype(np.float32)


def addresses(rows: NDArray[np.float32], index: NDArray[np.int64]) -> NDArray[np.uint64]:
    """The addresses of each token's row."""
    return (rows.ctypes.data + index * rows.strides[0]).astype(np.uint64)


def _part(layer: nn.RNNBase, suffix: str) -> list[NDArray[np.float32] | None]:
    states = layer.get_parameter("weight_hh" + suffix).detach().numpy()
    gru = isinstance(layer, nn.GRU)
    new = layer.get_parameter("bias_hh" + suffix).detach().numpy()[2 * layer.hidden_size :] if gru else None
    if suffix.startswith("_l0"):
        return [None, None, states, new]
    inputs = layer.get_parameter("weight_ih" + suffix).detach().numpy()
    return [inputs, _folded(layer, suffix).numpy(), states, new]


def _folded(layer: nn.RNNBase, suffix: str) -> Tensor:
    """The bias of the input gates: both biases, but for a GRU's new gate."""
    other = layer.get_parameter("bias_hh" + suffix).detach().clone()
    if isinstance(layer, nn.GRU):
        other[2 * layer.hidden_size :] = 0
    return layer.get_parameter("bias_ih" + suffix).detach() + other


def _array(array: NDArray[Any]) -> ctypes.c_void_p:
    assert array.flags.c_contiguous
    return ctypes.c_void_p(array.ctypes.data)
