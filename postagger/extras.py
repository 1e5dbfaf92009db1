"""What only some users need is an extra: a message says how to install it."""

from __future__ import annotations

import importlib.util

from postagger.errors import PostaggerError


def require(extra: str, what: str, *modules: str) -> None:
    """Checks that the modules that something needs are installed; imports none of them.

    Args:
        extra: the extra of this package that installs them.
        what: what needs them, as the beginning of a sentence: ``a search needs``.

    Raises:
        PostaggerError: one is missing; the message has the command that installs it.
    """
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        raise PostaggerError(
            f"{what} {' and '.join(missing).replace('_', '-')}: pip install 'postagkit[{extra}]'"
        )


def require_torch(what: str) -> None:
    """Checks that torch is installed, without importing it.

    Raises:
        PostaggerError: it is not.
    """
    require("train", what, "torch")


def require_model(kind: str, what: str) -> None:
    """Checks that what a kind of model needs is installed, if torch is to compute it.

    Args:
        what: what needs torch, as in `require`.

    Raises:
        PostaggerError: it is not.
    """
    if kind == "encoder":
        require("encoder", "a pretrained encoder needs", "torch", "transformers", "tokenizers")
    else:
        require_torch(what)
