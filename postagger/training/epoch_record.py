"""What is known of an epoch of training, and the error that ends one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from postagger.errors import ConfigError


@dataclass(frozen=True)
class EpochRecord:
    """One pass over the training sentences.

    Attributes:
        epoch: its number, from 1.
        updates: the number of weight updates since the start.
        loss: the training loss in nats, with dropout, averaged over the epoch's tagged tokens in all data
            sets; with `TrainingConfig.rdrop_weight` it includes the weighted divergence.
        dev_accuracy: token accuracy in 0..1 after it, the mean of several heads; None without tagged tokens.
        seconds: since the start, including evaluation on dev.
        stage: the name of a stage before the training of the tagger itself; empty for the tagger.
        dev_accuracies: the accuracy on each column, by the name of its head; empty with a single column.
        problem: why the training ended after this epoch, if it diverged in the next; else empty.
    """

    epoch: int
    updates: int
    loss: float
    dev_accuracy: float | None
    seconds: float
    stage: str = ""
    dev_accuracies: Mapping[str, float | None] = field(default_factory=dict)
    problem: str = ""


class DivergenceError(ConfigError):
    """The loss is infinite or NaN."""
