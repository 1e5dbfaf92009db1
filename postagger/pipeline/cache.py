"""What is trained on the way to a tagger, kept in a folder for the next time; and what it rests on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch

from postagger.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from postagger.config import MODELS, OPTIMISERS, Config, is_config
from postagger.version import __version__


def place_for(folder: Path, basis: Iterable[Any]) -> Path:
    """Where something is kept that rests on this and on the versions of postagger and torch.

    Args:
        basis: all that it rests on, as plain data or bytes.
    """
    digest = hashlib.sha256(json.dumps([__version__, torch.__version__]).encode())
    for part in basis:
        digest.update(b"\n" + (part if isinstance(part, bytes) else json.dumps(part).encode()))
    return folder / f"{digest.hexdigest()[:16]}.safetensors"


def cached_or_trained(file: Path | None, train: Callable[[], Checkpoint]) -> Checkpoint:
    """What is kept in a file; if nothing is, it is trained now, and kept.

    Raises:
        ModelFileError: what was kept is damaged, or the folder can't be written.
    """
    if file is not None and file.is_file():
        return read_checkpoint(file)
    parts = train()
    if file is not None:
        write_checkpoint(file, parts)
    return parts


def file_digests(config: Config) -> dict[str, str]:
    """Of each file that a config names, its corpus's and other configs aside: the SHA-256 of what it holds.

    A folder of models stands for them. What is no file, as a corpus of NLTK's, is left out. A model or optimiser
    from outside the package is the file that defines it.
    """
    names = [config.transfer.model, config.words.vectors, *config.distillation.text]
    names += [*config.pretraining.text, *config.pretraining.corpora]
    names += [dataset.name if dataset.train is None else dataset.train for dataset in config.datasets]
    names += [name for name in config.distillation.teachers if not is_config(name)]
    names += [MODELS.source(config.model.kind), OPTIMISERS.source(config.training.optimiser)]
    files: list[Path] = []
    for path in (Path(name) for name in names if name is not None):
        files += sorted(path.glob("*.safetensors")) if path.is_dir() else [path]
    return {str(file): _digest(file) for file in files if file.is_file()}


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
