from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from postagger.corpora import TaggedSentence
from postagger.errors import DataError
from postagger.text.tag_text import TextFormat, tag_text
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
    """Tags a word with the number of its place, and asks for a sentence when it is asked for one."""
    for sentence in sentences:
        yield [(word, f"T{place}") for place, word in enumerate(sentence, 1)]


def noted(lines: Iterable[str], seen: list[str]) -> Iterator[str]:
    for line in lines:
        seen.append(line)
        yield line


# -- a sentence a line --------------------------------------------------------------------------------


def test_raw_text_is_cut_into_tokens() -> None:
    (prediction,) = tag_text(["We don't, (really).\n"], fake_tagger, form="raw", source="-")
    assert prediction == "We/T1 do/T2 n't/T3 ,/T4 (/T5 really/T6 )/T7 ./T8\n"


def test_tokenized_text_is_cut_at_blanks_alone() -> None:
    line = "We  don't,\t10\u00a0000 a/b \n"
    (prediction,) = tag_text([line], fake_tagger, form="tokenized", source="-")
    assert prediction == "We/T1 don't,/T2 10\u00a0000/T3 a/b/T4\n"


@pytest.mark.parametrize("form", ["raw", "tokenized"])
def test_empty_lines_stay_in_line(form: TextFormat) -> None:
    lines = ["\n", "one\n", " \t\n", "\r\n", "two\r\n", "three"]
    predictions = list(tag_text(lines, fake_tagger, form=form, source="-"))
    assert predictions == ["\n", "one/T1\n", "\n", "\n", "two/T1\n", "three/T1\n"]


@pytest.mark.parametrize("form", ["raw", "tokenized", "conllu"])
def test_no_text_is_no_answer(form: TextFormat) -> None:
    assert list(tag_text([], fake_tagger, form=form, source="-")) == []


def test_straight_quotes_become_the_treebanks() -> None:
    assert tokenize('"Yes," she said.') == ["``", "Yes", ",", "''", "she", "said", "."]


# -- CoNLL-U ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("column", "place"), [("upos", 3), ("xpos", 4)])
def test_conllu_has_its_column_filled_and_all_else_kept(column: str, place: int) -> None:
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


def test_conllu_words_are_handed_on_as_they_are() -> None:
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


def test_conllu_that_is_none_is_named_by_source_and_line() -> None:
    predictions = tag_text(
        [*BLOCK.splitlines(), "", "The dog"], fake_tagger, form="conllu", source="my.conllu"
    )
    assert "T4" in next(predictions)
    with pytest.raises(DataError, match=r"^my\.conllu:10: a CoNLL-U line has 10 columns"):
        next(predictions)


# -- laziness -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["raw", "tokenized"])
def test_a_line_is_answered_before_the_next_is_read(form: TextFormat) -> None:
    seen: list[str] = []
    predictions = tag_text(noted(["a\n", "b\n", "c\n"], seen), fake_tagger, form=form, source="-")
    assert seen == []
    assert next(predictions) == "a/T1\n"
    assert seen == ["a\n"]


def test_a_conllu_sentence_is_answered_before_the_next_is_read() -> None:
    seen: list[str] = []
    block = [*BLOCK.splitlines(keepends=True), "\n"]
    predictions = tag_text(noted(block * 3, seen), fake_tagger, form="conllu", source="-")
    assert seen == []
    next(predictions)
    assert seen == block
    assert len(list(predictions)) == 2
