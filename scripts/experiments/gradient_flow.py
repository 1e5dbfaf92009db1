#!/usr/bin/env python3
"""Does the gradient reach words far in the past? Its norm with respect to the state k steps back, k = 1..100.

The lecture: on its way back through a recurrent network the gradient vanishes, or explodes, because the same
weight matrices are applied again and again; the LSTM passes on its cell state without them, which fixed that.

The loss is that of the last word alone: the "up" of the busy language of long_range.py, whose tag depends on
a verb 100 words earlier. The script computes its gradient with respect to each earlier state; for the LSTM,
with respect to the hidden state and the cell state separately, with the other held constant. Norms are
geometric means over sentences and seeds, divided by the norm one step back, in double precision.

The networks: Elman's with its recurrent matrix scaled to a small and to a large spectral radius; GRU and LSTM
as the package initialises them. They are measured before training, and again after training on that language
with distances up to 50. A second part shows the effect of clipping on Elman's network with large weights,
under plain gradient descent.

Example:
    python scripts/experiments/gradient_flow.py --seeds 3
"""

from __future__ import annotations

import copy
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import clipping
import torch
import torch.nn.functional as F
from common import origin, parser, run, save, table
from frame import powers_of_ten, stacked, write_key
from recurrences import KINDS, STEPS, Start, recurrent_layer
from run_cache import cached_runs
from torch import Tensor, nn

from postagger.batches import EncodedCorpus
from postagger.comparison.style import drawing
from postagger.models import TaggingNetwork
from postagger.plots import pen
from postagger.random_numbers import redirected
from postagger.training import choose_device, train
from postagger.training.device import reproducible

if TYPE_CHECKING:
    from matplotlib.figure import Figure

VANISHED, EXPLODED = 1e-3, 1e3
"""A gradient has vanished or exploded if its norm, divided by that one step back, is below or above these."""

_LIMITS = (1e-25, 1e15)
"""The vertical axis of the picture; smaller norms are cut off."""


def states(layer: nn.RNNBase, inputs: Tensor) -> tuple[list[tuple[Tensor, ...]], Tensor]:
    """Runs a recurrent layer one step at a time, and collects the state after each.

    Args:
        inputs: ``(steps, sentences, size)``.

    Returns:
        The states, each a tuple of ``(1, sentences, hidden)`` tensors (one, or for an LSTM the hidden state
        and the cell state), and the outputs ``(steps, sentences, hidden)``.
    """
    state, found, outputs = None, [], []
    for step in inputs:
        output, state = layer(step.unsqueeze(0), state)
        found.append(state if isinstance(state, tuple) else (state,))
        outputs.append(output)
    return found, torch.cat(outputs)


def log_norms(network: TaggingNetwork, data: EncodedCorpus, steps: int) -> tuple[list[list[float]], float]:
    """Measures the gradient of the last word's loss, 1 to `steps` steps back.

    Args:
        data: sentences that all have the same length, greater than `steps`.

    Returns:
        For each part of the state, the decimal logarithm of the norm at each distance, averaged over
        sentences; and the accuracy on the last words, in 0..1.
    """
    network = copy.deepcopy(network).double().eval()
    words = data.tokens.view(len(data), -1).T  # (words, sentences)
    tags = data.tags.view(len(data), -1)[:, -1]
    inputs = F.embedding(words, network.words(data.types))  # (words, sentences, size)
    found, outputs = states(recurrent_layer(network), inputs)
    scores = network.head(outputs[-1])
    # The sum over sentences, so that the gradient at a sentence's state is that of its own loss.
    loss = F.cross_entropy(scores, tags, reduction="sum")
    logs = []
    for part in range(len(found[0])):
        back = [state[part] for state in found[-2 : -steps - 2 : -1]]  # 1 step back, 2 steps back ...
        grads = torch.autograd.grad(loss, back, retain_graph=True)
        norms = torch.cat(grads).norm(dim=2)  # (steps, sentences)
        logs.append(norms.clamp_min(torch.finfo(norms.dtype).tiny).log10().mean(dim=1).tolist())
    return logs, float((scores.argmax(dim=1) == tags).double().mean())


def measure(_: None, task: Start) -> dict[str, Any]:
    """Measures the gradient before and after training; see `log_norms`."""
    with reproducible(task.seed, choose_device("cpu")), redirected():
        network, data, far, config = task.make()
        start, _accuracy = log_norms(network, far, STEPS)
        train(network, data, None, config.training)
        trained, accuracy = log_norms(network, far, STEPS)
    return {"start": start, "trained": trained, "accuracy": accuracy}


@dataclass(frozen=True)
class Curve:
    """The gradient's norm in one part of a network's state, by distance.

    Attributes:
        kind: of network, one of `recurrences.KINDS`.
        part: of the state; empty if it has only one.
        start, trained: decimal logarithms of the norm 1, 2 ... steps back, minus that of one step back,
            before and after training.
        accuracy: on the far sentences after training, in 0..1.
    """

    kind: str
    part: str
    start: list[float]
    trained: list[float]
    accuracy: float

    @property
    def name(self) -> str:
        return f"{self.kind}, {self.part}" if self.part else self.kind


