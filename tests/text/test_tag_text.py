from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import pytest

from postagger.corpora import TaggedSentence
from postagger.errors import DataError
from postagger.text import SentenceMode, TextFormat, tag_text
from postagger.text.tokenize import tokenize

BLOCK = """\
# newdoc id = first
# text = We don't  know.
1	We	we	PRON	_	Case=Nom	2	nsubj	_	_
2-3	don't	_	_	_	_	_	_	_	SpaceAfter=No
2	do	do	AUX	_	_	0	root	_	_
3	n't	not	PART	OLD	_	2	advmod	_	_
3.1	really	really	ADV	RB	_	_	_	_	_
4	10 000	_	NUM	_	_	2	obj	_	_
"""


def fake_tagger(sentences: Iterable[list[str]]) -> Iterator[TaggedSentence]:
    """Tags each word with its position; reads a sentence only when the next prediction is requested."""
    for sentence in sentences:
        yield [(word, f"T{place}") for place, word in enumerate(sentence, 1)]


def noted(lines: Iterable[str], seen: list[str]) -> Iterator[str]:
    for line in lines:
        seen.append(line)
        yield line


# -- one sentence per line ----------------------------------------------------------------------------


def test_raw_text_is_tokenised() -> None:
    (prediction,) = tag_text(["We don't, (really).\n"], fake_tagger, form="raw", source="-")
    assert prediction == "We/T1 do/T2 n't/T3 ,/T4 (/T5 really/T6 )/T7 ./T8\n"


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
@pytest.mark.parametrize(
    ("word", "tokens"), [("don't", "do n't"), ("it's", "it 's"), ("they'll", "they 'll")]
)
def test_the_end_of_a_line_is_no_part_of_its_last_word(word: str, tokens: str, end: str) -> None:
    (prediction,) = tag_text([word + end], fake_tagger, form="raw", source="-")
    assert [pair.rpartition("/")[0] for pair in prediction.split()] == tokens.split()


def test_tokenized_text_is_split_only_at_spaces_and_tabs() -> None:
    line = "We  don't,\t10\u00a0000 a/b \n"
    (prediction,) = tag_text([line], fake_tagger, form="tokenized", source="-")
    assert prediction == "We/T1 don't,/T2 10\u00a0000/T3 a/b/T4\n"


@pytest.mark.parametrize("form", ["raw", "tokenized"])
def test_empty_lines_stay_in_place(form: TextFormat) -> None:
    lines = ["\n", "one\n", " \t\n", "\r\n", "two\r\n", "three"]
    predictions = list(tag_text(lines, fake_tagger, form=form, source="-"))
    assert predictions == ["\n", "one/T1\n", "\n", "\n", "two/T1\n", "three/T1\n"]


@pytest.mark.parametrize("form", ["raw", "tokenized", "vertical", "conllu", "json"])
def test_empty_text_gives_no_output(form: TextFormat) -> None:
    assert list(tag_text([], fake_tagger, form=form, source="-")) == []


def test_straight_quotes_become_the_treebanks() -> None:
    assert tokenize('"Yes," she said.') == ["``", "Yes", ",", "''", "she", "said", "."]


def test_one_sentence_per_line_can_be_written_in_vertical_layout() -> None:
    lines = ["The dog/cat .\n", "\n", "New\u00a0York\n"]
    predictions = tag_text(lines, fake_tagger, form="tokenized", source="-", vertical=True)
    assert list(predictions) == ["The\tT1\ndog/cat\tT2\n.\tT3\n\n", "\n", "New\u00a0York\tT1\n\n"]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("line", "It rains. It pours .|so he|says .||It is. Ok"),
        ("split", "It rains .|It pours .|so he|says .||It is .|Ok"),
        ("paragraph", "It rains .|It pours .|so he says .||It is .|Ok"),
    ],
)
def test_sentences_are_lines_or_parts_of_them_or_run_across_them(mode: SentenceMode, expected: str) -> None:
    text = "It rains. It pours.\nso he\nsays.\n\nIt is. Ok\n".splitlines(keepends=True)
    predictions = "".join(tag_text(text, fake_tagger, form="raw", source="-", sentences=mode))
    lines = [" ".join(pair.split("/")[0] for pair in line.split()) for line in predictions.splitlines()]
    assert "|".join(lines) == expected


