"""What was probably meant by arguments that a command does not know."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence


def hint_on(unknown: Sequence[str], known: Sequence[str], *, takes_settings: bool) -> str:
    """The end of an error message on arguments that a command does not know, or nothing.

    Args:
        unknown: these arguments.
        known: the command's options, and the choices of its arguments.
        takes_settings: whether it has the option ``--set``.
    """
    first = unknown[0].partition("=")[0]
    if takes_settings and not first.startswith("-") and "=" in unknown[0]:
        return f"settings follow --set: --set {unknown[0]}"
    if takes_settings and first not in known and (place := _place_of(first)):
        value = unknown[0].partition("=")[2] or " ".join(unknown[1:2]) or "..."
        return f"it is a setting: --set {place}={value}"
    near = difflib.get_close_matches(first, known, n=1)
    return f"did you mean {near[0]}?" if near else ""


def _place_of(option: str) -> str | None:
    """The setting with the name of an option: ``training.device`` for ``--device``."""
    if not option.startswith("--"):
        return None
    key = option.removeprefix("--").replace("-", "_")
    places = (place for place, name in _settings() if name == key)
    return min(places, key=lambda place: not place.startswith("training."), default=None)


def _settings() -> Iterator[tuple[str, str]]:
    """The settings that all kinds of model have: ``training.device`` and ``device``."""
    from postagger.config import Config

    for section, field in Config.model_fields.items():
        keys: Iterable[str] = getattr(field.annotation, "model_fields", ())
        yield from ((f"{section}.{key}", key) for key in keys)