def curves(outcomes: dict[Start, dict[str, Any]]) -> list[Curve]:
    """A curve for each network and part of its state, averaged over seeds."""
    found = []
    for kind in dict.fromkeys(task.kind for task in outcomes):
        runs = [outcome for task, outcome in outcomes.items() if task.kind == kind]
        parts = ("hidden state", "cell") if len(runs[0]["start"]) > 1 else ("",)
        accuracy = statistics.mean(run["accuracy"] for run in runs)
        for number, part in enumerate(parts):
            start, trained = (_relative([run[when][number] for run in runs]) for when in ("start", "trained"))
            found.append(Curve(kind, part, start, trained, accuracy))
    return found


def _relative(runs: Sequence[Sequence[float]]) -> list[float]:
    """The mean over runs, minus its first value."""
    mean = [statistics.mean(logs) for logs in zip(*runs, strict=True)]
    return [log - mean[0] for log in mean]


def power(log: float) -> str:
    """``10^-6``, from a decimal logarithm."""
    return f"10^{round(log)}"


def as_table(found: Sequence[Curve]) -> str:
    distances = [k for k in (10, 30, 100) if k <= len(found[0].start)]
    rows = []
    for trained in (False, True):
        for curve in found:
            logs = curve.trained if trained else curve.start
            factor = 10 ** (logs[-1] / (len(logs) - 1))
            accuracy = f"{100 * curve.accuracy:.0f}" if trained else ""
            when = "after training" if trained else "at the start"
            norms = [power(logs[k - 1]) for k in distances]
            rows.append([curve.name, when, *norms, f"{factor:.2f}", accuracy])
    head = ["state", "when", *(f"k={k}" for k in distances), "factor per step", 'accuracy on "up" (%)']
    return table(head, rows)


def verdict(found: Sequence[Curve]) -> str:
    """States whether the gradient vanishes, explodes, and passes through the LSTM's cell."""
    small, large, *_, cell = found
    low, high = math.log10(VANISHED), math.log10(EXPLODED)

    def held(claim: bool) -> str:
        return "held" if claim else "did not hold"

    elman = max(small.trained[-1], large.trained[-1])
    return (
        f"At the start, the gradient's norm {len(small.start)} steps back is {power(small.start[-1])} times "
        f"that one step back with small recurrent weights: the claim that it vanishes "
        f"{held(small.start[-1] < low)}. With large weights it is {power(large.start[-1])} times that: the "
        f"claim that it explodes {held(large.start[-1] > high)}. After training the factor is "
        f"{power(cell.trained[-1])} in the LSTM's cell and at most {power(elman)} in an Elman network: the "
        f"claim that the LSTM fixes this {held(cell.trained[-1] >= low > elman)}. Before training it "
        f"{held(cell.start[-1] >= low)}: the factor in the cell is {power(cell.start[-1])}."
    )


def picture(found: Sequence[Curve], seeds: int) -> Figure:
    """Norms against distance, before and after training. Call it inside `drawing`."""
    figure, panels = stacked("How far back the gradient reaches", origin(None, seeds), key=3)
    panels[1].sharey(panels[0])
    for axes, trained in zip(panels, (False, True), strict=True):
        for number, curve in enumerate(found):
            logs, look = curve.trained if trained else curve.start, pen(number)
            axes.plot(
                range(1, len(logs) + 1),
                [10**log for log in logs],
                label=curve.name,
                color=look.color,
                marker=look.marker,
                linestyle=look.linestyle,
                markevery=(3 * number, 20),
            )
        axes.set(title="After training" if trained else "At the start", xlabel="steps back, k")
    panels[0].set(ylabel="gradient's norm, divided by that at k = 1", yscale="log", ylim=_LIMITS)
    powers_of_ten(panels[0].yaxis)
    write_key(figure, panels[0], lines=2)
    return figure


def main() -> None:
    options = parser(
        "gradient_flow",
        __doc__,
        time="about 25 min",
        quick="25 s",
        without="one seed, a tenth of the training sentences, three epochs instead of 12, 60 updates with "
        "clipping instead of 600",
        seeds=3,
    ).parse_args()
    size: dict[str, int] = {"epochs": 3, "groups": 10} if options.quick else {}
    updates: dict[str, int] = {"updates": 60, "groups": 10} if options.quick else {}
    tasks = [Start(kind, seed, **size) for kind in KINDS for seed in range(1, options.seeds + 1)]
    how: dict[str, Any] = {"shared": None, "jobs": options.jobs}
    found = curves(cached_runs(measure, tasks, folder=options.runs / "flow", **how))
    outcomes = cached_runs(
        clipping.descend, clipping.tasks(options.seeds, **updates), folder=options.runs / "clipping", **how
    )
    courses = clipping.by_setting(outcomes)
    print(f"{origin(None, options.seeds)}; norms divided by that at k = 1\n")
    print(f"{as_table(found)}\n\n{verdict(found)}\n")
    count = updates.get("updates", clipping.UPDATES)
    print(f"Elman RNN, large weights, plain gradient descent, {count} updates\n")
    print(f"{clipping.as_table(courses)}\n\n{clipping.verdict(courses)}")
    with drawing():
        save(picture(found, options.seeds), options.output)
        save(
            clipping.picture(courses, options.seeds),
            options.output.with_name(f"{options.output.stem}_clipping{options.output.suffix}"),
        )


if __name__ == "__main__":
    run(main)
