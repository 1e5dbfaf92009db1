"""Taggers in several threads, and in processes that are forked or spawned."""

from __future__ import annotations

import argparse
import contextlib
import itertools
import multiprocessing
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any

from campaigning.taggers import Sentences, SentenceTagger, answers, load, new_sentences
from postagger import Tagger

PATIENCE = 120
"""Seconds until a process counts as hanging."""


def _child(tagger: SentenceTagger, sentences: Sentences, pipe: Connection) -> None:
    pipe.send(answers(tagger, sentences))


def in_process(method: str, tagger: SentenceTagger, sentences: Sentences) -> object:
    """What a new process answers; None if it hangs or fails."""
    context: Any = multiprocessing.get_context(method)
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(tagger, sentences, sending))
    process.start()
    sending.close()
    found = None
    with contextlib.suppress(EOFError):
        found = receiving.recv() if receiving.poll(PATIENCE) else None
    process.join(PATIENCE if found else 0)
    process.kill()
    process.join()
    return found


def in_threads(tagger: SentenceTagger, numbers: Iterator[int]) -> bool:
    """Whether eight threads that tag at once answer as one thread does afterwards."""
    given = [new_sentences(numbers) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda sentences: answers(tagger, sentences), given))
    return found == [answers(tagger, sentences) for sentences in given]


@contextlib.contextmanager
def busy(tagger: SentenceTagger, numbers: Iterator[int]) -> Iterator[None]:
    """A thread that tags all the time."""
    stop = threading.Event()

    def tag() -> None:
        while not stop.is_set():
            answers(tagger, new_sentences(numbers))

    thread = threading.Thread(target=tag)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def processes(options: argparse.Namespace) -> int:
    """Eight threads at once, and processes that are forked, spawned, or forked while another thread tags."""
    warnings.filterwarnings("ignore", message=".*multi-threaded", category=DeprecationWarning)
    numbers = itertools.count()
    wrong = 0
    for path in options.models:
        tagger = load(path)

        def right(method: str, tagger: SentenceTagger = tagger) -> bool:
            sentences = new_sentences(numbers)
            return in_process(method, tagger, sentences) == answers(tagger, sentences)

        counts = {"8 threads": sum(in_threads(tagger, numbers) for _ in range(options.trials))}
        for method in ("fork", "forkserver", "spawn"):
            counts[method] = sum(right(method) for _ in range(options.trials))
        with busy(tagger, numbers):
            counts["fork while a thread tags"] = sum(right("fork") for _ in range(options.trials))
        shown = ", ".join(f"{name} {count}" for name, count in counts.items())
        print(f"{path.stem} ({_engine(tagger)}): right of {options.trials} trials: {shown}", flush=True)
        wrong += sum(options.trials - count for count in counts.values())
    return int(wrong > 0)


def _engine(tagger: SentenceTagger) -> str:
    return tagger.engine if isinstance(tagger, Tagger) else f"{len(tagger.taggers)} taggers"
