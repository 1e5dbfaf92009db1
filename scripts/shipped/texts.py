"""Text for the shipped model's teacher to tag: WordNet's examples, the Jargon File, fortunes, and reviews."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from postagger.text.tokenize import tokenize, tokenizer

_PLAIN = {"``": '"', "''": '"', "-LRB-": "(", "-RRB-": ")"}
_by_ud = tokenizer("ud")
_COMPOUND = re.compile(r"[A-Za-z]+(-[A-Za-z]+)+")


def write_text(path: Path, sentences: Iterable[Sequence[str]]) -> str:
    """Writes sentences as JSON lines, for ``distillation.text``; returns the path as a string."""
    lines = (json.dumps({"tokens": list(sentence)}) + "\n" for sentence in sentences if sentence)
    path.write_text("".join(lines), encoding="utf-8")
    return str(path)


def wordnet(folder: Path) -> Iterator[list[str]]:
    """The examples of four words or more in WordNet's files ``data.noun`` ..., in their order."""
    for part in ("noun", "verb", "adj", "adv"):
        for line in (folder / f"data.{part}").read_text(encoding="utf-8").splitlines():
            if line.startswith("  "):  # the licence
                continue
            for example in re.findall(r'"([^"]+)"', line.partition(" | ")[2]):
                if len(example.split()) > 3:
                    yield tokens_of(example)


def jargon(file: Path) -> Iterator[list[str]]:
    """The sentences of the Jargon File, as text, possibly gzipped; 4 to 60 words each."""
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", encoding="utf-8", errors="ignore") as lines:
        paragraphs = re.split(r"\n\s*\n", lines.read())
    for paragraph in (" ".join(each.split()) for each in paragraphs):
        if len(paragraph) < 60 or not re.search(r"[.!?]", paragraph):  # a heading, or a table
            continue
        plain = re.sub(r"\[\d+\]|[{}]|_(?=\w)|(?<=\w)_", "", paragraph)  # notes, links and emphasis
        yield from map(tokens_of, sentences_of(plain))


def fortunes(folder: Path) -> Iterator[list[str]]:
    """The sentences of the fortunes in a folder, without the names of their authors; verse is left out."""
    for file in sorted(folder.iterdir()):
        if file.suffix or file.name in {"songs-poems", "ascii-art", "translate-me"}:
            continue
        for fortune in re.split(r"^%.*$", file.read_text(encoding="utf-8", errors="ignore"), flags=re.M):
            said = re.split(r"^\s*-- ", fortune, maxsplit=1, flags=re.M)[0]
            yield from map(_by_ud, sentences_of(" ".join(said.split())))


def snippets(folder: Path) -> Iterator[list[str]]:
    """The snippets of the VADER data set, as they are cut there: reviews, tweets and editorials."""
    for kind in ("amazonReview", "movieReview", "nytEditorial"):
        yield from _texts_of(folder / f"{kind}Snippets_GroundTruth.txt")
    yield from _texts_of(folder / "tweets_GroundTruth.txt")


def _texts_of(file: Path) -> Iterator[list[str]]:
    """The third column of a file, if it has 4 to 60 words; quotes are written there as two apostrophes."""
    for line in file.read_text(encoding="utf-8", errors="ignore").splitlines():
        text = line.split("\t", 2)[2].replace("''", '"')
        if 4 <= len(text.split()) <= 60:
            yield _by_ud(text)


def as_text(sentences: Iterable[Sequence[str]]) -> Iterator[list[str]]:
    """The sentences of another corpus, of 4 to 60 words each, with plain quotes and UD's tokens."""
    for words in sentences:
        if 4 <= len(words) <= 60:
            yield _by_ud(" ".join(_PLAIN.get(word, word) for word in words).replace(" n't", "n't"))


def sentences_of(paragraph: str) -> Iterator[str]:
    """The sentences of a paragraph that have 4 to 60 words."""
    for sentence in re.split(r"(?<=[.!?])[\"')]*\s+(?=[A-Z\"'(])", paragraph):
        if 4 <= len(sentence.split()) <= 60 and re.match(r'[A-Z"(]', sentence):
            yield sentence


def tokens_of(sentence: str) -> list[str]:
    """The tokens of a sentence, as in the Penn treebank, but with plain quotes and brackets."""
    return [_PLAIN.get(token, token) for token in tokenize(sentence)]


def both_ways(sentences: Iterable[list[str]]) -> Iterator[list[str]]:
    """The sentences; the compounds of every other one are cut at their hyphens, as in UD."""
    for number, sentence in enumerate(sentences):
        yield sentence if number % 2 else list(cut_compounds(sentence))


def cut_compounds(tokens: Iterable[str]) -> Iterator[str]:
    """The tokens with compounds cut at their hyphens."""
    for token in tokens:
        yield from re.split("(-)", token) if _COMPOUND.fullmatch(token) else [token]
