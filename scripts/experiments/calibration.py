#!/usr/bin/env python3
"""Can the probabilities of a tagger be believed?

For each model it prints the expected calibration error without a temperature, at the temperature of the
model file, and at one that was fitted to every other sentence of this text and measured on the rest; then how
many tokens have at least some probability, and how many of these are right. The picture has the accuracy of
tokens with similar probabilities; a calibrated tagger is on the diagonal.

Example:
    python scripts/experiments/calibration.py runs/window.safetensors runs/lstm.safetensors --corpus treebank
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from common import Parser, parser, run, save, say, table
from matplotlib.figure import Figure

from postagger import Corpus, Ensemble, Tagger, load_corpus, load_files
from postagger.comparison.style import drawing, new_figure
from postagger.corpora import TaggedSentence, is_file
from postagger.evaluation import Calibration
from postagger.evaluation.report import percent
from postagger.plots import QUIET, pens_of

_QUICK = 100
"""Sentences in a quick run."""

THRESHOLDS = (0.5, 0.9, 0.95, 0.99, 0.999)


def main() -> None:
    options = arguments().parse_args()
    rows, covered, drawn = [], [], {}
    for model in options.models:
        loaded = Ensemble.load(model) if Path(model).is_dir() else Tagger.load(model)
        for head in loaded.heads if options.heads else [loaded.head]:
            tagger = loaded.with_head(head)
            name = f"{Path(model).stem} {head}" if options.heads else Path(model).stem
            say(f"{name}: tags {options.corpus}")
            gold = sentences_of(tagger, options.corpus, options.split)
            gold = gold[:_QUICK] if options.quick else gold
            found = calibration(tagger, gold)
            rows.append([name, *errors(tagger, gold, found)])
            covered.append(
                [
                    name,
                    *(
                        f"{percent(each.accuracy)} of {100 * each.coverage:.1f}"
                        for each in found.coverage(THRESHOLDS)
                    ),
                ]
            )
            drawn[name] = found
    print("Expected calibration error, in percentage points:\n")
    print(
        table(
            ["model", "tokens", "accuracy", "T", "without T", "with T", "fitted on one half, on the other"],
            rows,
        )
    )
    print("\nAccuracy (%) of the tokens with at least this probability, and how many they are (%):\n")
    print(table(["model", *map(str, THRESHOLDS)], covered))
    if options.output is not None:
        with drawing():
            save(picture(drawn), options.output)


def arguments() -> Parser:
    options = parser(
        "calibration",
        __doc__,
        time="less than a minute a model",
        quick="5 s a model",
        without=f"the first {_QUICK} sentences",
        runs=False,
        picture=False,
    )
    options.add_argument("models", nargs="+", metavar="MODEL", help="a model file, a folder of them, or en")
    options.add_argument(
        "--corpus", default="treebank", help="a corpus by name, or a file (default: treebank)"
    )
    options.add_argument("--split", default="dev", choices=("dev", "test"))
    options.add_argument(
        "--heads", action="store_true", help="all heads of each model, by columns of their names"
    )
    options.add_argument("-o", "--output", type=Path, help="file for the picture")
    return options


def sentences_of(tagger: Tagger | Ensemble, corpus: str, split: str) -> list[TaggedSentence]:
    column = tagger.head if len(tagger.heads) > 1 else tagger.config.corpus.columns[0]
    if is_file(corpus):
        return load_files(test=corpus, column=column).test
    found: Corpus = load_corpus(corpus)
    return found.part(split)


def calibration(tagger: Tagger | Ensemble, gold: Sequence[TaggedSentence]) -> Calibration:
    found = tagger.evaluate_on(gold).calibration
    assert found is not None
    return found


def errors(tagger: Tagger | Ensemble, gold: Sequence[TaggedSentence], found: Calibration) -> list[str]:
    """The cells of a model's row."""
    plain = calibration(tagger.at_temperature(1.0), gold)
    halved = calibration(tagger.calibrate(gold[::2]), gold[1::2])
    members = tagger.taggers if isinstance(tagger, Ensemble) else [tagger]
    temperatures = sorted({f"{each.temperature:.2f}" for each in members})
    rates = (percent(each.expected_error) for each in (plain, found, halved))
    return [f"{len(found):,}", percent(found.coverage((0.0,))[0].accuracy), "-".join(temperatures), *rates]


def picture(models: dict[str, Calibration]) -> Figure:
    """The accuracy of tokens with similar probabilities, a line for each model. Call it inside `drawing`."""
    figure = new_figure(5, 5)
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=QUIET, linewidth=1, linestyle=":")
    pens = pens_of(models)
    for name, found in models.items():
        bins = [each for each in found.reliability(10) if each.tokens >= 20]
        confidence, accuracy = zip(
            *((each.confidence or 0.0, each.accuracy or 0.0) for each in bins), strict=True
        )
        look = pens[name]
        axes.plot(
            confidence,
            accuracy,
            color=look.color,
            marker=look.marker,
            linestyle=look.linestyle,
            mfc=look.face,
            label=name,
        )
    axes.set(xlabel="probability of the tag", ylabel="accuracy", xlim=(0, 1), ylim=(0, 1), aspect="equal")
    axes.legend()
    return figure


if __name__ == "__main__":
    run(main)
