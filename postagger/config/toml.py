"""Configs as TOML, to be read again by `load_config`."""

from __future__ import annotations

from postagger.config.schema import Config
from postagger.extras import require


def as_toml(config: Config) -> str:
    """All settings of a config that have a value; what an encoder's own config says of it is left out.

    Raises:
        PostaggerError: what it needs is not installed.
    """
    require("train", "writing a config needs", "tomli_w")
    import tomli_w

    return tomli_w.dumps(config.model_dump(exclude_none=True, exclude={"model": {"pretrained"}}))
