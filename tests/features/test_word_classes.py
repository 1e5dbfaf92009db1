"""Word classes: their files, their features, and their columns."""

from __future__ import annotations

import gzip
import itertools
from pathlib import Path

import pytest

from postagger import DataError
from postagger.config import WordsConfig
from postagger.features import UNKNOWN, WordClasses, WordEncoding, choose_classes
from postagger.features.word_classes import load_classes
from postagger.features.words import column_names

BROWN = "0010\tthe\t100\n0010\ta\t60\n01101\tdog\t7\n01101\tcat\t3\n0111\tBonn\t2\n1\t00\t9\n"
PLAIN = "the\tD\na\tD\ndog\t17\ncat\t17\nBonn\tN\n00\tnum\n"


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def brown(tmp_path: Path) -> Path:
    return write(tmp_path / "paths", BROWN)


@pytest.mark.parametrize(
    ("text", "dog", "columns"),
    [
        (BROWN, ["01", "0110", "01101"], ["class2", "class4", "class20"]),
        (PLAIN, ["17"], ["class"]),
        ("dog\t01101\nthe\t0010\n", ["01", "0110", "01101"], ["class2", "class4", "class20"]),
        ("01101\tdog\n0010\tthe\n", ["01", "0110", "01101"], ["class2", "class4", "class20"]),
        ("dog\t01101\nthe\t0012\n", ["01101"], ["class"]),
        ("101\t1\ndog\t2\n", ["2"], ["class"]),
        ("\ufeffdog \t 17 \r\n\r\n", ["17"], ["class"]),
        ("dog\tN\ndog\tN\n", ["N"], ["class"]),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_the_form_of_a_file_is_detected(
    text: str, dog: list[str], columns: list[str], packed: bool, tmp_path: Path
) -> None:
    file = tmp_path / "classes"
    file.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    classes = load_classes(file, (2, 4, 20))
    assert classes.columns == columns
    assert classes.features("dog") == dog


def test_without_prefixes_a_cluster_is_one_feature(brown: Path) -> None:
    classes = load_classes(brown)
    assert classes.columns == ["class"]
    assert classes.features("dog") == ["01101"]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("dog", "01101"),
        ("Dog", "01101"),
        ("DOG", "01101"),
        ("Bonn", "0111"),
        ("bonn", ""),
        ("12", "1"),
        ("zebra", ""),
        ("", ""),
    ],
)
def test_how_a_word_is_looked_up(word: str, expected: str, brown: Path) -> None:
    assert load_classes(brown).features(word) == [expected]


def test_normal_forms_are_the_same_word(tmp_path: Path) -> None:
    file = write(tmp_path / "classes", "e\u0301lan\tN\nnaïve\tA\n")
    classes = load_classes(file)
    assert [classes.features(word) for word in ("élan", "e\u0301lan", "nai\u0308ve")] == [["N"], ["N"], ["A"]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ("no word classes",)),
        ("dog\n", ("line 1", "'dog'", "tabs")),
        ("dog N\n", ("line 1", "tabs")),
        ("dog\tN\tx\ty\n", ("line 1",)),
        ("dog\t\n", ("line 1",)),
        ("dog\tN\n\ncat\tN\t3\n", ("line 3", "3 parts", "2")),
        ("010\tdog\t5\ncat\t010\t4\n", ("line 2", "cat 010 4")),
        ("010\tdog\tmany\n", ("line 1",)),
        ("dog\tN\ncat\tN\ndog\tV\n", ("line 3", "'dog'", "class V", "line 1 N")),
        ("010\tdog\t5\n011\tdog\t4\n", ("line 2", "'dog'")),
    ],
)
def test_errors_name_the_line(text: str, words: tuple[str, ...], tmp_path: Path) -> None:
    file = write(tmp_path / "classes", text)
    with pytest.raises(DataError) as caught:
        load_classes(file)
    message = str(caught.value)
    assert "\n" not in message
    for part in (str(file), *words):
        assert part in message


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot read"):
        load_classes(tmp_path / "missing")


@pytest.mark.parametrize(
    ("text", "limit", "wanted", "expected"),
    [
        (BROWN, 2, (), ["the", "a"]),
        (BROWN, 3, (), ["the", "a", "00"]),
        (BROWN, 2, ["Bonn", "the"], ["the", "a", "Bonn"]),
        (PLAIN, 3, (), ["the", "a", "dog"]),
        (PLAIN, 1, ["00"], ["the", "00"]),
        (PLAIN, 9, (), ["the", "a", "dog", "cat", "Bonn", "00"]),
    ],
)
def test_the_most_frequent_words_and_the_wanted_ones_are_kept(
    text: str, limit: int, wanted: list[str], expected: list[str], tmp_path: Path
) -> None:
    file = write(tmp_path / "classes", text)
    assert list(load_classes(file, limit=limit, wanted=wanted).classes) == expected


def test_the_words_of_training_are_wanted_in_all_their_forms(brown: Path) -> None:
    config = WordsConfig(classes=str(brown), classes_limit=1)
    classes = choose_classes(config, ["Cat", "1984", "Bonn"])
    assert classes is not None
    assert list(classes.classes) == ["the", "cat", "Bonn"]
    assert choose_classes(WordsConfig(), ["Cat"]) is None


def test_the_columns_follow_the_shape(brown: Path) -> None:
    config = WordsConfig(feature_min_count=1, class_prefixes=(2, 4), character_dim=3)
    classes = load_classes(brown, config.class_prefixes)
    encoding = WordEncoding.fit(["the", "dog", "zebra"], config, classes=classes)
    assert encoding.columns == [*column_names(config), "class2", "class4"]
    types = encoding.encode(["dog", "the", "zebra", "cat", "okapi", "12"])
    tables = [encoding.vocabularies[name] for name in ("class2", "class4")]
    assert [list(table) for table in tables] == [["", "00", "01"], ["", "0010", "0110"]]
    for row, name in zip(
        types.columns[1:, -2:].tolist(), ["01101", "0010", "", "01101", "", "1"], strict=True
    ):
        assert row == [table[name[:length]] for table, length in zip(tables, (2, 4), strict=True)]
    assert types.columns[6, -2:].tolist() == [UNKNOWN, UNKNOWN]  # no word of training has this class
    assert len(encoding.features("dog")) == len(encoding.columns)


def test_classes_are_kept_by_strings(brown: Path) -> None:
    for prefixes in ((), (2, 4)):
        classes = load_classes(brown, prefixes)
        again = WordClasses.from_strings(classes.strings, prefixes)
        assert again == classes
    with pytest.raises(ValueError, match="dictionary"):
        WordClasses.from_strings(["dog"], ())


def test_more_words_keep_the_classes_and_their_numbers(brown: Path) -> None:
    config = WordsConfig(feature_min_count=1)
    first = WordEncoding.fit(["the"], config, classes=load_classes(brown, config.class_prefixes))
    second = WordEncoding.fit(["dog"], config, first)
    assert second.classes == first.classes
    for name in ("class4", "class20"):
        numbers = second.vocabularies[name].numbers
        assert list(itertools.islice(numbers.items(), 1)) == list(first.vocabularies[name].numbers.items())
        assert len(numbers) == 2
