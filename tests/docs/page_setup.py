"""What an invisible setup block of a page can call: makes the files that the page needs.

All text is of the sample treebank, which is released under CC0.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from postagger import load_corpus
from postagger.corpora import TaggedSentence

__all__ = ["Path", "conllu", "model", "plain_text", "sentences", "tsv"]

_PART = {"train": 60, "dev": 20, "test": 20}


def sentences(part: str = "train", count: int = 60, column: str = "xpos") -> list[TaggedSentence]:
    """The first tagged sentences of a part of the sample treebank."""
    return load_corpus("sample", column=column).part(part)[:count]


def conllu(file: str, part: str = "train", count: int = 60) -> None:
    """Writes sentences of the sample as CoNLL-U, with all its columns and comments."""
    from postagger.corpora.files import sample_file

    blocks = Path(sample_file(part)).read_text(encoding="utf-8").strip().split("\n\n")
    _write(file, "".join(f"{block}\n\n" for block in blocks[:count]))


def tsv(file: str, part: str = "train", count: int = 60, column: str = "xpos") -> None:
    """Writes sentences of the sample as lines of ``word<TAB>tag``, an empty line after each sentence."""
    blocks = ("".join(f"{word}\t{tag}\n" for word, tag in one) for one in sentences(part, count, column))
    _write(file, "".join(f"{block}\n" for block in blocks))


def plain_text(file: str, part: str = "train", count: int = 60) -> None:
    """Writes sentences of the sample as plain text, one a line, with blanks between tokens."""
    _write(file, "".join(" ".join(word for word, _ in one) + "\n" for one in sentences(part, count)))


def model(file: str, config: str = "window", head: str = "sample", **settings: Any) -> None:
    """Writes a tagger trained on the sample for two epochs, once for all pages of a test run.

    Args:
        config: the name of a shipped config.
        head: the name that its head has.
        settings: further settings, with ``__`` for the dot in their names, as in ``model__hidden=[64]``.
    """
    overrides = {"corpus.name": "sample", "training.epochs": 2, "training.device": "cpu"}
    overrides |= {name.replace("__", "."): value for name, value in settings.items()}
    told = "-".join(f"{name}={value}" for name, value in sorted(overrides.items()))
    kept = Path(os.environ["PAGE_MODELS"]) / f"{config}-{head}-{told}.safetensors".replace("/", "_")
    if not kept.exists():
        from postagger import Tagger, load_config

        tagger = Tagger.train(load_corpus("sample", head=head), load_config(config, overrides))
        tagger.save(kept)
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(kept, file)


def _write(file: str, text: str) -> None:
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    Path(file).write_text(text, encoding="utf-8")
