"""Better settings for one's own data: a search within a budget, and an honest word on what it found.

::

    space        which settings are tried, and within which bounds
    study        Optuna draws them
    search       each draw is trained and scored on dev; the winner is trained again with fresh seeds
    plan         what all runs rest on
    folder       every run is kept, so that a search goes on where it stopped
    importance   which settings matter
    report       all that as text, data, and a config that ``train`` takes
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
