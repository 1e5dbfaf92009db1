"""The shipped model's card (docs/explanation/shipped_model.md), its licence, and the scores in the card."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from postagger import Corpus, Tagger, load_documents
from postagger.corpora import TaggedSentence
from postagger.evaluation import Rate
from shipped.vectors import GLOVE, STATES

LICENCE = (
    "CC BY-SA 4.0. Derived from UD English-EWT (CC BY-SA 4.0): the English Web Treebank, source and "
    "constituents by Bies, Mott, Warner and Kulick (LDC2012T13), Universal Dependencies by Silveira et al. "
    "(2014) and the contributors of UD English-EWT."
)

COLUMNS = ("xpos", "upos", "feats")

Scores = dict[str, dict[str, Rate]]
"""The rates of each column, by the part of dev."""


def scores_of(tagger: Tagger, corpus: Corpus, dev: Path) -> Scores:
    """The accuracy on all of dev, by genre, on known and unknown words, in capitals and in lower case."""
    scores: Scores = {}

    def add(name: str, column: str, rate: Rate) -> None:
        scores.setdefault(name, {})[column] = rate

    for column in COLUMNS:
        gold = corpus.by_head[column].dev
        found = tagger.evaluate_on(gold, head=column)
        add("all", column, found.tokens)
        documents, _ = load_documents(str(dev), column=column)
        genres: dict[str, list[TaggedSentence]] = {}
        for document in documents:
            genres.setdefault(document.name.partition("-")[0], []).extend(document.sentences)
        for genre, sentences in sorted(genres.items()):
            add(genre, column, tagger.evaluate_on(sentences, head=column).tokens)
        add("known words", column, found.known)
        add("unknown words", column, found.unknown)
        add("in capitals", column, tagger.evaluate_on(read(gold, str.upper), head=column).tokens)
        add("in lower case", column, tagger.evaluate_on(read(gold, str.lower), head=column).tokens)
    return scores


def read(sentences: Iterable[TaggedSentence], change: Callable[[str], str]) -> list[TaggedSentence]:
    """Sentences with every word changed."""
    return [[(change(word), tag) for word, tag in sentence] for sentence in sentences]


def table(scores: Mapping[str, Mapping[str, Rate]]) -> str:
    """The scores as a Markdown table, in per cent."""
    lines = ["| dev | XPOS | UPOS | FEATS | tokens |", "|---|--:|--:|--:|--:|"]
    for name, rates in scores.items():
        cells = (f"{100 * (rates[column].value or 0):.2f}" for column in COLUMNS)
        lines.append(f"| {name} | {' | '.join(cells)} | {rates['xpos'].total:,} |")
    return "\n".join(lines)


def confidence(tagger: Tagger, corpus: Corpus) -> str:
    """How well the probabilities of each column hold on dev, as a Markdown table."""
    lines = [
        "| dev | T | error without T | with T | at least 0.9 | of these right | at least 0.99 | right |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for column in tagger.heads:
        of, gold = tagger.with_head(column), corpus.by_head[column].dev
        plain, found = (each.evaluate_on(gold).calibration for each in (of.at_temperature(1.0), of))
        assert plain is not None
        assert found is not None
        shares = (each for row in found.coverage((0.9, 0.99)) for each in (row.coverage, row.accuracy))
        rates = (f"{100 * (rate or 0):.2f}" for rate in (plain.expected_error, found.expected_error, *shares))
        lines.append(f"| {column.upper()} | {of.temperature:.2f} | {' | '.join(rates)} |")
    return "\n".join(lines)


def speed(tagger: Tagger, sentences: list[list[str]]) -> tuple[int, int]:
    """Tokens a second, the first time that a text is tagged and the median of five times after it."""
    tokens, seconds = sum(map(len, sentences)), []
    tagger.tag(sentences[0])  # builds the engine
    for _ in range(6):
        start = time.process_time()
        for _ in tagger.tag_sents(sentences):
            pass
        seconds.append(time.process_time() - start)
    first, *later = seconds
    return round(tokens / first / 1000) * 1000, round(tokens / statistics.median(later) / 1000) * 1000


def seconds_to_start() -> float:
    """The median of five times that ``postagger tag`` takes for a sentence."""
    command = [sys.executable, "-m", "postagger", "tag"]
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run(command, input=b"Time flies.\n", capture_output=True, check=True)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def notice() -> str:
    """The text of the file LICENSE beside the model."""
    return _template("licence.txt").format(licence=LICENCE)


def _template(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def card(file: Path, corpus: Corpus, dev: Path) -> str:
    """The text of docs/explanation/shipped_model.md.

    Args:
        file: the model.
        corpus: the treebank, with all columns.
        dev: the file of its dev part.
    """
    tagger = Tagger.load(file)
    scores = scores_of(tagger, corpus, dev)
    first, later = speed(Tagger.load(file), [[word for word, _ in sentence] for sentence in corpus.dev])
    record = tagger.record
    distillation = tagger.config.distillation
    return _template("card.md").format(
        table=table(scores),
        confidence=confidence(tagger, corpus),
        megabytes=f"{file.stat().st_size / 1e6:.1f}",
        engine=tagger.engine,
        first=f"{first:,}",
        later=f"{later:,}",
        start=f"{seconds_to_start():.1f}",
        units=" and ".join(map(str, tagger.config.model.model_dump()["hidden"])),
        tags=", ".join(f"{len(tags)} {name.upper()}" for name, tags in tagger.heads.items()),
        vectors=f"{0 if record.vectors is None else record.vectors.words:,}",
        sentences=f"{record.train_sentences:,}",
        states=STATES,
        glove=GLOVE,
        weight=f"{distillation.weight:g}",
        noise=f"{1 / tagger.config.words.case_noise_of(record.train_sentences):.0f}",
        licence=LICENCE,
        versions=", ".join(f"{name} {number}" for name, number in record.versions.items()),
    )
