"""A search for better settings within a budget, and a verdict on whether they are better.

::

    space        which settings are searched, and within which bounds
    study        Optuna draws them
    search       each draw is trained and scored on dev; the best one is trained again with fresh seeds
    plan         everything that determines the runs
    folder       every run is saved, so that an interrupted search resumes
    storage      a copy for Optuna's dashboard
    importance   which settings matter
    report       the results as text, data, and a config for ``train``
"""

from postagger.tuning.folder import TrialRun
from postagger.tuning.importance import Importance
from postagger.tuning.results import Tuning, TuningProgress, accuracies, best_first
from postagger.tuning.search import tune
from postagger.tuning.space import Choice, Knob, Range, configure, knobs
from postagger.tuning.study import Sampler, check_packages

__all__ = [
    "Choice",
    "Importance",
    "Knob",
    "Range",
    "Sampler",
    "TrialRun",
    "Tuning",
    "TuningProgress",
    "accuracies",
    "best_first",
    "check_packages",
    "configure",
    "knobs",
    "tune",
]
