#!/usr/bin/env python3
"""Uses taggers for a long time in ways that programs break at, and prints what came of it.

`models` makes small taggers of each kind; the other commands take some of them, as files or folders.

Example:
    python scripts/campaign.py models runs/campaign
    python scripts/campaign.py processes runs/campaign/*
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import hashlib
import itertools
import json
import multiprocessing
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from postagger import Ensemble, Tagger, load_config, load_corpus
from postagger.text import TextFormat, tag_text

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 120
"""Seconds until a process counts as hanging."""

Sentences = list[list[str]]
SentenceTagger = Tagger | Ensemble


def load(path: Path) -> SentenceTagger:
    return Ensemble.load(path, device="cpu") if path.is_dir() else Tagger.load(path, device="cpu")


def memory() -> str:
    """The memory that this process has now, and the most that it has had."""
    now = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return f"{now / 2**20:.0f} MB now, {most / 2**10:.0f} MB at most"


# -- models -----------------------------------------------------------------------------------------


def models(options: argparse.Namespace) -> int:
    """Trains small taggers on the sample treebank: window, lstm, crf, characters, an ensemble, an encoder."""
    folder: Path = options.folder
    corpus = load_corpus("sample")
    for name, config, more in (
        ("window", "window", {}),
        ("lstm", "lstm", {}),
        ("crf", "lstm_crf", {"words.character_dim": 0}),
        ("characters", "window", {"words.character_dim": 8, "words.character_filters": 16}),
        ("ensemble/1", "window", {"training.seed": 2}),
        ("ensemble/2", "lstm", {"training.seed": 3}),
    ):
        settings = load_config(config, {"corpus.name": "sample", "training.epochs": 2, **more})
        Tagger.train(corpus, settings).save(folder / f"{name}.safetensors")
        print(f"{name} is trained", flush=True)
    sys.path.insert(0, str(ROOT / "tests"))
    from tiny_encoders import make_encoders

    texts = [" ".join(word for word, _ in sentence) for sentence in corpus.train]
    with tempfile.TemporaryDirectory() as made:
        model = {"kind": "encoder", "encoder": str(make_encoders(Path(made), texts)["bert"])}
        words = {"word_dim": 0, "prefixes": 0, "suffixes": 1}
        training = {"epochs": 1, "device": "cpu"}
        plain = {"corpus": {"name": "sample"}, "model": model, "words": words, "training": training}
        Tagger.train(corpus, plain).save(folder / "encoder.safetensors")
    return 0


# -- threads and processes --------------------------------------------------------------------------


def new_sentences(numbers: Iterator[int], count: int = 20) -> Sentences:
    """Sentences with new words among old ones."""
    return [["The", f"w{next(numbers)}", "of", "May", f"x{next(numbers)}ing", "."] for _ in range(count)]


def answers(tagger: SentenceTagger, sentences: Sentences) -> list[list[tuple[str, str]]]:
    return list(tagger.tag_sents(sentences))


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


# -- long runs --------------------------------------------------------------------------------------


def tokens(options: argparse.Namespace) -> int:
    """Tags sentences in which every second word is new; memory must stay flat."""
    for path in options.models:
        tagger, draw = load(path), random.Random(1)

        def sentences(draw: random.Random = draw) -> Iterator[list[str]]:
            for _ in range(options.count // 20):
                new = ("".join(draw.choices("aeioubcdfgklmnprst", k=8)) for _ in range(10))
                yield [word for each in new for word in (each, "the")]

        done, start = 0, time.perf_counter()
        for tagged in tagger.tag_sents(sentences()):
            if done * 10 // options.count != (done + len(tagged)) * 10 // options.count:
                print(f"{path.stem}: {done + len(tagged):,} tokens, {memory()}", flush=True)
            done += len(tagged)
        print(f"{path.stem}: {done:,} tokens in {time.perf_counter() - start:.0f} s", flush=True)
    return 0


ODD_LINES: tuple[Callable[[random.Random], str], ...] = (
    lambda _: "",
    lambda _: " \t ",
    lambda draw: "word " * draw.choice((1, 10, 3000)),
    lambda draw: "x" * draw.choice((1, 100, 50_000)),
    lambda draw: "".join(chr(draw.randrange(32, 0xD800)) for _ in range(30)),
    lambda draw: "".join(chr(draw.randrange(0xE000, 0x110000)) for _ in range(30)),
    lambda draw: "".join(draw.choices("\x00\x1b\x1c\x85\xa0\u200b\u200d\u2028\u202e\ufeff\ufffe", k=20)),
    lambda draw: "a" + "\u0301" * draw.choice((1, 5000)),
    lambda draw: "".join(draw.choices("\"'`.,;:!?-()[]{}<>/\\ $&%#@", k=40)),
    lambda draw: " ".join(f"w{draw.randrange(10**12)}/NN" for _ in range(10)),
    lambda _: "Don't you think it's \u201cfine\u201d, e.g. at http://a.b/c?d=e \U0001f468\u200d\U0001f469 ?",
)


def lines(options: argparse.Namespace) -> int:
    """Tags odd lines, each of which ends with its number; the answers must be in line, and memory flat."""
    forms: tuple[TextFormat, ...] = ("raw", "tokenized", "json")
    for path, form in itertools.product(options.models, forms):
        tagger = load(path)
        found = tag_text(odd_lines(options.count, form), tagger.tag_sents, form=form, source="lines")
        count = 0
        for count, answer in enumerate(found, 1):
            if not in_line(answer, count - 1, form):
                print(f"{path.stem}, {form}: line {count} has another line's answer: {answer[-80:]!r}")
                return 1
            if count * 10 % options.count < 10:
                print(f"{path.stem}, {form}: {count:,} lines, {memory()}", flush=True)
        if count != options.count:
            print(f"{path.stem}, {form}: {count:,} answers to {options.count:,} lines")
            return 1
    return 0


def odd_lines(count: int, form: TextFormat) -> Iterator[str]:
    draw = random.Random(1)
    for number in range(count):
        text = draw.choice(ODD_LINES)(draw)
        if form == "json":
            half = draw.choice(("", "\ud83d", "\udc00x"))  # of a surrogate pair
            given = {"tokens": [text, half]} if number % 2 else {"text": text + half}
            yield json.dumps({"number": number, **given}) + "\n"
        else:
            yield f"{text} n{number}\n"


def in_line(answer: str, number: int, form: TextFormat) -> bool:
    """Whether an answer is that to the line with this number."""
    if form != "json":
        return answer.split(" ")[-1].startswith(f"n{number}/")
    found = json.loads(answer)
    return bool(found["number"] == number and len(found["tokens"]) == len(found["tags"]))


def cycles(options: argparse.Namespace) -> int:
    """Loads a model, tags with it, and drops it, again and again; memory must stay flat."""
    for path in options.models:
        numbers = itertools.count()
        for cycle in range(1, options.count + 1):
            answers(load(path), new_sentences(numbers))
            gc.collect()
            if cycle * 10 % options.count < 10:
                print(f"{path.stem}: {cycle:,} times, {memory()}", flush=True)
    return 0


# -- batches ----------------------------------------------------------------------------------------


def batches(options: argparse.Namespace) -> int:
    """Tags sentences alone and all together: the same tags, and probabilities that differ by 1e-6 at most."""
    corpus = load_corpus("sample")
    given = [[word for word, _ in sentence] for sentence in (*corpus.dev, *corpus.test, *corpus.train)]
    given = [*given[: options.count], *new_sentences(itertools.count()), ["x"], ["The"] * 300]
    wrong = 0
    for path in options.models:
        tagger = load(path)
        together = tagger.probabilities(given)
        alone = np.concatenate([tagger.probabilities([sentence]) for sentence in given])
        tagged, by_itself = answers(tagger, given), [tagger.tag(sentence) for sentence in given]
        differing = sum(one != other for one, other in zip(tagged, by_itself, strict=True))
        largest = float(np.abs(together - alone).max())
        print(
            f"{path.stem}: {len(given):,} sentences, {len(alone):,} tokens: probabilities differ by "
            f"{largest:.1e} at most, tags of {differing} sentences",
            flush=True,
        )
        wrong += largest > 1e-6 or differing
    return int(wrong > 0)


# -- kill -9 ----------------------------------------------------------------------------------------


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


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    numbers = {processes: 100, tokens: 10**7, lines: 10**6, cycles: 1000, batches: 500, kills: 400}
    for run in (models, processes, tokens, lines, cycles, batches, kills):
        command = commands.add_parser(run.__name__, help=run.__doc__)
        command.set_defaults(run=run)
        if run is models:
            command.add_argument("folder", type=Path)
            continue
        command.add_argument("models", type=Path, nargs="+", metavar="MODEL")
        name = "--trials" if run in (processes, kills) else "--count"
        command.add_argument(name, type=int, default=numbers[run])
        if run is kills:
            command.add_argument("--folder", type=Path, help="on which disk; default: for temporary files")
    options = parser.parse_args()
    status: int = options.run(options)
    return status


if __name__ == "__main__":
    sys.exit(main())
