"""Corpus readers from outside the package: chosen by suffix, by name or by path; and errors in them."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from postagger import ConfigError, DataError, Document, load_corpus, load_documents, load_files
from postagger.config import override_config
from postagger.corpora import READERS, TaggedSentence, load_configured, register_reader

VERTICAL = """\
<doc id="one">
<s>
The\tDT\tthe
dog\tNN\tdog
</s>
<s>
barks\tVBZ\tbark
</s>
</doc>
"""


def read_vertical(lines: Iterable[str], _source: str, _column: str) -> Iterator[TaggedSentence]:
    sentence: TaggedSentence = []
    for line in lines:
        if line.startswith("</s>"):
            yield sentence
            sentence = []
        elif not line.startswith("<"):
            word, tag, _ = line.split("\t")
            sentence.append((word, tag))


SENTENCES = [[("The", "DT"), ("dog", "NN")], [("barks", "VBZ")]]


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unregisters the readers of each test after it."""
    monkeypatch.setattr(READERS, "_entries", dict(READERS.entries()))


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "corpus.vert"
    path.write_text(VERTICAL, encoding="utf-8")
    return str(path)


def test_a_reader_reads_files_with_its_suffix(file: str) -> None:
    register_reader("vertical", suffixes=(".vert",))(read_vertical)
    assert load_files(train=file).train == SENTENCES
    assert load_files(test=file).test == SENTENCES
    corpus = load_corpus(file)
    assert corpus.train + corpus.dev + corpus.test == SENTENCES
    assert [document.name for document in corpus.documents] == [file]
    packed = Path(f"{file}.GZ")
    packed.write_bytes(gzip.compress(Path(file).read_bytes()))
    assert load_files(dev=packed).dev == SENTENCES


def test_a_reader_chosen_by_name_reads_any_file(file: str, tmp_path: Path) -> None:
    other = tmp_path / "corpus.conllu"
    Path(file).rename(other)
    register_reader("vertical")(read_vertical)
    assert load_files(train=other, reader="vertical").train == SENTENCES
    config = override_config({}, [f"corpus.train={other}", "corpus.reader=vertical"])
    assert load_configured(config.corpus).train == SENTENCES
    documents, _ = load_documents(str(other), reader="vertical")
    assert documents == [Document(str(other), SENTENCES)]
    assert load_corpus(str(other), reader="vertical").settings.reader == "vertical"


def test_a_reader_of_this_package_can_be_named_too(tmp_path: Path) -> None:
    file = tmp_path / "urls.txt"
    file.write_text("http://a.b\tNN\n\nhttp://c.d\tNN\n")
    assert load_files(train=file, reader="tabs").train == [[("http://a.b", "NN")], [("http://c.d", "NN")]]
    with pytest.raises(DataError, match="expected word/TAG"):
        load_files(train=file, reader="slashes")


def test_a_reader_can_be_given_by_its_import_path(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_reader_by_path.py").write_text(
        "from postagger.corpora import register_reader\n"
        "@register_reader('by_path')\n"
        "def read(lines, source, column):\n"
        "    return [[('a', 'X')]]\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert load_files(train=file, reader="my_reader_by_path:read").train == [[("a", "X")]]
    assert load_files(train=file, reader="by_path").train == [[("a", "X")]]


def test_documents_keep_their_names_and_categories(file: str) -> None:
    given = [Document("a", SENTENCES[:1], "news"), Document("b", SENTENCES[1:], "tale"), Document("c", [])]
    register_reader("documents", suffixes=(".vert",))(lambda *_: given)
    assert list(load_files(train=file).documents) == given[:2]


def test_an_unknown_reader(file: str) -> None:
    with pytest.raises(ConfigError, match=r"unknown corpus.reader 'slash': did you mean 'slashes'\?"):
        load_files(train=file, reader="slash")
    with pytest.raises(ConfigError, match="cannot import the module 'no_such_module'"):
        load_corpus(file, reader="no_such_module:read")


@pytest.mark.parametrize("name", ["sample", "treebank"])
def test_a_corpus_by_name_needs_no_reader(name: str) -> None:
    with pytest.raises(ConfigError, match=f"is for files, but '{name}' is a corpus by name"):
        load_corpus(name, reader="tabs")


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (["The dog"], "sentence 1 is 'The dog'"),
        ([[("a", "X")], [("a", "X"), ("b", "X", "b")]], r"sentence 2, token 2 is \('b', 'X', 'b'\)"),
        ([[("a", "X")], [(None, "X")]], r"sentence 2, token 1 is \(None, 'X'\)"),
        ([[("a", "X")], [("b", " ")]], r"sentence 2, token 1 is \('b', ' '\)"),
        ([Document("x", [[("a", "X")]]), Document("y", [["ab"]])], "sentence 2, token 1 is 'ab'"),  # type: ignore[list-item]
        ([7], "sentence 1 is 7"),
    ],
)
def test_invalid_output_is_an_error_that_names_the_sentence(file: str, given: Any, problem: str) -> None:
    register_reader("wrong", suffixes=(".vert",))(lambda *_: given)
    with pytest.raises(
        DataError, match=rf"corpus\.vert: the reader 'wrong' does not return tagged sentences: {problem}"
    ):
        load_files(train=file)


def test_a_reader_without_output(file: str) -> None:
    register_reader("empty", suffixes=(".vert",))(lambda *_: [])
    with pytest.raises(DataError, match="contains no tagged sentence"):
        load_files(train=file)


def test_a_taken_name_or_suffix_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"the corpus.reader 'conllu' exists already"):
        register_reader("conllu")(read_vertical)
    with pytest.raises(ConfigError, match=r"files ending in \.conllu already have the reader 'conllu'"):
        register_reader("mine", suffixes=(".conllu",))(read_vertical)
    with pytest.raises(ConfigError, match="a dot and lower-case letters, not 'vert'"):
        register_reader("mine", suffixes=("vert",))(read_vertical)
    with pytest.raises(ConfigError, match="use a word without a colon"):
        register_reader("my:reader")(read_vertical)


def test_a_corpus_by_name_clears_files_and_their_reader() -> None:
    config = override_config({"corpus": {"train": "a.vert", "reader": "vertical"}}, ["corpus.name=sample"])
    assert (config.corpus.train, config.corpus.reader) == (None, None)
