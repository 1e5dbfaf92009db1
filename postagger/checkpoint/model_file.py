"""One file per model: weights as safetensors, everything else as JSON in its header.

Nothing is unpickled, so an untrusted file can't run code. A file is written under a temporary name and
moved into place once it is complete.
"""

from __future__ import annotations

import json
import stat
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from postagger import hub
from postagger.checkpoint.digest import PLACE, check_digest, with_digest
from postagger.errors import ModelFileError, one_line
from postagger.io import MODEL, as_path, check_replaceable, is_text, write_whole
from postagger.shipped import find_model, missing_model

FORMAT_VERSION = 5
"""Increased whenever an older version of postagger would misread a newer file."""

_FIRST_WITH_DIGEST = 5
"""The first format whose files have a digest."""

_KEY = "postagger"
_BEGINNING = 512  # bytes that tell what a file is
"""The only metadata entry: safetensors does not keep the order of several, and equal models must give equal
files."""

Packed = tuple[Mapping[str, NDArray[Any]], Mapping[str, Any]]
"""Weights and JSON metadata of a model."""


def write_model(path: str | Path, weights: Mapping[str, NDArray[Any]], metadata: Mapping[str, Any]) -> None:
    """Writes weights and JSON metadata, completely or not at all.

    Raises:
        ModelFileError: the folder or file can't be written.
    """
    _check_place(path)
    path = as_path(path, "a model is saved to a file", ModelFileError)
    if path.is_dir():
        raise ModelFileError(
            f"cannot write the model {path}: it is a folder; "
            f"name a file in it, such as {path / 'tagger.safetensors'}"
        )
    try:
        write_whole(path, *_content(weights, metadata))
    except OSError as error:
        raise ModelFileError(f"cannot write the model {path}: {error.strerror or error}") from None


def write_models(folder: str | Path, models: Sequence[Packed]) -> None:
    """Writes models to a folder, as ``1.safetensors`` and so on: all of them or none.

    Raises:
        ModelFileError: the folder already contains models, or can't be written.
    """
    _check_place(folder)
    folder = as_path(folder, "an ensemble is saved to a folder", ModelFileError)
    if folder.is_dir() and (existing := sorted(folder.glob("*.safetensors"))):
        raise ModelFileError(
            f"the folder {folder} already contains models ({existing[0].name}), which would become part of "
            "the ensemble: name an empty folder"
        )
    digits = len(str(len(models)))
    new_folder = not folder.exists()
    moved: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".saving.") as staging:
            for number, model in enumerate(models, 1):
                write_whole(Path(staging) / f"{number:0{digits}}.safetensors", *_content(*model))
            for file in sorted(Path(staging).iterdir()):
                moved.append(file.rename(folder / file.name))
    except BaseException as error:
        for file in moved:
            file.unlink(missing_ok=True)
        if new_folder and folder.is_dir():
            folder.rmdir()
        if isinstance(error, OSError):
            raise ModelFileError(f"cannot write the ensemble {folder}: {error.strerror or error}") from None
        raise


def _check_place(path: str | Path) -> None:
    """
    Raises:
        ModelFileError: the name is that of a model on the Hub, where loading would look for it.
    """
    if hub.is_hub_name(path):
        raise ModelFileError(
            f"{path} is on the Hub: upload the model there with push_to_hub, or postagger push"
        )


def _content(
    weights: Mapping[str, NDArray[Any]], metadata: Mapping[str, Any]
) -> Iterator[bytes | memoryview]:
    header = {"format_version": FORMAT_VERSION, "digest": PLACE, **metadata}
    content: bytes = save(
        {name: np.ascontiguousarray(array) for name, array in weights.items()},
        {_KEY: json.dumps(header, separators=(",", ": "))},  # the digest is found with a blank before it
    )
    return with_digest(content)


