"""Models by their names: the one that comes with the package, and those on the Hugging Face Hub."""

from __future__ import annotations

import difflib
from pathlib import Path

from postagger import hub
from postagger.errors import ModelFileError
from postagger.io import as_path

SHIPPED = "en"
"""English, trained on UD English-EWT: docs/explanation/shipped_model.md."""

_NICKNAMES = ("en", "eng", "english", "en-us", "en_us", "en-gb", "en-ewt", "en_ewt", "default")
"""What people call it, without a suffix and in small letters."""

_PACKAGE = Path(__file__).resolve().parent
_PLACES = (_PACKAGE / "checkpoint" / "models", _PACKAGE.parent / "data" / "models")
"""In an installed wheel, and in a checkout."""


def find_model(model: str | Path) -> str | Path:
    """The file of the shipped model, if that is named, or of one on the Hub; a path stays as it is.

    Such a name comes before a file of that name, so that it means the same in every folder: the file is
    ``./en``, or ``Path("en")``. A model on the Hub is downloaded, if it is not in the cache; of an ensemble
    there, it is the folder of its files.

    Raises:
        ModelFileError: the shipped model is missing from this installation, or as in `hub.find`.
        PostaggerError: as in `hub.find`.
    """
    if isinstance(model, str) and hub.is_hub_name(model):
        return hub.find(model)
    if model != SHIPPED:
        return model
    files = [place / f"{SHIPPED}.safetensors" for place in _PLACES]
    for file in files:
        if file.is_file():
            return file
    raise ModelFileError(
        f"the model {SHIPPED!r} is missing from this installation: install the package again, or name a "
        f"model file (a file called {SHIPPED} is ./{SHIPPED})"
    )


def is_model(name: str) -> bool:
    """Whether a name stands for a model and not for text: ``en``, one on the Hub, a folder, or a file that
    is called ``*.safetensors`` or begins as one, or as a pickle, of which `Tagger.load` says what is wrong.

    Raises:
        ModelFileError: no file can have that name, or it can't be read.
    """
    path = as_path(name, "a model is loaded from a file", ModelFileError)
    if hub.is_hub_name(name):
        return True
    if name == SHIPPED or path.suffix == ".safetensors" or path.is_dir():
        return True
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            start = file.read(9)
    except OSError as error:
        raise ModelFileError(f"cannot read {path}: {error.strerror or error}") from None
    return start.startswith((b"PK\x03\x04", b"\x80")) or _begins_as_model(start, path)


def is_model_file(name: str) -> bool:
    """Whether a name is that of a file which is called, or begins as, a model."""
    path = Path(name)
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return path.suffix == ".safetensors" or _begins_as_model(file.read(9), path)
    except (OSError, ValueError):
        return False


def _begins_as_model(start: bytes, path: Path) -> bool:
    # The length of the header, in 8 bytes, and the header's brace: text would give a length of exabytes.
    return start[8:] == b"{" and int.from_bytes(start[:8], "little") < path.stat().st_size


def missing_model(model: str | Path) -> ModelFileError:
    """The error for a model that does not exist, with what was probably meant."""
    return ModelFileError(f"cannot read the model {model}: No such file or directory{_meant(Path(model))}")


def meant_model(name: str | Path) -> str | None:
    """The model that was probably meant by a name that does not exist, as ``en`` by ``English``, or
    ``runs/a.safetensors`` by ``a``.
    """
    path = Path(name)
    if str(name).lower().removesuffix(".safetensors") in _NICKNAMES:
        return SHIPPED
    for folder in (path.parent, path.parent / "runs"):
        for file in (folder / path.name, folder / f"{path.name}.safetensors"):
            if file.is_file():
                return str(file)
    return None


def _meant(path: Path) -> str:
    """What a missing model may be, as the end of a message; empty if nothing is near."""
    found = meant_model(path) or _near(path)
    if found == SHIPPED:
        return f"; the tagger of English that comes with the package is called {SHIPPED}"
    if found is not None:
        return f"; did you mean {found}?"
    return "" if path.parent.is_dir() else f"; there is no folder {path.parent}"


def _near(path: Path) -> Path | None:
    """A model in the same folder with nearly that name."""
    try:
        there = [each for each in path.parent.iterdir() if each.suffix == ".safetensors"]
    except OSError:
        return None
    names = {each.name.removesuffix(".safetensors").lower(): each for each in there}
    near = difflib.get_close_matches(path.name.removesuffix(".safetensors").lower(), names, n=1)
    return names[near[0]] if near else None
