"""Taggers for a long time: ever new words, odd lines, and models that are loaded again and again."""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import random
import time
from collections.abc import Callable, Iterator

from campaigning.taggers import answers, load, memory, new_sentences
from postagger.text import TextFormat, tag_text


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
    lambda draw: "word " * draw.choice((1, 10, 1500)),
    lambda draw: "x" * draw.choice((1, 100, 9000)),
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
