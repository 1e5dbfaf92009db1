#!/usr/bin/env python3
"""How fast are the taggers? Ours beside NLTK's, spaCy's and the floor, a dictionary look-up in Python.

All are trained on the same split and tag the same sentences, each in a process of its own, in turns, so
that a busy machine is busy for all of them; medians of several rounds. The floor gives each word its most
frequent tag: no tagger that answers with lists of tuples can be much faster in Python.

Measured are, for each tagger:

- tokens a second when its caches are cold (the first call), warm (the same sentences again), and when one
  word in ten is one that nobody has seen before;
- the time until the first answer, in a fresh process: importing, loading, one sentence;
- how time and memory grow with the text, from a thousand tokens on, when answers are read and dropped;
- with --training, the time to train, and until the perceptron's accuracy on dev is reached.

Prints Markdown; -o also writes everything as JSON. spaCy's tagger takes part if spaCy is installed; its
weights are as they start, which makes no difference to its speed.

Example:
    python scripts/benchmark.py --threads 1 --rounds 5
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import json
import multiprocessing
import platform
import random
import resource
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch

from postagger import Corpus, PostaggerError, Tagger, __version__, load_config, load_corpus
from postagger.baselines import is_available, train_baseline
from postagger.cli.parser import count
from postagger.corpora import TaggedSentence

ROOT = Path(__file__).resolve().parents[1]
OURS = ("logistic", "window", "lstm")
FLOOR, PERCEPTRON, CRF, SPACY = "floor", "NLTK perceptron", "NLTK CRF", "spaCy"
SLOW = (PERCEPTRON, SPACY)
"""They tag fewer sentences, so that a round takes seconds."""

UNSEEN = 0.1
"""Share of the words replaced by invented ones, in one of the measurements."""

Sentences = list[list[str]]


# -- the taggers ------------------------------------------------------------------------------------


class Dictionary:
    """The floor: each word's most frequent tag, and NN for others."""

    def __init__(self, sentences: Iterable[TaggedSentence]) -> None:
        counts: dict[str, Counter[str]] = {}
        for sentence in sentences:
            for word, tag in sentence:
                counts.setdefault(word, Counter())[tag] += 1
        self.tags = {word: tags.most_common(1)[0][0] for word, tags in counts.items()}

    def tag_sents(self, sentences: Iterable[list[str]]) -> Iterator[TaggedSentence]:
        get = self.tags.get
        for sentence in sentences:
            yield [(word, get(word, "NN")) for word in sentence]


class Spacy:
    """spaCy's standard tagger, with fresh weights."""

    def __init__(self, sentences: Sequence[TaggedSentence]) -> None:
        import spacy
        from spacy.tokens import Doc
        from spacy.training import Example

        self.nlp = spacy.blank("en")
        pipe: Any = self.nlp.add_pipe("tagger")
        for tag in sorted({tag for sentence in sentences for _, tag in sentence}):
            pipe.add_label(tag)
        self.doc: Callable[[list[str]], Any] = lambda words: Doc(self.nlp.vocab, words=words)
        examples = [
            Example.from_dict(self.doc([word for word, _ in s]), {"tags": [tag for _, tag in s]})
            for s in sentences[:100]
        ]
        self.nlp.initialize(lambda: examples)

    def tag_sents(self, sentences: Iterable[list[str]]) -> Iterator[TaggedSentence]:
        for doc in self.nlp.pipe(map(self.doc, sentences), batch_size=256):
            yield [(token.text, token.tag_) for token in doc]


def make_tagger(name: str, corpus: Corpus, device: str) -> Any:
    """A tagger that is ready and has tagged nothing yet; ours are read from `model_file`."""
    match name:
        case "floor":
            return Dictionary(corpus.train)
        case "spaCy":
            return Spacy(corpus.train)
        case "NLTK perceptron":
            return train_baseline("perceptron", corpus)
        case "NLTK CRF":
            return train_baseline("crfsuite", corpus)
    return Tagger.load(model_file(corpus, name), device=device)


