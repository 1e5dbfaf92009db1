from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from postagger.cli.output import print_json, say, say_corpus, show
from postagger.cli.parser import CONFIG_HELP, Parser, add_folder, add_json, add_overrides, count
from postagger.cli.training_corpus import add_corpus, corpus_override
from postagger.extras import require_torch

if TYPE_CHECKING:
    from postagger.tuning import TuningProgress

EXAMPLE = "postagger tune lstm --trials 50 -o runs/tune"

_TRIALS = 50
"""The number of trials without --trials and --minutes."""


def add_options(parser: Parser) -> None:
    parser.add_argument("config", metavar="CONFIG", help=f"where the search starts: {CONFIG_HELP}")
    add_corpus(parser)
    parser.add_argument(
        "--trials",
        type=count,
        metavar="N",
        help=f"number of trials, earlier calls included (default: {_TRIALS}, or as --minutes allows)",
    )
    parser.add_argument("--minutes", type=float, metavar="M", help="about how long this call may take")
    parser.add_argument(
        "--sampler",
        choices=("tpe", "random"),
        default="tpe",
        help="tpe (default) finds good settings; random shows which of them matter",
    )
    parser.add_argument(
        "--seeds",
        type=count,
        metavar="N",
        default=3,
        help="at the end, retrain the given and the best settings with N new seeds (default: 3)",
    )
    add_overrides(parser, "corpus.train=my-train.conllu corpus.dev=my-dev.conllu")
    add_folder(parser, Path("runs/tune"), force="clear the folder if it holds another search")
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    """Search for better settings, and show which of them matter."""
    require_torch("a search needs")
    from postagger.config import load_config

    overrides = [*corpus_override(options), *options.set]
    config = load_config(options.config, overrides)  # before PyTorch is loaded

    from postagger.corpora import load_configured
    from postagger.tuning import check_packages, tune
    from postagger.tuning.report import as_json, as_text

    check_packages()
    corpus = load_configured(config.corpus)
    say_corpus(corpus)
    budgeted = options.trials is not None or options.minutes is not None
    tuning = tune(
        config,
        corpus,
        options.output,
        trials=options.trials if budgeted else _TRIALS,
        minutes=options.minutes,
        sampler=options.sampler,
        seeds=options.seeds,
        jobs=options.jobs,
        force=options.force,
        on_progress=_report_progress,
    )
    if options.json:
        print_json(as_json(tuning))
    else:
        show(as_text(tuning))
    which = (
        "best settings" if tuning.is_better else "no better than the given settings beyond chance; those are"
    )
    say(f"\n{which}: {tuning.file}\nto use them:   postagger train {tuning.file}")


def _report_progress(progress: TuningProgress) -> None:
    say(str(progress))
