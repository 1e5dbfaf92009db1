#!/usr/bin/env python3
r"""Which settings are best on dev? Compares configs without reading the test set.

`postagger compare` scores on test. This is for what comes before: choosing settings, word vectors, or the
size of a tagger. A config may have a name and settings of its own: NAME=CONFIG:SECTION.KEY=VALUE,... Each
but the first is compared with the first of the same kind of config, or else with the first.

Example:
    python scripts/experiments/choose.py --train en_ewt-ud-train.conllu --dev en_ewt-ud-dev.conllu \
        --configs window GloVe=window:words.vectors=runs/glove/glove.6B.50d.txt
"""

from __future__ import annotations

from collections.abc import Mapping

from common import fewer_epochs, origin, parser, run, table
from on_dev import add_files, compare_on_dev, folder_of, gap, load_chosen, per_cent

from postagger import Config
from postagger.comparison import ConfiguredSystem, Results
from postagger.comparison.systems import config_systems

CONFIGS = ("window", "lstm")


def rivals(systems: Mapping[str, Config]) -> dict[str, str]:
    """For each system but the first of its kind, the name of that one."""
    first: dict[str, str] = {}
    for name, config in systems.items():
        first.setdefault(config.model.kind, name)
    begin = next(iter(systems))
    against = {name: first[config.model.kind] for name, config in systems.items()}
    return {name: begin if other == name else other for name, other in against.items() if name != begin}


def as_table(results: Results, against: Mapping[str, str]) -> str:
    """Accuracies in per cent, mean ± standard deviation over seeds, and the gap to another system."""
    rows = []
    for system in results.systems:
        rates = (system.accuracy, system.known, system.unknown)
        other = against.get(system.name, "")
        change = f"{gap(results, system.name, other)} ({other})" if other else ""
        rows.append([system.name, *map(per_cent, rates), f"{system.train_seconds.median:.0f}", change])
    return table(["config", "all words", "known", "unknown", "training (s)", "against"], rows)


def main() -> None:
    options = parser(
        "choose",
        __doc__,
        time="8 min",
        quick="10 s",
        without="one seed, the sample instead of the treebank, two epochs",
        seeds=5,
        corpus="treebank",
        picture=False,
    )
    add_files(options)
    options.add_argument(
        "--configs", nargs="+", default=CONFIGS, help="what to compare (default: window lstm)"
    )
    given = options.parse_args()
    corpus = load_chosen(given)
    systems = config_systems(given.configs, fewer_epochs(given))
    results = compare_on_dev(systems, corpus, given, folder_of(corpus, given))
    configs = {each.name: each.config for each in systems if isinstance(each, ConfiguredSystem)}
    print(f"{origin(corpus, given.seeds)}\n\n{as_table(results, rivals(configs))}")


if __name__ == "__main__":
    run(main)
