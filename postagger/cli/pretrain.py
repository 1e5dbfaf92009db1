from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from postagger.cli.output import is_shown, say, say_left_out, show
from postagger.cli.parser import CONFIG_HELP, Parser, add_overrides
from postagger.cli.saving import add_logging, add_saving, followed, run_folder, save
from postagger.errors import ConfigError, DataError
from postagger.extras import require_torch

if TYPE_CHECKING:
    from postagger.config import Config
    from postagger.corpora import Corpus
    from postagger.tracking.followers import Hook

EXAMPLE = "postagger pretrain news.txt --config lstm -o runs/backbone.safetensors"


def add_options(parser: Parser) -> None:
    parser.add_argument(
        "text", metavar="TEXT", nargs="*", help="plain text, one sentence per line: files, or corpora by name"
    )
    parser.add_argument(
        "--config", metavar="CONFIG", default="lstm", help=f"{CONFIG_HELP}; default: %(default)s"
    )
    add_overrides(parser, "pretraining.epochs=5 pretraining.corpora='[\"brown\"]'")
    parser.add_argument(
        "-o",
        "--output",
        metavar="MODEL",
        default="runs/backbone.safetensors",
        help="where to save (default: %(default)s)",
    )
    add_saving(parser)
    add_logging(parser)


def run(options: argparse.Namespace) -> None:
    """Pretrain a backbone on plain text by predicting masked words (for train --from)."""
    require_torch("training needs")
    from postagger.config import is_config, load_config

    config_among_texts = next(filter(is_config, options.text), None)
    if config_among_texts is not None:
        raise ConfigError(f"{config_among_texts} is a config, not a text: use --config {config_among_texts}")
    text = [f"pretraining.text={json.dumps(options.text, ensure_ascii=False)}"] if options.text else []
    config = load_config(options.config, [*options.set, *text])  # before PyTorch is loaded

    from postagger.corpora import load_configured
    from postagger.tagger import Tagger
    from postagger.training.distributed import together

    with together(config.training.device) as world:
        try:
            corpus = load_configured(config.corpus)
        except DataError as error:
            if world.is_first:
                say(f"no sentences are held out because the config's corpus can't be read: {error}")
            corpus = None
        if world.is_first:
            _lead(options, config, corpus)
        else:
            with followed(options, Path(options.output)) as folder:
                Tagger.pretrain(config, corpus, checkpoints=folder)


def _lead(options: argparse.Namespace, config: Config, corpus: Corpus | None) -> None:
    """Pretrains, alone or as the first process; writes and says everything."""
    from postagger.checkpoint.model_file import check_writable
    from postagger.tagger import Tagger
    from postagger.tracking import tracker_named
    from postagger.training import EpochRecord

    trackers = [tracker_named(name) for name in options.log_to]
    check_writable(options.output)

    def on_epoch(record: EpochRecord) -> None:
        if is_shown(record.epoch):
            say(f"epoch {record.epoch:3}   loss {record.loss:.4f}   {record.seconds:.1f} s")

    with run_folder(options, Path(options.output)) as folder:
        hooks: list[Hook] = [on_epoch, *trackers]
        tagger = Tagger.pretrain(config, corpus, on_epoch=hooks, progress=True, checkpoints=folder)
        save(tagger, Path(options.output))
    say_left_out(tagger, corpus)
    size = Path(options.output).stat().st_size / 1e6
    tokens = tagger.record.train_tokens
    show(f"backbone pretrained on {tokens:,} tokens or more: {options.output} ({size:.1f} MB)")
