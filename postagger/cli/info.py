from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postagger.cli.output import print_json, show
from postagger.cli.parser import Parser, add_json, add_model, check_exists
from postagger.errors import PostaggerError

if TYPE_CHECKING:
    from postagger.tagger import Tagger

EXAMPLE = "postagger info runs/lstm.safetensors"


def add_options(parser: Parser) -> None:
    add_model(parser, folders=False)
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    """Show what a model file contains: tags, settings, training, scores."""
    check_exists(options.model)

    from postagger.shipped import find_model
    from postagger.tagger import Tagger

    tagger = Tagger.load(options.model, device=options.device)
    facts: dict[str, Any] = {
        "model": options.model,
        "megabytes": round(Path(find_model(options.model)).stat().st_size / 1e6, 2),
        **({"licence": tagger.licence} if tagger.licence else {}),
        "engine": _engine(tagger),
        "parameters": tagger.parameter_count,
        "tag_sets": {name: len(tags) for name, tags in tagger.heads.items()},
        "tags": list(tagger.tagset),
        "known_words": len(tagger.lexicon),
        "config": tagger.config.model_dump(mode="json", exclude={"model": {"pretrained"}}),
        "record": tagger.record.model_dump(mode="json"),
    }
    if options.json:
        print_json(facts)
        return
    for corpus in (facts["config"]["corpus"], *facts["config"]["datasets"]):
        if corpus["train"] is not None:
            del corpus["name"]  # the default: files stand for it
    for name, value in facts.items():
        if isinstance(value, dict):
            show(f"{name}:")
            for key, entry in value.items():
                show(f"  {key}: {_brief(entry)}")
        else:
            show(f"{name}: {_brief(value)}")


def _engine(tagger: Tagger) -> str:
    """What would compute the tags; or what has to be installed for that."""
    try:
        return tagger.engine
    except PostaggerError as error:
        return f"none: {error}"


def _brief(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_brief(entry)}" for key, entry in value.items())
    if isinstance(value, list):
        return " ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
