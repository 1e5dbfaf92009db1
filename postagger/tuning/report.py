"""The results of a search as text for people, as plain data for programs, and as a config."""

from __future__ import annotations

import textwrap
from dataclasses import asdict
from typing import Any

from postagger import html
from postagger.comparison.tables import lines_of, listed, mean_and_deviation, p_value
from postagger.config import Config
from postagger.config.toml import as_toml as config_as_toml
from postagger.evaluation.report import percent
from postagger.io import visible
from postagger.tuning.importance import BETTER, FEWEST_TRIALS
from postagger.tuning.results import Tuning, accuracies, best_first
from postagger.tuning.space import configure, settings

Table = tuple[list[str], list[list[str]]]
"""Header and rows."""

_SHOWN_TRIALS = 5
_WIDTH = 110
"""Characters in a line of the terminal."""


def as_text(tuning: Tuning) -> str:
    """For the terminal: the best trials, which knobs matter, and the verdict."""
    lines = [*lines_of(*trial_table(tuning)), ""]
    if tuning.importances:
        lines += [*lines_of(*importance_table(tuning)), ""]
    lines += [*textwrap.wrap(tuning.origin, _WIDTH), ""]
    for paragraph in (importance_sentence(tuning), verdict(tuning)):
        lines += textwrap.wrap(paragraph, _WIDTH, break_on_hyphens=False)
    return "\n".join(lines)


def as_html(tuning: Tuning) -> str:
    """For a notebook: the same tables and paragraphs."""
    tables = [trial_table(tuning), *([importance_table(tuning)] if tuning.importances else [])]
    paragraphs = [importance_sentence(tuning), verdict(tuning)]
    return html.block(
        *(html.table(*each) for each in tables),
        *(html.paragraph(html.text(each)) for each in paragraphs),
        html.paragraph(html.text(tuning.origin), small=True),
    )


def as_json(tuning: Tuning) -> dict[str, Any]:
    """Plain data for JSON; accuracies in 0..1, or None for a failed run."""
    return {
        "corpus": tuning.corpus.name,
        "dev_tokens": sum(map(len, tuning.corpus.dev)),
        "traces_dropped": tuning.corpus.traces,
        "versions": tuning.versions,
        "sampler": tuning.sampler,
        "best_config": str(tuning.file),
        "settings": settings(tuning.best_config, tuning.space),
        "is_better": tuning.is_better,
        "best": asdict(tuning.best),
        "given_again": [asdict(run) for run in tuning.given_again],
        "best_again": [asdict(run) for run in tuning.best_again],
        "importances": [each._asdict() for each in tuning.importances],
        "trials": [asdict(run) for run in tuning.trials],
        "verdict": verdict(tuning),
    }


def as_toml(tuning: Tuning, config: Config | None = None) -> str:
    """A config with all its settings, by default the chosen one, and a comment on what was found."""
    before, now = (settings(config, tuning.space) for config in (tuning.config, tuning.best_config))
    changes = [f"#   {name} = {now[name]}  (was {before[name]})" for name in now if now[name] != before[name]]
    found, given = (accuracies(runs) for runs in (tuning.best_again, tuning.given_again))
    head = [
        f"# Found by a search on {tuning.corpus.name!r} ({tuning.sampler}, {len(tuning.trials)} trials): "
        f"trial {tuning.best.trial}, {percent(tuning.best.accuracy)} % on dev.",
        f"# With fresh seeds: {mean_and_deviation(found)} %, and without the changes: "
        f"{mean_and_deviation(given)} %.",
    ]
    config = tuning.chosen_config if config is None else config
    if config == tuning.best_config:
        head += ["# Changed:" if changes else "# Nothing was changed.", *changes]
    else:
        head += ["# Chance can explain that, so these are the settings that were given. The trial changed:"]
        head += changes
    return "\n".join([*map(visible, head), "", config_as_toml(config)])


