"""Columns of CoNLL-U: FEATS, where ``_`` is a value, and several columns at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from postagger import ConfigError, Corpus, DataError, load_corpus, load_documents, load_files
from postagger.corpora import UNTAGGED, TaggedSentence
from postagger.corpora.columns import NO_FEATURES
from postagger.text.tag_text import tag_text

Row = tuple[str, str, str, str]
"""A word with its UPOS, XPOS and FEATS."""

DOGS: list[Row] = [
    ("Dogs", "NOUN", "NNS", "Number=Plur"),
    ("bark", "VERB", "VBP", "_"),
    (".", "PUNCT", ".", "_"),
]


def conllu(*sentences: list[Row]) -> str:
    """Sentences as CoNLL-U text."""
    lines = []
    for sentence in sentences:
        for number, (word, upos, xpos, feats) in enumerate(sentence, 1):
            lines.append(f"{number}\t{word}\t_\t{upos}\t{xpos}\t{feats}\t_\t_\t_\t_")
        lines.append("")
    return "".join(line + "\n" for line in lines)


@pytest.fixture
def conllu_file(tmp_path: Path) -> Callable[..., str]:
    """``conllu_file("a.conllu", DOGS)`` gives the path of a file with these sentences."""

    def make(name: str, *sentences: list[Row]) -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(conllu(*sentences), encoding="utf-8")
        return str(path)

    return make


# -- FEATS --------------------------------------------------------------------------------------------


def feats_of(file: str) -> list[list[str]]:
    corpus = load_files(train=file, column="feats")
    return [[tag for _, tag in sentence] for sentence in corpus.train]


@pytest.mark.parametrize("empty", ["_", ""])
def test_a_word_without_features_has_a_tag(empty: str, conllu_file: Callable[..., str]) -> None:
    rows: list[Row] = [("a", "DET", "DT", "Definite=Ind"), ("of", "ADP", "IN", empty), ("x", "_", "_", empty)]
    assert feats_of(conllu_file("a.conllu", rows)) == [["Definite=Ind", NO_FEATURES, NO_FEATURES]]


def test_a_sentence_without_any_annotation_is_untagged(conllu_file: Callable[..., str]) -> None:
    rows: list[Row] = [("of", "_", "_", "_"), ("x", "", "_", "")]
    file = conllu_file("a.conllu", DOGS, rows)
    assert feats_of(file) == [["Number=Plur", NO_FEATURES, NO_FEATURES], [UNTAGGED, UNTAGGED]]


def test_other_columns_are_untagged_where_they_are_empty(conllu_file: Callable[..., str]) -> None:
    file = conllu_file("a.conllu", [("a", "DET", "_", "_"), ("b", "_", "NN", "_")])
    assert load_files(test=file, column="upos").test == [[("a", "DET"), ("b", UNTAGGED)]]
    assert load_files(test=file, column="xpos").test == [[("a", UNTAGGED), ("b", "NN")]]


def test_a_file_without_features_is_an_error(conllu_file: Callable[..., str]) -> None:
    file = conllu_file("a.conllu", [("of", "ADP", "IN", "_")])
    with pytest.raises(DataError, match=r"a\.conllu:1: no tag in the column feats"):
        load_corpus(file, column="feats")


def test_a_word_without_features_is_written_as_an_underscore() -> None:
    def tagger(_sentences: object) -> list[list[tuple[str, str]]]:
        return [[("Dogs", "Number=Plur"), ("bark", NO_FEATURES), (".", NO_FEATURES)]]

    lines = conllu(DOGS).splitlines(keepends=True)
    assert "".join(tag_text(lines, tagger, form="conllu", source="-", column="feats")) == conllu(DOGS)


# -- several columns ----------------------------------------------------------------------------------

COLUMNS = ["upos", "xpos", "feats"]


def test_each_column_is_a_corpus_with_the_same_words(conllu_file: Callable[..., str]) -> None:
    file = conllu_file("a.conllu", DOGS)
    for corpus in (load_files(file, column=COLUMNS), load_corpus(file, column=tuple(COLUMNS))):
        assert list(corpus.by_head) == COLUMNS
        assert corpus.head == "upos"
        assert corpus.settings.columns == tuple(COLUMNS)
        for column, each in corpus.by_head.items():
            alone = load_files(file, column=column)
            assert [*each.train, *each.test] == alone.train
            assert each.name == corpus.name
        assert [each.settings.column for each in corpus.others] == ["xpos", "feats"]


def test_a_list_of_one_column_is_that_column(conllu_file: Callable[..., str]) -> None:
    file = conllu_file("a.conllu", DOGS)
    assert load_files(file, column=["upos"]) == load_files(file, column="upos")
    assert load_files(test=file, column=["upos"]).test == load_files(test=file, column="upos").test
    assert load_documents(file, column=["upos"]) == load_documents(file, column="upos")


def test_folds_divide_every_column_alike() -> None:
    corpus = load_corpus("sample", column=["xpos", "upos"])
    alone = load_corpus("sample", column="upos").folds(5)
    for fold, expected in zip(corpus.folds(5), alone, strict=True):
        assert fold.by_head["upos"].test == expected.test
        assert [len(each) for each in fold.test] == [len(each) for each in expected.test]


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ([[("a", "X"), ("c", "Y")]], "the train part of 'main' in the column 'more', sentence 1: its words"),
        ([[("a", "X")]], "sentence 1: its words differ"),
        ([], "'more' has 0 sentences, not 1"),
    ],
)
def test_columns_with_other_words_are_an_error(other: list[TaggedSentence], words: str) -> None:
    with pytest.raises(DataError, match=words):
        Corpus("main", [[("a", "X"), ("b", "Y")]], [], [], others=(Corpus("more", other, [], []),))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"column": []}, "a string, or a list of strings"),
        ({"column": ["upos", 2.5]}, "a string, or a list of strings"),
        ({"column": ["upos", "upos"]}, "a column is named twice in corpus.column: upos, upos"),
        ({"column": COLUMNS, "head": "mine"}, "corpus.head = 'mine' names one head"),
        ({"column": COLUMNS, "tagset": "universal"}, "corpus.tagset = 'universal' is for one column"),
    ],
)
def test_settings_that_do_not_go_with_several_columns(options: dict[str, Any], words: str) -> None:
    for load in (load_corpus, load_documents):
        if load is load_corpus or "head" not in options:
            with pytest.raises(ConfigError, match=words):
                load("sample", **options)


def test_a_corpus_by_name_has_one_column() -> None:
    with pytest.raises(ConfigError, match="'brown' has one tag for each word"):
        load_corpus("brown", column=["upos", "xpos"])
    with pytest.raises(ConfigError, match="load_documents reads one column"):
        load_documents("sample", column=["upos", "xpos"])
