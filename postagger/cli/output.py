"""Results to stdout, everything else to stderr."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from postagger.corpora import Corpus
    from postagger.tagger import Ensemble, Tagger


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def time_left(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"about {minutes} min {rest:02} s left"


def print_json(value: dict[str, Any]) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def say_corpus(corpus: Corpus) -> None:
    traces = f", {corpus.traces:,} traces dropped" if corpus.traces else ""
    say(
        f"{corpus.name}: {len(corpus.train):,} / {len(corpus.dev):,} / {len(corpus.test):,} sentences{traces}"
    )


def title_of(corpus: Corpus, split: str, tagger: Ensemble | Tagger) -> str:
    traces = f", {corpus.traces:,} traces dropped" if corpus.traces else ""
    return f"{corpus.name}, {split}{traces}: {tagger.description}"
