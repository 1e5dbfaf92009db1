#!/usr/bin/env python3
"""How well is raw text split into sentences and tokens?

The raw text of a CoNLL-U treebank is rebuilt from its tokens, paragraph by paragraph, and split. Sentences,
tokens and words (of which a contraction has several) are compared with the treebank's as in the CoNLL 2018
shared task: by their first and last characters, blanks left out. The rules were chosen on train.

Example:
    python scripts/experiments/segmentation.py en_ewt-ud-train.conllu en_ewt-ud-dev.conllu
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from common import parser, run, say, table

from postagger.corpora.conllu import conllu_sentences
from postagger.io import open_text
from postagger.text import Rules, SentenceMode, segment
from postagger.text.segment import Splitter, as_tokenizer
from postagger.text.sentences import split_sentences
from postagger.text.universal import surface_tokens

Spans = list[tuple[int, int]]
"""First and last characters, blanks left out."""


class Paragraph(NamedTuple):
    """A paragraph of a treebank: its text, and where its sentences, tokens and words are."""

    text: str
    sentences: Spans
    tokens: Spans
    words: Spans


def paragraphs(path: str) -> Iterator[Paragraph]:
    """Yields the paragraphs of a CoNLL-U file."""
    found: list[list[tuple[str, list[str], bool]]] = []
    with open_text(path) as lines:
        for _, block in conllu_sentences(lines, path):
            if found and any(line.startswith(("# newdoc", "# newpar")) for line in block):
                yield _paragraph(found)
                found = []
            found.append(list(_tokens(block)))
    if found:
        yield _paragraph(found)


def _tokens(block: Iterable[str]) -> Iterator[tuple[str, list[str], bool]]:
    """Yields each token of a sentence with its words, and whether a blank follows."""
    last = 0
    rows = [line.split("\t") for line in block if line[:1].isdigit()]
    for number, form, *_, misc in rows:
        if number.isdigit() and int(number) > last:
            yield form, [form], "SpaceAfter=No" not in misc
        elif "-" in number:
            first, last = map(int, number.split("-"))
            words = [row[1] for row in rows if row[0].isdigit() and first <= int(row[0]) <= last]
            yield form, words, "SpaceAfter=No" not in misc


def _paragraph(found: list[list[tuple[str, list[str], bool]]]) -> Paragraph:
    text = ""
    place = 0
    sentences: Spans = []
    tokens: Spans = []
    words: Spans = []
    for sentence in found:
        start = place
        for form, parts, blank in sentence:
            tokens.append((place, place + len(form)))
            words += _one_after_another(parts, place)
            place += len(form)
            text += form + " " * blank
        sentences.append((start, place))
    return Paragraph(text, sentences, tokens, words)


def _one_after_another(parts: Iterable[str], place: int) -> Iterator[tuple[int, int]]:
    """Yields where strings are, of which the first begins at a place."""
    for part in parts:
        length = len("".join(part.split()))
        yield place, place + length
        place += length


def spans(parts: Iterable[str]) -> Spans:
    """Where the parts of a text are."""
    return list(_one_after_another(parts, 0))


def f1(found: Sequence[Spans], gold: Sequence[Spans]) -> float:
    """The F1 score of parts of texts, in per cent."""
    right = sum(len(set(some) & set(others)) for some, others in zip(found, gold, strict=True))
    return 200 * right / sum(map(len, [*found, *gold]))


# -- sentences ----------------------------------------------------------------------------------------


def punkt(texts: Sequence[str]) -> Splitter:
    """NLTK's Punkt (Kiss and Strunk 2006), trained on texts."""
    from nltk.tokenize.punkt import PunktSentenceTokenizer, PunktTrainer

    trainer = PunktTrainer()
    trainer.INCLUDE_ALL_COLLOCS = True
    trainer.train("\n\n".join(texts))
    split: Splitter = PunktSentenceTokenizer(trainer.get_params()).tokenize
    return split


def where(one: Splitter, other: Splitter, which: Callable[[set[int], set[int]], set[int]]) -> Splitter:
    """Splits where a combination of two splitters does.

    Args:
        which: the combination of the places, such as `set.union`.
    """

    def split(text: str) -> list[str]:
        ends = which(_ends(one(text)), _ends(other(text)))
        parts, count = [""], 0
        for character in text:
            parts[-1] += character
            count += not character.isspace()
            if not character.isspace() and count in ends:
                parts.append("")
        return parts

    return split