def _may_overwrite(path: Path) -> bool:
    """Whether a file is empty or a model."""
    if path.stat().st_size == 0:
        return True
    try:
        with safe_open(path, framework="np") as opened:
            return _KEY in (opened.metadata() or {})
    except (SafetensorError, OSError):
        return False


def check_writable(path: str | Path) -> None:
    """Checks before a long training that `write_model` can write there.

    Raises:
        ModelFileError: it can't.
    """
    _check_place(path)
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            check_replaceable(path)
        if path.is_file() and path.suffix != ".safetensors" and not _may_overwrite(path):
            raise FileExistsError(None, "a file that is not a model is there and would be overwritten")
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise ModelFileError(f"cannot write the model {path}: {error.strerror or error}") from None


def read_model(path: str | Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Reads a file that `write_model` wrote.

    Returns:
        Weights and metadata.

    Raises:
        ModelFileError: the file is missing, damaged, not a postagger model, or in a newer format.
    """
    path = as_path(path, "a model is loaded from a file", ModelFileError)
    _check_beginning(path)
    try:
        with safe_open(str(path), framework="np") as tensors:
            text = (tensors.metadata() or {}).get(_KEY)
            if text is None:
                raise ModelFileError(f"{path} contains tensors, but is not a postagger model")
            metadata = json.loads(text)
            version = metadata["format_version"]
            if type(version) is not int:
                raise ValueError(f"its format version is {version!r}")
            if version > FORMAT_VERSION:
                raise ModelFileError(
                    f"{path} has format version {version}, but this version of postagger reads only up to "
                    f"{FORMAT_VERSION}: upgrade postagger"
                )
            if not check_digest(path) and version >= _FIRST_WITH_DIGEST:
                raise ValueError("its digest is missing")
            weights = {name: tensors.get_tensor(name) for name in tensors.keys()}  # noqa: SIM118 (no iterator)
    except (SafetensorError, ValueError, KeyError, TypeError, OSError, RecursionError) as error:
        raise ModelFileError(f"{path} is not a model, or is damaged ({one_line(error)})") from None
    return weights, {name: value for name, value in metadata.items() if name != "digest"}


def _check_beginning(path: Path) -> None:
    """Checks that a file is a regular one of a possible size, and does not begin as a pickle does.

    Raises:
        ModelFileError: it is something else, or can't be read.
    """
    if path.is_dir():
        raise ModelFileError(
            f"{path} is a folder, not a model: name one of the files in it (Ensemble.load loads all of them)"
        )
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise ModelFileError(f"{path} is a device or a pipe: a model is loaded from a file")
        if facts.st_size > MODEL.value:
            raise MODEL.exceeded(path, "this model", ModelFileError)
        with path.open("rb") as file:
            start = file.read(_BEGINNING)
    except FileNotFoundError:
        raise missing_model(path) from None
    except OSError as error:
        raise ModelFileError(f"cannot read the model {path}: {error.strerror or error}") from None
    # A safetensors file starts with the length of its header (8 bytes of any value) and the header's brace.
    if start[8:9] == b"{":
        return
    if start.startswith((b"PK", b"\x80")):
        raise ModelFileError(
            f"{path} is a pickle, which could run code, so it is not loaded: train and save the model again"
        )
    if is_text(start):
        raise ModelFileError(
            f"{path} is not a model, or is damaged (it is text; in a command, the model comes first)"
        )


def model_files(path: str | Path) -> list[Path]:
    """The model files at a path: the file itself, or all model files in the folder, sorted by name.

    ``en`` is the model that comes with the package, and ``hf:user/name`` one on the Hub.

    Raises:
        ModelFileError: the folder contains none, or as in `find_model`.
    """
    pattern = hub.MEMBERS if hub.is_hub_name(path) else "*.safetensors"
    path = as_path(find_model(path), "models are loaded from a file or a folder", ModelFileError)
    if not path.is_dir():
        return [path]
    files = sorted(path.glob(pattern))
    if not files:
        raise ModelFileError(f"the folder {path} contains no model (*.safetensors)")
    return files
