from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from postagger.cli.evaluate import load_gold
from postagger.cli.heads import load_heads
from postagger.cli.output import print_json, say, say_name, show
from postagger.cli.parser import (
    Parser,
    add_column,
    add_corpus_source,
    add_head,
    add_json,
    add_model,
    check_exists,
)
from postagger.cli.saving import check_overwrite

if TYPE_CHECKING:
    from postagger.corpora import Corpus, TaggedSentence
    from postagger.tagger import Ensemble, Recalibration, Tagger

EXAMPLE = "postagger calibrate runs/window.safetensors mine.conllu -o runs/mine.safetensors"

_ENOUGH = 200
"""Tokens of which some word would be unknown, if they were no training text."""


def add_options(parser: Parser) -> None:
    add_model(parser)
    parser.set_defaults(dtype="float32", lexicon=None)
    parser.add_argument(
        "corpus",
        metavar="CORPUS",
        help="tagged text that the model was not trained on: a corpus by name, or a file",
    )
    parser.add_argument(
        "--split", choices=("train", "dev", "test"), help="which part (default: dev, or all of a file)"
    )
    add_head(
        parser,
        "that of --column; else its main corpus's, or all if it was trained on several columns",
        more="; 'all' fits all columns that the model was trained on",
    )
    add_column(parser)
    add_corpus_source(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="MODEL",
        help="file to save the calibrated model in, or folder of an ensemble (default: beside the model, as "
        "NAME-calibrated; of en and hf:... in runs/)",
    )
    parser.add_argument("--force", action="store_true", help="overwrite the output if it is there already")
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    """Make a model's probabilities fit the kind of text that you tag."""
    check_exists(options.model)
    say_name(options.output)
    output = Path(options.output or _beside(options.model))
    check_overwrite(output, force=options.force)
    tagger, _ = load_heads(options)

    from postagger.tagger import recalibrate

    tagger, corpus, split = load_gold(options, tagger, "dev")
    part = "test" if split == "all" else split
    _say_if_seen(tagger, corpus, corpus.part(part), split)
    heads = _heads(tagger, corpus, part) if options.head is None else [tagger.head]
    found, records = recalibrate(tagger, corpus, part, heads=heads)
    found.save(output)
    for each in records:
        if each.unknown_tags:
            say(
                f"{each.head}: tokens that do not count, because their gold tags are not in the model's tag "
                f"set: {each.unknown_tags:,}"
            )
        if each.error_held_out is not None and each.error_held_out >= each.error_before:
            say(
                f"{each.head}: on held-out sentences its probabilities were as good before: there is no need "
                "for the new model"
            )
    if options.json:
        origin = {"model": str(output), "corpus": corpus.name, "split": split}
        print_json({**origin, "heads": {each.head: each._asdict() for each in records}})
    else:
        show("\n".join(_table(records)))
        say(f"written: {output}")


def _heads(tagger: Tagger | Ensemble, corpus: Corpus, part: str) -> list[str]:
    """The heads for whose columns the corpus has gold tags; the selected one if it has a single column."""
    from postagger.corpora import is_tagged

    columns = corpus.by_head if corpus.others else {}
    names = [name for name, each in columns.items() if name in tagger.heads and is_tagged(each.part(part))]
    return names or [tagger.head]


def _beside(model: str) -> Path:
    """Where the calibrated model is saved if nothing else is said."""
    from postagger.hub import is_hub_name
    from postagger.shipped import find_model

    if is_hub_name(model) or (found := Path(find_model(model))) != Path(model):
        name = model.rpartition(":")[2].rpartition("/")[2].partition("@")[0]
        return Path("runs", f"{name}-calibrated.safetensors")
    if found.is_dir():
        return found.with_name(f"{found.resolve().name}-calibrated")
    return found.with_name(f"{found.name.removesuffix('.safetensors')}-calibrated.safetensors")


def _say_if_seen(
    tagger: Tagger | Ensemble, corpus: Corpus, sentences: list[TaggedSentence], split: str
) -> None:
    """Warns if the text seems to be what the model was trained on, whose probabilities are too high."""
    from postagger.tagger import Ensemble

    members = tagger.taggers if isinstance(tagger, Ensemble) else [tagger]
    words = [word for sentence in sentences for word, _ in sentence]
    trained_on = any(
        (split == "train" and each.record.corpus == corpus.name)
        or (len(words) >= _ENOUGH and all(word in each.lexicon for word in words))
        for each in members
    )
    if trained_on:
        say(
            "the model seems to have been trained on this text, so its probabilities for it say nothing of "
            "other text: use text that it has not seen"
        )
    elif split == "dev" and all(each.record.corpus == corpus.name for each in members):
        say(
            "training has chosen the epoch, and fitted a temperature, on the same dev part of "
            f"{corpus.name}: what is new here is little"
        )


def _table(records: list[Recalibration]) -> list[str]:
    width = max(len("head"), *(len(each.head) for each in records))
    lines = [
        f"{'':{width}}{'':>9}{'temperature':>19}    expected calibration error",
        f"{'head':{width}}{'tokens':>9}{'before':>12}{'after':>7}    before   after   held out",
    ]
    for each in records:
        before = "-".join(sorted({f"{one:.2f}" for one in each.temperatures}))
        held_out = "-" if each.error_held_out is None else f"{100 * each.error_held_out:.2f}"
        lines.append(
            f"{each.head:{width}}{each.tokens:>9,}{before:>12}{each.temperature:>7.2f}    "
            f"{100 * each.error_before:>6.2f}{100 * each.error_after:>8.2f}{held_out:>11}"
        )
    return [
        *lines,
        "",
        "The error is the mean distance between probability and accuracy, in percentage points. Held out:",
        "fitted to every other sentence, measured on the rest, and the other way round.",
    ]
