#!/usr/bin/env python3
"""Prints configs/README.md: every setting with its type, bounds, default and meaning, from the code.

Example:
    python scripts/document_config.py > configs/README.md
"""

from __future__ import annotations

import argparse
import inspect
import json
from typing import Any

from pydantic import BaseModel

from postagger.config import (
    Config,
    CorpusConfig,
    DatasetConfig,
    DistillationConfig,
    EncoderConfig,
    GruConfig,
    LogisticConfig,
    LstmConfig,
    PretrainingConfig,
    RnnConfig,
    TextConfig,
    TrainingConfig,
    TransferConfig,
    WindowConfig,
    WordsConfig,
)

HEAD = """\
# Settings

A config is a TOML file with up to nine sections, listed below; the last four are for learning from more than
one corpus. A setting that the file leaves out has its default. Every setting except those of `[[datasets]]`
can be overridden on the command line: `postagger train window --set training.epochs=5`. An unknown key or a
value out of bounds is an error.

Relative paths start at the folder in which the command is run. Configs named in `distillation.teachers` are
looked for in the config's own folder first.

The shipped configs, which are in this folder, were tuned on the treebank's dev set. `postagger init lstm`
prints one with every setting explained. This page is the output of `python scripts/document_config.py`.
"""

SECTIONS: dict[str, tuple[type[BaseModel], ...]] = {
    "corpus": (CorpusConfig,),
    "words": (WordsConfig,),
    "model": (LogisticConfig, WindowConfig, RnnConfig, GruConfig, LstmConfig, EncoderConfig),
    "training": (TrainingConfig,),
    "text": (TextConfig,),
    "datasets": (DatasetConfig,),
    "pretraining": (PretrainingConfig,),
    "transfer": (TransferConfig,),
    "distillation": (DistillationConfig,),
}
_REPEATED = ("datasets",)
"""Sections that a config may have several times."""


def document() -> str:
    """The whole page, in Markdown."""
    lines = [HEAD]
    for section, models in SECTIONS.items():
        for model in models:
            kind = model.model_fields.get("kind")
            title = f"[[{section}]]" if section in _REPEATED else f"[{section}]"
            if kind is not None:
                title += f', kind = "{kind.default}"'
            lines += [f"## {title}", "", inspect.getdoc(model) or "", ""]
            lines += ["| setting | values | default | meaning |", "|---|---|---|---|"]
            properties = model.model_json_schema()["properties"]
            for name, field in properties.items():
                if name != "kind" and not field.get("hidden"):
                    lines.append(
                        f"| `{name}` | {values(field)} | {default(field)} | {field['description']} |"
                    )
            lines.append("")
    assert set(SECTIONS) == set(Config.model_fields)
    return "\n".join(lines)


def values(field: dict[str, Any]) -> str:
    """Describes the type and the bounds of a field in words, from its JSON schema."""
    choices = [choice for choice in field.get("anyOf", [field]) if choice.get("type") != "null"]
    return " or ".join(map(_choice, choices))


def _choice(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if schema["type"] == "array":
        return f"list of {_choice(schema['items'])}"
    names = {"integer": "whole number", "number": "number", "boolean": "true, false", "string": "text"}
    bounds = [
        f"{sign} {schema[key]:g}"
        for key, sign in (
            ("minimum", "at least"),
            ("exclusiveMinimum", "above"),
            ("maximum", "at most"),
            ("exclusiveMaximum", "below"),
        )
        if key in schema
    ]
    return ", ".join([names[schema["type"]], *bounds])


def default(field: dict[str, Any]) -> str:
    """The default of a field as it is written in TOML, or "none"."""
    value = field["default"]
    return "none" if value is None else f"`{json.dumps(value)}`"


if __name__ == "__main__":
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    print(document(), end="")
