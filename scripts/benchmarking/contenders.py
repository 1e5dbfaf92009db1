"""A process for each tagger, which tags on request."""

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
    """Seconds to tag the sentences and collect all predictions."""
    start = time.perf_counter()
    predictions = list(tagger.tag_sents(sentences, **how))
    seconds = time.perf_counter() - start
    if list(map(len, predictions)) != list(map(len, sentences)):
        raise AssertionError(f"{type(tagger).__name__} did not tag every token")
    return seconds


def streamed(tagger: Any, sentences: Sentences, tokens: int) -> float:
    """Seconds to tag about this many tokens and discard the predictions."""

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
    """Sets torch's threads and yields options of `tag_sents`: for one thread, torch threads, and workers."""
    for threads, workers in ((1, 1), (cores, 1), (1, cores)):
        torch.set_num_threads(threads)
        yield {"workers": workers}


def resident() -> float:
    """The current resident memory of this process, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def with_unseen(sentences: Sentences, seed: int) -> Sentences:
    """The sentences with some words replaced by invented ones, which differ from seed to seed."""
    generator = random.Random(seed)
    letters = "abcdefghijklmnopqrstuvwxyz"

    def invented() -> str:
        return "".join(generator.choices(letters, k=generator.randint(4, 10)))

    return [[invented() if generator.random() < UNSEEN else word for word in s] for s in sentences]


def serve(
    pipe: Connection, name: str, corpus: Corpus, sentences: Sentences, threads: int, device: str
) -> None:
    """Serves requests, ``(what, argument)``, until None arrives."""
    torch.set_num_threads(threads)
    tagger = make_tagger(name, corpus, device)
    pipe.send("ready")
    for what, argument in iter(pipe.recv, None):
        match what:
            case "cold":
                pipe.send(tagged(tagger, sentences))
            case "warm":
                tagged(tagger, sentences)  # refills the processor's caches, which the other taggers have used
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
    """A tagger in its own process, and its measurements.

    Attributes:
        tokens: number of tokens in its sentences.
        cold, warm, unseen: seconds to tag them all, for each round.
        growth: number of streamed tokens to seconds and MiB.
        cores: for each round, the seconds with one thread, with several torch threads, and with workers.
    """

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
        contender.reply()
        return contender

    @property
    def is_ours(self) -> bool:
        return self.name.removesuffix(HALF) in OURS

    def ask(self, what: str, argument: int = 0) -> Any:
        self.pipe.send((what, argument))
        return self.reply()

    def reply(self) -> Any:
        try:
            return self.pipe.recv()
        except EOFError:
            raise PostaggerError(
                f"the process of {self.name!r} ended early; its error message is above"
            ) from None

    def stop(self) -> None:
        self.pipe.send(None)
        self.process.join()

    def speed(self, seconds: Sequence[float]) -> float:
        """Tokens per second, from the median of some times."""
        return self.tokens / statistics.median(seconds)