def test_a_json_text_of_several_sentences() -> None:
    (line,) = tag_text(
        ['{"text": "Hi! It\'s 5 p.m. now"}\n'], fake_tagger, form="json", source="a", sentences="split"
    )
    found = json.loads(line)
    assert found["tokens"] == ["Hi", "!", "It", "'s", "5", "p.m.", "now"]
    assert found["tags"] == ["T1", "T2", "T1", "T2", "T3", "T4", "T5"]
    assert [found["text"][start:end] for start, end in found["offsets"]] == found["tokens"]
    assert found["sentences"] == [[0, 2], [2, 7]]


# -- vertical text ------------------------------------------------------------------------------------


def vertical(text: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(tag_text(lines, fake_tagger, form="vertical", source="a"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The\tDT\ncat\tNN\n\n", "The\tT1\ncat\tT2\n\n"),
        ("The\tthe\tDT\r\ncat\tcat\tNN\r\n", "The\tT1\ncat\tT2\n\n"),
        ("The\ncat\n\nA\n", "The\tT1\ncat\tT2\n\nA\tT1\n\n"),
        ("\nNew York\tNNP\n\n\n1/2\tCD\n", "\nNew York\tT1\n\n\n1/2\tT1\n\n"),
        ("# id = 1\n#\t#\n#\n#word\n", "# id = 1\n#\tT1\n#\tT2\n#word\tT3\n\n"),
        (
            "<doc id='1'>\n<s>\nThe\tDT\n<g/>\ncat\tNN\n</s>\n<s>\n<\tSYM\n</s>\n</doc>\n",
            "<doc id='1'>\n<s>\nThe\tT1\n<g/>\ncat\tT2\n</s>\n<s>\n<\tT1\n</s>\n</doc>\n",
        ),
    ],
)
def test_vertical_text_is_tagged_in_its_first_column(text: str, expected: str) -> None:
    assert vertical(text) == expected


def test_a_vertical_line_without_a_word_is_named() -> None:
    with pytest.raises(DataError, match=r"^a:2: there is no word before the first tab$"):
        vertical("The\tDT\n\tNN\n")


# -- JSON lines ---------------------------------------------------------------------------------------


def as_json(*lines: str) -> list[str]:
    return list(tag_text(lines, fake_tagger, form="json", source="a"))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            '{"text": "It wasn\'t."}',
            '{"text": "It wasn\'t.", "tokens": ["It", "was", "n\'t", "."], "tags": [4], '
            '"offsets": [[0, 2], [3, 6], [6, 9], [9, 10]], "sentences": [[0, 4]]}',
        ),
        ('{"tokens": ["New York", ""], "id": 7}', '{"tokens": ["New York", ""], "id": 7, "tags": [2]}'),
        ('{"text": "x y", "tokens": ["x y"]}', '{"text": "x y", "tokens": ["x y"], "tags": [1]}'),
        (
            '{"text": "caf\u00e9", "tags": []}',
            '{"text": "caf\u00e9", "tags": [1], "tokens": ["caf\u00e9"], '
            '"offsets": [[0, 4]], "sentences": [[0, 1]]}',
        ),
        (
            '{"text": "\\ud800"}',
            '{"text": "\\ud800", "tokens": ["\\ud800"], "tags": [1], '
            '"offsets": [[0, 1]], "sentences": [[0, 1]]}',
        ),
        ('{"text": ""}', '{"text": "", "tokens": [], "tags": [], "offsets": [], "sentences": []}'),
        ("", ""),
    ],
)
def test_json_lines_get_tokens_and_tags(line: str, expected: str) -> None:
    for count in range(1, 5):
        tags = ", ".join(f'"T{place}"' for place in range(1, count + 1))
        expected = expected.replace(f'"tags": [{count}]', f'"tags": [{tags}]')
    assert as_json(line + "\n") == [expected + "\n"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "this is not a line of JSON"),
        ("[1]", "this is [1]"),
        ("7", "this is 7"),
        ('{"sentence": "a"}', "this one has ['sentence']"),
        ('{"text": ["a"]}', "\"text\" is ['a']"),
        ('{"text": null}', '"text" is None'),
        ('{"tokens": "a b"}', "\"tokens\" is 'a b'"),
        ('{"tokens": ["a", 1]}', "\"tokens\" is ['a', 1]"),
        ("[" * 100_000, "this is not a line of JSON"),
    ],
)
def test_a_malformed_json_line_is_named(line: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        as_json('{"text": "a"}', line)
    assert str(caught.value).startswith("a:2: ")
    assert message in str(caught.value)


# -- CoNLL-U ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("column", "place"), [("upos", 3), ("xpos", 4)])
def test_conllu_has_its_column_filled_in_and_everything_else_unchanged(column: str, place: int) -> None:
    lines = (BLOCK + "\n").splitlines(keepends=True)
    (prediction,) = tag_text(lines, fake_tagger, form="conllu", source="-", column=column)
    expected, count = [], 0
    for line in lines:
        fields = line.split("\t")
        if fields[0] in ("1", "2", "3", "4"):
            count += 1
            fields[place] = f"T{count}"
        expected.append("\t".join(fields))
    assert prediction == "".join(expected)


def test_conllu_words_are_passed_unchanged() -> None:
    seen: list[list[str]] = []

    def tag_sents(sentences: Iterable[list[str]]) -> Iterator[TaggedSentence]:
        for sentence in sentences:
            seen.append(sentence)
            yield [(word, "X") for word in sentence]

    list(tag_text(BLOCK.splitlines(), tag_sents, form="conllu", source="-"))
    assert seen == [["We", "do", "n't", "10 000"]]


def test_conllu_sentences_keep_their_tags_apart() -> None:
    lines = [f"1\t{word}" + "\t_" * 8 + "\n" for word in "ab"]
    predictions = list(tag_text([lines[0], "\n", lines[1]], fake_tagger, form="conllu", source="-"))
    assert [prediction.split("\t")[4] for prediction in predictions] == ["T1", "T1"]
    assert all(prediction.endswith("_\n\n") for prediction in predictions)


def test_conllu_comments_without_a_sentence_are_kept() -> None:
    lines = ["# a licence\n", "\n", *BLOCK.splitlines(keepends=True)]
    first, second = tag_text(lines, fake_tagger, form="conllu", source="-")
    assert first == "# a licence\n\n"
    assert second.startswith("# newdoc id = first\n")


def test_malformed_conllu_is_named_by_source_and_line() -> None:
    predictions = tag_text(
        [*BLOCK.splitlines(), "", "The dog"], fake_tagger, form="conllu", source="my.conllu"
    )
    assert "T4" in next(predictions)
    with pytest.raises(DataError, match=r"^my\.conllu:10: a CoNLL-U line has 10 columns"):
        next(predictions)


# -- laziness -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "blocks"),
    [
        ("raw", [["a\n"], ["b\n"], ["\n"]]),
        ("json", [['{"text": "a"}\n'], ['{"text": "b"}\n']]),
        ("vertical", [["a\n", "b\n", "\n"], ["c\n", "\n"]]),
        ("conllu", [["# x = 1\n", f"1\ta{chr(9) * 8}\n", "\n"], [f"1\ta{chr(9) * 8}\n", "\n"]]),
    ],
)
def test_what_has_arrived_is_tagged_before_more_is_waited_for(
    form: TextFormat, blocks: list[list[str]]
) -> None:
    seen: list[str] = []
    arrived: list[str] = []

    def reads_ahead(sentences: Iterable[list[str]]) -> Iterator[TaggedSentence]:
        yield from fake_tagger(list(sentences))

    lines = noted((line for block in blocks for line in block), seen)
    predictions = tag_text(
        lines, reads_ahead, form=form, source="-", must_wait=lambda: len(seen) >= len(arrived)
    )
    for block in blocks:
        arrived += block
        next(predictions)
        assert seen == arrived
    assert list(predictions) == []


@pytest.mark.parametrize("form", ["raw", "tokenized"])
def test_a_line_is_tagged_before_the_next_is_read(form: TextFormat) -> None:
    seen: list[str] = []
    predictions = tag_text(noted(["a\n", "b\n", "c\n"], seen), fake_tagger, form=form, source="-")
    assert seen == []
    assert next(predictions) == "a/T1\n"
    assert seen == ["a\n"]


def test_a_conllu_sentence_is_tagged_before_the_next_is_read() -> None:
    seen: list[str] = []
    block = [*BLOCK.splitlines(keepends=True), "\n"]
    predictions = tag_text(noted(block * 3, seen), fake_tagger, form="conllu", source="-")
    assert seen == []
    next(predictions)
    assert seen == block
    assert len(list(predictions)) == 2
