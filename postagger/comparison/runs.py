"""Runs the jobs of a comparison, in sequence or in parallel: trains, tags the test set, saves the results."""

from __future__ import annotations

import itertools
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from postagger.comparison.challenge import challenge_tsv, read_challenge
from postagger.comparison.plan import Job, Plan, Step
from postagger.comparison.prediction_file import predictions_tsv, read_predictions_tsv
from postagger.corpora import is_tagged
from postagger.errors import PostaggerError
from postagger.evaluation.challenge import ChallengeAnswer
from postagger.io import read_json, visible, write_whole
from postagger.training import EpochRecord
from postagger.training.parallel import run_in_parallel
from postagger.training.progress import duration

_TAGGING_ROUNDS = 3
"""Tagging is timed this many times; the fastest round counts, as other programs can only slow it down."""


@dataclass(frozen=True)
class Run:
    """The results of one run.

    Attributes:
        basis: what it depends on; see `Plan.basis_of`.
        parameters: the number of trained parameters.
        dev_accuracy: of the chosen epoch, in 0..1; None without dev sentences.
        train_seconds, tag_seconds: CPU time, or wall-clock time on a GPU.
        seconds: wall-clock time in total.
        epochs: the record of each epoch; empty if there are none.
        predictions: the predicted tags of every test sentence.
        confidences, untempered: as in `PredictionTable`.
        challenge: the answers to the challenge set's targets; empty if it does not fit the corpus.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    basis: dict[str, Any]
    parameters: int
    dev_accuracy: float | None
    train_seconds: float
    tag_seconds: float
    seconds: float
    epochs: list[EpochRecord]
    predictions: list[list[str]]
    confidences: list[float] = field(default_factory=list)
    untempered: list[float] = field(default_factory=list)
    challenge: list[ChallengeAnswer] = field(default_factory=list)


@dataclass(frozen=True)
class ComparisonProgress:
    """How far a comparison is.

    Attributes:
        job: the step that has just finished.
        done, total: the number of steps, which are the runs of the plan and the trainings of teachers.
        seconds: the wall-clock time of this step.
        remaining: the estimated wall-clock time of the remaining steps.
        dev_accuracy: in 0..1, or None.
        failure: why it failed, or None.
    """

    job: Step
    done: int
    total: int
    seconds: float
    remaining: float
    dev_accuracy: float | None
    failure: str | None

    def __str__(self) -> str:
        """The line of the command line; ``on_progress=print`` shows it in a notebook."""
        dev = "" if self.dev_accuracy is None else f"dev {100 * self.dev_accuracy:.2f} %, "
        outcome = f"failed: {self.failure}" if self.failure else f"{dev}{self.seconds:.0f} s"
        left = f"; {duration(self.remaining)} left" if self.done < self.total else ""
        return visible(f"[{self.done}/{self.total}] {self.job}: {outcome}{left}")


def carry_out(
    plan: Plan,
    folder: Path,
    *,
    jobs: int,
    keep_models: bool = False,
    on_progress: Callable[[ComparisonProgress], None] = lambda _: None,
) -> dict[Job, str]:
    """Executes every run of the plan that is not in the folder yet.

    Each run is saved when it finishes, so an interrupted comparison resumes where it stopped.

    Args:
        keep_models: save the tagger of each run, if its system supports it.

    Returns:
        The runs that failed, with the reason; the next call tries them again.

    Raises:
        PostaggerError: a worker process was killed.
    """
    done = {job: run for job in plan.jobs if (run := read_run(plan, folder, job)) is not None}
    open_jobs: list[Step] = [job for job in plan.jobs if job not in done]
    first: list[Step] = [*plan.preparations(job for job in plan.jobs if job not in done)]
    tracker = _Tracker(total=len(first) + len(plan.jobs), waiting={*first, *open_jobs}, workers=jobs)
    for job, run in done.items():
        tracker.seconds[_kind(job)].append(run.seconds)
    failures: dict[Job, str] = {}
    # If a teacher fails, it fails again in each run that needs it, which then reports the reason.
    for step, outcome in itertools.chain.from_iterable(
        run_in_parallel(_execute, steps, shared=(plan, folder, keep_models), jobs=jobs)
        for steps in (first, open_jobs)
    ):
        progress = tracker.finish(step, outcome)
        if progress.failure is not None and isinstance(step, Job):
            failures[step] = progress.failure
        on_progress(progress)
    return failures


@dataclass
class _Tracker:
    """Tracks the steps that are still to do, and estimates how long they will take.

    Attributes:
        total: the number of all steps, finished ones included.
        workers: the number of steps that run at the same time.
        seconds: the durations of finished steps, by kind.
    """

    total: int
    waiting: set[Step]
    workers: int
    seconds: dict[object, list[float]] = field(default_factory=lambda: defaultdict(list))

    def finish(self, step: Step, outcome: tuple[float, float | None] | Exception) -> ComparisonProgress:
        """Marks a step as finished.

        Args:
            outcome: its seconds and dev accuracy, or the error that stopped it.
        """
        self.waiting.remove(step)
        failure, seconds, dev = None, 0.0, None
        if isinstance(outcome, Exception):
            failure = _reason(outcome)
        else:
            seconds, dev = outcome
            self.seconds[_kind(step)].append(seconds)
        remaining = _remaining(self.waiting, self.seconds) / self.workers
        finished = self.total - len(self.waiting)
        return ComparisonProgress(step, finished, self.total, seconds, remaining, dev, failure)


def read_run(plan: Plan, folder: Path, job: Job) -> Run | None:
    """Reads a saved run with the same basis, or returns None."""
    place = _place(folder, job)
    try:
        data = read_json(place / "run.json")
        if data["basis"] != json.loads(json.dumps(plan.basis_of(job))):
            return None
        table = read_predictions_tsv(place / "predictions.tsv")
        data |= {"predictions": table.tags}
        data |= {"confidences": table.confidences, "untempered": table.untempered}
        if plan.challenge is not None:
            data["challenge"] = read_challenge(place / "challenge.tsv", plan.challenge)
        run = TypeAdapter(Run).validate_python(data)
    except (OSError, ValueError, LookupError, TypeError, RecursionError, PostaggerError):
        return None  # missing or damaged: run it again
    gold = plan.corpus_of(job).test
    complete = [len(sentence) for sentence in gold] == [len(prediction) for prediction in run.predictions]
    return run if complete else None


def _execute(shared: tuple[Plan, Path, bool], step: Step) -> tuple[float, float | None]:
    """Executes a step; returns its seconds and dev accuracy."""
    plan, folder, keep_models = shared
    if isinstance(step, Job):
        return _run(plan, folder, step, keep_models)
    begun = time.perf_counter()
    dev = plan.system(step.system).prepare(step.teacher, plan.corpus_of(step), folder / "cache")
    return time.perf_counter() - begun, dev


def _run(plan: Plan, folder: Path, job: Job, keep_models: bool) -> tuple[float, float | None]:
    """Trains a tagger, tags the test set and saves the results; returns the seconds and the dev accuracy."""
    corpus = plan.corpus_of(job)
    clock = time.perf_counter if plan.devices.get(job.system, "cpu") != "cpu" else time.process_time
    epochs: list[EpochRecord] = []
    begun, start = time.perf_counter(), clock()
    tagger = plan.system(job.system).train(corpus, job.seed, epochs.append, folder / "cache")
    train_seconds = clock() - start
    sentences = [[word for word, _ in sentence] for sentence in corpus.test]
    rounds = []
    for _ in range(_TAGGING_ROUNDS):
        start = clock()
        predictions = list(tagger.tag_sents(sentences))
        rounds.append(clock() - start)
    dev = tagger.evaluate_on(corpus, "dev").tokens.value if is_tagged(corpus.dev) else None
    run = Run(
        plan.basis_of(job),
        tagger.parameter_count,
        dev,
        train_seconds,
        min(rounds),
        time.perf_counter() - begun,
        epochs,
        [],
    )
    if keep_models:
        plan.system(job.system).save(tagger, folder / "models" / job.system / _name(job))
    place = _place(folder, job)
    record = asdict(run)
    for name in ("predictions", "confidences", "untempered", "challenge"):
        del record[name]  # they have files of their own
    if plan.challenge is not None:
        write_whole(place / "challenge.tsv", challenge_tsv(tagger, plan.challenge))
    write_whole(place / "predictions.tsv", predictions_tsv(corpus.test, predictions, tagger))
    write_whole(
        place / "run.json", json.dumps(record, indent=1).encode()
    )  # last: its presence shows that the run is complete
    return run.seconds, dev


def _place(folder: Path, job: Job) -> Path:
    return folder / "runs" / job.system / _name(job)


def _name(job: Job) -> str:
    fold = "" if job.fold is None else f"-fold-{job.fold}"
    return f"seed-{job.seed}{fold}"


def _reason(error: Exception) -> str:
    """The message of an error; with its type if it is not a `PostaggerError`, because it is then a bug."""
    text = " ".join(str(error).split())
    return text if isinstance(error, PostaggerError) else f"{type(error).__name__}: {text}"


def _kind(step: Step) -> object:
    """A key that is equal for steps of about the same duration."""
    return type(step), step.system


def _remaining(waiting: Iterable[Step], seconds: Mapping[object, list[float]]) -> float:
    """Estimates the seconds that the waiting steps take in sequence, from the durations of finished steps."""
    known = {kind: statistics.median(each) for kind, each in seconds.items()}
    guess = statistics.fmean(known.values()) if known else 0.0
    return sum(known.get(_kind(step), guess) for step in waiting)
