"""Tags text sentence by sentence."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal

from postagger.corpora.columns import conllu_column, tag_cell
from postagger.corpora.conllu import conllu_sentences, is_word_line
from postagger.corpora.formats import split_tokens
from postagger.corpora.sentences import TaggedSentence
from postagger.text.tokenize import tokenize

TextFormat = Literal["raw", "tokenized", "conllu"]
TagSentences = Callable[[Iterable[list[str]]], Iterable[TaggedSentence]]
TagColumns = Callable[[Iterable[list[str]]], Iterable[list[tuple[str, dict[str, str]]]]]


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
        conllu_column(column)  # a wrong one is an error before anything is tagged
        blocks, copies = itertools.tee(block for _, block in conllu_sentences(lines, source))
        predictions = tag_sents(forms(block) for block in copies)
        for block, prediction in zip(blocks, predictions, strict=True):
            yield _as_text(_filled(block, [tag for _, tag in prediction], column))
        return
    tokens_of = tokenize if form == "raw" else split_tokens
    for prediction in tag_sents(tokens_of(line) for line in lines):
        yield " ".join(f"{word}/{tag}" for word, tag in prediction) + "\n"


def fill_columns(
    lines: Iterable[str], tag_columns: TagColumns, *, source: str, columns: Mapping[str, str]
) -> Iterator[str]:
    """Fills in several columns of CoNLL-U; otherwise as `tag_text`.

    Args:
        tag_columns: tags an iterable of sentences with several heads, and yields one prediction for each.
        columns: the column of each head to write, by the head's name.
    """
    blocks, copies = itertools.tee(block for _, block in conllu_sentences(lines, source))
    predictions = tag_columns(forms(block) for block in copies)
    for block, prediction in zip(blocks, predictions, strict=True):
        for head, column in columns.items():
            block = _filled(block, [tags[head] for _, tags in prediction], column)
        yield _as_text(block)


def forms(block: list[str]) -> list[str]:
    """The words of a CoNLL-U sentence."""
    return [line.split("\t")[1] for line in block if is_word_line(line)]


def _filled(block: list[str], tags: list[str], column: str) -> list[str]:
    """A CoNLL-U sentence with the tags in a column."""
    remaining, place = iter(tags), conllu_column(column)
    lines = []
    for line in block:
        if is_word_line(line):
            fields = line.split("\t")
            fields[place] = tag_cell(next(remaining), column)
            line = "\t".join(fields)
        lines.append(line)
    return lines


def _as_text(block: list[str]) -> str:
    """A CoNLL-U sentence and the empty line after it."""
    return "".join(line + "\n" for line in [*block, ""])
