"""What a tagger is made of, and how it is written to a file and read from one."""

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
    """A tag set, and the network that ends in it. The networks of a tagger's heads share their backbone.

    Trained or read from a file, they are in evaluation mode: nothing is dropped.
    """

    network: TaggingNetwork
    tagset: TagSet


@dataclass(frozen=True)
class Checkpoint:
    """A network with its vocabularies, tag sets and lexicon.

    Attributes:
        config: the run that made it.
        lexicon: what training saw of each word, in the main corpus.
        heads: by the names of their tag sets; the first one is the main corpus's.
        record: what it was trained on, and what came of it.
    """

    config: Config
    encoding: WordEncoding
    lexicon: Lexicon
    heads: Mapping[str, Head]
    record: TrainingRecord

    @property
    def main(self) -> Head:
        return next(iter(self.heads.values()))


def write_checkpoint(path: str | Path, parts: Checkpoint) -> None:
    """Writes one ``.safetensors`` file, whole or not at all.

    Raises:
        ModelFileError: the folder or file can't be written.
    """
    write_model(path, *_packed(parts))


def write_checkpoints(folder: str | Path, checkpoints: Sequence[Checkpoint]) -> None:
    """Writes a ``.safetensors`` file each into one folder: all of them, or none.

    Raises:
        ModelFileError: the folder holds models already, or can't be written.
    """
    write_models(folder, [_packed(parts) for parts in checkpoints])


def _packed(parts: Checkpoint) -> Packed:
    main, *others = parts.heads.values()
    weights = main.network.state_dict()
    for number, other in enumerate(others, 1):
        head = other.network.head.state_dict()
        weights |= {f"heads.{number}.{name}": tensor for name, tensor in head.items()}
    metadata = {
        "config": parts.config.model_dump(mode="json"),
        "tags": list(main.tagset),
        "other_tags": {name: list(head.tagset) for name, head in parts.heads.items() if head is not main},
        "vocabularies": {name: list(table) for name, table in parts.encoding.vocabularies.items()},
        "lexicon": [[word, *entry] for word, entry in parts.lexicon.entries.items()],
        "record": parts.record.model_dump(mode="json"),
    }
    return weights, metadata


@torch.inference_mode(False)  # weights that were made inside of it can't be trained, or explained
def read_checkpoint(path: str | Path) -> Checkpoint:
    """Reads what `write_checkpoint` wrote, to the CPU.

    Raises:
        ModelFileError: the file is missing, damaged, not one of ours, or of a newer format.
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
        raise ModelFileError(f"{path} is damaged: its parts do not fit each other ({problem})") from None
    return Checkpoint(config, encoding, lexicon, heads, record)


def _check_kind(metadata: dict[str, Any], path: str | Path) -> None:
    """
    Raises:
        ModelFileError: the model is of a kind that nobody has registered.
    """
    match metadata:
        case {"config": {"model": {"kind": str(kind)}}} if MODELS.known(kind) is None:
            module = MODELS.needed_import(kind)
            raise ModelFileError(
                f"{path} holds a model of the kind {kind!r}, which is not registered. A model file never makes "
                f"anything be imported: import {module} first (on the command line: --import {module})"
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
    """A fresh head for another tag set, on the backbone of a network."""
    return Head(network.with_head(build_head(config, network.context.output_size, len(tagset))), tagset)
