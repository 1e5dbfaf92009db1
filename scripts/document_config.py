#!/usr/bin/env python3
"""Prints configs/README.md: every setting with its type, bounds, default and meaning, from the code.

Example:
    python scripts/document_config.py > configs/README.md
"""

from __future__ import annotations

import inspect
import json
from typing import Any

from pydantic import BaseModel

from postagger.config import (
    Config,
    CorpusConfig,
    DatasetConfig,
    DistillationConfig,
    GruConfig,
    LogisticConfig,
    LstmConfig,
    PretrainingConfig,
    RnnConfig,
    TrainingConfig,
    TransferConfig,
    WindowConfig,
    WordsConfig,
)

HEAD = """\
# Settings

A config is a TOML file of up to eight sections; the last four are for learning from more than one corpus.
What it leaves out has the default below. Any setting but those of `[[datasets]]` can be overridden on the
command line, as in `postagger train window --set training.epochs=5`.
An unknown key or a value out of bounds is an error. Files are looked for where the command is run; other
configs, which `distillation.teachers` may name, beside the config first. This page is printed by
`python scripts/document_config.py`; the files beside it are tuned on the treebank's dev part.
"""

SECTIONS: dict[str, tuple[type[BaseModel], ...]] = {
    "corpus": (CorpusConfig,),
    "words": (WordsConfig,),
    "model": (LogisticConfig, WindowConfig, RnnConfig, GruConfig, LstmConfig),
    "training": (TrainingConfig,),
    "datasets": (DatasetConfig,),
    "pretraining": (PretrainingConfig,),
    "transfer": (TransferConfig,),
    "distillation": (DistillationConfig,),
}
_REPEATED = ("datasets",)
"""Sections of which a config may have any number."""


def document() -> str:
    """The whole page."""
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
                if name != "kind":
                    lines.append(
                        f"| `{name}` | {values(field)} | {default(field)} | {field['description']} |"
                    )
            lines.append("")
    assert set(SECTIONS) == set(Config.model_fields)
    return "\n".join(lines)


def values(field: dict[str, Any]) -> str:
    """The type and bounds of a field, in words, from its JSON schema."""
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
    value = field["default"]
    return "none" if value is None else f"`{json.dumps(value)}`"


if __name__ == "__main__":
    print(document(), end="")
