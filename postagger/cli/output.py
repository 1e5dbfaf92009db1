"""Prints results to stdout and everything else to stderr."""

from __future__ import annotations

import datetime
import json
import re
import shlex
import sys
from typing import TYPE_CHECKING, Any

from postagger.io import visible
from postagger.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from postagger.corpora import Corpus
    from postagger.evaluation import Evaluation
    from postagger.tagger import Ensemble, Tagger


_FINDINGS = 5
"""Findings that training reports."""


_EPOCHS = 30
"""Epochs that are all shown."""


def say(line: str) -> None:
    """Prints a line to stderr; control characters in it are shown, not sent to the terminal."""
    print(visible(line), file=sys.stderr, flush=True)


def say_name(output: str | None) -> None:
    """Says how an output is named that has the name of the shipped model."""
    from postagger.shipped import SHIPPED

    if output is not None and output.removesuffix("/") == SHIPPED:
        say(
            f"the output is ./{SHIPPED}: the name {SHIPPED} alone means the model that comes with the package"
        )


def show(text: str, end: str = "\n") -> None:
    """Prints text to stdout as `say` does to stderr."""
    print(visible(text), end=end)


def is_shown(epoch: int) -> bool:
    """Whether an epoch is shown in a line: of a long training, every tenth is."""
    return epoch <= _EPOCHS or epoch % 10 == 0


def made_by(given: Iterable[str]) -> str:
    """When, with which version and by which command something is made.

    Args:
        given: the command's arguments.
    """
    today = datetime.datetime.now(tz=datetime.UTC)
    return f"Made on {today:%d %B %Y} with postagger {__version__}: {shlex.join(['postagger', *given])}"


def print_json(value: dict[str, Any]) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=2)
    print(re.sub("[\x7f-\x9f]", lambda found: f"\\u{ord(found[0]):04x}", text))


def say_corpus(corpus: Corpus) -> None:
    traces = f", {corpus.traces:,} traces dropped" if corpus.traces else ""
    say(
        f"{corpus.name}: {len(corpus.train):,} / {len(corpus.dev):,} / {len(corpus.test):,} sentences{traces}"
    )
    say_notes(corpus)


def say_notes(corpus: Corpus) -> None:
    """Says what the readers of its files left out or had to choose."""
    for note in corpus.notes:
        say(note)


def say_findings(corpus: Corpus) -> None:
    """Says what is wrong with a corpus, a line each, and which command tells more."""
    from postagger.corpora.diagnosis import check_columns

    found: dict[str, list[str]] = {}
    for name, check in check_columns(corpus).items():
        for finding in check.of("error", "warning"):
            found.setdefault(str(finding), []).append(name)
    for line, columns in list(found.items())[:_FINDINGS]:
        in_all = len(columns) == 1 + len(corpus.others)
        say(line if in_all else f"{', '.join(columns)}: {line}")
    if found:
        say(f"{_check_command(corpus)} shows all")


def _check_command(corpus: Corpus) -> str:
    settings = corpus.settings
    files = {f"--{part}": getattr(settings, part) for part in ("train", "dev", "test")}
    words = [settings.name] if settings.train is None else []
    for option, value in {
        **files,
        "--column": settings.column if settings.column != "xpos" else None,
        "--tagset": settings.tagset if settings.tagset != "native" else None,
        "--reader": settings.reader,
        "--nltk-data": settings.nltk_data,
    }.items():
        if value is not None:
            words += [option, *([value] if isinstance(value, str) else value)]
    return shlex.join(["postagger", "check", *words])


def say_left_out(tagger: Tagger, corpus: Corpus | None) -> None:
    """Reports what was left out of training, if anything: sentences of further corpora and texts, and words
    of the word vectors.

    Args:
        corpus: the corpus whose dev and test parts were held out; None if there was none.
    """
    vectors = tagger.record.vectors
    if vectors is not None and vectors.blank_words:
        say(f"word vectors left out because their words are blank: {vectors.blank_words:,}")
    left_out = {name: count for name, count in tagger.record.left_out.items() if count}
    if left_out and corpus is not None:
        counts = ", ".join(f"{count:,} of {name}" for name, count in left_out.items())
        say(f"sentences left out because they repeat dev or test sentences of {corpus.name}: {counts}")


def as_json_of_heads(scores: Mapping[str, Evaluation], **origin: Any) -> dict[str, Any]:
    """An evaluation as plain data; of several, the first one, and all of them under ``heads``.

    Args:
        scores: by the name of the head.
        origin: see `as_json`.
    """
    from postagger.evaluation import as_json

    first, *others = scores.values()
    heads = {"heads": {name: as_json(each) for name, each in scores.items()}} if others else {}
    return as_json(first, **origin) | heads


def titles_of(scores: Iterable[str], corpus: Corpus, split: str, tagger: Ensemble | Tagger) -> dict[str, str]:
    """The title of the table of each head; it names the head if there are several."""
    title, heads = title_of(corpus, split, tagger), list(scores)
    return {head: f"{head}: {title}" if len(heads) > 1 else title for head in heads}


def title_of(corpus: Corpus, split: str, tagger: Ensemble | Tagger) -> str:
    traces = f", {corpus.traces:,} traces dropped" if corpus.traces else ""
    return f"{corpus.name}, {split}{traces}: {tagger.description}"