def _ends(parts: Iterable[str]) -> set[int]:
    return {end for _, end in spans(parts)}


def sentences_table(train: Sequence[Paragraph], dev: Sequence[Paragraph]) -> str:
    """The F1 scores of several sentence splitters."""
    trained = punkt([each.text for each in train])
    splitters: dict[str, Splitter] = {
        "each paragraph is one": lambda text: [text],
        "Punkt, trained on train": trained,
        "rules (postagger.text.sentences)": split_sentences,
        "where Punkt and the rules do": where(trained, split_sentences, set.intersection),
        "where Punkt or the rules do": where(trained, split_sentences, set.union),
    }
    rows = []
    for name, split in splitters.items():
        say(f"sentences: {name}")
        scores = []
        for part in (train, dev):
            found = [[span for span in spans(split(each.text)) if span[0] < span[1]] for each in part]
            scores.append(f"{f1(found, [each.sentences for each in part]):.2f}")
        rows.append([name, *scores])
    return table(["sentences", "train F1", "dev F1"], rows)


# -- tokens -------------------------------------------------------------------------------------------


def tokens_table(dev: Sequence[Paragraph]) -> str:
    """The F1 scores of sentences, tokens and words by each set of rules, and how fast they are."""
    rows = []
    rules: list[Rules] = ["ptb", "ud", "unicode"]
    modes: list[SentenceMode] = ["line", "split", "paragraph"]
    for name in rules:
        for mode in modes:
            say(f"tokens: rules {name}, sentences by {mode}")
            found = [segment(each.text, tokens=name, sentences=mode) for each in dev]
            words = [[token.text for sentence in each for token in sentence] for each in found]
            sentences = [spans(sentence.text for sentence in each) for each in found]
            tokens = words
            if name == "ud":
                tokens = [[token for sentence in each for token in _surface(sentence.text)] for each in found]
            scores = [
                f1(sentences, [each.sentences for each in dev]),
                f1(list(map(spans, tokens)), [each.tokens for each in dev]),
                f1(list(map(spans, words)), [each.words for each in dev]),
            ]
            rows.append([name, mode, *(f"{score:.2f}" for score in scores), *_rates(dev, name, mode)])
    head = ["tokens", "sentences", "sentence F1", "token F1", "word F1", "with offsets", "words only"]
    return table(head, rows)


def _surface(sentence: str) -> Iterator[str]:
    pieces = sentence.split()
    for number, piece in enumerate(pieces, 1):
        yield from surface_tokens(piece, ends=number == len(pieces))


def _rates(dev: Sequence[Paragraph], rules: Rules, mode: SentenceMode) -> Iterator[str]:
    """Yields thousands of tokens a second of CPU time: with offsets, and only the words."""
    cut = as_tokenizer(rules)
    only_line = mode == "line"

    def with_offsets() -> int:
        return sum(len(each) for part in dev for each in segment(part.text, tokens=rules, sentences=mode))

    def words_only() -> int:
        return sum(
            len(list(cut(sentence)))
            for part in dev
            for sentence in ([part.text] if only_line else split_sentences(part.text))
        )

    for work in (with_offsets, words_only):
        start = time.process_time()
        count = sum(work() for _ in range(3))
        yield f"{count / (time.process_time() - start) / 1000:,.0f}"


def main() -> None:
    options = parser(
        "segmentation",
        __doc__,
        time="10 s for the English Web Treebank",
        quick="5 s",
        without="the first 300 paragraphs of each file",
        runs=False,
        picture=False,
    )
    options.add_argument("train", help="a CoNLL-U file, on which Punkt is trained")
    options.add_argument("dev", help="a CoNLL-U file to split")
    files = options.parse_args()
    most = 300 if files.quick else None
    train, dev = (list(itertools.islice(paragraphs(name), most)) for name in (files.train, files.dev))
    say(f"sentences: {len(train):,} paragraphs of {files.train}, {len(dev):,} of {files.dev}")
    print(sentences_table(train, dev))
    print(f"\n{tokens_table(dev)}\n\nthe last two columns: thousands of tokens a second of CPU time")


if __name__ == "__main__":
    run(main)
