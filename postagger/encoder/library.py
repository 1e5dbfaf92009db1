"""The library transformers: how it is called, and its errors in one line.

No code of strangers is run: ``trust_remote_code`` is always False.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from postagger.errors import ConfigError, PostaggerError


def transformers() -> Any:
    """The library, without its types: much of it has none."""
    return importlib.import_module("transformers")


def library_version() -> str:
    """The version of transformers; empty if it is not installed."""
    try:
        return importlib.metadata.version("transformers")
    except importlib.metadata.PackageNotFoundError:
        return ""


def check_folder(name: str) -> None:
    """Checks that what looks like a folder is one, and has weights.

    Raises:
        ConfigError: it is not, or has none.
    """
    path = Path(name)
    if path.is_file():
        raise ConfigError(f"model.encoder is {name}, which is a file: name the folder that it is in")
    if not path.is_dir():
        if path.is_absolute() or name.startswith((".", "~")) or name.count("/") > 1:
            raise ConfigError(f"there is no folder {name}, which model.encoder names")
        return
    if not (path / "config.json").is_file():
        raise ConfigError(f"the folder {name} contains no pretrained encoder: config.json is missing")
    if not any(
        any(path.glob(f"{start}*.{end}"))
        for start, end in (("model", "safetensors"), ("pytorch_model", "bin"))
    ):
        raise ConfigError(
            f"the folder {name} contains no weights: model.safetensors (or pytorch_model.bin) is missing"
        )


def local_options(name: str) -> dict[str, Any]:
    """Options for transformers: a folder is read without asking the hub."""
    return {"local_files_only": Path(name).is_dir(), "trust_remote_code": False}


@contextlib.contextmanager
def errors_of(name: str) -> Iterator[None]:
    """Turns errors of transformers into one line, and silences its warnings and progress bars.

    Raises:
        ConfigError: transformers could not read the encoder.
    """
    messages = transformers().utils.logging
    hub = logging.getLogger("huggingface_hub")
    level, hub_level, bars = messages.get_verbosity(), hub.level, messages.is_progress_bar_enabled()
    messages.set_verbosity_error()
    hub.setLevel(logging.ERROR)
    if Path(name).is_dir():
        messages.disable_progress_bar()
    try:
        yield
    except PostaggerError:
        raise
    except Exception as error:  # transformers raises OSError, ValueError, KeyError, ImportError and others
        lines = str(error).strip().splitlines() or [type(error).__name__]
        hint = (
            ""
            if Path(name).exists() or name == "of this model"
            else "; name a folder, or an encoder on the Hugging Face hub"
        )
        raise ConfigError(f"the encoder {name} can't be read: {lines[0].rstrip('.')}{hint}") from None
    finally:
        messages.set_verbosity(level)
        hub.setLevel(hub_level)
        if bars:
            messages.enable_progress_bar()
