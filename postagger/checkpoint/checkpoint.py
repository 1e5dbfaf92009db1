"""Checkpoints: everything that makes up a tagger, with functions that write it to files and read it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from postagger.checkpoint.contents import check_size, lexicon_entries, strings, temperatures_of
from postagger.checkpoint.migration import migrate
from postagger.checkpoint.model_file import Packed, read_model, write_model, write_models
from postagger.checkpoint.shapes import Weights, check_weights, is_built_in
from postagger.checkpoint.training_record import TrainingRecord
from postagger.config import MODELS, Config, parse_config
from postagger.corpora.sentences import check_tags
from postagger.errors import ConfigError, DataError, ModelFileError, one_line, short
from postagger.features import Lexicon, Subwords, TagSet, Vocabulary, WordEncoding
from postagger.hub import is_hub_name
from postagger.shipped import find_model


@dataclass(frozen=True)
class Checkpoint:
    """A tagger as plain data: settings, vocabularies, tag sets, lexicon, and weights as arrays.

    Attributes:
        config: the settings of the run that trained it.
        lexicon: counts and tags of each word in the main corpus's training part.
        tagsets: the tag set of each head, by its name; the first one is the main corpus's.
        weights: by the names that they have in the network of the main head; those of the n-th further head
            begin with ``heads.n.``.
        record: what it was trained on, and with what result.
        licence: the terms on which the model may be used, and whom to name; empty if it says nothing.
        temperatures: by head, the temperature of its probabilities (`postagger.evaluation.calibration`); 1
            for heads that are not named.
    """

    config: Config
    encoding: WordEncoding
    lexicon: Lexicon
    tagsets: Mapping[str, TagSet]
    weights: Weights
    record: TrainingRecord
    licence: str = ""
    temperatures: Mapping[str, float] = field(default_factory=dict)

    def __repr__(self) -> str:
        size = sum(array.size for array in self.weights.values())
        heads = ", ".join(map(short, self.tagsets))
        corpus = short(self.record.corpus)
        return f"<Checkpoint: {self.config.model.kind} trained on {corpus}; {size:,} numbers; heads: {heads}>"

    def head_weights(self, name: str) -> Weights:
        """The weights of a head, by their names without a prefix."""
        number = list(self.tagsets).index(name)
        prefix = f"heads.{number}." if number else "head."
        own = (key for key in self.weights if key.startswith(prefix))
        return {key.removeprefix(prefix): self.weights[key] for key in own}

    def parameter_count(self, head: str) -> int:
        """The number of trained parameters of the network with this head."""
        backbone = self.backbone_weights
        fixed = () if self.config.words.vectors_tuned else ("words.vectors.weight",)
        own = sum(array.size for name, array in backbone.items() if name not in fixed)
        return own + sum(array.size for array in self.head_weights(head).values())

    @property
    def backbone_weights(self) -> Weights:
        """The weights of the layers that all heads share."""
        heads = ("head.", "heads.")
        return {name: array for name, array in self.weights.items() if not name.startswith(heads)}


def write_checkpoint(path: str | Path, checkpoint: Checkpoint, *, half: bool = False) -> None:
    """Writes one ``.safetensors`` file, completely or not at all.

    Args:
        half: round all weights to float16, for a file of half the size; they are read as float32 again.

    Raises:
        ModelFileError: the folder or file can't be written.
    """
    weights, metadata = _packed(checkpoint)
    write_model(path, _in(np.float16, weights) if half else weights, metadata)


def _in(dtype: type[np.float16 | np.float32], weights: Weights) -> Weights:
    return {name: array.astype(dtype) for name, array in weights.items()}


def write_checkpoints(folder: str | Path, checkpoints: Sequence[Checkpoint]) -> None:
    """Writes one ``.safetensors`` file per checkpoint into a folder: all of them or none.

    Raises:
        ModelFileError: the folder already contains models, or can't be written.
    """
    write_models(folder, [_packed(checkpoint) for checkpoint in checkpoints])


def _packed(checkpoint: Checkpoint) -> Packed:
    main, *others = checkpoint.tagsets.items()
    subwords = checkpoint.encoding.subwords
    metadata = {
        "config": checkpoint.config.model_dump(mode="json"),
        "tags": list(main[1]),
        "other_tags": {name: list(tagset) for name, tagset in others},
        "vocabularies": {name: list(table) for name, table in checkpoint.encoding.vocabularies.items()},
        **({} if subwords is None else {"subwords": subwords.plain()}),
        "lexicon": [[word, *entry] for word, entry in checkpoint.lexicon.entries.items()],
        "record": checkpoint.record.model_dump(mode="json"),
        **({"licence": checkpoint.licence} if checkpoint.licence else {}),
        **({"temperatures": dict(checkpoint.temperatures)} if checkpoint.temperatures else {}),
    }
    return checkpoint.weights, metadata


_DAMAGE = (
    *(ConfigError, DataError, KeyError, TypeError, ValueError, AttributeError),
    *(IndexError, OverflowError, RecursionError),
)
"""What may be raised when a file's contents are not what they should be."""


