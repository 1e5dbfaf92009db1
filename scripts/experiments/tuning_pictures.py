"""Pictures of searches: the importance of the knobs, and accuracy against the learning rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from frame import accuracy_scale, framed, round_log_scale, stacked, write_key

from postagger.plots import pen
from postagger.tuning import Tuning, best_first, configure
from postagger.tuning.space import OPTIMISER, USUAL

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def importance_picture(tunings: Mapping[str, Tuning]) -> Figure:
    """Each knob's share of the importance, for each model. Call it inside `drawing`."""
    searches = {name: tuning for name, tuning in tunings.items() if tuning.importances}
    shares = {name: {each.knob: each for each in tuning.importances} for name, tuning in searches.items()}
    every = dict.fromkeys(knob for found in shares.values() for knob in found)
    order = sorted(
        every, key=lambda knob: sum(found[knob].share for found in shares.values() if knob in found)
    )
    origin = "; ".join(f"{name}: {tuning.origin}" for name, tuning in searches.items())
    figure = framed(
        1.9 + 0.36 * len(order),
        "Which knobs matter",
        f"filled: beyond chance (corrected p < 0.05), hollow: within chance. {origin}",
        key=1,
    )
    axes = figure.subplots()
    gap = 0.5 / max(1, len(shares))
    for number, (name, found) in enumerate(shares.items()):
        style = pen(number)
        offset = gap * ((len(shares) - 1) / 2 - number)
        axes.plot([], [], color=style.color, marker=style.marker, linestyle="-", label=name)
        for place, knob in enumerate(order):
            if knob in found:
                share = 100 * found[knob].share
                axes.plot([0, share], [place + offset] * 2, color=style.color, linewidth=1.5)
                face = style.color if found[knob].beyond_chance else "none"
                axes.plot(
                    [share],
                    [place + offset],
                    color=style.color,
                    marker=style.marker,
                    markerfacecolor=face,
                    markersize=7,
                    clip_on=False,
                    zorder=3,
                )
    axes.set(xlabel="share of the importance (per cent)", yticks=range(len(order)), yticklabels=order)
    axes.set_xlim(left=0)
    axes.grid(False, axis="y")
    write_key(figure, axes)
    return figure


def rate_picture(tunings: Mapping[str, Tuning]) -> Figure:
    """Every trial's accuracy against its learning rate, by optimiser and model. Call it inside `drawing`."""
    failed = sum(run.problem is not None for tuning in tunings.values() for run in tuning.trials)
    left_out = f"{failed} failed trial{'' if failed == 1 else 's'} not shown. " if failed else ""
    origin = "; ".join(f"{name}: {tuning.origin}" for name, tuning in tunings.items())
    text = f"one mark per trial. {left_out}{origin}"
    figure, panels = stacked("Each optimiser has its own learning rates", text, len(tunings), key=1)
    for axes, (name, tuning) in zip(panels, tunings.items(), strict=True):
        done = best_first(tuning.trials)
        rates = {run.trial: configure(tuning.config, run.draw).training.learning_rate for run in done}
        for number, optimiser in enumerate(USUAL):
            style, some = pen(number), [run for run in done if run.draw[OPTIMISER] == optimiser]
            axes.plot(
                [rates[run.trial] for run in some],
                [100 * (run.accuracy or 0) for run in some],
                color=style.color,
                marker=style.marker,
                linestyle="none",
                alpha=0.8,
                label=optimiser,
            )
        scale = accuracy_scale(axes, [100 * (run.accuracy or 0) for run in done])
        round_log_scale(axes.xaxis, list(rates.values()))
        axes.set(title=name, xlabel="learning rate (log scale)", ylabel=f"dev {scale}".replace(" (", "\n("))
    write_key(figure, panels[0])
    return figure
