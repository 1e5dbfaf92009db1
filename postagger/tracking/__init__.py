"""Follows trainings in TensorBoard, MLflow and Weights & Biases, or in whatever has a `Tracker`'s methods.

::

    Tagger.train(corpus, config, on_epoch=TensorBoard("runs/x"))
    Tagger.train(corpus, config, on_epoch=[print, MLflow("taggers"), WandB("taggers")])

tracker        what a tracker is told: the settings, each epoch, how it ended
followers      tells them, and goes on without one that fails
tensor_board   event files
ml_flow        a run in an experiment
weights_and_biases  a run in a project
named          trackers by name, for the command line
logged_runs    reads what every training writes beside its model
curve          draws it

None of their packages is imported before a tracker of theirs is made.
"""

from postagger.tracking.curve import write_curve
from postagger.tracking.followers import Followers, split_hooks
from postagger.tracking.logged_runs import LoggedEpoch, LoggedRun, read_runs
from postagger.tracking.ml_flow import MLflow
from postagger.tracking.named import FORMS, tracker_named
from postagger.tracking.tensor_board import TensorBoard
from postagger.tracking.tracker import Outcome, Run, Tracker, metrics_of, results_of
from postagger.tracking.weights_and_biases import WandB

__all__ = [
    "FORMS",
    "Followers",
    "LoggedEpoch",
    "LoggedRun",
    "MLflow",
    "Outcome",
    "Run",
    "TensorBoard",
    "Tracker",
    "WandB",
    "metrics_of",
    "read_runs",
    "results_of",
    "split_hooks",
    "tracker_named",
    "write_curve",
]