def read_checkpoint(path: str | Path) -> Checkpoint:
    """Reads a file that `write_checkpoint` wrote.

    Args:
        path: the file; or ``en``, the model that comes with the package; or one on the Hub, ``hf:user/name``.

    Raises:
        ModelFileError: the file is missing, damaged, not a postagger model, or in a newer format; or as in
            `find_model`.
    """
    file = find_model(path)
    if not is_hub_name(path) or Path(file).is_dir():
        return _read(file)
    try:
        return _read(file)
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}; to download it again, delete that file") from None


def _read(path: str | Path) -> Checkpoint:
    weights, metadata = read_model(path)
    _check_kind(metadata, path)
    try:
        return _unpacked(path, weights, migrate(metadata))
    except _DAMAGE as error:
        raise ModelFileError(
            f"{path} is damaged: its contents do not fit together ({one_line(error)})"
        ) from None


def _unpacked(path: str | Path, weights: Weights, metadata: dict[str, Any]) -> Checkpoint:
    check_size(metadata)
    config = parse_config(metadata["config"], source=str(path), importing=False)
    subwords = metadata.get("subwords")
    encoding = WordEncoding(
        config.words,
        {
            name: Vocabulary(strings(values, f"the strings of the vocabulary {name!r}"))
            for name, values in metadata["vocabularies"].items()
        },
        None if subwords is None else Subwords.from_plain(subwords),
    )
    others = metadata.get("other_tags", {})  # format 1 had none
    if config.corpus.head_name in others:
        raise ValueError(f"there are two heads {config.corpus.head_name!r}")
    tags = {config.corpus.head_name: metadata["tags"], **others}
    tagsets = {name: TagSet(strings(each, f"the tags of {name!r}")) for name, each in tags.items()}
    rows = {name: len(table) for name, table in encoding.vocabularies.items()}
    weights = _in_full(config, weights)
    check_weights(config, rows, [len(tagset) for tagset in tagsets.values()], weights)
    lexicon = Lexicon(lexicon_entries(metadata["lexicon"]))
    record = TrainingRecord.model_validate(metadata["record"])
    if not record.masked_words:  # else the tags are words
        for tagset in tagsets.values():
            check_tags(tagset)
    (licence,) = strings([metadata.get("licence", "")], "the licence")
    temperatures = temperatures_of(metadata.get("temperatures", {}), tagsets)
    return Checkpoint(config, encoding, lexicon, tagsets, weights, record, licence, temperatures)


def _in_full(config: Config, weights: Weights) -> Weights:
    """The weights in float32, except those that are always in float16: of encoders, and fixed vectors."""
    if not is_built_in(config.model):
        return weights
    fixed = () if config.words.vectors_tuned else ("words.vectors.weight",)
    return {
        name: array.astype(np.float32) if array.dtype == np.float16 and name not in fixed else array
        for name, array in weights.items()
    }


def _check_kind(metadata: dict[str, Any], path: str | Path) -> None:
    """Checks that the kind of model is registered.

    Raises:
        ModelFileError: it is not.
    """
    match metadata:
        case {"config": {"model": {"kind": str(kind)}}} if MODELS.known(kind) is None:
            module = MODELS.needed_import(kind)
            raise ModelFileError(
                f"{path} contains a model of the kind {kind!r}, which is not registered. Loading a model "
                f"file never imports code: import {module} first (on the command line: --import {module})"
            )
