"""Every token of an evaluation, for people's own tables: rows in memory, or a file of them."""

from __future__ import annotations

import gzip
import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from postagger.corpora import UNTAGGED
from postagger.corpora.columns import CONLLU, conllu_column, tag_cells
from postagger.errors import ConfigError, DataError, brief
from postagger.io import writing_whole

_ENDINGS = (".tsv", ".conllu", ".jsonl")
_UNSAFE = re.compile(r"[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
_ESCAPED = {number: f"\\u{number:04x}" for number in (*range(0x7F, 0xA0), 0x2028, 0x2029)}
"""What JSON need not escape, but some programs take for the end of a line."""

_DIGITS = 6
"""Digits after the point of a probability."""


class TokenOutcome(NamedTuple):
    """What one head says of a token.

    Attributes:
        gold: the gold tag; ``_`` if there is none.
        predicted: the tagger's tag.
        probability: that of the predicted tag, in 0..1.
    """

    gold: str
    predicted: str
    probability: float

    @property
    def correct(self) -> bool | None:
        """Whether the tags are the same; None without a gold tag."""
        return None if self.gold == UNTAGGED else self.gold == self.predicted


class ScoredToken(NamedTuple):
    """A token with its gold tags and the tagger's.

    Attributes:
        document: the name of its document; empty if that is unknown.
        sentence: the number of its sentence in the scored text, from 1 on.
        token: its number in the sentence, from 1 on.
        known: whether the word, as written, occurs in training.
        outcomes: by the name of the head.
    """

    document: str
    sentence: int
    token: int
    word: str
    known: bool
    outcomes: dict[str, TokenOutcome]

    def row(self) -> dict[str, Any]:
        """One flat row, as for a data frame: of several heads, ``gold_xpos``, ``predicted_xpos`` ..."""
        cells = {
            f"{name}_{head}" if len(self.outcomes) > 1 else name: value
            for head, outcome in self.outcomes.items()
            for name, value in outcome._asdict().items()
        }
        place = {"document": self.document, "sentence": self.sentence, "token": self.token}
        return {**place, "word": self.word, "known": self.known, **cells}


def check_predictions_path(path: str | Path) -> str:
    """The format of a file of predictions, by its name: ``.tsv``, ``.conllu`` or ``.jsonl``.

    Raises:
        ConfigError: its name ends in another way.
    """
    name = str(path).lower().removesuffix(".gz")
    found = next((ending for ending in _ENDINGS if name.endswith(ending)), None)
    if found is None:
        raise ConfigError(
            f"the name of a file of predictions ends in {', '.join(_ENDINGS)}, or one of these and .gz, "
            f"which decides how they are written; not {brief(str(path))}"
        )
    return found


def write_predictions(
    path: str | Path, tokens: Iterable[ScoredToken], *, columns: Mapping[str, str] | None = None
) -> None:
    """Writes a line for each token, whole or not at all, in the format that the file's name ends in.

    ``.tsv`` has a header; blanks that would break a line become ``_``. ``.conllu`` has the predicted tags in
    the columns, and ``Gold``, ``TagProb`` and ``Known`` in MISC, where ``;`` stands for the ``|`` of a gold
    tag. ``.jsonl`` has an object on each line. With ``.gz`` at the end they are compressed.

    Args:
        tokens: as `Tagger.scored_tokens` yields them; all with the same heads.
        columns: the column of CoNLL-U for each head; default: that of its name, or XPOS.

    Raises:
        ConfigError: the name ends in another way, or two heads have the same column.
        DataError: the file can't be written.
    """
    form = check_predictions_path(path)
    lines = {".tsv": _tsv, ".jsonl": _json_lines, ".conllu": _conllu(columns or {})}[form](tokens)
    try:
        with ExitStack() as stack:
            file: BinaryIO | gzip.GzipFile = stack.enter_context(writing_whole(Path(path)))
            if str(path).lower().endswith(".gz"):
                file = stack.enter_context(gzip.GzipFile("", "wb", fileobj=file, mtime=0))
            for line in lines:
                file.write(f"{line}\n".encode(errors="replace"))
    except OSError as error:
        raise DataError(f"{path} can't be written: {error.strerror or error}") from None


_Lines = Callable[[Iterable[ScoredToken]], Iterator[str]]


def _tsv(tokens: Iterable[ScoredToken]) -> Iterator[str]:
    head: list[str] | None = None
    for token in tokens:
        row = token.row()
        if head is None:
            head = list(row)
            yield "\t".join(head)
        yield "\t".join(map(_cell, row.values()))


def _json_lines(tokens: Iterable[ScoredToken]) -> Iterator[str]:
    for token in tokens:
        row = token.row().items()
        rounded = {name: round(each, _DIGITS) if isinstance(each, float) else each for name, each in row}
        yield json.dumps(rounded, ensure_ascii=False).translate(_ESCAPED)


def _conllu(columns: Mapping[str, str]) -> _Lines:
    """Writes CoNLL-U, which can be read back as a corpus of the predicted tags."""

    def lines(tokens: Iterable[ScoredToken]) -> Iterator[str]:
        document = ""
        for number, group in itertools.groupby(tokens, lambda token: token.sentence):
            sentence = list(group)
            places = _places(sentence[0].outcomes, columns)
            if sentence[0].document != document:
                document = sentence[0].document
                yield f"# newdoc id = {_cell(document)}"
            yield f"# sent_id = {number}"
            yield f"# text = {' '.join(_cell(token.word) for token in sentence)}"
            rows = [[str(token.token), _cell(token.word), *["_"] * 7, _misc(token)] for token in sentence]
            for head, place in places.items():
                tags = [token.outcomes[head].predicted for token in sentence]
                for row, tag in zip(rows, tag_cells(tags, CONLLU[place]), strict=True):
                    row[place] = tag
            yield from ("\t".join(row) for row in rows)
            yield ""

    return lines


def _places(heads: Sequence[str] | Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, int]:
    """The column of each head, counted from 0.

    Raises:
        ConfigError: two heads have the same one.
    """
    places: dict[str, int] = {}
    for head in heads:
        try:
            place = conllu_column(columns.get(head, head))
        except DataError:
            place = CONLLU.index("xpos")
        if place in places.values():
            raise ConfigError(
                f"CoNLL-U has one column {CONLLU[place]}, which {head} and another head need: write .tsv or "
                ".jsonl, or choose one head"
            )
        places[head] = place
    return places


def _misc(token: ScoredToken) -> str:
    several = len(token.outcomes) > 1
    cells = [f"Known={'Yes' if token.known else 'No'}"]
    for head, outcome in token.outcomes.items():
        which = f"[{head}]" if several else ""
        gold = outcome.gold.replace("|", ";")
        cells += [f"Gold{which}={gold}", f"TagProb{which}={outcome.probability:.{_DIGITS}f}"]
    return "|".join(cells)


def _cell(value: object) -> str:
    """A value that can stand in a line of columns."""
    if isinstance(value, float):
        return f"{value:.{_DIGITS}f}"
    return _UNSAFE.sub("_", str(value))
