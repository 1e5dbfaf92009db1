"""Tags text sentence by sentence."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from postagger.corpora.columns import conllu_column, tag_cell
from postagger.corpora.conllu import conllu_sentences, is_word_line
from postagger.corpora.formats import split_tokens
from postagger.corpora.sentences import TaggedSentence
from postagger.text.tokenize import tokenize

TextFormat = Literal["raw", "tokenized", "conllu"]
TagSentences = Callable[[Iterable[list[str]]], Iterable[TaggedSentence]]


def tag_text(
    lines: Iterable[str], tag_sents: TagSentences, *, form: TextFormat, source: str, column: str = "xpos"
) -> Iterator[str]:
    """Tags text and yields it sentence by sentence, reading no further ahead than `tag_sents` does.

    Args:
        lines: the text; one sentence per line, or CoNLL-U.
        tag_sents: tags an iterable of sentences and yields one prediction for each.
        form: ``raw`` is tokenised with NLTK's Treebank tokeniser, ``tokenized`` is split at spaces and tabs;
            in ``conllu``, `column` is filled in, and everything else stays as it is.
        source: the name of the text in error messages.
        column: the CoNLL-U column for the tags, by name or number: any but those of numbers and words.

    Yields:
        For each line, a line of ``word/TAG`` tokens (empty for an empty line); for each CoNLL-U sentence, its
        lines and an empty line.
    """
    if form == "conllu":
        place = conllu_column(column)
        blocks, copies = itertools.tee(block for _, block in conllu_sentences(lines, source))
        predictions = tag_sents(forms(block) for block in copies)
        for block, prediction in zip(blocks, predictions, strict=True):
            yield _filled(block, [tag_cell(tag, column) for _, tag in prediction], place)
        return
    tokens_of = tokenize if form == "raw" else split_tokens
    for prediction in tag_sents(tokens_of(line) for line in lines):
        yield " ".join(f"{word}/{tag}" for word, tag in prediction) + "\n"


def forms(block: list[str]) -> list[str]:
    """The words of a CoNLL-U sentence."""
    return [line.split("\t")[1] for line in block if is_word_line(line)]


def _filled(block: list[str], tags: list[str], column: int) -> str:
    """A CoNLL-U sentence with the tags in a column, as text."""
    remaining = iter(tags)
    lines = []
    for line in block:
        if is_word_line(line):
            fields = line.split("\t")
            fields[column] = next(remaining)
            line = "\t".join(fields)
        lines.append(line + "\n")
    return "".join(lines) + "\n"
