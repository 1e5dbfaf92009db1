"""Checkpoints: everything that makes up a tagger, with functions that write it to files and read it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from postagger.checkpoint.migration import migrate
from postagger.checkpoint.model_file import Packed, read_model, write_model, write_models
from postagger.checkpoint.training_record import TrainingRecord
from postagger.config import MODELS, Config, parse_config
from postagger.errors import ConfigError, DataError, ModelFileError
from postagger.features import Lexicon, TagSet, Vocabulary, WordEncoding
from postagger.models import TaggingNetwork, build_head, build_network


@dataclass(frozen=True)
class Head:
    """A tag set and the network that predicts it. The networks of a tagger's heads share their backbone.

    After training or loading, the network is in evaluation mode.
    """

    network: TaggingNetwork
    tagset: TagSet


@dataclass(frozen=True)
class Checkpoint:
    """A network with its vocabularies, tag sets and lexicon.

    Attributes:
        config: the settings of the run that trained it.
        lexicon: counts and tags of each word in the main corpus's training part.
        heads: by name; the first one is the main corpus's.
        record: what it was trained on, and with what result.
    """

    config: Config
    encoding: WordEncoding
    lexicon: Lexicon
    heads: Mapping[str, Head]
    record: TrainingRecord

    @property
    def main(self) -> Head:
        return next(iter(self.heads.values()))


def write_checkpoint(path: str | Path, checkpoint: Checkpoint) -> None:
    """Writes one ``.safetensors`` file, completely or not at all.

    Raises:
        ModelFileError: the folder or file can't be written.
    """
    write_model(path, *_packed(checkpoint))


def write_checkpoints(folder: str | Path, checkpoints: Sequence[Checkpoint]) -> None:
    """Writes one ``.safetensors`` file per checkpoint into a folder: all of them or none.

    Raises:
        ModelFileError: the folder already contains models, or can't be written.
    """
    write_models(folder, [_packed(checkpoint) for checkpoint in checkpoints])


def _packed(checkpoint: Checkpoint) -> Packed:
    main, *others = checkpoint.heads.values()
    weights = main.network.state_dict()
    for number, other in enumerate(others, 1):
        head = other.network.head.state_dict()
        weights |= {f"heads.{number}.{name}": tensor for name, tensor in head.items()}
    metadata = {
        "config": checkpoint.config.model_dump(mode="json"),
        "tags": list(main.tagset),
        "other_tags": {
            name: list(head.tagset) for name, head in checkpoint.heads.items() if head is not main
        },
        "vocabularies": {name: list(table) for name, table in checkpoint.encoding.vocabularies.items()},
        "lexicon": [[word, *entry] for word, entry in checkpoint.lexicon.entries.items()],
        "record": checkpoint.record.model_dump(mode="json"),
    }
    return weights, metadata


@torch.inference_mode(False)  # inference tensors can't be trained or explained
def read_checkpoint(path: str | Path) -> Checkpoint:
    """Reads a file that `write_checkpoint` wrote; the weights are on the CPU.

    Raises:
        ModelFileError: the file is missing, damaged, not a postagger model, or in a newer format.
    """
    weights, metadata = read_model(path)
    _check_kind(metadata, path)
    try:
        metadata = migrate(metadata)
        config = parse_config(metadata["config"], source=str(path), importing=False)
        encoding = WordEncoding(
            config.words,
            {name: Vocabulary(strings) for name, strings in metadata["vocabularies"].items()},
        )
        with torch.random.fork_rng(devices=[]):
            heads = _heads(config, encoding, metadata, weights)
        lexicon = Lexicon({word: (count, tags) for word, count, tags in metadata["lexicon"]})
        record = TrainingRecord.model_validate(metadata["record"])
    except (
        ConfigError,
        DataError,
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        RuntimeError,
    ) as error:
        problem = " ".join(str(error).split())
        raise ModelFileError(f"{path} is damaged: its contents do not fit together ({problem})") from None
    return Checkpoint(config, encoding, lexicon, heads, record)


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


def _heads(
    config: Config, encoding: WordEncoding, metadata: dict[str, Any], weights: dict[str, Tensor]
) -> dict[str, Head]:
    tagset = TagSet(metadata["tags"])
    network = build_network(config, encoding, tagset, weights.get("words.vectors.weight"))
    heads = {config.corpus.head_name: Head(network, tagset)}
    for number, (name, tags) in enumerate(metadata.get("other_tags", {}).items(), 1):  # format 1 had none
        other = add_head(config, network, TagSet(tags))
        prefix = f"heads.{number}."
        own = [key for key in weights if key.startswith(prefix)]
        other.network.head.load_state_dict({key.removeprefix(prefix): weights.pop(key) for key in own})
        heads[name] = other
    network.load_state_dict(weights)
    for head in heads.values():
        head.network.eval()
    return heads


def add_head(config: Config, network: TaggingNetwork, tagset: TagSet) -> Head:
    """A new head with random weights for another tag set, on a network's backbone."""
    return Head(network.with_head(build_head(config, network.context.output_size, len(tagset))), tagset)
