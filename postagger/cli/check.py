from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from postagger.cli.output import print_json, show
from postagger.cli.parser import Parser, add_corpus_source, add_json
from postagger.errors import ConfigError

if TYPE_CHECKING:
    from postagger.corpora import Corpus

EXAMPLE = "postagger check --train my-train.conllu --dev my-dev.conllu --column upos"


def add_options(parser: Parser) -> None:
    parser.add_argument(
        "corpus",
        metavar="CORPUS",
        nargs="?",
        help="a corpus by name (treebank, brown, sample ...), a file, which is split as for training, or a "
        "config, whose corpus is checked",
    )
    for part, use in {
        "train": "instead of CORPUS: the files to train on",
        "dev": "the files to select the model on (with --train)",
        "test": "the files for the final evaluation (with --train)",
    }.items():
        parser.add_argument(f"--{part}", metavar="FILE", nargs="+", help=use)
    parser.add_argument(
        "--column",
        metavar="COLUMN",
        nargs="+",
        help="column of the tags, or several: xpos, upos ... of CoNLL-U, a name in the file's header or "
        "in its JSON, or a number from 1 on (default: xpos, or as in the config)",
    )
    add_corpus_source(parser, tagset="native, or as in the config")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Count a corpus and report what is wrong with it.

    The exit status is 1 if there is a finding of severity ``error``.
    """
    if (options.corpus is None) == (options.train is None):
        raise ConfigError(
            "name a corpus, a file or a config, or else the files with --train, --dev and --test"
        )
    if options.train is None and (options.dev or options.test):
        raise ConfigError("--dev and --test are for files that come with --train: name that file too")

    from postagger.corpora.diagnosis import as_json, as_text, check_columns

    found = check_columns(_load(options))
    if options.json:
        first, *others = found
        more = {"columns": {name: as_json(found[name]) for name in found}} if others else {}
        print_json({**as_json(found[first]), **more})
    else:
        titles = [f"column {name}\n\n" if len(found) > 1 else "" for name in found]
        show("\n\n".join(map(str.__add__, titles, map(as_text, found.values()))))
    return 1 if any(each.of("error") for each in found.values()) else 0


def _load(options: argparse.Namespace) -> Corpus:
    from postagger.config import load_config
    from postagger.config.load import is_config
    from postagger.corpora import load_configured, load_corpus, load_files

    names = ("column", "tagset", "reader", "nltk_data")
    given: dict[str, Any] = {name: getattr(options, name) for name in names if getattr(options, name)}
    if options.train is not None:
        return load_files(options.train, options.dev, options.test, **given)
    if is_config(options.corpus):
        overrides = {f"corpus.{name}": value for name, value in given.items()}
        return load_configured(load_config(options.corpus, overrides).corpus)
    return load_corpus(options.corpus, **given)
