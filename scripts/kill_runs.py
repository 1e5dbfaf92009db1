#!/usr/bin/env python3
"""Kills runs at random times with SIGKILL, lets them go on, and compares the results with the unbroken run's.

Trainings must give the same model file, bit for bit, and tagging the same files; comparisons and searches the
same results, except times.

Example:
    python scripts/kill_runs.py train --trials 50
    python scripts/kill_runs.py compare tune --trials 20
    python scripts/kill_runs.py tag --trials 30
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import importlib
import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import spinning  # noqa: F401 (before torch)
import torch

from postagger import cli, load_corpus
from postagger.cli.tag_record import NAME as RECORD

SMALL = ["corpus.name=sample", "training.epochs=2", "training.batch_size=16"]
"""Settings of runs that take a few seconds."""

STAGES = ['pretraining.corpora=["sample"]', "pretraining.epochs=1", 'distillation.text=["sample"]']
"""Settings that add pretraining and teachers."""


def train(model: str, *more_and_folder: Any) -> list[str]:
    *more, folder = more_and_folder
    arguments = ["train", model, "--set", *SMALL, *STAGES, "distillation.seeds=2"]
    return [*arguments, "-o", str(folder / "model.safetensors"), "--checkpoint-every", "0.1", *more]


def compare(folder: Path) -> list[str]:
    return ["compare", "window", "lstm", "--seeds", "2", "--jobs", "2", "--set", *SMALL, "-o", str(folder)]


def tune(folder: Path) -> list[str]:
    end = ["--sampler", "random", "--seeds", "1", "-o", str(folder)]
    return ["tune", "window", "--trials", "4", "--jobs", "2", "--set", *SMALL, *end]


def tag(texts: Path, folder: Path) -> list[str]:
    return ["tag", "en", str(texts), "--to", "json", "--probabilities", "--head", "all", "-o", str(folder)]


def write_texts(folder: Path, count: int = 60) -> None:
    """Writes texts of several formats and lengths in folders within a folder, some of the same name."""
    draw = random.Random(2)
    sentences = [" ".join(word for word, _ in each) for each in load_corpus("sample").train]
    for number in range(count):
        lines = draw.sample(sentences, draw.randint(1, len(sentences) // 10))
        form = draw.choice(["txt", "jsonl", "txt.gz"])
        path = folder / f"{number % 7}" / f"{number // 2}.{form}"
        path.parent.mkdir(parents=True, exist_ok=True)
        shown = [json.dumps({"text": line}) for line in lines] if form == "jsonl" else lines
        content = "\n".join([*shown, ""]).encode()
        path.write_bytes(gzip.compress(content, mtime=0) if form == "txt.gz" else content)


def outcome(folder: Path) -> Any:
    """What a run has given: the bytes of its model or of its outputs, or its results without times."""
    model = folder / "model.safetensors"
    if model.exists():
        return model.read_bytes()
    if (folder / RECORD).exists():
        outputs = (file for file in sorted(folder.rglob("*")) if file.is_file() and file.name != RECORD)
        return {str(file.relative_to(folder)): file.read_bytes() for file in outputs}
    return {
        str(file.relative_to(folder)): _timeless(json.loads(file.read_text()))
        for file in sorted(folder.rglob("*.json"))
    }


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _timeless(each) for key, each in value.items() if "second" not in key}
    return [_timeless(each) for each in value] if isinstance(value, list) else value


def run(arguments: Sequence[str], *, killed_after: float | None = None) -> int:
    """Runs a command in a forked process, which has everything imported already; kills it, if asked to.

    Args:
        killed_after: seconds; None for never.

    Returns:
        The exit status, or minus the number of the signal.
    """
    process = multiprocessing.get_context("fork").Process(target=_in_group, args=(arguments,))
    process.start()
    process.join(killed_after)
    if process.exitcode is None and process.pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.join()
    assert process.exitcode is not None
    return process.exitcode


def _in_group(arguments: Sequence[str]) -> None:
    """Runs a command silently, in a process group with its workers."""
    os.setpgid(0, 0)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    sys.exit(cli.main(arguments))


def try_out(
    name: str, first: Callable[[Path], list[str]], then: Callable[[Path], list[str]], trials: int
) -> bool:
    """Kills a run up to three times in each trial; prints how many trials ended as the unbroken run."""
    draw = random.Random(1)
    with tempfile.TemporaryDirectory() as place:
        start = time.monotonic()
        assert run(first(Path(place) / "unbroken")) == 0
        length = time.monotonic() - start
        expected = outcome(Path(place) / "unbroken")
        same = kills = 0
        for trial in range(trials):
            folder = Path(place) / str(trial)
            for number in range(3):
                command = then(folder) if number else first(folder)
                kills += run(command, killed_after=draw.uniform(0, length)) == -signal.SIGKILL
            status = run(then(folder))
            same += status == 0 and outcome(folder) == expected
    print(f"{name}: {same} of {trials} as the unbroken run ({kills} times killed)", flush=True)
    return same == trials


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "what", choices=("train", "compare", "tune", "tag"), nargs="+", help="the commands to kill"
    )
    parser.add_argument("--models", nargs="+", default=["window", "lstm"], metavar="CONFIG")
    parser.add_argument("--trials", type=int, default=50)
    options = parser.parse_args()
    torch.set_num_threads(1)
    importlib.import_module("postagger.pipeline")  # with all that a training needs
    fine = True
    if "train" in options.what:
        for model in options.models:
            first, then = partial(train, model, "--force"), partial(train, model, "--force", "--resume")
            fine &= try_out(f"train {model}", first, then, options.trials)
    for name, command in {"compare": compare, "tune": tune}.items():
        if name in options.what:
            fine &= try_out(name, command, command, options.trials)
    if "tag" in options.what:
        with tempfile.TemporaryDirectory() as texts:
            write_texts(Path(texts))
            command = partial(tag, Path(texts))
            fine &= try_out("tag", command, command, options.trials)
    sys.exit(not fine)


if __name__ == "__main__":
    main()
