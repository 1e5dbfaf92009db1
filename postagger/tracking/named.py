"""Trackers by name, as ``--log-to`` of the command line has them."""

from __future__ import annotations

import difflib
from collections.abc import Callable

from postagger.errors import ConfigError, brief
from postagger.tracking.ml_flow import MLflow
from postagger.tracking.tensor_board import TensorBoard
from postagger.tracking.tracker import Tracker
from postagger.tracking.weights_and_biases import WandB

FORMS = "tensorboard:FOLDER, mlflow[:EXPERIMENT] or wandb[:PROJECT]"

_TRACKERS: dict[str, Callable[..., Tracker]] = {"tensorboard": TensorBoard, "mlflow": MLflow, "wandb": WandB}


def tracker_named(name: str) -> Tracker:
    """The tracker of a name such as ``tensorboard:runs/x`` or ``mlflow``.

    Raises:
        ConfigError: there is no such tracker, or it lacks its folder.
        PostaggerError: its package is not installed.
    """
    kind, colon, place = name.partition(":")
    if kind not in _TRACKERS:
        near = difflib.get_close_matches(kind, _TRACKERS, n=1)
        end = f"; did you mean {near[0]}?" if near else ""
        raise ConfigError(f"{brief(name)} is no place to log to: use {FORMS}{end}")
    if not place and (colon or kind == "tensorboard"):
        raise ConfigError(f"{brief(name)} lacks its folder or its name: use {FORMS}")
    return _TRACKERS[kind](place) if place else _TRACKERS[kind]()
