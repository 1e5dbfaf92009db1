"""The files of a benchmark: trained taggers and texts, which every process reads."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarking.texts import Sentences, about, plain, write_sentences
from postagger import Corpus, DataError, load_corpus

ROOT = Path(__file__).resolve().parents[2]
FRESH = "brown"
"""The corpus whose text no tagger has seen."""


@dataclass(frozen=True)
class Files:
    """Where everything is.

    Attributes:
        folder: for all files.
        corpus: the name of the corpus that all taggers are trained on.
        has_fresh: whether there is a text that no tagger has seen.
    """

    folder: Path
    corpus: str
    has_fresh: bool = False

    def named(self, name: str) -> Path:
        return self.folder / f"{self.corpus}-{name}"

    def model(self, kind: str) -> Path:
        """One of our taggers, which may have been trained by an earlier run."""
        return self.named(f"{kind}.safetensors")

    @property
    def train(self) -> Path:
        """The tagged sentences for training."""
        return self.named("train.jsonl")

    @property
    def text(self) -> Path:
        """The sentences that every tagger tags."""
        return self.named("text.jsonl")

    @property
    def fresh(self) -> Path:
        """Sentences that no tagger has seen."""
        return self.named("fresh.jsonl")

    @property
    def raw(self) -> Path:
        """The text of `fresh`, or else of `text`, a sentence per line."""
        return self.named("raw.txt")


def write_files(corpus: Corpus, tokens: int | None, fresh_tokens: int | None) -> Files:
    """Writes the texts.

    Args:
        tokens: how many of the corpus to tag, about; None: all.
        fresh_tokens: how many of the fresh text; None: all.
    """
    fresh = _fresh(corpus, fresh_tokens)
    files = Files(ROOT / "runs" / "benchmark", Path(corpus.name).stem, has_fresh=bool(fresh))
    text = words_of(corpus)
    text = text if tokens is None else about(text, tokens)
    write_sentences(files.train, corpus.train)
    write_sentences(files.text, text)
    write_sentences(files.fresh, fresh)
    files.raw.write_text("".join(plain(each) + "\n" for each in fresh or text), encoding="utf-8")
    return files


def words_of(corpus: Corpus) -> Sentences:
    return [[word for word, _ in s] for part in ("train", "dev", "test") for s in corpus.part(part)]


def _fresh(corpus: Corpus, tokens: int | None) -> Sentences:
    """The fresh text; nothing if its corpus is missing."""
    try:
        if corpus.name == FRESH:
            raise DataError("the taggers are trained on it")
        text = words_of(load_corpus(FRESH))
    except DataError as error:
        print(f"no fresh text: {error}", file=sys.stderr)
        return []
    return text if tokens is None else about(text, tokens)
