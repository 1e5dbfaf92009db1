"""Text that is read in one layout and written in another one, with probabilities."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from postagger.corpora.conllu import parse_conllu
from postagger.errors import DataError
from postagger.text import Output, OutputFormat, Predicted, PredictedSentence, TextFormat, tag_text

RAW = "He said \u201cno\u201d. Yes!\n\n  Bye \n"
CONLLU = """\
# sent_id = s1
# text = It's odd
1-2\tIt's\t_\t_\t_\t_\t_\t_\t_\t_
1\tIt\tit\tPRON\tOLD\t_\t0\troot\t_\tTagProb=0.1|SpaceAfter=No
2\t's\tbe\tAUX\t_\t_\t1\tcop\t_\t_
3\todd\t_\t_\t_\t_\t_\t_\t_\t_

"""
VERTICAL = "# kept = 1\n<s>\nNew York\tX\n<g/>\n!\tX\n</s>\nodd\n\n"
JSON = '{"id": 1, "tokens": ["New York", "", "a\\tb"]}\n\n{"id": 2, "text": "Hi! No"}\n'
TEXTS: dict[TextFormat, str] = {
    "raw": RAW, "tokenized": "He ca n't\n\nno\n", "vertical": VERTICAL, "conllu": CONLLU, "json": JSON,
}  # fmt: skip


def predictions(sentences: Iterable[list[str]]) -> Iterator[PredictedSentence]:
    for sentence in sentences:
        yield [
            (
                word,
                {
                    "xpos": Predicted(f"X{place}", 0.5 + place / 100, {f"X{place}": 0.75, "Y": 0.12346}),
                    "upos": Predicted(f"U{place}", 1.0, {"U": 1.0}),
                },
            )
            for place, word in enumerate(sentence, 1)
        ]


def convert(
    form: TextFormat, to: OutputFormat, *, heads: tuple[str, ...] = ("xpos",), text: str = "", **more: Any
) -> str:
    output = Output(to, {head: head for head in heads}, **more)
    lines = (text or TEXTS[form]).splitlines(keepends=True)
    return "".join(tag_text(lines, predictions, form=form, source="t", sentences="split", output=output))


@pytest.mark.parametrize("form", TEXTS)
def test_every_format_can_be_written_as_slashes(form: TextFormat) -> None:
    assert (
        convert(form, "slashes")
        == {
            "raw": "He/X1 said/X2 \u201c/X3 no/X4 \u201d/X5 ./X6\nYes/X1 !/X2\n\nBye/X1\n",
            "tokenized": "He/X1 ca/X2 n't/X3\n\nno/X1\n",
            "vertical": "New_York/X1 !/X2\nodd/X1\n",
            "conllu": "It/X1 's/X2 odd/X3\n",
            "json": "New_York/X1 _/X2 a_b/X3\n\nHi/X1 !/X2\nNo/X1\n",
        }[form]
    )


@pytest.mark.parametrize("form", TEXTS)
def test_every_format_can_be_written_as_vertical_text(form: TextFormat) -> None:
    assert convert(form, "vertical") == {
        "raw": "He\tX1\nsaid\tX2\n\u201c\tX3\nno\tX4\n\u201d\tX5\n.\tX6\n\nYes\tX1\n!\tX2\n\n\nBye\tX1\n\n",
        "tokenized": "He\tX1\nca\tX2\nn't\tX3\n\n\nno\tX1\n\n",
        "vertical": "# kept = 1\n<s>\nNew York\tX1\n<g/>\n!\tX2\n</s>\nodd\tX1\n\n",
        "conllu": "# sent_id = s1\n# text = It's odd\nIt\tX1\n's\tX2\nodd\tX3\n\n",
        "json": "New York\tX1\n_\tX2\na_b\tX3\n\n\nHi\tX1\n!\tX2\n\nNo\tX1\n\n",
    }[form]  # fmt: skip


@pytest.mark.parametrize("form", TEXTS)
def test_every_format_can_be_written_as_json(form: TextFormat) -> None:
    found = [json.loads(line) if line.strip() else None for line in convert(form, "json").splitlines()]
    assert found == {
        "raw": [
            {
                "text": "He said \u201cno\u201d. Yes!",
                "tokens": ["He", "said", "\u201c", "no", "\u201d", ".", "Yes", "!"],
                "tags": ["X1", "X2", "X3", "X4", "X5", "X6", "X1", "X2"],
                "offsets": [[0, 2], [3, 7], [8, 9], [9, 11], [11, 12], [12, 13], [14, 17], [17, 18]],
                "sentences": [[0, 6], [6, 8]],
            },
            {"text": "", "tokens": [], "tags": [], "offsets": [], "sentences": []},
            {"text": "  Bye ", "tokens": ["Bye"], "tags": ["X1"], "offsets": [[2, 5]], "sentences": [[0, 1]]},
        ],
        "tokenized": [
            {"tokens": ["He", "ca", "n't"], "tags": ["X1", "X2", "X3"]},
            {"tokens": [], "tags": []},
            {"tokens": ["no"], "tags": ["X1"]},
        ],
        "vertical": [
            {"tokens": ["New York", "!"], "tags": ["X1", "X2"]},
            {"tokens": ["odd"], "tags": ["X1"]},
        ],
        "conllu": [
            {"sent_id": "s1", "text": "It's odd", "tokens": ["It", "'s", "odd"], "tags": ["X1", "X2", "X3"]}
        ],
        "json": [
            {"id": 1, "tokens": ["New York", "", "a\tb"], "tags": ["X1", "X2", "X3"]},
            None,
            {
                "id": 2,
                "text": "Hi! No",
                "tokens": ["Hi", "!", "No"],
                "tags": ["X1", "X2", "X1"],
                "offsets": [[0, 2], [2, 3], [4, 6]],
                "sentences": [[0, 2], [2, 3]],
            },
        ],
    }[form]  # fmt: skip


@pytest.mark.parametrize(
    ("form", "texts", "glued"),
    [
        ("raw", ["He said \u201cno\u201d.", "Yes!", "Bye"], [[2, 3, 4], [0], []]),
        ("tokenized", ["He ca n't", "no"], [[], []]),
        ("vertical", ["New York!", "odd"], [[0], []]),
        ("json", ["New York _ a_b", "Hi!", "No"], [[], [0], []]),
    ],
)
def test_every_format_becomes_valid_conllu(
    form: TextFormat, texts: list[str], glued: list[list[int]]
) -> None:
    blocks = convert(form, "conllu", heads=("xpos", "upos")).split("\n\n")
    assert blocks.pop() == ""
    assert len(blocks) == len(texts)
    for number, (block, text, without) in enumerate(zip(blocks, texts, glued, strict=True), 1):
        comments = [line for line in block.splitlines() if line.startswith("#")]
        rows = [line.split("\t") for line in block.splitlines() if not line.startswith("#")]
        assert comments[-2:] == [f"# sent_id = {number}", f"# text = {text}"]
        assert {len(row) for row in rows} == {10}
        assert [row[0] for row in rows] == [str(place) for place in range(1, len(rows) + 1)]
        assert [row[3:5] for row in rows] == [[f"U{row[0]}", f"X{row[0]}"] for row in rows]
        assert [place for place, row in enumerate(rows) if row[9] == "SpaceAfter=No"] == without
        list(parse_conllu([f"{line}\n" for line in block.splitlines()], "t", "xpos"))


def test_in_conllu_probabilities_are_attributes() -> None:
    lines = convert("conllu", "conllu", probabilities=True).splitlines()
    cells = [line.split("\t") for line in lines[3:6]]
    assert [cell[9] for cell in cells] == ["SpaceAfter=No|TagProb=0.5100", "TagProb=0.5200", "TagProb=0.5300"]
    assert cells[0][:5] == ["1", "It", "it", "PRON", "X1"]
    assert lines[:3] == CONLLU.splitlines()[:3]
    several = convert("conllu", "conllu", heads=("xpos", "upos"), probabilities=True).splitlines()[4]
    assert several.split("\t")[9] == "TagProb[xpos]=0.5200|TagProb[upos]=1.0000"


def test_columns_of_vertical_text() -> None:
    text: dict[str, Any] = {"text": "<s>\nno\n</s>\n"}
    assert convert("vertical", "vertical", probabilities=True, **text) == "<s>\nno\tX1\t0.5100\n</s>\n"
    heads = ("upos", "xpos")
    found = convert("vertical", "vertical", heads=heads, probabilities=True, top=2, **text)
    tops = "U\t1.0000\t_\t_\tX1\t0.7500\tY\t0.1235"
    assert found == f"<s>\nno\tU1\tX1\t1.0000\t0.5100\t{tops}\n</s>\n"


def test_lists_of_json() -> None:
    more: dict[str, Any] = {"text": '{"tokens": ["a", "b"]}\n', "probabilities": True, "top": 2}
    one = json.loads(convert("json", "json", **more))
    assert one == {
        "tokens": ["a", "b"],
        "tags": ["X1", "X2"],
        "probabilities": [0.51, 0.52],
        "top": [{"X1": 0.75, "Y": 0.1235}, {"X2": 0.75, "Y": 0.1235}],
    }
    several = json.loads(convert("json", "json", heads=("upos", "xpos"), by_head=True, **more))
    assert several["tags"] == {"upos": ["U1", "U2"], "xpos": ["X1", "X2"]}
    assert several["probabilities"] == {"upos": [1.0, 1.0], "xpos": [0.51, 0.52]}
    assert several["top"]["xpos"] == one["top"]


# -- fields and tables --------------------------------------------------------------------------------


def tag_field(text: str, form: TextFormat, field: str) -> list[dict[str, Any]]:
    def tag_sents(sentences: Iterable[list[str]]) -> Iterator[list[tuple[str, str]]]:
        return ([(word, word.upper()) for word in sentence] for sentence in sentences)

    lines = text.splitlines(keepends=True)
    return [json.loads(line) for line in tag_text(lines, tag_sents, form=form, source="t", field=field)]


def test_the_text_may_be_in_another_field_of_json() -> None:
    (found,) = tag_field('{"text": "no", "tokens": ["no"], "body": "a b"}\n', "json", "body")
    assert (found["text"], found["tokens"], found["tags"]) == ("no", ["a", "b"], ["A", "B"])
    for line, message in (
        ('{"text": "a"}', '"body" [(]a string[)]; this one has'),
        ('{"body": 1}', '"body" is 1'),
    ):
        with pytest.raises(DataError, match=f"t:1: a JSON line must be an object with .*{message}"):
            tag_field(line, "json", "body")


@pytest.mark.parametrize("between", [",", "\t", ";"])
def test_tables(between: str) -> None:
    rows = [["id", "body", "label"], ["1", '"a, b; c\td\n ""e"""', "x"], ["2", "", "y"]]
    found = tag_field("".join(between.join(row) + "\n" for row in rows), "table", "body")
    assert [each["id"] for each in found] == ["1", "2"]
    assert (found[0]["body"], found[0]["label"]) == ('a, b; c\td\n "e"', "x")
    assert found[1] == {"id": "2", "body": "", "label": "y", "tokens": [], "tags": [], "offsets": [], "sentences": []}  # noqa: E501  # fmt: skip
    for token, (start, end) in zip(found[0]["tokens"], found[0]["offsets"], strict=True):
        assert found[0]["body"][start:end] == token or token in ("``", "''")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,texts\n1,a\n", "t:1: the header of this table has no column 'text': did you mean 'texts'"),
        ("id\ttext\n1\n", "t:2: this row has 1 columns, but the header has 2"),
        ("text,text\na,b\n", "t:1: two columns"),
    ],
)
def test_wrong_tables_are_one_clear_error(text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        tag_field(text, "table", "text")


def test_an_empty_table_gives_nothing() -> None:
    assert tag_field("", "table", "text") == tag_field("text\n", "table", "text") == []
