"""The search: draw settings, train, save; and at the end train the best ones again."""

from __future__ import annotations

import itertools
import math
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, get_args

from postagger.comparison.whole import train_whole
from postagger.config import Config, is_config
from postagger.corpora import Corpus, is_tagged
from postagger.errors import ConfigError, DataError, PostaggerError
from postagger.io.launch import check_alone
from postagger.pipeline import plan_teacher, run_plan, teacher_configs, teacher_file
from postagger.training import choose_device
from postagger.training.parallel import default_jobs, run_in_parallel
from postagger.tuning.folder import Folder, TrialRun
from postagger.tuning.importance import importances
from postagger.tuning.plan import plan_of
from postagger.tuning.report import as_toml
from postagger.tuning.results import Tuning, TuningProgress, best_first
from postagger.tuning.space import Draw, configure, knobs
from postagger.tuning.storage import Mirror
from postagger.tuning.study import Sampler, ask, check_packages, new_study, tell

if TYPE_CHECKING:
    from optuna import Trial

_HOPELESS = 10
"""The search stops if this many trials have all failed: the rest would fail too."""

_GIVEN = 0
"""The trial number of the given config."""


class Job(NamedTuple):
    """A run to do; see `TrialRun`."""

    trial: int
    seed: int
    draw: Draw


def tune(
    config: Config,
    corpus: Corpus,
    folder: str | Path,
    *,
    trials: int | None = None,
    minutes: float | None = None,
    sampler: Sampler = "tpe",
    seeds: int = 3,
    jobs: int | None = None,
    force: bool = False,
    on_progress: Callable[[TuningProgress], None] = lambda _: None,
) -> Tuning:
    """Searches for better settings of a config, and tests with fresh seeds whether they are better.

    Each trial draws settings (see `knobs`), trains with the config's own seed, and is scored by its best
    epoch on dev; test is never used. A trial that diverges, or runs out of memory, counts as a failed
    trial. The best of many trials is partly lucky, so at the end the given config and the best one are
    trained again with fresh seeds.

    Every run is saved in `folder` as soon as it ends. The same call resumes the search after an
    interruption or with a larger budget; runs that were interrupted are done again. With the sampler
    ``random``, or with one job, the trials are the same as without the interruption.

    (Its length is the description of its arguments.)

    Args:
        config: where the search starts; its ``[corpus]`` section is ignored.
        corpus: train and dev are used.
        folder: where every run is saved.
        trials: number of trials in all, including those of earlier calls.
        minutes: about how long this call may take, including the last runs: no trial starts that would
            leave no time for them. At least one trial is always done.
        sampler: ``tpe`` to find good settings, ``random`` to learn which knobs matter.
        seeds: number of fresh seeds that the two configs are trained with at the end.
        jobs: runs at a time, each in a process with one thread; default: one per core, or one on a GPU.
        force: clear the folder if it holds another search.
        on_progress: called after every run.

    Raises:
        ConfigError: there is no budget, a number is too small, or the folder holds another search.
        DataError: the corpus has no train or no dev part, or the folder can't be used.
        DeviceError: the config names a device that does not exist.
        PostaggerError: Optuna is not installed, every trial failed, or a worker was killed.
    """
    check_packages()
    check_alone("a search")
    _check_arguments(trials, minutes, sampler, seeds, jobs)
    _check_corpus(corpus)
    device = choose_device(config.training.device)
    plan = plan_of(config, corpus, sampler)
    search = _Search(
        config=config,
        corpus=replace(corpus, documents=()),
        folder=Folder.claim(Path(folder), plan, force=force),
        sampler=sampler,
        seeds=seeds,
        jobs=jobs or default_jobs(device.type),
        on_progress=on_progress,
        trials=trials,
        seconds=math.inf if minutes is None else 60 * minutes,
        start=time.perf_counter(),
    )
    search.train_teachers()
    search.draw_and_train()
    tuning = search.train_best_again(plan["versions"])
    search.folder.write_configs(as_toml(tuning), as_toml(tuning, tuning.best_config))
    return tuning


