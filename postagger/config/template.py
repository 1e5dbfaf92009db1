"""Config templates: a shipped config with every setting, default or not, and a comment on each.

Lines that start with ``#`` and a letter or bracket are settings at their default values; remove the ``#`` to
change one. Comments start with ``#`` and a space.
"""

from __future__ import annotations

import json
import re
import textwrap
import tomllib
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from postagger.config.load import parse_config
from postagger.config.presets import preset_text
from postagger.config.schema import Config

_LEFT_OUT = "# Settings left out have their defaults: configs/README.md lists them."
"""The line of a shipped config that `_HEAD` replaces."""

_HEAD = """\
#
# To train with this file, saved as my.toml:
#     postagger train my.toml
#     postagger train my.toml --set corpus.train=train.conllu corpus.dev=dev.conllu
#
# "#name = value" is a setting at its default: to change it, remove the #.
# "# name = ..." is a setting without a value: to use it, remove the # and write one.
# configs/README.md lists every setting of every model, with its bounds."""

_COLUMN = 32
"""The column where comments begin."""

_WIDTH = 110

_HEADER = re.compile(r"\[+(\w+)\]")
_SETTING = re.compile(r"(\w+) = ")


def describe(name: str) -> str:
    """A one-line description of a shipped config: the first line of its leading comment."""
    return preset_text(name).partition("\n")[0].removeprefix("# ").rstrip(".")


def template(name: str) -> str:
    """The text of a shipped config, completed with the settings that it leaves at their defaults.

    Raises:
        ConfigError: there is no shipped config of that name.
    """
    text = preset_text(name)
    config = parse_config(tomllib.loads(text), source=name)
    head, *sections = text.strip().split("\n\n")
    written: dict[str, list[str]] = {section: [] for section in Config.model_fields}
    for section in sections:
        written[_name_of(section)].append(section)
    parts = [head.replace(_LEFT_OUT, _HEAD)]
    for section, texts in written.items():
        value = getattr(config, section)
        settings = value if isinstance(value, tuple) else (value,)
        if texts:
            parts += [_complete(*each) for each in zip(texts, settings, strict=True)]
        else:
            parts.append(_new(section, value))
    return "\n\n".join(parts) + "\n"


def _name_of(section: str) -> str:
    header = _HEADER.match(section)
    assert header is not None, f"a shipped config has a paragraph without a header: {section}"
    return header[1]


def _new(section: str, settings: Any) -> str:
    """A section that the config doesn't have; for a repeatable one, only a comment on its use."""
    if not isinstance(settings, BaseModel):
        return f"# [[{section}]]: {Config.model_fields[section].description} (postagger init lstm_multitask)"
    description = textwrap.wrap(" ".join((type(settings).__doc__ or "").split()), _WIDTH - 2)
    return "\n".join([*(f"# {line}" for line in description), _complete(f"[{section}]", settings)])


def _complete(section: str, settings: BaseModel) -> str:
    """A section's text with all settings, and a comment on each."""
    schema = settings.model_json_schema()["properties"]
    lines: list[str] = []
    given: set[str] = set()
    for line in section.splitlines():
        if (setting := _SETTING.match(line)) is None:
            lines.append(line)
            continue
        given.add(setting[1])
        code, _, comment = line.partition(" # ")
        lines += _commented(code.rstrip(), comment.strip() or _meaning(schema[setting[1]]))
    for name, field in schema.items():
        if name not in given and not field.get("hidden"):
            default = field.get("default")
            code = f"# {name} = ..." if default is None else f"#{name} = {json.dumps(default)}"
            lines += _commented(code, _meaning(field))
    return "\n".join(lines)


def _meaning(field: dict[str, Any]) -> str:
    """The description of a setting, with its choices if there are only a few."""
    choices = f" ({', '.join(map(str, field['enum']))})" if "enum" in field else ""
    return f"{field.get('description', '')}{choices}"


def _commented(code: str, comment: str) -> Iterator[str]:
    """Yields a setting's line with a comment beside it; a long comment takes several lines."""
    column = max(_COLUMN, len(code) + 2)
    for part in textwrap.wrap(comment, _WIDTH - column - 2) or [""]:
        yield f"{code:{column}}# {part}" if part else code
        code = ""
