"""The effect of gradient clipping on an exploding network; the second part of gradient_flow.py."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from common import origin, table
from descent import gradients
from frame import powers_of_ten, stacked, write_key
from recurrences import EXPLODING, Start, spectral_radius
from torch.nn.utils import clip_grad_norm_
from torch.optim import SGD

from postagger.plots import pen
from postagger.random_numbers import redirected
from postagger.training.device import choose_device, reproducible

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CLIP = 1.0
RATES = (0.1, 0.3, 1.0)
"""Learning rates of plain gradient descent; the picture shows the highest one."""
UPDATES = 600
BATCH = 16

_BIN = 10
"""Updates per point in the picture."""
_END = 50
"""The final loss is the mean over this many updates."""


@dataclass(frozen=True)
class Descent:
    """One run: everything its outcome depends on.

    Attributes:
        clip: the norm that gradients are clipped to; None for no clipping.
        groups: groups of training sentences, see `long_range.language`.
    """

    rate: float
    clip: float | None
    seed: int
    updates: int = UPDATES
    groups: int = 100


class Course(NamedTuple):
    """The course of a run.

    Attributes:
        norms: the gradient's norm at each update, before clipping.
        losses: the loss on each update's batch, in nats per word.
        radius: the recurrent matrix's final spectral radius.
    """

    norms: list[float]
    losses: list[float]
    radius: float

    @property
    def end_loss(self) -> float:
        return statistics.mean(self.losses[-_END:])


Courses = dict[tuple[float, float | None], list[Course]]
"""For every learning rate and clipping norm, a course for each seed."""


def tasks(seeds: int, **size: int) -> list[Descent]:
    """The runs; `size`: of each, if it is not the default."""
    return [
        Descent(rate, clip, seed, **size)
        for rate in RATES
        for clip in (CLIP, None)
        for seed in range(1, seeds + 1)
    ]


def descend(_: None, task: Descent) -> Course:
    """Plain gradient descent on Elman's network with large recurrent weights."""
    norms, losses = [], []
    with reproducible(task.seed, choose_device("cpu")), redirected():
        network, data, _far, _config = Start(EXPLODING, task.seed, groups=task.groups).make()
        optimiser = SGD(network.parameters(), task.rate)
        for loss in itertools.islice(gradients(network, data, BATCH), task.updates):
            norms.append(float(clip_grad_norm_(network.parameters(), task.clip or math.inf)))
            losses.append(float(loss))
            optimiser.step()
    return Course(norms, losses, spectral_radius(network))


def by_setting(outcomes: dict[Descent, Course]) -> Courses:
    courses: Courses = {}
    for task, course in outcomes.items():
        courses.setdefault((task.rate, task.clip), []).append(Course(*course))
    return courses


def name(clip: float | None) -> str:
    return "no clipping" if clip is None else f"clipped to norm {clip:g}"


def as_table(courses: Courses) -> str:
    rows = []
    for (rate, clip), runs in courses.items():
        norms = [norm for run in runs for norm in run.norms]
        rows.append(
            [
                f"{rate:g}",
                name(clip),
                f"{statistics.median(norms):.2f}",
                f"{max(norms):.0f}",
                f"{statistics.mean(run.radius for run in runs):.1f}",
                f"{statistics.mean(run.end_loss for run in runs):.2f}",
            ]
        )
    return table(["rate", "gradient", "median norm", "largest norm", "final radius", "final loss"], rows)


def verdict(courses: Courses) -> str:
    """States at which learning rates clipping lowered the loss."""
    loss = {setting: statistics.mean(run.end_loss for run in runs) for setting, runs in courses.items()}
    by_success: dict[bool, list[str]] = {True: [], False: []}
    for rate in dict.fromkeys(rate for rate, _ in loss):
        clipped, free = loss[rate, CLIP], loss[rate, None]
        by_success[clipped < free].append(f"rate {rate:g} ({clipped:.2f} clipped, {free:.2f} not)")
    parts = [f"lowered the loss at {', '.join(by_success[True])}"] if by_success[True] else []
    parts += [f"did not lower it at {', '.join(by_success[False])}"] if by_success[False] else []
    return f"Clipping the exploding network's gradient {', and '.join(parts)}."


def picture(courses: Courses, seeds: int) -> Figure:
    """The gradient's norm and the loss at each update, at the highest rate. Call it inside `drawing`."""
    figure, (norm_axes, loss_axes) = stacked(
        "The effect of clipping on an exploding network",
        f"Elman RNN, large weights, rate {max(RATES):g}; {origin(None, seeds)}",
        key=1,
    )
    highest = max(rate for rate, _ in courses)
    for number, clip in enumerate((CLIP, None)):
        runs, look = courses[highest, clip], pen(number)
        norms = [[max(chunk) for chunk in _chunks(run.norms)] for run in runs]
        losses = [[statistics.mean(chunk) for chunk in _chunks(run.losses)] for run in runs]
        for axes, lines, mean in (
            (norm_axes, norms, statistics.geometric_mean),
            (loss_axes, losses, statistics.mean),
        ):
            heights = [mean(column) for column in zip(*lines, strict=True)]
            axes.plot(
                [_BIN * place for place in range(1, len(heights) + 1)],
                heights,
                label=name(clip),
                color=look.color,
                marker=look.marker,
                linestyle=look.linestyle,
                markevery=(3 * number, 6),
            )
    norm_axes.set(xlabel="updates", ylabel=f"largest gradient norm in {_BIN} updates", yscale="log")
    powers_of_ten(norm_axes.yaxis)
    loss_axes.set(xlabel="updates", ylabel="training loss (nats per word)", ylim=(0, None))
    write_key(figure, norm_axes)
    return figure


def _chunks(values: Sequence[float]) -> list[Sequence[float]]:
    return [values[place : place + _BIN] for place in range(0, len(values), _BIN)]