def trial_table(tuning: Tuning, count: int = _SHOWN_TRIALS) -> Table:
    """A column for the given config and for each of the best trials; a row for each setting."""
    best = best_first(tuning.trials)[:count]
    configs = [tuning.config, *(configure(tuning.config, run.draw) for run in best)]
    columns = [settings(config, tuning.space) for config in configs]
    rows = [
        ["dev accuracy (per cent)", "", *(percent(run.accuracy) for run in best)],
        ["seconds", "", *(f"{run.seconds:.1f}" for run in best)],
        ["best epoch", "", *(str(run.best_epoch) for run in best)],
    ]
    rows += [[name, *(str(column[name]) for column in columns)] for name in columns[0]]
    return ["", "given", *(f"trial {run.trial}" for run in best)], rows


def importance_table(tuning: Tuning) -> Table:
    """A row for each knob, the most important first."""
    rows = [
        [
            each.knob,
            f"{100 * each.share:.0f} %",
            p_value(each.p),
            "-" if each.correlation is None else f"{each.correlation:+.2f}",
        ]
        for each in tuning.importances
    ]
    return ["knob", "importance", "p, Holm", "correlation with accuracy"], rows


def importance_sentence(tuning: Tuning) -> str:
    """Which knobs matter, in plain words."""
    if not tuning.importances:
        return f"It takes at least {FEWEST_TRIALS} trials to tell which knobs matter."
    matter = [each for each in tuning.importances if each.beyond_chance]
    apart = f"what sets the best {100 * BETTER:.0f} % of the {len(tuning.trials)} trials apart"
    if not matter:
        return f"No knob matters beyond chance: none is {apart}."
    named = [f"the {each.knob} ({100 * each.share:.0f} %)" for each in matter]
    rest = " None of the others does so beyond chance." if len(matter) < len(tuning.importances) else ""
    caution = (
        " TPE mostly tries values that did well: to learn what matters over the whole range, "
        "search with the sampler 'random'."
    )
    return (
        f"What matters, that is, {apart}: {listed(named)}.{rest}{caution if tuning.sampler == 'tpe' else ''}"
    )


def verdict(tuning: Tuning) -> str:
    """Whether the search found anything, in plain words."""
    runs = (*tuning.given_again, *tuning.best_again)
    problems = [run.problem for run in runs if run.problem]
    sentences = [_comparison(tuning)]
    if problems:
        sentences.append(f"{len(problems)} of these {len(runs)} runs failed: {problems[-1]}.")
    found = accuracies(tuning.best_again)
    if found is not None and tuning.best.accuracy is not None and tuning.best.accuracy > found.mean:
        sentences.append(
            f"In the search that trial reached {percent(tuning.best.accuracy)} %: "
            f"the best of {len(tuning.trials)} on dev is partly luck."
        )
    if tuning.is_better:
        sentences.append(f"{tuning.file.name} has them.")
    else:
        sentences.append(f"{tuning.file.name} has the given settings, the others are in found.toml.")
    sentences.append(
        "These settings were selected on dev, so their accuracy there is optimistic. "
        "The test set was not used: compare the two configs on it."
    )
    return " ".join(sentences)


def _comparison(tuning: Tuning) -> str:
    seeds = len(tuning.best_again)
    start = f"Trained again with {seeds} fresh seed{'s' if seeds > 1 else ''} each,"
    name = f"the best settings found (trial {tuning.best.trial})"
    given, found = accuracies(tuning.given_again), accuracies(tuning.best_again)
    if given is None or found is None:
        finished = "only the given config" if given else f"only {name}" if found else "neither config"
        return f"{start} {finished} finished."
    if len(given.values) == 1 or len(found.values) == 1:
        judgement = "which single runs can't tell from chance"
    elif min(found.values) > max(given.values):
        judgement = "and each of their runs is above each of the given config's"
    elif max(found.values) < min(given.values):
        judgement = "and each of their runs is below each of the given config's: keep that one"
    else:
        judgement = "but the runs of the two overlap, so that may be chance"
    return (
        f"{start} {name} reach {mean_and_deviation(found)} % on dev, the given ones "
        f"{mean_and_deviation(given)} %: {100 * (found.mean - given.mean):+.2f} points, {judgement}."
    )
