"""Untagged text to sentences of tokens, and tagged sentences to text; both a sentence at a time."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from postagger.corpora.conllu import TAG_COLUMN, conllu_sentences, is_word_line
from postagger.corpora.corpus import TaggedSentence
from postagger.corpora.formats import split_tokens
from postagger.text.tokenize import tokenize

TextFormat = Literal["raw", "tokenized", "conllu"]
TagSentences = Callable[[Iterable[list[str]]], Iterable[TaggedSentence]]


def tag_text(
    lines: Iterable[str], tag_sents: TagSentences, *, form: TextFormat, source: str, column: str = "xpos"
) -> Iterator[str]:
    """Tags text and gives it back, a sentence at a time, reading no further ahead than `tag_sents` does.

    Args:
        lines: the text; a sentence a line, or CoNLL-U.
        tag_sents: tags an iterable of sentences, one answer for each.
        form: ``raw`` is cut into tokens with NLTK's Treebank tokeniser, ``tokenized`` at blanks;
            ``conllu`` has its `column` filled, all else kept as it is.
        source: the text's name in error messages.

    Yields:
        For each line a line of ``word/TAG`` (an empty one for an empty one), or for each CoNLL-U
        sentence its lines and an empty one.
    """
    if form == "conllu":
        blocks, copies = itertools.tee(block for _, block in conllu_sentences(lines, source))
        predictions = tag_sents(forms(block) for block in copies)
        for block, prediction in zip(blocks, predictions, strict=True):
            yield _filled(block, [tag for _, tag in prediction], TAG_COLUMN[column])
        return
    cut = tokenize if form == "raw" else split_tokens
    for prediction in tag_sents(cut(line) for line in lines):
        yield " ".join(f"{word}/{tag}" for word, tag in prediction) + "\n"


def forms(block: list[str]) -> list[str]:
    """The words of the lines of a CoNLL-U sentence."""
    return [line.split("\t")[1] for line in block if is_word_line(line)]


def _filled(block: list[str], tags: list[str], place: int) -> str:
    rest = iter(tags)
    lines = []
    for line in block:
        if is_word_line(line):
            fields = line.split("\t")
            fields[place] = next(rest)
            line = "\t".join(fields)
        lines.append(line + "\n")
    return "".join(lines) + "\n"