def model_file(corpus: Corpus, name: str) -> Path:
    return ROOT / "runs" / "benchmark" / f"{Path(corpus.name).stem}-{name}.safetensors"


def train_ours(corpus: Corpus) -> None:
    """Trains what is not there yet; fully, for sizes and vocabularies are to be the real ones."""
    for name in OURS:
        file = model_file(corpus, name)
        if not file.exists():
            print(f"training {name}", file=sys.stderr)
            Tagger.train(corpus, load_config(ROOT / "configs" / f"{name}.toml")).save(file)


# -- measuring, in a process for each tagger ---------------------------------------------------------


def tagged(tagger: Any, sentences: Sentences) -> float:
    """Seconds to tag sentences, all answers kept."""
    start = time.perf_counter()
    answers = list(tagger.tag_sents(sentences))
    seconds = time.perf_counter() - start
    if list(map(len, answers)) != list(map(len, sentences)):
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
            case "tag":
                pipe.send(tagged(tagger, sentences))
            case "unseen":
                pipe.send(tagged(tagger, with_unseen(sentences, argument)))
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
        contender.answer()
        return contender

    def ask(self, what: str, argument: int = 0) -> Any:
        self.pipe.send((what, argument))
        return self.answer()

    def answer(self) -> Any:
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


def first_answer(file: Path, rounds: int) -> tuple[float, float]:
    """Seconds of a fresh process until one sentence is tagged, and of one that only imports torch."""
    load = f"Tagger.load({str(file)!r}, device='cpu')"
    code = f"from postagger import Tagger; {load}.tag(['Time', 'flies'])"

    def seconds(program: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", program], check=True)
        return time.perf_counter() - start

    pairs = [(seconds(code), seconds("import torch")) for _ in range(rounds)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def training(corpus: Corpus) -> list[dict[str, Any]]:
    """Seconds to train each tagger, and to reach the perceptron's dev accuracy; scoring dev is included."""
    start = time.perf_counter()
    goal = train_baseline("perceptron", corpus).evaluate_on(corpus, "dev").tokens.value or 0.0
    rows = [{"tagger": PERCEPTRON, "accuracy": goal, "to_goal": None, "seconds": time.perf_counter() - start}]
    for name in OURS:
        start = time.perf_counter()
        reached: list[float] = []

        def note(record: Any, start: float = start, reached: list[float] = reached) -> None:
            if record.dev_accuracy >= goal:
                reached.append(time.perf_counter() - start)

        tagger = Tagger.train(corpus, load_config(ROOT / "configs" / f"{name}.toml"), on_epoch=note)
        rows.append(
            {
                "tagger": name,
                "accuracy": tagger.history["dev_accuracy"],
                "to_goal": min(reached, default=None),
                "seconds": time.perf_counter() - start,
            }
        )
    return rows


# -- the report -------------------------------------------------------------------------------------


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---"] + ["---:"] * (len(head) - 1)
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def speed_table(contenders: Sequence[Contender]) -> str:
    speeds = {each.name: each.speed(each.warm) for each in contenders}
    others = [each.name for each in contenders if each.name not in OURS]
    rows = []
    for each in contenders:
        ratios = (
            f"{statistics.median(_ratios(each, other)):.3g}" for other in contenders if other.name in others
        )
        columns = (each.speed([each.cold]), speeds[each.name], each.speed(each.unseen))
        rows.append([each.name, *(f"{number:,.0f}" for number in columns), *ratios])
    unseen = f"{100 * UNSEEN:.0f} % unseen"
    return table(["tokens a second", "cold", "warm", unseen, *(f"x {name}" for name in others)], rows)


def _ratios(each: Contender, other: Contender) -> list[float]:
    """Of the speeds, warm, round by round."""
    pairs = zip(each.warm, other.warm, strict=True)
    return [(each.tokens / mine) / (other.tokens / theirs) for mine, theirs in pairs]


def growth_table(contenders: Sequence[Contender]) -> str:
    sizes = list(contenders[0].growth)
    rows = []
    for each in contenders:
        for label, place in (("ns a token", 0), ("MiB", 1)):
            cells = [each.growth[size][place] * (1e9 / size if place == 0 else 1) for size in sizes]
            rows.append([f"{each.name}, {label}", *(f"{cell:,.0f}" for cell in cells)])
    return table(["tokens streamed", *(f"{size:,}" for size in sizes)], rows)


def training_table(rows: Sequence[dict[str, Any]]) -> str:
    return table(
        ["training", "dev accuracy (%)", "seconds until the perceptron's", "seconds in all"],
        [
            [
                row["tagger"],
                f"{100 * row['accuracy']:.2f}",
                "-" if row["to_goal"] is None else f"{row['to_goal']:.1f}",
                f"{row['seconds']:.1f}",
            ]
            for row in rows
        ],
    )


def main() -> None:
    options = _options()
    corpus = load_corpus(options.corpus)
    train_ours(corpus)
    sentences = [[word for word, _ in s] for part in ("train", "dev", "test") for s in corpus.part(part)]
    names = [FLOOR, *([CRF] if is_available("crfsuite") else []), PERCEPTRON]
    names += [SPACY] if importlib.util.find_spec("spacy") else []
    names += OURS
    threads = options.threads or torch.get_num_threads()
    contenders = [Contender.start(name, corpus, sentences, threads, options.device) for name in names]
    for each in contenders:
        each.cold = each.ask("tag")
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
        for each in contenders:
            each.warm.append(each.ask("tag"))
        for each in contenders:
            each.unseen.append(each.ask("unseen", number))
    growing = [each for each in contenders if each.name in (FLOOR, *OURS)]
    for size in (10**power for power in range(3, options.largest + 1)):
        for each in growing:
            each.growth[size] = each.ask("stream", size)
    for each in contenders:
        each.stop()
    starts = {name: first_answer(model_file(corpus, name), options.rounds) for name in OURS}
    trained = training(corpus) if options.training else []
    origin = (
        f"{corpus.name}, {sum(map(len, sentences)):,} tokens; {threads} thread(s), {options.device}; "
        f"{options.rounds} rounds; postagger {__version__}, Python {platform.python_version()}, "
        f"torch {torch.__version__}"
    )
    print(f"{origin}\n\n{speed_table(contenders)}\n\n{growth_table(growing)}\n")
    print(
        table(
            ["seconds to the first answer", "in all", "of which import torch", "MB of the model file"],
            [
                [name, f"{all_:.2f}", f"{torch_:.2f}", f"{model_file(corpus, name).stat().st_size / 1e6:.1f}"]
                for name, (all_, torch_) in starts.items()
            ],
        )
    )
    if trained:
        print(f"\n{training_table(trained)}")
    if options.output:
        everything = {
            "origin": origin,
            "taggers": [
                {key: value for key, value in vars(each).items() if key not in ("process", "pipe")}
                for each in contenders
            ],
            "first_answer": starts,
            "training": trained,
        }
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(json.dumps(everything, indent=1), encoding="utf-8")


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = options.add_argument
    add("--corpus", default="treebank", help="a corpus by name, or a file (default: treebank)")
    add("--threads", type=count, help="of torch's, in each process (default: as torch has it)")
    add("--rounds", type=count, default=5, help="default: 5")
    add("--largest", type=count, default=7, help="stream up to 10 to this power tokens (default: 7)")
    add("--device", default="cpu", help="cpu (default) or cuda")
    add("--training", action="store_true", help="measure training too; it takes minutes")
    add("-o", "--output", type=Path, help="a JSON file for all that was measured")
    return options.parse_args()


if __name__ == "__main__":
    try:
        main()
    except PostaggerError as error:
        sys.exit(f"benchmark.py: {error}")
