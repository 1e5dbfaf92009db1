"""The model that comes with the package, by its name."""

from __future__ import annotations

from pathlib import Path

from postagger.errors import ModelFileError

SHIPPED = "en"
"""English, trained on UD English-EWT: docs/shipped_model.md."""

_PACKAGE = Path(__file__).resolve().parent
_PLACES = (_PACKAGE / "models", _PACKAGE.parents[1] / "data" / "models")
"""In an installed wheel, and in a checkout."""


def find_model(model: str | Path) -> str | Path:
    """The file of the shipped model, if that is named; a path stays as it is.

    The name comes before a file of that name, so that it means the same in every folder: such a file is
    ``./en``, or ``Path("en")``.

    Raises:
        ModelFileError: the shipped model is missing from this installation.
    """
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
