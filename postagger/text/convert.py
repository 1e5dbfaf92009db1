"""Writes what one layout has read in another one, with probabilities if they are asked for."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from postagger.corpora.columns import conllu_column, tag_cells
from postagger.text.content import Content
from postagger.text.json_lines import as_json_line
from postagger.text.layout import Item, Layout
from postagger.text.predicted import Predicted, PredictedSentence
from postagger.text.tokens import Sentence

OutputFormat = Literal["slashes", "vertical", "conllu", "json"]

_BLANKS = re.compile(r"\s+")
_UNSAFE = re.compile(r"[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
_DIGITS = 4
"""Digits after the point of a probability."""


@dataclass(frozen=True)
class Output:
    """How predictions are written.

    Attributes:
        form: ``slashes``: a line of ``word/TAG`` tokens for each sentence; ``vertical``: a line for each
            token, with a column for each head; ``conllu``: CoNLL-U; ``json``: JSON lines.
        columns: the heads to write, in order, and CoNLL-U's column for each.
        probabilities: whether the probability of each tag is written.
        top: how many of the most probable tags are written.
        by_head: whether JSON has the tags by the names of the heads.
    """

    form: OutputFormat
    columns: Mapping[str, str]
    probabilities: bool = False
    top: int = 0
    by_head: bool = False


class Converted(Layout[Item]):
    """Text that is read in one layout and written in another one, or with more than tags."""

    def __init__(self, layout: Layout[Item], output: Output) -> None:
        """
        Raises:
            DataError: CoNLL-U has no such column.
        """
        self._layout = layout
        self._write = writer_of(output)

    def items(self, lines: Iterable[str], source: str) -> Iterator[Item]:
        return self._layout.items(lines, source)

    def sentences(self, item: Item) -> Sequence[list[str]]:
        return self._layout.sentences(item)

    def written(self, item: Item, predictions: Sequence[PredictedSentence]) -> str:
        return self._write(self.content(item), predictions)

    def content(self, item: Item) -> Content:
        return self._layout.content(item)


_Write = Callable[[Content, Sequence[PredictedSentence]], str]


def _slashes(output: Output) -> _Write:
    """Writes a line for each sentence; blanks within words become ``_``."""
    (head,) = output.columns

    def write(content: Content, predictions: Sequence[PredictedSentence]) -> str:
        lines = (
            " ".join(f"{_cell(word, _BLANKS)}/{found[head].tag}" for word, found in sentence)
            for sentence in predictions
        )
        if not any(predictions) and content.block is not None:
            return ""
        return "".join(f"{line}\n" for line in lines) or "\n"

    return write


def _vertical(output: Output) -> _Write:
    """Writes a line for each token: the word, the tags of all heads, and their probabilities."""

    def line(word: str, found: dict[str, Predicted]) -> str:
        heads = [found[head] for head in output.columns]
        cells = [_cell(word, _UNSAFE), *(each.tag for each in heads)]
        if output.probabilities:
            cells += [_shown(each.probability) for each in heads]
        for each in heads if output.top else ():
            pairs = [cell for tag, probability in each.top.items() for cell in (tag, _shown(probability))]
            cells += pairs + ["_"] * (2 * output.top - len(pairs))
        return "\t".join(cells)

    def write(content: Content, predictions: Sequence[PredictedSentence]) -> str:
        sentences = [[line(word, found) for word, found in sentence] for sentence in predictions]
        if content.block is not None and not content.is_conllu:
            block = list(content.block)
            for place, each in zip(content.words, itertools.chain.from_iterable(sentences), strict=True):
                block[place] = each
            return "\n".join([*block, ""])
        if not any(sentences) and content.is_conllu:
            return ""
        blocks = ("\n".join([*content.comments, *lines, "", ""]) for lines in sentences if lines)
        return "".join(blocks) or "\n"

    return write


def _json(output: Output) -> _Write:
    """Writes an object with the tokens, and with lists that have a value for each of them."""

    def write(content: Content, predictions: Sequence[PredictedSentence]) -> str:
        if content.is_blank:
            return "\n"
        tokens = [pair for sentence in predictions for pair in sentence]
        if not tokens and content.block is not None:
            return ""
        columns: dict[str, Any] = {"tokens": [word for word, _ in tokens]}

        def add(name: str, value: Callable[[Predicted], Any]) -> None:
            lists = {head: [value(found[head]) for _, found in tokens] for head in output.columns}
            columns[name] = lists if output.by_head else next(iter(lists.values()))

        add("tags", lambda found: found.tag)
        if output.probabilities:
            add("probabilities", lambda found: _rounded(found.probability))
        if output.top:
            add("top", lambda found: {tag: _rounded(each) for tag, each in found.top.items()})
        if content.places:
            columns["offsets"] = [[token.start, token.end] for each in content.sentences for token in each]
            ends = list(itertools.accumulate(map(len, content.sentences)))
            starts = [0, *ends[:-1]]
            columns["sentences"] = [list(pair) for pair in zip(starts, ends, strict=False)]
        if content.is_null:
            columns = dict.fromkeys(columns, None)
        return as_json_line(content.fields | columns)

    return write


class _Conllu:
    """Writes CoNLL-U: fills in the columns of CoNLL-U, and makes it of other text."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._places = {head: conllu_column(column) for head, column in output.columns.items()}
        self._count = 0

    def __call__(self, content: Content, predictions: Sequence[PredictedSentence]) -> str:
        if content.is_conllu:
            block = list(content.block or ())
            rows = [block[place].split("\t") for place in content.words]
            self._fill(rows, predictions[0])
            for place, row in zip(content.words, rows, strict=True):
                block[place] = "\t".join(row)
            return "\n".join([*block, "", ""])
        return "".join(
            self._new(content, sentence, found)
            for sentence, found in zip(content.sentences, predictions, strict=True)
            if found
        )

    def _new(self, content: Content, sentence: Sentence, found: PredictedSentence) -> str:
        """The lines of a sentence that comes from another layout."""
        self._count += 1
        comments = content.comments
        known = {comment.lstrip("# ").partition("=")[0].strip() for comment in comments}
        comments = [*comments, *([] if "sent_id" in known else [f"# sent_id = {self._count}"])]
        forms = [_cell(token.text, _UNSAFE) for token in sentence]
        blanks = [" " if token.space_after else "" for token in sentence]
        if sentence is content.sentences[-1]:
            blanks[-1] = " "  # the end of the text is one
        if "text" not in known:
            comments.append(f"# text = {''.join(map(''.join, zip(forms, blanks, strict=True))).rstrip()}")
        rows = [
            [str(number), form, *["_"] * 7, "_" if blank else "SpaceAfter=No"]
            for number, (form, blank) in enumerate(zip(forms, blanks, strict=True), 1)
        ]
        self._fill(rows, found)
        return "\n".join([*comments, *("\t".join(row) for row in rows), "", ""])

    def _fill(self, rows: list[list[str]], sentence: PredictedSentence) -> None:
        """Writes the tags and their probabilities into the rows of a sentence."""
        for head, column in self._output.columns.items():
            cells = tag_cells([found[head].tag for _, found in sentence], column)
            for row, cell in zip(rows, cells, strict=True):
                row[self._places[head]] = cell
        if self._output.probabilities:
            for row, (_, found) in zip(rows, sentence, strict=True):
                row[9] = self._misc(row[9], found)

    def _misc(self, misc: str, found: dict[str, Predicted]) -> str:
        """The column of miscellaneous attributes with the probability of each head's tag."""
        several = len(self._output.columns) > 1
        names = {head: f"TagProb[{head}]" if several else "TagProb" for head in self._output.columns}
        kept = [] if misc == "_" else misc.split("|")
        kept = [each for each in kept if each.partition("=")[0] not in names.values()]
        return "|".join(
            [*kept, *(f"{name}={_shown(found[head].probability)}" for head, name in names.items())]
        )


_WRITERS: dict[OutputFormat, Callable[[Output], _Write]] = {
    "slashes": _slashes,
    "vertical": _vertical,
    "conllu": _Conllu,
    "json": _json,
}


def writer_of(output: Output) -> _Write:
    """What writes content with its predictions in a layout."""
    return _WRITERS[output.form](output)


def _cell(word: str, unsafe: re.Pattern[str]) -> str:
    """A word that can stand in a line: each run of unsafe blanks becomes ``_``, and so does an empty word."""
    return (unsafe.sub("_", word) if unsafe.search(word) else word) or "_"


def _rounded(probability: float | None) -> float | None:
    return None if probability is None else round(probability, _DIGITS)


def _shown(probability: float | None) -> str:
    return "_" if probability is None else f"{probability:.{_DIGITS}f}"