@dataclass
class _Search:
    config: Config
    corpus: Corpus
    folder: Folder
    sampler: Sampler
    seeds: int
    jobs: int
    on_progress: Callable[[TuningProgress], None]
    trials: int | None
    seconds: float
    start: float

    def __post_init__(self) -> None:
        self.space = knobs(self.config)
        self.seed = self.config.training.seed
        self.run_config = self.config

    def train_teachers(self) -> None:
        """Trains the teachers that the config names by their configs, once for all runs."""
        runs = teacher_configs(self.config.with_corpus(self.corpus.settings))
        cache = self.folder.path / "cache"
        for _, outcome in run_in_parallel(_train_teacher, runs, shared=(self.corpus, cache), jobs=self.jobs):
            if isinstance(outcome, Exception):
                raise outcome
        files = [str(teacher_file(self.corpus, run, cache)) for run in runs]
        given = [name for name in self.config.distillation.teachers if not is_config(name)]
        distillation = self.config.distillation.model_copy(update={"teachers": (*given, *files)})
        self.run_config = self.config.model_copy(update={"distillation": distillation})

    def done(self) -> list[TrialRun]:
        """The trials that have ended, by number."""
        runs = self.folder.runs.values()
        return sorted(
            (run for run in runs if run.trial != _GIVEN and run.seed == self.seed), key=lambda run: run.trial
        )

    def best(self) -> TrialRun | None:
        return next(iter(best_first(self.done())), None)

    def draw_and_train(self) -> None:
        """Runs trials until the budget is used up."""
        study = new_study(self.space, self.done())
        mirror = Mirror(self.folder.storage, self.config, self.space)
        mirror.begin(self.done())
        running: dict[int, Trial] = {}

        def todo() -> Iterator[Job]:
            while self._may_start(len(running)):
                number = next(
                    number
                    for number in itertools.count(1)
                    if number not in running and (number, self.seed) not in self.folder.runs
                )
                running[number] = ask(study, self.space, self.sampler, self.seed, number)
                yield Job(number, self.seed, running[number].params)

        for run in self._run(todo()):
            tell(study, running.pop(run.trial), run.accuracy)
            mirror.add(run)
            self._report(run, last=False, done=len(self.done()), total=self.trials)

    def train_best_again(self, versions: dict[str, str]) -> Tuning:
        """Trains the given config and the best one with fresh seeds, and gathers the results."""
        best = self.best()
        if best is None:
            failed = self.done()
            raise PostaggerError(f"all {len(failed)} trials failed, the last one with: {failed[-1].problem}")
        given_again, best_again = self._train_with_fresh_seeds(best)
        trials = tuple(self.done())
        return Tuning(
            corpus=self.corpus,
            versions=versions,
            sampler=self.sampler,
            space=self.space,
            config=self.config,
            best_config=configure(self.config, best.draw),
            file=self.folder.best,
            trials=trials,
            best=best,
            given_again=given_again,
            best_again=best_again,
            importances=importances(self.space, trials),
        )

    def _train_with_fresh_seeds(self, best: TrialRun) -> tuple[tuple[TrialRun, ...], tuple[TrialRun, ...]]:
        """The runs of the given config and of the best one; only those that are missing are trained."""
        fresh = [(self.seed + number) % 2**63 for number in range(1, self.seeds + 1)]
        given = [Job(_GIVEN, seed, {}) for seed in fresh]
        found = [Job(best.trial, seed, best.draw) for seed in fresh]
        todo = [job for pair in zip(given, found, strict=True) for job in pair]
        missing = [job for job in todo if (job.trial, job.seed) not in self.folder.runs]
        for number, run in enumerate(self._run(iter(missing)), 1 + len(todo) - len(missing)):
            self._report(run, last=True, done=number, total=len(todo))
        runs = self.folder.runs
        return tuple(runs[job[:2]] for job in given), tuple(runs[job[:2]] for job in found)

    def _run(self, todo: Iterator[Job]) -> Iterator[TrialRun]:
        shared = (self.corpus, self.run_config)
        for _, outcome in run_in_parallel(_train, todo, shared=shared, jobs=self.jobs):
            if isinstance(outcome, Exception):
                raise outcome
            self.folder.add(outcome)
            yield outcome

    def _may_start(self, running: int) -> bool:
        """Whether the budget allows another trial."""
        done = self.done()
        started = len(done) + running
        if self.trials is not None and started >= self.trials:
            return False
        if len(done) >= _HOPELESS and not best_first(done):
            return False
        if started == 0:
            return True
        return self._elapsed() + self._run_seconds() + self._last_runs_seconds() <= self.seconds

    def _elapsed(self) -> float:
        return time.perf_counter() - self.start

    def _run_seconds(self) -> float:
        """Estimated seconds of a run."""
        seconds = [run.seconds for run in self.folder.runs.values() if run.problem is None]
        return statistics.median(seconds) if seconds else 0.0

    def _last_runs_seconds(self) -> float:
        """Estimated seconds of all last runs."""
        return self._run_seconds() * math.ceil(2 * self.seeds / self.jobs)

    def _report(self, run: TrialRun, *, last: bool, done: int, total: int | None) -> None:
        remaining = math.inf if total is None else (total - done) / self.jobs * self._run_seconds()
        if not last:
            remaining = min(remaining + self._last_runs_seconds(), self.seconds - self._elapsed())
        self.on_progress(TuningProgress(run, last, done, total, self.best(), max(0.0, remaining)))


def _train_teacher(shared: tuple[Corpus, Path], config: Config) -> None:
    corpus, cache = shared
    run_plan(plan_teacher(corpus, config, cache))


def _train(shared: tuple[Corpus, Config], job: Job) -> TrialRun:
    """Trains one run. A failure that settings can cause is recorded; any other is a bug, and raised."""
    corpus, given = shared
    config = configure(given, job.draw)
    training = config.training.model_copy(update={"seed": job.seed})
    start = time.perf_counter()
    accuracy, best_epoch, problem = None, None, None
    try:
        config = config.model_copy(update={"training": training})
        record = train_whole(corpus, config).record
        accuracy, best_epoch = record.dev_accuracy, record.best_epoch
    except (PostaggerError, RuntimeError, MemoryError) as error:  # RuntimeError: torch is out of memory
        problem = " ".join(str(error).split()) or type(error).__name__
    seconds = time.perf_counter() - start
    return TrialRun(job.trial, job.seed, dict(job.draw), accuracy, best_epoch, seconds, problem)


def _check_corpus(corpus: Corpus) -> None:
    for part in ("train", "dev"):
        if not is_tagged(corpus.part(part)):
            raise DataError(
                f"a search needs train and dev, and the {part} part of {corpus.name!r} is empty or untagged"
            )


def _check_arguments(
    trials: int | None, minutes: float | None, sampler: str, seeds: int, jobs: int | None
) -> None:
    if trials is None and minutes is None:
        raise ConfigError("a search needs a budget: a number of trials, of minutes, or both")
    for name, number in (("trials", trials), ("seeds", seeds), ("jobs", jobs)):
        if number is not None and number < 1:
            raise ConfigError(f"{number} {name} are too few: use 1 or more")
    if minutes is not None and not minutes > 0:
        raise ConfigError(f"{minutes} minutes are too few: use more than 0")
    if sampler not in get_args(Sampler):
        raise ConfigError(f"there is no sampler {sampler!r}: use {' or '.join(get_args(Sampler))}")
