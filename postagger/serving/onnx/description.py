"""What the numbers of an exported graph mean, as plain data: everything that its reader needs but code."""

from __future__ import annotations

from typing import Any

from postagger import unicode
from postagger.checkpoint import Checkpoint
from postagger.features import normalise
from postagger.features.words import LONGEST_WORD
from postagger.version import __version__

FORMAT = 1
"""Increased whenever an older reader would misread a newer description."""


def describe(checkpoint: Checkpoint) -> dict[str, Any]:
    """The description of a checkpoint's graph.

    Its keys: ``words``, the settings by which a word becomes strings; ``columns``, the vocabulary of each
    column of the input ``words``; ``vocabularies``, whose strings are numbered from 2 on (0 is padding, 1 any
    other string); ``heads``, each with its tags, the name of its output, and the transitions of a CRF;
    ``spelling``, the tables by which a word's spelling is made uniform.
    """
    encoding, settings = checkpoint.encoding, checkpoint.encoding.config
    return {
        "format": FORMAT,
        "made_by": f"postagger {__version__}",
        "model": checkpoint.config.model.kind,
        "trained_on": checkpoint.record.corpus,
        "licence": checkpoint.licence,
        "heads": {name: _head(checkpoint, name) for name in checkpoint.tagsets},
        "columns": encoding.columns,
        "characters": "characters" in encoding.vocabularies,
        "longest_word": LONGEST_WORD,
        "words": settings.model_dump(
            mode="json",
            include={"normalise", "lowercase", "fold_digits", "prefixes", "suffixes", "shape"},
        ),
        "class_prefixes": [] if encoding.classes is None else list(encoding.classes.prefixes),
        "classes": {} if encoding.classes is None else dict(encoding.classes.classes),
        "spelling": _spelling(),
        "vocabularies": {
            name: list(strings) for name, strings in encoding.vocabularies.items() if name != "classes"
        },
    }


def _head(checkpoint: Checkpoint, name: str) -> dict[str, Any]:
    weights = checkpoint.head_weights(name)
    chain = {part: weights[part].tolist() for part in ("start", "transitions", "end") if part in weights}
    return {"tags": list(checkpoint.tagsets[name]), "output": output_name(name), "crf": chain or None}


def output_name(head: str) -> str:
    """The name of the output that has a head's scores."""
    return f"scores_{head}"


def _spelling() -> dict[str, Any]:
    """The tables of `postagger.features.normalise` and `postagger.unicode`."""
    return {
        "penn_forms": normalise.PENN_FORMS,
        "plain_forms": normalise.PLAIN_FORMS,
        "inside": {chr(code): char for code, char in normalise.INSIDE.items()},
        "looks": sorted(unicode.LOOKS),
        "ligatures": [unicode.LIGATURES.start, unicode.LIGATURES.stop],
        "signs": unicode.SIGNS,
        "invisible": [[part.start, part.stop] for part in unicode.INVISIBLE],
        "joiners": unicode.JOINERS,
        "joining": unicode.JOINING,
    }
