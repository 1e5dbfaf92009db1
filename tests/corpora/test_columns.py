"""Columns of CoNLL-U: FEATS, where ``_`` is a value, and several columns at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from postagger import DataError, load_corpus, load_files
from postagger.corpora import UNTAGGED
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
