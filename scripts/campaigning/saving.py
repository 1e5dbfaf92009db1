"""Processes that are killed while they save a model."""

from __future__ import annotations

import argparse
import hashlib
import itertools
import multiprocessing
import os
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Iterable
from multiprocessing.connection import Connection
from pathlib import Path

from postagger import Tagger


def _save_for_ever(taggers: Iterable[Tagger], path: Path, started: Connection) -> None:
    started.send(True)
    for tagger in itertools.cycle(taggers):
        tagger.save(path)


def kills(options: argparse.Namespace) -> int:
    """Kills a process while it saves one of two models in the other's place: one of them must be there."""
    taggers = [Tagger.load(path) for path in options.models]
    context = multiprocessing.get_context("fork")
    draw, counts, most_left = random.Random(1), dict.fromkeys(options.models, 0), 0
    whole = {hashlib.sha256(path.read_bytes()).digest(): path for path in options.models}
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = Path(folder) / "model.safetensors"
        shutil.copy(options.models[0], path)
        for _ in range(options.trials):
            draw.shuffle(taggers)
            receiving, sending = context.Pipe(duplex=False)
            process = context.Process(target=_save_for_ever, args=(taggers, path, sending))
            process.start()
            receiving.recv()
            time.sleep(draw.uniform(0, 0.3))
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            found = whole.get(hashlib.sha256(path.read_bytes()).digest())
            if found is None:
                print("neither of the models is there")
                return 1
            counts[found] += 1
            most_left = max(most_left, len(list(Path(folder).iterdir())) - 1)
    shown = ", ".join(f"{path.stem} {count}" for path, count in counts.items())
    print(f"{options.trials} kills: whole each time ({shown}); at most {most_left} unfinished file beside it")
    return 0
