"""One run after another, or side by side: train, tag what is tested, write it down."""

from __future__ import annotations

import itertools
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from postagger.comparison.plan import Job, Plan, Step
from postagger.corpora import TaggedSentence, is_tagged
from postagger.errors import PostaggerError
from postagger.io import write_whole
from postagger.training import EpochRecord
from postagger.training.parallel import run_in_parallel

_BREAKS = str.maketrans("\t\n\r", "   ")

_TAGGING_ROUNDS = 3
"""Speed is that of the fastest: what slows a round down is something else."""


@dataclass(frozen=True)
class Run:
    """What one training gave.

    Attributes:
        basis: all that it rests on, see `Plan.basis_of`.
        parameters: numbers that training set.
        dev_accuracy: in 0..1, of the epoch chosen; None without dev sentences.
        train_seconds, tag_seconds: of one core (CPU time), or of the clock on a GPU.
        seconds: of the clock, all in all.
        epochs: what training said of each; empty where there are none.
        answers: the tags of every tested sentence.
    """

    basis: dict[str, Any]
    parameters: int
    dev_accuracy: float | None
    train_seconds: float
    tag_seconds: float
    seconds: float
    epochs: list[EpochRecord]
    predictions: list[list[str]]


@dataclass(frozen=True)
class ComparisonProgress:
    """How far a comparison is.

    Attributes:
        job: what has just ended.
        done, total: runs of the whole plan, and what had to be trained before them.
        seconds: of the clock that it took.
        remaining: seconds of the clock that the rest is likely to take.
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


def carry_out(
    plan: Plan,
    folder: Path,
    *,
    jobs: int,
    keep_models: bool = False,
    on_progress: Callable[[ComparisonProgress], None] = lambda _: None,
) -> dict[Job, str]:
    """Does every run of the plan that the folder does not hold yet.

    A run is written when it is done, so a comparison that is killed goes on where it stopped.

    Args:
        keep_models: save the tagger of each run that is done, where its system can.

    Returns:
        The runs that failed, with the reason; they are tried again the next time.

    Raises:
        PostaggerError: a worker process was killed.
    """
    done = {job: run for job in plan.jobs if (run := read_run(plan, folder, job)) is not None}
    seconds: dict[object, list[float]] = defaultdict(list)
    for job, run in done.items():
        seconds[_kind(job)].append(run.seconds)
    open_jobs: list[Step] = [job for job in plan.jobs if job not in done]
    first: list[Step] = [*plan.preparations(job for job in plan.jobs if job not in done)]
    total = len(first) + len(plan.jobs)
    failures: dict[Job, str] = {}
    waiting = {*first, *open_jobs}
    # A teacher that fails fails again in each run that asks for it, which then says so.
    for step, outcome in itertools.chain.from_iterable(
        run_in_parallel(_take, steps, shared=(plan, folder, keep_models), jobs=jobs)
        for steps in (first, open_jobs)
    ):
        waiting.remove(step)
        failure = None
        if isinstance(outcome, Exception):
            failure = _reason(outcome)
            if isinstance(step, Job):
                failures[step] = failure
            took, dev = 0.0, None
        else:
            took, dev = outcome
            seconds[_kind(step)].append(took)
        left = _remaining(waiting, seconds) / jobs
        on_progress(ComparisonProgress(step, total - len(waiting), total, took, left, dev, failure))
    return failures


def read_run(plan: Plan, folder: Path, job: Job) -> Run | None:
    """A run that was done on the same basis, or None."""
    place = _place(folder, job)
    try:
        data = json.loads((place / "run.json").read_text(encoding="utf-8"))
        if data.pop("basis") != json.loads(json.dumps(plan.basis_of(job))):
            return None
        epochs = [EpochRecord(**record) for record in data.pop("epochs")]
        run = Run(
            plan.basis_of(job),
            epochs=epochs,
            predictions=_parse_predictions(place / "predictions.tsv"),
            **data,
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None  # not there, or damaged: it is done again
    gold = plan.corpus_of(job).test
    whole = [len(sentence) for sentence in gold] == [len(prediction) for prediction in run.predictions]
    return run if whole else None


def _take(shared: tuple[Plan, Path, bool], step: Step) -> tuple[float, float | None]:
    """Takes a step; gives the seconds and the dev accuracy."""
    plan, folder, keep_models = shared
    if isinstance(step, Job):
        return _run(plan, folder, step, keep_models)
    begun = time.perf_counter()
    dev = plan.system(step.system).prepare(step.teacher, plan.corpus_of(step), folder / "cache")
    return time.perf_counter() - begun, dev


def _run(plan: Plan, folder: Path, job: Job, keep_models: bool) -> tuple[float, float | None]:
    """Trains, tags and writes."""
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
    del record["predictions"]
    write_whole(place / "predictions.tsv", _as_tsv(corpus.test, predictions))
    write_whole(place / "run.json", json.dumps(record, indent=1).encode())  # last: it says that all is there
    return run.seconds, dev


def _place(folder: Path, job: Job) -> Path:
    return folder / "runs" / job.system / _name(job)


def _name(job: Job) -> str:
    fold = "" if job.fold is None else f"-fold-{job.fold}"
    return f"seed-{job.seed}{fold}"


def in_one_cell(text: str) -> str:
    """A word or tag as the predictions hold it: tabs and line breaks, should it have any, as blanks."""
    return text.translate(_BREAKS)


def _as_tsv(gold: list[TaggedSentence], predictions: list[TaggedSentence]) -> bytes:
    """``word<TAB>gold<TAB>answer`` lines, a blank line after each sentence."""
    lines = ["word\tgold\tanswer"]
    for sentence, prediction in zip(gold, predictions, strict=True):
        for (word, right), (_, tag) in zip(sentence, prediction, strict=True):
            lines.append("\t".join(map(in_one_cell, (word, right, tag))))
        lines.append("")
    return ("\n".join(lines) + "\n").encode(errors="surrogatepass")


def _parse_predictions(file: Path) -> list[list[str]]:
    """The third column, sentence by sentence."""
    sentences: list[list[str]] = [[]]
    for line in file.read_bytes().decode(errors="surrogatepass").split("\n")[1:-1]:
        if line:
            sentences[-1].append(line.split("\t")[2])
        else:
            sentences.append([])
    return sentences[:-1]


def _reason(error: Exception) -> str:
    """A user's mistake in its own words; anything else with its kind, for it is a bug."""
    text = " ".join(str(error).split())
    return text if isinstance(error, PostaggerError) else f"{type(error).__name__}: {text}"


def _kind(step: Step) -> object:
    """What takes about as long as it."""
    return type(step), step.system


def _remaining(waiting: Iterable[Step], seconds: Mapping[object, list[float]]) -> float:
    """Seconds that the waiting steps take one after another, going by those done."""
    known = {kind: statistics.median(each) for kind, each in seconds.items()}
    guess = statistics.fmean(known.values()) if known else 0.0
    return sum(known.get(_kind(step), guess) for step in waiting)
