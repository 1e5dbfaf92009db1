"""One file a model: weights as safetensors, everything else as JSON in its header.

Nothing is unpickled, so a file from a stranger can't run code. A file is written beside its place
and moved there when it is whole.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from postagger.errors import ModelFileError
from postagger.io import as_path, write_whole

FORMAT_VERSION = 3
"""Raised whenever an older reader would misread a newer file."""

_KEY = "postagger"
"""The one metadata entry: of several, safetensors keeps no order, and equal models shall be equal files."""


Packed = tuple[Mapping[str, Tensor], Mapping[str, Any]]
"""Weights and JSON metadata of a model."""


def write_model(path: str | Path, weights: Mapping[str, Tensor], metadata: Mapping[str, Any]) -> None:
    """Writes weights and JSON metadata; the file is there whole or not at all.

    Raises:
        ModelFileError: the folder or file can't be written.
    """
    path = as_path(path, "a model is saved to a file", ModelFileError)
    if path.is_dir():
        raise ModelFileError(
            f"cannot write the model {path}: it is a folder; "
            f"name a file in it, as in {path / 'tagger.safetensors'}"
        )
    try:
        write_whole(path, _content(weights, metadata))
    except OSError as error:
        raise ModelFileError(f"cannot write the model {path}: {error.strerror or error}") from None


def write_models(folder: str | Path, models: Sequence[Packed]) -> None:
    """Writes models to a folder, ``1.safetensors`` and so on; all files are there, or none.

    Raises:
        ModelFileError: the folder holds models already, or can't be written.
    """
    folder = as_path(folder, "an ensemble is saved to a folder", ModelFileError)
    if folder.is_dir() and (there := sorted(folder.glob("*.safetensors"))):
        raise ModelFileError(
            f"the folder {folder} holds models already ({there[0].name}), which would belong to "
            "the ensemble: name an empty one"
        )
    digits = len(str(len(models)))
    made = not folder.exists()
    moved: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".saving.") as staging:
            for number, model in enumerate(models, 1):
                write_whole(Path(staging) / f"{number:0{digits}}.safetensors", _content(*model))
            for file in sorted(Path(staging).iterdir()):
                moved.append(file.rename(folder / file.name))
    except BaseException as error:
        for file in moved:
            file.unlink(missing_ok=True)
        if made and folder.is_dir():
            folder.rmdir()
        if isinstance(error, OSError):
            raise ModelFileError(f"cannot write the ensemble {folder}: {error.strerror or error}") from None
        raise


def _content(weights: Mapping[str, Tensor], metadata: Mapping[str, Any]) -> bytes:
    content: bytes = save(
        {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()},
        {_KEY: json.dumps({"format_version": FORMAT_VERSION, **metadata})},
    )
    return content


def _may_go(path: Path) -> bool:
    """Whether a file is empty, or a model."""
    if path.stat().st_size == 0:
        return True
    try:
        with safe_open(path, framework="pt") as opened:
            return _KEY in (opened.metadata() or {})
    except (SafetensorError, OSError):
        return False


def check_writable(path: str | Path) -> None:
    """Finds out before a long training whether `write_model` could write there.

    Raises:
        ModelFileError: it could not.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise IsADirectoryError(None, "it is a folder")
        if path.is_file() and path.suffix != ".safetensors" and not _may_go(path):
            raise FileExistsError(None, "there is a file that is no model, which would be lost")
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise ModelFileError(f"cannot write the model {path}: {error.strerror or error}") from None


def read_model(path: str | Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Reads what `write_model` wrote.

    Returns:
        Weights on the CPU, and the metadata.

    Raises:
        ModelFileError: the file is missing, damaged, not one of ours, or of a newer format.
    """
    path = as_path(path, "a model is loaded from a file", ModelFileError)
    if path.is_dir():
        raise ModelFileError(
            f"{path} is a folder, not a model: name one of the files in it (Ensemble.load takes all of them)"
        )
    try:
        with Path(path).open("rb") as file:
            start = file.read(9)
    except OSError as error:
        raise ModelFileError(f"cannot read the model {path}: {error.strerror or error}") from None
    # A safetensors file starts with the length of its header, which may be any bytes, and the header's brace.
    if start[8:] != b"{" and start.startswith((b"PK", b"\x80")):
        raise ModelFileError(
            f"{path} is a pickle, which could run code: it is not read. Train and save it anew"
        )
    try:
        with safe_open(str(path), framework="pt") as tensors:
            text = (tensors.metadata() or {}).get(_KEY)
            if text is None:
                raise ModelFileError(f"{path} holds tensors, but is no model of postagger's")
            metadata = json.loads(text)
            version = metadata["format_version"]
            if version > FORMAT_VERSION:
                raise ModelFileError(
                    f"{path} has format version {version}, and this postagger reads up to {FORMAT_VERSION}: "
                    "upgrade postagger"
                )
            weights = {name: tensors.get_tensor(name) for name in tensors.keys()}  # noqa: SIM118 (no iterator)
    except (SafetensorError, ValueError, KeyError, TypeError, OSError) as error:
        raise ModelFileError(f"{path} is no model, or a damaged one ({error})") from None
    return weights, metadata


def model_files(path: str | Path) -> list[Path]:
    """The path of a model file itself; of a folder, all model files in it, by name.

    Raises:
        ModelFileError: a folder holds none.
    """
    path = as_path(path, "models are loaded from a file or a folder", ModelFileError)
    if not path.is_dir():
        return [path]
    files = sorted(path.glob("*.safetensors"))
    if not files:
        raise ModelFileError(f"the folder {path} holds no model: *.safetensors files are looked for")
    return files
