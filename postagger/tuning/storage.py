"""A search as a file that Optuna's dashboard opens: ``optuna-dashboard FOLDER/optuna.log``.

It mirrors ``trials.jsonl`` and is only written: each trial is added when it has ended, so that no trial in it
runs for ever after a ``kill -9``. A file that is damaged, or holds other trials, is written anew.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from postagger.config import Config
from postagger.errors import one_line
from postagger.tuning.folder import TrialRun
from postagger.tuning.space import LEARNING_RATE, Knob, configure, settings
from postagger.tuning.study import distributions_of, quiet

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import FrozenTrial

T = TypeVar("T")

_NAMES = {LEARNING_RATE: "learning rate (times the optimiser's usual one)"}
"""Knobs that are not the setting itself."""


@dataclass
class Mirror:
    """The trials of a search in Optuna's format.

    Attributes:
        file: a journal, ``optuna.log``.
        config, space: what is searched.
    """

    file: Path
    config: Config
    space: Sequence[Knob]
    _study: Study | None = field(default=None, init=False)
    _failed: bool = field(default=False, init=False)

    def begin(self, runs: Iterable[TrialRun]) -> None:
        """Opens the file, and adds the runs that it lacks; writes it anew if it has other ones."""
        known = list(runs)
        self._try(lambda: self._open(known))

    def add(self, run: TrialRun) -> None:
        """Adds a trial that has ended."""
        self._try(lambda: self._add(run))

    def _try(self, write: Callable[[], None]) -> None:
        """Writes; if that fails, says so once and writes no more: the search is worth more than this."""
        if self._failed:
            return
        try:
            with quiet():
                write()
        except Exception as error:  # of Optuna, or of the system
            self._failed = True
            problem = one_line(error) or type(error).__name__
            warnings.warn(
                f"{self.file} can't be written, so it ends here: {problem}", RuntimeWarning, stacklevel=3
            )

    def _open(self, runs: Sequence[TrialRun]) -> None:
        known = {run.trial: run for run in runs}
        try:
            self._study = self._load()
            there = {trial.user_attrs["trial"]: trial for trial in self._study.trials}
            same = all(
                number in known and self._agrees(trial, known[number]) for number, trial in there.items()
            )
        except Exception:  # it is no journal, or one of something else
            there, same = {}, False
        if not same:
            self.file.unlink(missing_ok=True)
            self._study, there = self._load(), {}
        for number in sorted(known.keys() - there.keys()):
            self._add(known[number])

    def _load(self) -> Study:
        import optuna
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend

        storage = JournalStorage(JournalFileBackend(str(self.file)))
        name = f"{self.config.model.kind}, {self.config.corpus.head_name}"
        study = optuna.create_study(
            storage=storage, study_name=name, direction="maximize", load_if_exists=True
        )
        study.set_metric_names(["dev accuracy"])
        return study

    def _agrees(self, trial: FrozenTrial, run: TrialRun) -> bool:
        return trial.params == _renamed(run.draw) and trial.value == run.accuracy

    def _add(self, run: TrialRun) -> None:
        from optuna.trial import TrialState, create_trial

        assert self._study is not None
        drawn = settings(configure(self.config, run.draw), self.space)
        trial = create_trial(
            state=TrialState.FAIL if run.accuracy is None else TrialState.COMPLETE,
            value=run.accuracy,
            params=_renamed(run.draw),
            distributions=_renamed(distributions_of(self.space)),
            user_attrs={
                "trial": run.trial,
                "seed": run.seed,
                "best epoch": run.best_epoch,
                "seconds": round(run.seconds, 2),
                **({} if run.problem is None else {"problem": run.problem}),
                **{
                    name: value if isinstance(value, str | int | float) else str(value)
                    for name, value in drawn.items()
                },
            },
        )
        trial.datetime_complete = datetime.now()
        trial.datetime_start = trial.datetime_complete - timedelta(seconds=run.seconds)
        self._study.add_trial(trial)


def _renamed(values: Mapping[str, T]) -> dict[str, T]:
    return {_NAMES.get(name, name): value for name, value in values.items()}
