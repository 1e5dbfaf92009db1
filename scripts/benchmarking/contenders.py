"""A process for each tagger, which tags when it is asked to."""

from __future__ import annotations

import itertools
import multiprocessing
import random
import resource
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch

from benchmarking.taggers import HALF, OURS, SLOW, UNSEEN, Sentences, make_tagger
from postagger import Corpus, PostaggerError


def tagged(tagger: Any, sentences: Sentences, **how: int) -> float:
    """Seconds to tag sentences, all answers kept."""
    start = time.perf_counter()
    predictions = list(tagger.tag_sents(sentences, **how))
    seconds = time.perf_counter() - start
    if list(map(len, predictions)) != list(map(len, sentences)):
        raise AssertionError(f"{type(tagger).__name__} lost an answer")
    return seconds


def streamed(tagger: Any, sentences: Sentences, tokens: int) -> float:
    """Seconds to tag so many tokens, about, and drop the answers."""

    def stream() -> Iterator[list[str]]:
        left = tokens
        for sentence in itertools.cycle(sentences):
            if left <= 0:
                return
            left -= len(sentence)
            yield sentence

    start = time.perf_counter()
    for _ in tagger.tag_sents(stream()):
        pass
    return time.perf_counter() - start


def _alone_and_together(cores: int) -> Iterator[dict[str, int]]:
    """How to tag in one thread, in several of torch's, and with several workers; sets torch's threads."""
    for threads, workers in ((1, 1), (cores, 1), (1, cores)):
        torch.set_num_threads(threads)
        yield {"workers": workers}


def resident() -> float:
    """Memory in MiB that this process has now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def with_unseen(sentences: Sentences, seed: int) -> Sentences:
    """The sentences with some words replaced by invented ones; others for each seed."""
    generator = random.Random(seed)
    letters = "abcdefghijklmnopqrstuvwxyz"

    def invented() -> str:
        return "".join(generator.choices(letters, k=generator.randint(4, 10)))

    return [[invented() if generator.random() < UNSEEN else word for word in s] for s in sentences]


def serve(
    pipe: Connection, name: str, corpus: Corpus, sentences: Sentences, threads: int, device: str
) -> None:
    """Answers requests until there are none: ``(what, argument)``."""
    torch.set_num_threads(threads)
    tagger = make_tagger(name, corpus, device)
    pipe.send("ready")
    for what, argument in iter(pipe.recv, None):
        match what:
            case "cold":
                pipe.send(tagged(tagger, sentences))
            case "warm":
                tagged(tagger, sentences)  # while the others had their turn, the processor forgot all
                pipe.send(tagged(tagger, sentences))
            case "unseen":
                pipe.send(tagged(tagger, with_unseen(sentences, argument)))
            case "cores":
                pipe.send([tagged(tagger, sentences, **how) for how in _alone_and_together(argument)])
                torch.set_num_threads(threads)
            case "stream":
                pipe.send((streamed(tagger, sentences, argument), resident()))


@dataclass
class Contender:
    """A tagger in its process, and what was measured of it."""

    name: str
    tokens: int
    process: Any
    pipe: Connection
    cold: float = 0.0
    warm: list[float] = field(default_factory=list)
    unseen: list[float] = field(default_factory=list)
    growth: dict[int, tuple[float, float]] = field(default_factory=dict)
    cores: list[list[float]] = field(default_factory=list)

    @classmethod
    def start(cls, name: str, corpus: Corpus, sentences: Sentences, threads: int, device: str) -> Contender:
        if name in SLOW:
            sentences = sentences[: max(1, len(sentences) // 10)]
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=serve, args=(theirs, name, corpus, sentences, threads, device), daemon=True
        )
        process.start()
        theirs.close()
        contender = cls(name, sum(map(len, sentences)), process, ours)
        contender.prediction()
        return contender

    @property
    def is_ours(self) -> bool:
        return self.name.removesuffix(HALF) in OURS

    def ask(self, what: str, argument: int = 0) -> Any:
        self.pipe.send((what, argument))
        return self.prediction()

    def prediction(self) -> Any:
        try:
            return self.pipe.recv()
        except EOFError:
            raise PostaggerError(f"the process of {self.name} ended early, see above") from None

    def stop(self) -> None:
        self.pipe.send(None)
        self.process.join()

    def speed(self, seconds: Sequence[float]) -> float:
        """Tokens a second, the median."""
        return self.tokens / statistics.median(seconds)
