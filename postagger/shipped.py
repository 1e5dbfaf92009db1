"""Models by their names: the one that comes with the package, and those on the Hugging Face Hub."""

from __future__ import annotations

from pathlib import Path

from postagger import hub
from postagger.errors import ModelFileError
from postagger.io import as_path

SHIPPED = "en"
"""English, trained on UD English-EWT: docs/shipped_model.md."""

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
    if start.startswith((b"PK\x03\x04", b"\x80")):
        return True
    # The length of the header, in 8 bytes, and the header's brace: text would give a length of exabytes.
    return start[8:] == b"{" and int.from_bytes(start[:8], "little") < path.stat().st_size
