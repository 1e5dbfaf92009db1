"""Caches backbones and teachers in a folder, under a digest of everything they depend on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch

from postagger.checkpoint import write_checkpoint
from postagger.config import MODELS, OPTIMISERS, Config, EncoderConfig, is_config
from postagger.corpora.files import matching_files
from postagger.encoder.library import library_version
from postagger.errors import DataError
from postagger.models import TrainedModel
from postagger.shipped import find_model
from postagger.training.distributed import world
from postagger.version import __version__


def place_for(folder: Path, basis: Iterable[Any]) -> Path:
    """The cache file of a model that depends on `basis` and on the versions of postagger and torch.

    Args:
        basis: everything that the model depends on, as plain data or bytes.
    """
    digest = hashlib.sha256(json.dumps([__version__, torch.__version__]).encode())
    for part in basis:
        digest.update(b"\n" + (part if isinstance(part, bytes) else json.dumps(part).encode()))
    return folder / f"{digest.hexdigest()[:16]}.safetensors"


def cached_or_trained(file: Path | None, train: Callable[[], TrainedModel]) -> TrainedModel:
    """Loads a model from a file; if there is none, trains it and saves it there.

    Of several processes, the first looks whether there is one, and saves it.

    Raises:
        ModelFileError: the cached file is damaged, or the folder can't be written.
    """
    (there,) = world().first(file is not None and file.is_file())
    if file is not None and there:
        return TrainedModel.load(file)
    trained = train()
    if file is not None and world().is_first:
        write_checkpoint(file, trained.to_checkpoint())
    return trained


def file_digests(config: Config) -> dict[str, str]:
    """The SHA-256 digest of each file that a config names, except its corpus files and other configs.

    For a folder, that is each model file in it. Names that are not files, such as NLTK corpora, are skipped.
    For a model or optimiser from outside the package, the file that defines it is digested.
    """
    names = [config.transfer.model, config.words.vectors, config.words.classes, *config.distillation.text]
    names += [*config.pretraining.text, *config.pretraining.corpora]
    for dataset in config.datasets:
        names += _matching(dataset.name if dataset.train is None else dataset.train)
    names += [name for name in config.distillation.teachers if not is_config(name)]
    names += [MODELS.source(config.model.kind), OPTIMISERS.source(config.training.optimiser)]
    return _digests(str(find_model(name)) for name in names if name is not None) | encoder_digests(config)


def encoder_digests(config: Config) -> dict[str, str]:
    """The digests of the files of the pretrained encoder that a config names, and the library's version."""
    model = config.model
    if not isinstance(model, EncoderConfig):
        return {}
    folder = Path(model.encoder)
    files = _digests(map(str, sorted(folder.iterdir()))) if folder.is_dir() else {}
    return files | {"transformers": library_version()}


def _digests(names: Iterable[str]) -> dict[str, str]:
    """The digest of each file, and of each model file in a folder, by its path."""
    files: list[Path] = []
    for path in map(Path, names):
        files += sorted(path.glob("*.safetensors")) if path.is_dir() else [path]
    return {str(file): _digest(file) for file in files if file.is_file()}


def _matching(names: str | tuple[str, ...]) -> list[str]:
    """The files that names and patterns stand for; if there are none, that is reported when they are read."""
    try:
        return matching_files(names)
    except DataError:
        return []


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
