"""Loads taggers and ensembles by name, and keeps them among the files of another library's pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from postagger.errors import ModelFileError
from postagger.shipped import find_model
from postagger.tagger import Ensemble, Tagger

_FILE, _FOLDER = "model.safetensors", "models"
"""A tagger's file, or the folder of an ensemble's files."""


def load_model(model: str | Path, device: str = "auto") -> Tagger | Ensemble:
    """Loads a model file, an ensemble from a folder, or the shipped model by its name.

    Raises:
        ModelFileError: it can't be read, or predicts masked words and not tags.
        DeviceError: there is no such device.
    """
    kind = Ensemble if Path(find_model(model)).is_dir() else Tagger
    tagger = kind.load(model, device=device)
    records = tagger.records if isinstance(tagger, Ensemble) else [tagger.record]
    if any(record.masked_words for record in records):
        raise ModelFileError(
            f"{model} is a backbone that predicts masked words, not tags: train a tagger from it first"
        )
    return tagger


def save_tagger(tagger: Tagger | Ensemble, folder: str | Path) -> None:
    """Writes the model files into a folder, in place of those that are there.

    Raises:
        ModelFileError: it can't be written.
    """
    file, members = Path(folder) / _FILE, Path(folder) / _FOLDER
    before = [*members.glob("*.safetensors")]
    if isinstance(tagger, Tagger):
        tagger.save(file)
    else:
        with TemporaryDirectory(dir=_made(folder)) as new:
            tagger.save(new)
            for old in before:
                old.unlink()
            members.mkdir(exist_ok=True)
            for each in sorted(Path(new).iterdir()):
                each.rename(members / each.name)
        before = [file]
    for old in before:
        old.unlink(missing_ok=True)
    if isinstance(tagger, Tagger) and members.is_dir():
        members.rmdir()


def _made(folder: str | Path) -> Path:
    Path(folder).mkdir(parents=True, exist_ok=True)
    return Path(folder)


def load_tagger(folder: str | Path, device: str = "auto") -> Tagger | Ensemble:
    """Loads what `save_tagger` wrote.

    Raises:
        ModelFileError, DeviceError: as in `load_model`.
    """
    members = Path(folder) / _FOLDER
    return load_model(members if members.is_dir() else Path(folder) / _FILE, device)


def tagger_to_bytes(tagger: Tagger | Ensemble) -> dict[str, bytes]:
    """The content of each file that `save_tagger` writes."""
    with TemporaryDirectory() as folder:
        save_tagger(tagger, folder)
        files = sorted(Path(folder).rglob("*.safetensors"))
        return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def tagger_from_bytes(files: Mapping[str, bytes], device: str = "auto") -> Tagger | Ensemble:
    """Loads what `tagger_to_bytes` gave; only these names are read.

    Raises:
        ModelFileError, DeviceError: as in `load_model`.
    """
    with TemporaryDirectory() as folder:
        for name, content in files.items():
            place = Path(folder) / (_FILE if name == _FILE else f"{_FOLDER}/{Path(name).name}")
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(content)
        return load_tagger(folder, device)
