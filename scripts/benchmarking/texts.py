"""The texts that the contenders tag, in files, from which each process reads its own copy."""

from __future__ import annotations

import itertools
import json
import random
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

Sentences = list[list[str]]

UNSEEN = 0.1
"""Fraction of the words that one of the measurements replaces by invented ones."""

LENGTH = 24
"""Words in a sentence that is tagged by itself."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def write_sentences(file: Path, sentences: Iterable[Sequence[Any]]) -> None:
    """Writes sentences, of words or of pairs, as a line of JSON each."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(list(sentence)) + "\n" for sentence in sentences), encoding="utf-8")


def read_sentences(file: Path) -> Sentences:
    """Reads words. Each token is a string of its own, as those of a tokeniser are."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def read_tagged(file: Path) -> list[list[tuple[str, str]]]:
    return [[(word, tag) for word, tag in json.loads(line)] for line in file.read_text("utf-8").splitlines()]


def about(sentences: Sentences, tokens: int) -> Sentences:
    """The first sentences, with about this many tokens; all if there are no more."""
    ends = itertools.accumulate(map(len, sentences))
    return [sentence for sentence, end in zip(sentences, ends, strict=True) if end <= tokens]


def with_unseen(sentences: Sentences, seed: int) -> Sentences:
    """The sentences with some words replaced by invented ones, which differ from seed to seed."""
    generator = random.Random(seed)

    def invented() -> str:
        return "".join(generator.choices(_LETTERS, k=generator.randint(4, 10)))

    return [[invented() if generator.random() < UNSEEN else word for word in s] for s in sentences]


def single(sentences: Sentences, count: int) -> Sentences:
    """As many sentences of `LENGTH` words, cut from the text without regard to where its sentences end."""
    words = itertools.cycle(itertools.chain.from_iterable(sentences))
    return [list(itertools.islice(words, LENGTH)) for _ in range(count)]


def plain(sentence: Sequence[str]) -> str:
    """Penn treebank tokens as a person would write them."""
    text = " ".join(sentence).replace("``", '"').replace("''", '"')
    text = re.sub(r'(^| )" ([^"]*) "', r'\1"\2"', text)
    text = re.sub(r" (?=[.,;:?!%)]|n't\b|'(?:s|re|ve|ll|d|m)\b)", "", text)
    return re.sub(r"(?<=[($#]) ", "", text)
