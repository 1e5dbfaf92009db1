from __future__ import annotations

from collections.abc import Iterator

import pytest

from postagger.errors import DataError
from postagger.text.detect import detect

WORD = "\t_" * 8 + "\n"
CONLLU = f"1\tThe{WORD}2\tcat{WORD}\n"


def form_of(text: str, source: str = "-") -> str:
    lines = text.splitlines(keepends=True)
    form, rest = detect(iter(lines), source)
    assert list(rest) == lines
    return form


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("conllu", CONLLU),
        ("conllu", "#sent_id=1\n" + CONLLU),
        ("conllu", "# sent_id = 1\n#text=The cat\n" + CONLLU),
        ("conllu", "#1\n" + CONLLU),
        ("conllu", "##\n\n#\n#generated\n" + CONLLU),
        ("conllu", "\n\n" + CONLLU),
        ("conllu", f"1-2\tdu{WORD}" + CONLLU),
        ("conllu", "1\tThe\tthe\tDT\n2\tcat\tcat\tNN\n"),  # with too few columns: an error when it is read
        ("vertical", "The\tDT\ncat\tNN\n\n"),
        ("vertical", "The\tDT\ncat\tNN"),
        ("vertical", "The\tthe\tDT\tO\ncat\tcat\tNN\tO\n\n"),
        ("vertical", "The\t\ncat\t\n\n"),
        ("vertical", "Stop\tVB\n\nThe\tDT\ncat\tNN\n"),
        ("vertical", "Stop\tVB\n\n"),
        ("vertical", "# text = The cat\nThe\tDT\ncat\tNN\n"),
        ("vertical", "#\t#\n1\tCD\n"),
        ("vertical", "1\tCD\n2\tCD\n"),
        ("vertical", "In\tIN\nNew York\tNNP\n"),
        ("vertical", "<doc id='1'>\n<s>\nThe\tDT\ncat\tNN\n</s>\n"),
        ("vertical", "The\tDT\ncat\tNN\n" * 20 + "prose, later\n"),
        ("json", '{"text": "The dog barks."}\n'),
        ("json", '\n{"id": 7, "tokens": ["The", "dog"]}\n'),
        ("json", '{"sentence": "The dog"}\n'),  # an error when it is read
    ],
)
def test_what_is_clearly_not_prose(form: str, text: str) -> None:
    assert form_of(text) == form
    assert form_of(text.replace("\n", "\r\n")) == form


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "The dog barks.\n",
        "#monday is a day\nThe dog barks.\n",
        "#monday\n#tuesday\n",
        "# A heading\n\nThe dog barks.\n",
        "# A heading\n",
        "#1 in the charts\nThe dog barks.\n",
        "key = value\n",
        "Two words\tand a tab\n",
        "John:\tHello there.\nMary:\tHello, John.\n",
        "1\tThe dog barks.\n2\tThe cat sleeps.\n",
        "The dog barks.\t1\nThe cat sleeps.\t0\n",
        "one\ttwo\n",
        "one\ttwo\nthree\n",
        "one\ttwo\nthree\tfour\tfive\n",
        "\tindented\n\tlines\n",
        "one\ttwo\n\nThe dog barks.\n",
        "a\tb\nc\td\nThe dog barks.\n",
        "{laughs} Come in.\n",
        "{\nThe dog barks.\n",
        "{}\n",
        "[1]\n",
        "[1] The dog barks.\n",
        "[applause]\n",
        "[]\n",
        '"The dog barks."\n',
        "12\n",
        "null\n",
        "<b>The dog</b> barks.\n",
        "<p>\nThe dog barks.\n</p>\n",
        "a\tb\tc\td\te\tf\tg\th\ti\tj k\n",
    ],
)
def test_what_may_be_prose_is_prose(text: str) -> None:
    assert form_of(text) == "raw"


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.conllu", "conllu"),
        ("a.CoNLLU.gz", "conllu"),
        ("a.jsonl", "json"),
        ("a.ndjson.gz", "json"),
        ("a.vert", "vertical"),
        ("a.vrt", "vertical"),
        ("a.txt", "raw"),
    ],
)
def test_a_name_may_tell(name: str, form: str) -> None:
    assert form_of("The\n", name) == form


@pytest.mark.parametrize(
    "text",
    [
        "<s>The</s>\n<s>cat</s>\n",
        '<p class="lead">The cat sleeps.</p>\n',
        "<doc>\n<p>The cat sleeps.</p>\n</doc>\n",
        '<?xml version="1.0"?>\n<doc>\nThe cat sleeps.\n</doc>\n',
        "\n<!DOCTYPE html>\n<p>The cat sleeps.\n",
        "<html>\nThe cat sleeps.\n",
    ],
)
def test_markup_is_refused(text: str) -> None:
    with pytest.raises(DataError, match=r"^a looks like markup: .* --format vertical$"):
        form_of(text, "a")


@pytest.mark.parametrize(
    "text",
    ["<b>Hello</b> world.\n", "I <3 you </3\n", "<laughs>\nHi.\n", "See <https://a.org>.\n", "a < b > c\n"],
)
def test_prose_with_some_markup_is_prose(text: str) -> None:
    assert form_of(text, "a") == "raw"


@pytest.mark.parametrize(
    "text",
    [
        '{\n  "text": "The dog barks."\n}\n',
        '[\n  {"text": "The dog barks."}\n]\n',
        '[{\n  "text": "The dog barks."\n}]\n',
        '[{"text": "The dog barks."}]\n',
        '["The", "dog"]\n',
        '[["The", "dog"], ["It"]]\n',
        '[[["The", "DT"], ["dog", "NN"]]]\n',
        '[[\n["The", "DT"],\n["dog", "NN"]\n]]\n',
    ],
)
def test_other_json_is_refused(text: str) -> None:
    with pytest.raises(
        DataError, match=r'^a looks like JSON, but not like JSON lines: .* "text" or "tokens"'
    ):
        form_of(text, "a")


# -- text that arrives line by line -------------------------------------------------------------------


def lines_read(text: str, arrived: int) -> tuple[str, int]:
    """The format, and how many lines have been read to tell, if only the first ones have arrived."""
    read = 0

    def lines() -> Iterator[str]:
        nonlocal read
        for line in text.splitlines(keepends=True):
            read += 1
            yield line

    form, _ = detect(lines(), "-", lambda: read >= arrived)
    return form, read


@pytest.mark.parametrize(
    "line", ["The dog barks.\n", "#monday is a day\n", "\n", "{laughs}\n", "a b\tc d\n", "<p>\n"]
)
def test_prose_is_not_kept_waiting(line: str) -> None:
    assert lines_read(line + "more\n", arrived=1) == ("raw", 1)


def test_the_beginning_of_something_else_is_waited_for() -> None:
    assert lines_read("#sent_id=1\n" + CONLLU, arrived=1) == ("conllu", 2)
    assert lines_read("# a comment\n# another\n" + CONLLU, arrived=1) == ("conllu", 3)
    assert lines_read("The\tDT\ncat\tNN\n\nA\tDT\n", arrived=1) == ("vertical", 3)
    assert lines_read("Stop\tVB\n\nA\tDT\n", arrived=1) == ("vertical", 2)
