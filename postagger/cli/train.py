from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from postagger.cli.output import (
    as_json_of_heads,
    is_shown,
    print_json,
    say,
    say_corpus,
    say_findings,
    say_left_out,
    say_name,
    show,
    titles_of,
)
from postagger.cli.parser import CONFIG_HELP, Parser, add_json, add_overrides
from postagger.cli.saving import add_logging, add_saving, followed, run_folder, save
from postagger.cli.training_corpus import add_corpus, corpus_override
from postagger.extras import require_torch

if TYPE_CHECKING:
    from postagger.config import Config
    from postagger.corpora import Corpus
    from postagger.evaluation import Evaluation
    from postagger.pipeline import RunFolder
    from postagger.tagger import Tagger
    from postagger.tracking.followers import Hook
    from postagger.training import EpochRecord, MetricsLog

    Scores = Mapping[str, Mapping[str, Evaluation]]
    """Evaluations by part and head."""

_FEW_UPDATES = 20
"""Updates with which a network learns hardly anything."""

EXAMPLE = "postagger train lstm my.conllu --set training.epochs=50 -o runs/my.safetensors"


def add_options(parser: Parser) -> None:
    parser.add_argument("config", metavar="CONFIG", help=CONFIG_HELP)
    add_corpus(parser)
    add_overrides(parser, "training.epochs=5 model.dropout=0.2")
    parser.add_argument(
        "--from",
        dest="backbone",
        metavar="MODEL",
        help="start with the layers of this model instead of random ones, all but its output layers "
        "(transfer.model)",
    )
    parser.add_argument(
        "--unlabelled",
        metavar="TEXT",
        nargs="+",
        default=[],
        help="text without tags, to learn from after teachers have tagged it: files, or corpora by name "
        "(distillation.text)",
    )
    parser.add_argument(
        "--teachers",
        metavar="TEACHER",
        nargs="+",
        default=[],
        help="taggers that tag the text of --unlabelled: model files, folders of them, or configs to train "
        "first (distillation.teachers; default: taggers of this config)",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="MODEL",
        help="file to save the model in (default: runs/CONFIG.safetensors)",
    )
    add_saving(parser)
    add_logging(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    """Train a tagger, score it on the dev and test sets, and save it."""
    require_torch("training needs")
    from postagger.config import load_config

    overrides = [*corpus_override(options), *options.set, *_overrides(options)]
    config = load_config(options.config, overrides)  # before PyTorch is loaded

    from postagger.training.distributed import together

    say_name(options.output)
    path = Path(options.output or Path("runs") / f"{Path(options.config).stem}.safetensors")
    with together(config.training.device) as world:
        (_lead if world.is_first else _follow)(options, config, path)


def _follow(options: argparse.Namespace, config: Config, path: Path) -> None:
    """Trains together with the first process."""
    from postagger.corpora import load_configured
    from postagger.tagger import Tagger

    with followed(options, path) as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the first process says it
        Tagger.train(load_configured(config.corpus), config, checkpoints=folder)


def _lead(options: argparse.Namespace, config: Config, path: Path) -> None:
    """Trains, alone or as the first process; writes and says everything."""
    from postagger.checkpoint.model_file import check_writable
    from postagger.corpora import is_tagged, load_configured
    from postagger.tracking import tracker_named
    from postagger.training import MetricsLog, choose_device
    from postagger.training.distributed import world

    device = choose_device(config.training.device)
    trackers = [tracker_named(name) for name in options.log_to]
    corpus = load_configured(config.corpus)
    check_writable(options.output or path)
    file = path.with_name(path.name.removesuffix(".safetensors") + ".metrics.jsonl")
    with run_folder(options, path) as folder, MetricsLog(file, go_on=folder.begun) as log:
        say_corpus(corpus)
        if is_tagged(corpus.train):  # otherwise training fails, and says why
            say_findings(corpus)
        processes = f", {world().size} processes" if world().size > 1 else ""
        say(f"training: {config.model.kind} on {device}, seed {config.training.seed}{processes}")
        if not any(is_tagged(each.dev) for each in corpus.by_head.values()):
            say("there is no dev part to choose an epoch by (corpus.dev), so the last one is kept")
        _say_if_short(config, len(corpus.train))
        start = time.perf_counter()
        tagger = _train(corpus, config, [partial(_report_epoch, log), *trackers], folder)
        seconds = time.perf_counter() - start
        save(tagger, path)
        say_left_out(tagger, corpus)
        scores = {
            split: tagger.evaluate_columns(corpus, split)
            for split in ("dev", "test")
            if any(is_tagged(each.part(split)) for each in corpus.by_head.values())
        }
        log.write({"seconds": seconds, **tagger.record.model_dump(mode="json")})
    if options.json:
        _print_json(path, tagger, corpus, scores, seconds)
    else:
        _print_tables(path, tagger, corpus, scores, seconds)


def _say_if_short(config: Config, sentences: int) -> None:
    """Warns if a training has too few updates to learn anything."""
    epochs, size = config.training.epochs, config.training.batch_size
    if epochs == "auto" or config.transfer.model is not None:
        return
    updates = epochs * (1 if size == "all" else -(-sentences // size))
    if updates < _FEW_UPDATES and size != "all":
        say(
            f"with training.epochs={epochs} there are only {updates} updates of the weights, too few to "
            "learn much: leave the setting out, or lower training.batch_size"
        )


def _train(corpus: Corpus, config: Config, hooks: list[Hook], folder: RunFolder) -> Tagger:
    """Trains, and says whether the training diverged."""
    from postagger.tagger import Tagger

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it is said below
        tagger = Tagger.train(corpus, config, on_epoch=hooks, progress=True, checkpoints=folder)
    if tagger.record.problem is not None:
        say(tagger.record.problem)
    return tagger


def _report_epoch(log: MetricsLog, record: EpochRecord) -> None:
    """Logs an epoch and shows it in a line; of a long training, every tenth epoch is shown."""
    log.write(record.__dict__)
    if not is_shown(record.epoch):
        return
    dev = "" if record.dev_accuracy is None else f"   dev {100 * record.dev_accuracy:.2f} %"
    scores = [
        f"{name} {100 * score:.2f}" for name, score in record.dev_accuracies.items() if score is not None
    ]
    dev += f" ({', '.join(scores)})" if scores else ""
    stage = f"{record.stage}, " if record.stage else ""
    say(f"{stage}epoch {record.epoch:3}   loss {record.loss:.4f}{dev}   {record.seconds:.1f} s")


def _print_json(path: Path, tagger: Tagger, corpus: Corpus, scores: Scores, seconds: float) -> None:
    parts = {
        split: as_json_of_heads(of_heads, corpus=corpus.name, split=split, model=str(path))
        for split, of_heads in scores.items()
    }
    print_json(
        {
            "model": str(path),
            "seed": tagger.config.training.seed,
            "seconds": seconds,
            "parameters": tagger.parameter_count,
            **parts,
        }
    )


def _print_tables(path: Path, tagger: Tagger, corpus: Corpus, scores: Scores, seconds: float) -> None:
    from postagger.evaluation import as_table

    for split, of_heads in scores.items():
        for name, title in titles_of(of_heads, corpus, split, tagger).items():
            show(as_table(of_heads[name], title=title, per_tag=False), end="\n\n")
    show(f"trained in {seconds:.1f} s: {path} ({path.stat().st_size / 1e6:.1f} MB)")


def _overrides(options: argparse.Namespace) -> list[str]:
    """The options that stand for settings, as overrides."""
    settings = {
        "transfer.model": options.backbone,
        "distillation.text": options.unlabelled,
        "distillation.teachers": options.teachers,
    }
    return [f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in settings.items() if value]
