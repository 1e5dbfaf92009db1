"""A process for each tagger, which tags on request."""

from __future__ import annotations

import contextlib
import gc
import itertools
import multiprocessing
import os
import resource
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from benchmarking.files import Files
from benchmarking.ours import NUMPY, TORCH, implementations
from benchmarking.taggers import FLOOR, is_slow, make_tagger, parts_of, share
from benchmarking.texts import Sentences, read_sentences, single, with_unseen
from postagger import PostaggerError

_SINGLE = 1000
"""Sentences tagged one by one; slow taggers and torch tag a fifth."""


class Seconds(NamedTuple):
    """How long something took.

    Attributes:
        cpu: in all threads of the process, because some packages have threads of their own. Load on the
            machine hardly changes it.
        wall: by the clock.
        tokens: that were tagged.
    """

    cpu: float
    wall: float
    tokens: int


def tagged(tagger: Any, sentences: Sentences, **how: int) -> Seconds:
    """Tags the sentences and collects all predictions.

    Python's garbage is collected first: else the first call would pay for what was made before it.
    """
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    predictions = list(tagger.tag_sents(sentences, **how))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    if list(map(len, predictions)) != list(map(len, sentences)):
        raise AssertionError(f"{type(tagger).__name__} did not tag every token")
    return Seconds(cpu, wall, sum(map(len, sentences)))


def one_by_one(tagger: Any, sentences: Sentences) -> list[float]:
    """Seconds of CPU time for each sentence by itself."""
    taken = []
    for sentence in sentences:
        start = time.process_time()
        tagger.tag(sentence)
        taken.append(time.process_time() - start)
    return taken


def streamed(tagger: Any, sentences: Sentences, tokens: int) -> Seconds:
    """Tags about this many tokens and discards the predictions."""
    seen = 0

    def stream() -> Iterator[list[str]]:
        nonlocal seen
        for sentence in itertools.cycle(sentences):
            if seen >= tokens:
                return
            seen += len(sentence)
            yield sentence

    wall, cpu = time.perf_counter(), time.process_time()
    for _ in tagger.tag_sents(stream()):
        pass
    return Seconds(time.process_time() - cpu, time.perf_counter() - wall, seen)


def resident() -> float:
    """The current resident memory of this process, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def alone_and_together(name: str, tagger: Any, sentences: Sentences, cores: int) -> dict[str, Seconds]:
    """Times one thread, several workers, and several of torch's threads where torch computes."""
    found = {"one thread": tagged(tagger, sentences), "workers": tagged(tagger, sentences, workers=cores)}
    if name.endswith(TORCH):
        import torch

        before = torch.get_num_threads()
        torch.set_num_threads(cores)
        found["torch threads"] = tagged(tagger, sentences)
        torch.set_num_threads(before)
    return found


def serve(pipe: Connection, name: str, files: Files, threads: int, device: str) -> None:
    """Serves requests."""
    tagger = make_tagger(name, files, device)
    if name.endswith(TORCH):
        import torch

        torch.set_num_threads(threads)
    sentences = share(name, read_sentences(files.text))
    pipe.send("ready")
    for what, argument in _requests(pipe):
        pipe.send(_measured(tagger, name, files, sentences, what, argument))


def _requests(pipe: Connection) -> Iterator[tuple[str, int]]:
    """What to measure, and an argument, until None arrives or the other process ends."""
    with contextlib.suppress(EOFError, ConnectionError):
        yield from iter(pipe.recv, None)


def _measured(tagger: Any, name: str, files: Files, sentences: Sentences, what: str, argument: int) -> Any:
    match what:
        case "cold":
            return tagged(tagger, sentences)
        case "warm":
            tagged(tagger, sentences)  # refills the processor's caches, which the other taggers have used
            return tagged(tagger, sentences)
        case "unseen":
            return tagged(tagger, with_unseen(sentences, argument))
        case "fresh":
            tagged(tagger, sentences)
            return tagged(tagger, share(name, read_sentences(files.fresh)))
        case "single":
            texts = single(sentences, _SINGLE // 5 if is_slow(name) or name.endswith(TORCH) else _SINGLE)
            one_by_one(tagger, texts[:50])
            return one_by_one(tagger, texts)
        case "stream":
            return streamed(tagger, sentences, argument), resident()
        case "cores":
            return alone_and_together(name, tagger, sentences, argument)
    raise ValueError(what)


@dataclass
class Contender:
    """A tagger, in a fresh process in every round, and what was measured.

    Attributes:
        measured: by the name of the measurement, an entry for each turn.
    """

    name: str
    measured: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    _process: Any = None
    _pipe: Any = None

    def start(self, files: Files, threads: int, device: str) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        arguments = (theirs, self.name, files, threads, device)
        self._process = context.Process(target=serve, args=arguments, daemon=True)
        self._process.start()
        theirs.close()

    @property
    def results(self) -> dict[str, list[Any]]:
        """What was measured, without empty entries."""
        return {what: turns for what, turns in self.measured.items() if turns}

    def measure(self, what: str, argument: int = 0) -> None:
        self._pipe.send((what, argument))
        self.measured[what].append(self.reply())

    def reply(self) -> Any:
        try:
            return self._pipe.recv()
        except EOFError:
            raise PostaggerError(
                f"the process of {self.name!r} ended early; its error message is above"
            ) from None

    def stop(self) -> None:
        self._pipe.send(None)
        self._process.join()

    def speeds(self, what: str, clock: str) -> list[float]:
        """Tokens per second, of each turn; `clock` is ``cpu`` or ``wall``."""
        return [each.tokens / getattr(each, clock) for each in self.measured[what]]

    def speed(self, what: str, clock: str) -> float | None:
        """The median of tokens per second; None if it was not measured."""
        speeds = self.speeds(what, clock)
        return statistics.median(speeds) if speeds else None

    def ratio(self, other: Contender, what: str, clock: str) -> float | None:
        """The median over turns of its speed divided by the other's."""
        pairs = zip(self.speeds(what, clock), other.speeds(what, clock), strict=True)
        ratios = [mine / theirs for mine, theirs in pairs]
        return statistics.median(ratios) if ratios else None


def limit_threads(threads: int) -> None:
    """Limits the threads of libraries in the processes that are started from now on."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"):
        os.environ[name] = str(threads)


def play_round(
    contenders: Sequence[Contender],
    files: Files,
    turns: Sequence[tuple[str, int]],
    threads: int,
    device: str,
) -> None:
    """Starts fresh processes, and lets them take turns.

    Args:
        turns: the measurements and their arguments, at least one. After the last one, a process ends, so
            that the largest text is never in the memory of all at once.
    """
    for each in contenders:
        each.start(files, threads, device)
    for each in contenders:
        each.reply()
    *others, last = turns
    for what, argument in others:
        for each in contenders:
            if _applies(each, what):
                each.measure(what, argument)
    for each in contenders:
        each.measure(*last)
        each.stop()


def _applies(contender: Contender, what: str) -> bool:
    """Whether a measurement is made of a contender: all are, but memory and threads only of some."""
    ours = parts_of(contender.name)
    if what == "cores":
        return ours is not None
    if what == "stream":
        return contender.name == FLOOR or (
            ours is not None and ours[1] in (NUMPY, *implementations(ours[0])[:1])
        )
    return True
