from __future__ import annotations

import argparse
import itertools
import random
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postagger.cli.output import print_json, show
from postagger.cli.parser import Parser, add_json, add_model, check_exists
from postagger.errors import PostaggerError

if TYPE_CHECKING:
    from postagger.tagger import Tagger

EXAMPLE = "postagger info runs/lstm.safetensors"

_SENTENCES, _WORDS, _SECONDS = 500, 20, 0.2
"""How much is tagged at most to see how fast the tagger is, and how long at first."""

_TAGS, _CHARACTERS = 60, 250
"""How many tags are all listed, and in how many characters."""


def add_options(parser: Parser) -> None:
    add_model(parser, folders=False)
    parser.add_argument(
        "--config",
        action="store_true",
        help="print only the config that it was trained with, as TOML",
    )
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    """Show what a model is, what it learned from, how good and how fast it is."""
    check_exists(options.model)

    from postagger.config.toml import as_toml
    from postagger.shipped import find_model
    from postagger.tagger import Tagger

    tagger = Tagger.load(options.model, device=options.device)
    if options.config:
        print(as_toml(tagger.config), end="")
        return
    megabytes = round(Path(find_model(options.model)).stat().st_size / 1e6, 2)
    if not options.json:
        for title, text in _lines(tagger, megabytes):
            show(f"{title:10} {text}")
        return
    print_json(
        {
            "model": options.model,
            "megabytes": megabytes,
            **({"licence": tagger.licence} if tagger.licence else {}),
            "engine": _engine(tagger),
            "parameters": tagger.parameter_count,
            "tag_sets": {name: len(tags) for name, tags in tagger.heads.items()},
            "tags": list(tagger.tagset),
            "temperatures": {name: tagger.with_head(name).temperature for name in tagger.heads},
            "known_words": len(tagger.lexicon),
            "config": tagger.config.model_dump(mode="json", exclude={"model": {"pretrained"}}),
            "record": tagger.record.model_dump(mode="json"),
        }
    )


def _lines(tagger: Tagger, megabytes: float) -> Iterator[tuple[str, str]]:
    """What people want to know about a tagger, as titles and texts."""
    record, config = tagger.record, tagger.config
    output = " with a CRF" if config.model.output == "crf" else ""
    yield "what", f"{config.model.kind} tagger{output}, {tagger.parameter_count:,} parameters, {megabytes} MB"
    if record.masked_words:
        yield "tags", "none: it predicts masked words, and is for other taggers to start from"
    for name, tags in tagger.heads.items() if not record.masked_words else ():
        yield ("tags", f"{name}, {len(tags)}: {_few(tags)}")
    dev = f", {record.dev_tokens:,} tokens of dev" if record.dev_tokens else ""
    size = f"{record.train_sentences:,} sentences, {record.train_tokens:,} tokens{dev}"
    yield "data", f"{record.corpus}: {size}; seed {config.training.seed}"
    helped = list(_help(tagger))
    if helped:
        yield "helped by", "; ".join(helped)
    left_out = ", ".join(f"{count:,} of {name}" for name, count in record.left_out.items() if count)
    if left_out:
        yield "left out", f"sentences that repeat dev or test: {left_out}"
    epochs = f"{record.epochs} epoch{'s' if record.epochs > 1 else ''} with {config.training.optimiser}"
    yield "training", f"{epochs}, of which number {record.best_epoch} was kept{_early(tagger)}"
    yield "accuracy", "; ".join(_scores(tagger)) or "not measured: there were no dev or test sentences"
    if not record.masked_words:
        yield "confidence", ", ".join(_temperatures(tagger))
    yield (
        "words",
        f"{len(tagger.lexicon):,} seen in training; raw text is cut by the rules {tagger.token_rules}",
    )
    yield "speed", _speed(tagger)
    versions = ", ".join(f"{name} {version}" for name, version in record.versions.items())
    yield "made with", versions
    if tagger.licence:
        yield "licence", tagger.licence
    yield "more", "all settings and scores: postagger info --json"


def _few(tags: Any) -> str:
    """The tags of a tag set, or the first of many or long ones."""
    shown = textwrap.shorten(" ".join(itertools.islice(tags, _TAGS)), _CHARACTERS, placeholder=" ...")
    return shown if len(tags) <= _TAGS or shown.endswith(" ...") else f"{shown} ..."


def _help(tagger: Tagger) -> Iterator[str]:
    """What it has learned from besides its corpus."""
    record = tagger.record
    if record.backbone is not None:
        yield f"layers pretrained on {record.backbone}"
    if record.teachers:
        yield f"teachers trained on {', '.join(record.teachers)}"
    if record.vectors is not None:
        vectors = record.vectors
        yield f"vectors of {vectors.words:,} words, {100 * vectors.covered:.1f} % of the tokens"
    for head, sentences in record.datasets.items():
        yield f"{sentences:,} more sentences for {head}"


def _early(tagger: Tagger) -> str:
    problem = tagger.record.problem
    return "" if problem is None else f"; it ended early: {problem}"


def _scores(tagger: Tagger) -> Iterator[str]:
    record = tagger.record
    main = next(iter(tagger.heads))
    for part in ("dev", "test"):
        by_head = getattr(record, f"{part}_accuracies") or {main: getattr(record, f"{part}_accuracy")}
        found = {name: f"{100 * score:.2f} %" for name, score in by_head.items() if score is not None}
        if list(found) == [main]:
            yield f"{part} {found[main]}"
        elif found:
            yield f"{part}: {', '.join(f'{name} {score}' for name, score in found.items())}"


def _temperatures(tagger: Tagger) -> Iterator[str]:
    """How the probabilities of each head are calibrated."""
    for name in tagger.heads:
        temperature = tagger.with_head(name).temperature
        fitted = f"temperature {temperature:.2f}" if temperature != 1.0 else "the network's own probabilities"
        yield f"{name}: {fitted}"


def _speed(tagger: Tagger) -> str:
    """How fast it tags sentences of words that it knows, drawn as often as they occur in training."""
    counts = {word: count for word, (count, _) in tagger.lexicon.entries.items() if count}
    if not counts:
        return _engine(tagger)
    drawn = random.Random(1).choices(list(counts), list(counts.values()), k=_SENTENCES * _WORDS)
    sentences = [drawn[start : start + _WORDS] for start in range(0, len(drawn), _WORDS)]
    try:
        few = sentences[: _tagged_within(tagger, sentences)]  # which meets these words for the first time
        start = time.perf_counter()
        for _ in tagger.tag_sents(few):
            pass
        seconds = time.perf_counter() - start
        return f"{len(few) * _WORDS / seconds:,.0f} tokens a second here and now; engine: {tagger.engine}"
    except PostaggerError as error:
        return f"none: {error}"


def _tagged_within(tagger: Tagger, sentences: list[list[str]]) -> int:
    """The number of sentences that are tagged in a fraction of a second, at least one.

    One is tagged before, since PyTorch's first operations take long.
    """
    for _ in tagger.tag_sents(sentences[:1]):
        pass
    end = time.perf_counter() + _SECONDS
    done = 0
    while done < len(sentences) and (not done or time.perf_counter() < end):
        more = max(1, done)
        for _ in tagger.tag_sents(sentences[done : done + more]):
            pass
        done += more
    return min(done, len(sentences))


def _engine(tagger: Tagger) -> str:
    """What would compute the tags; or what has to be installed for that."""
    try:
        return tagger.engine
    except PostaggerError as error:
        return f"none: {error}"
