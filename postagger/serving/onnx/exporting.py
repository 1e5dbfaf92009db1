"""Writes the files of an exported tagger."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from postagger.checkpoint import Checkpoint
from postagger.errors import ConfigError, ModelFileError, brief, one_line
from postagger.extras import require
from postagger.io import as_path, write_whole
from postagger.tagger import Tagger
from postagger.tagger.checks import kind_of

if TYPE_CHECKING:
    import onnx

OPSET = 17
"""The version of ONNX's operators: read by onnxruntime 1.12 (2022) and newer."""

LOWEST_OPSET = 13
"""The oldest version of ONNX's operators that has all that is needed."""

_FILES = ("model.onnx", "tagger.json", "reader.py")
_LARGEST = 2**31 - 1
"""Bytes that one ONNX file can have."""


def export(tagger: Tagger, folder: str | Path, *, opset: int = OPSET, overwrite: bool = False) -> list[Path]:
    """Writes a tagger with all its heads as ONNX. Needs no torch.

    The folder gets ``model.onnx``, the network; ``tagger.json``, its vocabularies and tags; and
    ``reader.py``, which tags sentences with these two and needs only NumPy and onnxruntime.

    Args:
        folder: is made if it is not there.
        opset: the version of ONNX's operators, from `LOWEST_OPSET` on.
        overwrite: whether to replace these files if they are there.

    Returns:
        The three files.

    Raises:
        PostaggerError: the package onnx is not installed.
        ConfigError: it is an ensemble or a kind of model that can't be exported, or there is no such opset.
        ModelFileError: the files are there already, or can't be written.
    """
    require("onnx", "export needs", "onnx")
    checkpoint = _exportable(tagger)
    _check_opset(opset)
    place = as_path(folder, "a model is exported to a folder", ModelFileError)
    if place.is_file():
        raise ModelFileError(f"cannot export to {place}: it is a file; name a folder")
    files = [place / name for name in _FILES]
    there = [file.name for file in files if file.exists()]
    if there and not overwrite:
        raise ModelFileError(
            f"{place} has {', '.join(there)} already: name another folder, or overwrite them "
            "(overwrite=True, on the command line --force)"
        )
    try:
        for file, content in zip(files, _contents(checkpoint, opset), strict=True):
            write_whole(file, content)
    except OSError as error:
        raise ModelFileError(f"cannot export to {place}: {error.strerror or error}") from None
    return files


def _check_opset(opset: object) -> None:
    """Checks that there is a version of ONNX's operators.

    Raises:
        ConfigError: there is not, or it is too old.
    """
    import onnx

    newest = onnx.defs.onnx_opset_version()
    if type(opset) is not int or not LOWEST_OPSET <= opset <= newest:
        raise ConfigError(
            f"opset={brief(opset)}: expected a version of ONNX's operators, {LOWEST_OPSET} to {newest}"
        )


def _exportable(tagger: object) -> Checkpoint:
    """The checkpoint of a tagger.

    Raises:
        ConfigError: it can't be exported.
    """
    if hasattr(tagger, "taggers"):
        raise ConfigError(
            "an ensemble can't be exported: export one of its members, or distil it into one model"
        )
    if not isinstance(tagger, Tagger):
        raise ConfigError(f"expected a Tagger to export, not {kind_of(tagger)}: use Tagger.load(file)")
    from postagger.serving.onnx.networks import BUILDERS

    model = tagger.config.model
    if type(model) not in BUILDERS:
        kinds = ", ".join(kind.model_fields["kind"].default for kind in BUILDERS)
        raise ConfigError(f"models of the kind {model.kind!r} can't be exported, only {kinds}")
    if tagger.record.masked_words:
        raise ConfigError(
            "this model predicts masked words, not tags: train a tagger from it, and export that"
        )
    return tagger._checkpoint


def _contents(checkpoint: Checkpoint, opset: int) -> Iterator[bytes]:
    """The contents of each file.

    Raises:
        ModelFileError: the model is too large for one ONNX file.
    """
    from postagger.serving.onnx.description import describe

    model = build_model(checkpoint, opset)
    if model.ByteSize() > _LARGEST:
        raise ModelFileError(
            f"this model has {model.ByteSize():,} bytes, and an ONNX file at most {_LARGEST:,}"
        )
    yield model.SerializeToString()
    yield json.dumps(describe(checkpoint), ensure_ascii=True, separators=(",", ":")).encode()
    yield Path(__file__).with_name("reader.py").read_bytes()


def build_model(checkpoint: Checkpoint, opset: int = OPSET) -> onnx.ModelProto:
    """Builds the graph of a checkpoint with all its heads, and checks it.

    Its inputs are of int64: ``words``, ``(types, columns)``, each word type's numbers in the vocabularies,
    and ``characters``, ``(types, letters)``, both with zeros in row 0; ``tokens``, ``(sentences, longest)``,
    the row of each token, and 0 after a sentence's end; ``lengths``, ``(sentences,)``, none of them 0, if
    the network is recurrent. What the model does not use is not there. For each head there is an output
    ``scores_HEAD``, ``(sentences, longest, tags)``, of float32; after a sentence's end it means nothing.
    """
    import onnx

    from postagger.runtime.build import Outputs
    from postagger.runtime.heads import output_layer
    from postagger.serving.onnx.description import output_name
    from postagger.serving.onnx.graph import Graph
    from postagger.serving.onnx.networks import tag_scores
    from postagger.serving.onnx.words import word_vectors

    graph = Graph(opset)
    weights, names = checkpoint.backbone_weights, list(checkpoint.tagsets)
    vectors = word_vectors(graph, checkpoint.encoding, weights)
    tokens = graph.input("tokens", ["sentences", "longest"])
    outputs = Outputs(*output_layer(checkpoint, names))
    scores = [tag_scores(graph, checkpoint.config.model, weights, vectors, tokens, outputs)]
    sizes = [len(checkpoint.tagsets[name]) for name in names]
    if len(names) > 1:
        scores = graph.node("Split", scores[0], graph.constant(sizes), outputs=len(names), axis=2)
    for name, value, size in zip(names, scores, sizes, strict=True):
        graph.output(value, output_name(name), ["sentences", "longest", size])
    model = graph.model({"licence": checkpoint.licence, "trained_on": checkpoint.record.corpus})
    try:
        onnx.checker.check_model(model, full_check=True)
    except Exception as error:  # a bug: the message says which node
        raise AssertionError(f"the exported graph is not valid: {one_line(error)}") from error
    return model
