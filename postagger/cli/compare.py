from __future__ import annotations

import argparse
import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from postagger.cli.output import made_by, print_json, say, say_corpus, show
from postagger.cli.parser import CONFIG_HELP, Parser, add_folder, add_json, add_overrides, count
from postagger.errors import ConfigError, PostaggerError
from postagger.extras import require_torch

if TYPE_CHECKING:
    from postagger.comparison import ComparisonProgress, System
    from postagger.config import Config, CorpusConfig

EXAMPLE = "postagger compare narrow=window:model.left=1,model.right=1 window lstm --seeds 5"


def add_options(parser: Parser) -> None:
    parser.add_argument(
        "configs",
        metavar="CONFIG",
        nargs="*",
        help=f"{CONFIG_HELP}; with a name and settings of its own: NAME=CONFIG:SECTION.KEY=VALUE,... as in "
        "narrow=window:model.left=1,model.right=1",
    )
    parser.add_argument(
        "--baselines",
        metavar="NAME",
        nargs="+",
        action="extend",
        default=[],
        help="also compare NLTK's most_frequent, hmm, tnt, perceptron, crfsuite (or all), or systems of "
        "another package, by name or as package.module:Name",
    )
    parser.add_argument("--ladder", action="store_true", help="all baselines and one tagger of each kind")
    parser.add_argument("--seeds", type=count, metavar="N", help="seeds 1 to N (default: 5; 1 with --folds)")
    parser.add_argument(
        "--folds", type=count, metavar="K", help="K-fold cross-validation (default: the corpus's own split)"
    )
    parser.add_argument(
        "--keep-models", action="store_true", help="save the taggers too, in DIR/models/CONFIG"
    )
    add_overrides(parser, "corpus.name=sample; it applies to every config")
    add_folder(parser, Path("runs/compare"), force="replace another comparison in this folder")
    add_json(parser)


def run(options: argparse.Namespace) -> None:
    """Train several taggers, and report whether they differ significantly."""
    require_torch("a comparison needs")
    corpus_config = _corpus(_load_configs(options), options)  # before PyTorch is loaded

    from postagger.comparison import compare
    from postagger.comparison.pages import check_packages
    from postagger.comparison.report import as_table, write_report
    from postagger.corpora import load_configured

    check_packages()
    systems = _systems(options)
    corpus = load_configured(corpus_config)
    say_corpus(corpus)
    results = compare(
        systems,
        corpus,
        seeds=options.seeds or (1 if options.folds else 5),
        folds=options.folds or 0,
        folder=options.output,
        jobs=options.jobs,
        force=options.force,
        keep_models=options.keep_models,
        on_progress=_report_progress,
    )
    files = write_report(results, options.output, made=made_by(options.given))
    if options.json:
        print_json(results.as_json())
    else:
        show(as_table(results))
    say("".join(f"\n{file}" for file in files).lstrip("\n"))
    if results.failures:
        raise PostaggerError(
            f"{len(results.failures)} run(s) failed and are not in the report: {'; '.join(results.failures)}"
        )


def _load_configs(options: argparse.Namespace) -> dict[str, Config]:
    """All configs, by the names of their systems."""
    from postagger.config import load_config
    from postagger.config.named import check_names, named_configs
    from postagger.config.presets import LADDER, preset_path

    found = {name: load_config(preset_path(name), options.set) for name in LADDER if options.ladder}
    given = named_configs(options.configs, options.set)
    check_names([*found, *_baselines(options), *(each.name for each in given)])
    found |= {each.name: each.config for each in given}
    _say_equal(found)
    return found


def _baselines(options: argparse.Namespace) -> list[str]:
    """The names of systems that are no configs, as far as they are known before they are made."""
    if not (options.ladder or options.baselines):
        return []
    from postagger.baselines import BASELINES, is_available

    every = filter(is_available, BASELINES) if options.ladder or "all" in options.baselines else ()
    return [*dict.fromkeys([*every, *(name for name in options.baselines if name != "all")])]


def _say_equal(configs: dict[str, Config]) -> None:
    """Says which systems are the same, as a misspelt name of a setting would not make them."""
    seen: dict[str, str] = {}
    for name, config in configs.items():
        other = seen.setdefault(config.model_dump_json(), name)
        if other != name:
            say(f"{other} and {name} have the same settings")


def _systems(options: argparse.Namespace) -> list[System]:
    from postagger.comparison import baseline_systems, config_systems, ladder

    systems: list[System] = ladder(options.set) if options.ladder else []
    systems += baseline_systems(options.baselines)
    systems += config_systems(options.configs, options.set)
    return systems


def _corpus(configs: dict[str, Config], options: argparse.Namespace) -> CorpusConfig:
    """The corpus that all configs share; without configs, the corpus that --set names.

    Raises:
        ConfigError: the configs have different corpora.
    """
    from postagger.config import override_config

    # Names of heads don't matter here, nor do corpus names if there are files.
    corpora = {
        name: config.corpus.model_copy(
            update={"head": None} | ({} if config.corpus.train is None else {"name": "files"})
        )
        for name, config in configs.items()
    }
    if not corpora:
        return override_config({}, options.set).corpus
    first, *others = corpora
    other = next((name for name in others if corpora[name] != corpora[first]), None)
    if other is not None:
        given = next((each for each in (first, other) if configs[each].corpus.train is not None), other)
        chosen = " ".join(_as_overrides(configs[given].corpus))
        raise ConfigError(
            f"{first} and {other} have different corpora ({corpora[first].source} and "
            f"{corpora[other].source}): choose one for all, as in --set {chosen}"
        )
    return corpora[first]


def _as_overrides(corpus: CorpusConfig) -> Iterator[str]:
    """The name or files of a corpus, and its settings that are not the defaults, as arguments of --set."""
    settings = {"name": corpus.name} | corpus.model_dump(exclude_defaults=True, exclude={"name", "head"})
    if corpus.train is not None:
        del settings["name"]
    for name, value in settings.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield shlex.quote(f"corpus.{name}={text}")


def _report_progress(progress: ComparisonProgress) -> None:
    say(str(progress))
