"""Untagged text in every format: as many answers as sentences, words echoed; what is written is read."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, get_args

from contents import files
from hypothesis import strategies as st
from properties import Target, settled

from postagger.corpora.formats import split_tokens
from postagger.io import clean_lines, open_binary, open_text
from postagger.text import Output, OutputFormat, Predicted, TextFormat, load_text, tag_text
from postagger.text.detect import detect
from postagger.text.layouts import layout_of
from postagger.text.lines import Lines

CONLLU = (
    *("1\tThe\tthe\tDET\tDT\t_\t2\tdet\t_\t_\n", "2\tdog\t_\t_\t_\t_\t_\t_\t_\t_\n", "\t_" * 8, "\n\n"),
    *(
        "1-2\tdon't\t" + "_\t" * 7 + "_\n",
        "1.1\tx\t" + "_\t" * 7 + "_\n",
        "# newdoc id = a\n",
        "# text = A b\n",
    ),
    *("#\t#\t" + "_\t" * 7 + "_\n", "\t", "_", "1", "# global.columns = ID FORM UPOS\n"),
)
VERTICAL = (
    "The\tDT\n",
    "dog\n",
    "\n",
    "<s>\n",
    "</s>\n",
    "<g/>\n",
    '<doc id="a b">\n',
    "# a = b\n",
    "\tNN",
    "#\t#\n",
)
JSON = (
    *(
        '{"text": "The dog barks ."}\n',
        '{"tokens": ["The", "dog"]}\n',
        '{"tokens": []}\n',
        "{}\n",
        "[]\n",
        "\n",
    ),
    *('{"tokens": ["', '"]}\n', '", "', '{"text": "', '"}\n', '{"id": 1e999, "text": "a"}\n', "NaN", "null"),
    *(
        '"tokens": [1]',
        "\\ud800",
        "\\udc00",
        "\\u0000",
        "\\n",
        '{"tags": 1, "tokens": ["a"]}\n',
        "[" * 30,
        "{",
    ),
)
PROSE = (
    "The dog barks.\n",
    '"Don\'t!" he said.\n',
    "``",
    "''",
    "...",
    "cannot",
    "$5.00",
    "U.S.",
    "'tis",
    "\n",
)
TOKENS = ("The dog barks .\n", "a/b\tc\n", "``", "\n", "  ")
TABLE = (
    "text,id\n",
    "id\ttext\n",
    "The dog,1\n",
    "1\tThe dog\n",
    '"a ""b""\n',
    '",2\n',
    ",",
    "\t",
    ";",
    "\n",
    "text",
)
PARTS: dict[TextFormat, Any] = {  # rows of Parquet are made by its reader
    "raw": PROSE,
    "tokenized": TOKENS,
    "vertical": VERTICAL,
    "conllu": CONLLU,
    "json": JSON,
    "table": TABLE,
}


class Given(NamedTuple):
    """A text, and how it is read.

    Attributes:
        form: None if it is to be detected.
        step: the bytes that arrive at once.
    """

    content: bytes
    form: TextFormat | None
    step: int


class _Arriving(io.BytesIO):
    """A stream from which a few bytes come at once."""

    def __init__(self, content: bytes, step: int) -> None:
        super().__init__(content)
        self._step = step

    def read1(self, size: int | None = -1, /) -> bytes:
        del size
        return self.read(self._step)


class _Echo:
    """Gives each word the same tag, and keeps the sentences."""

    def __init__(self) -> None:
        self.sentences: list[list[str]] = []

    def __call__(self, sentences: Iterable[list[str]]) -> Iterator[list[tuple[str, str]]]:
        for sentence in sentences:
            self.sentences.append(list(sentence))
            yield [(word, "X") for word in sentence]


def check_text(given: Given) -> None:
    """Tags a text, and reads again what was written."""
    tagged = settled(lambda: _tagged(given))
    if tagged is not None:
        _check_written(*tagged)
        form, lines, _, sentences = tagged
        for to in get_args(OutputFormat):
            _check_converted(form, lines, to, sum(map(len, sentences)))


def _tagged(given: Given) -> tuple[TextFormat, list[str], list[str], list[list[str]]]:
    """Format, lines, the pieces written, and the sentences that were tagged."""
    lines = list(clean_lines(Lines(_Arriving(given.content, given.step), "text"), "text"))
    form, detected = (given.form, iter(lines)) if given.form else detect(iter(lines), "text")
    echo = _Echo()
    return form, lines, list(tag_text(detected, echo, form=form, source="text")), echo.sentences


def _check_written(
    form: TextFormat, lines: list[str], written: list[str], sentences: list[list[str]]
) -> None:
    if form in ("json", "table"):
        assert form == "table" or len(written) == len(lines)
        objects = [json.loads(line) if line.strip() else {"tokens": [], "tags": []} for line in written]
        assert all(len(each["tags"]) == len(each["tokens"]) for each in objects)
        assert [token for each in objects for token in each["tokens"]] == list(
            itertools.chain.from_iterable(sentences)
        )
        return
    assert len(written) == len(sentences)
    if form in ("raw", "tokenized"):
        assert len(written) == len(lines)
        words = [[token.rpartition("/")[0] for token in split_tokens(line)] for line in written]
        assert words == sentences
        if form == "tokenized":
            assert words == list(map(split_tokens, lines))
        return
    layout: Any = layout_of(form)
    items = layout.items(_lines(written), "again")
    again = itertools.chain.from_iterable(map(layout.sentences, items))
    assert list(filter(None, again)) == list(filter(None, sentences))


def _check_converted(form: TextFormat, lines: list[str], to: OutputFormat, count: int) -> None:
    """Writes a text in another format, and reads as many words again.

    Args:
        count: the words that were tagged before.
    """

    def tag_sents(sentences: Iterable[list[str]]) -> Iterator[list[tuple[str, dict[str, Predicted]]]]:
        for sentence in sentences:
            yield [(word, {"xpos": Predicted("X", 0.5)}) for word in sentence]

    output = Output(to, {"xpos": "xpos"}, probabilities=to != "slashes")
    written = list(tag_text(iter(lines), tag_sents, form=form, source="text", output=output))
    if to == "slashes":
        assert sum(len(split_tokens(line)) for line in _lines(written)) == count
        return
    layout: Any = layout_of(to)
    items = layout.items(_lines(written), "again")
    assert sum(len(sentence) for item in items for sentence in layout.sentences(item)) == count


def _lines(written: list[str]) -> list[str]:
    return io.StringIO("".join(written)).readlines()


def check_reading(content: bytes) -> None:
    """The lines of a file are the same, whether it is read at once or as it arrives."""
    path = Path("text")
    path.write_bytes(content)

    def whole() -> list[str]:
        with open_text(path) as text:
            return list(clean_lines(text, path))

    def arriving() -> list[str]:
        with open_binary(path) as binary:
            return list(clean_lines(Lines(binary, "text"), path))

    assert settled(whole) == settled(arriving)


def check_plain(content: bytes) -> None:
    """Text for training without tags: words that are not empty, in sentences that are not empty."""
    path = Path("plain.txt")
    path.write_bytes(content)
    sentences = settled(lambda: load_text(path))
    assert sentences is None or all(sentence and all(sentence) for sentence in sentences)


def _given(form: TextFormat) -> st.SearchStrategy[Given]:
    return st.builds(
        Given, files(PARTS[form]), st.sampled_from((form, form, None)), st.sampled_from((1, 7, 9999))
    )


ALL = tuple(part for parts in PARTS.values() for part in parts)
TARGETS = {
    **{f"text-{form}": Target(_given(form), check_text) for form in PARTS},
    "lines": Target(files(ALL), check_reading),
    "plain": Target(files(ALL), check_plain),
}
