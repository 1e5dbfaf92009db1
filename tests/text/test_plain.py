from __future__ import annotations

import gzip
import os
import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from postagger.corpora import Corpus, load_corpus
from postagger.errors import ConfigError, DataError
from postagger.text import load_text
from postagger.text.plain import LONGEST

CONLLU = """\
# text = We don't know.
1	We	we	_	_	_	_	_	_	_
2-3	don't	_	_	_	_	_	_	_	_
2	do	do	AUX	_	_	_	_	_	_
3	n't	not	PART	_	_	_	_	_	_
3.1	really	really	ADV	_	_	_	_	_	_

1	10 000	_	_	CD	_	_	_	_	_
"""

Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes text or bytes to a file in the working directory; returns its name, ``a.txt`` by default."""
    monkeypatch.chdir(tmp_path)

    def make(content: str | bytes, name: str = "a.txt") -> str:
        Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    return make


def complaint(source: str) -> str:
    with pytest.raises(DataError) as caught:
        load_text(source)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# -- files --------------------------------------------------------------------------------------------


def test_lines_are_tokenised_as_in_the_penn_treebank(write: Write) -> None:
    text = 'We don\'t, "really".\n\n \t\nYes\r\n'
    expected = [["We", "do", "n't", ",", "``", "really", "''", "."], ["Yes"]]
    assert load_text(write(text)) == expected
    assert load_text(write(gzip.compress(text.encode()), "packed")) == expected
    assert load_text(write(b"\xef\xbb\xbf" + text.encode())) == expected


def test_a_line_stays_one_sentence(write: Write) -> None:
    assert load_text(write("It rains. It pours.\n")) == [["It", "rains.", "It", "pours", "."]]


def test_rules_and_functions_for_sentences_and_tokens(write: Write) -> None:
    path = write("It's well-known. So\nit is.\n\nYes\n")
    two = [["It", "'s", "well", "-", "known", "."], ["So"], ["it", "is", "."], ["Yes"]]
    assert load_text(path, tokens="ud", sentences="split") == two
    assert load_text(path, tokens="ud", sentences="paragraph") == [two[0], [*two[1], *two[2]], two[3]]
    halves = [["It's", "well-known"], ["So"], ["it", "is"], ["Yes"]]
    assert load_text(path, tokens=str.split, sentences=lambda line: re.split(r"\. ?", line)) == halves
    other = write('{"text": "It\'s well-known. So"}\n', "a.jsonl")
    assert load_text(other, tokens="ud", sentences="split") == two[:2]
    for wrong in ({"tokens": "UD"}, {"sentences": "lines"}):
        with pytest.raises(ConfigError, match=r"expected 'ptb', 'ud'|expected 'line', 'split'"):
            load_text(path, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.conllu", CONLLU.encode()),
        ("a.CONLLU", CONLLU.encode()),
        ("a.conllu.gz", gzip.compress(CONLLU.encode(), mtime=0)),
    ],
)
def test_the_words_of_conllu_tagged_or_not(write: Write, name: str, content: bytes) -> None:
    assert load_text(write(content, name)) == [["We", "do", "n't"], ["10 000"]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.conll", "# sent_id = 1\n" + CONLLU),
        ("a.txt", "\nWe/PRP do/VBP n't/RB\n1/2/CD\n"),
        ("a.tsv", "We\tPRP\ndo\tVBP\nn't\tRB\n\n1/2\tCD\n"),
    ],
)
def test_the_words_of_other_tagged_files(write: Write, name: str, content: str) -> None:
    """Otherwise tags would count as words, and hide overlaps with dev or test."""
    last = ["10 000"] if name == "a.conll" else ["1/2"]
    assert load_text(write(content, name)) == [["We", "do", "n't"], last]


@pytest.mark.parametrize(
    "line", ["and/or", "He and/or she/he came .", "a\tb\tc", "two words\tlabel", "/ /", "a/ /b"]
)
def test_slashes_and_tabs_alone_are_not_tags(write: Write, line: str) -> None:
    assert load_text(write(f"{line}\nThe/DT dog/NN\n"))[-1] == ["The/DT", "dog/NN"]


def test_a_very_long_line_is_cut(write: Write) -> None:
    words = [f"w{number}" for number in range(2 * LONGEST + 1)]
    lines = [" ".join(words), " ".join(words[:LONGEST])]
    assert load_text(write("\n".join(lines))) == [
        words[:LONGEST],
        words[LONGEST : 2 * LONGEST],
        words[2 * LONGEST :],
        words[:LONGEST],
    ]


@pytest.mark.parametrize("name", ["a.txt", "a.conllu"])
@pytest.mark.parametrize("content", [b"", b"\n \r\n", gzip.compress(b"", mtime=0)])
def test_a_file_without_words(write: Write, name: str, content: bytes) -> None:
    assert (
        complaint(write(content, name)) == f"{name} contains no words: name a text with one sentence per line"
    )


@pytest.mark.parametrize(
    "content", [b"a word\n\x89PNG\n", "caf\u00e9\n".encode("latin-1"), "caf\u00e9".encode("utf-16-le")]
)
def test_a_file_that_is_not_utf8(write: Write, content: bytes) -> None:
    message = complaint(write(content))
    assert message.startswith("a.txt is not UTF-8 text (")
    assert "): convert it to UTF-8, as in iconv -f " in message


@pytest.mark.parametrize("name", ["a.txt", "a.conllu"])
@pytest.mark.parametrize(
    "content",
    ["a word\n".encode("utf-16-le"), gzip.compress(b"a\0", mtime=0), gzip.compress(b"a\0b\0", mtime=0)],
)
def test_a_file_with_nul_bytes(write: Write, name: str, content: bytes) -> None:
    message = f"{name} is not UTF-8 text (it holds NUL bytes, first in line 1): convert it to UTF-8, as in "
    assert complaint(write(content, name)).startswith(message)


def test_a_damaged_gzip_file(write: Write) -> None:
    assert complaint(write(gzip.compress(b"a word\n" * 99)[:-9])).startswith("a.txt is a damaged gzip file: ")


def test_a_missing_file() -> None:
    assert complaint("none.txt") == "there is no file none.txt: name a text file, or a corpus such as brown"


def test_a_folder(tmp_path: Path) -> None:
    assert complaint(str(tmp_path)) == f"{tmp_path} is a folder: name a text file"


def test_neither_a_file_nor_a_corpus() -> None:
    assert complaint("treebnk") == "there is no corpus or file 'treebnk': did you mean 'treebank'?"


# -- corpora ------------------------------------------------------------------------------------------


def test_the_words_of_the_sample() -> None:
    sample = load_corpus("sample")
    assert load_text("sample") == words_of(sample)


def test_the_words_of_a_corpus_of_nltks_without_its_traces(treebank: Corpus) -> None:
    assert load_text("treebank") == words_of(treebank)


def words_of(corpus: Corpus) -> list[list[str]]:
    return [[word for word, _ in sentence] for sentence in corpus.train + corpus.dev + corpus.test]


# -- other sources ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"text": "It rains."}\n{"tokens": ["New York"]}\n', [["It", "rains", "."], ["New York"]]),
        ("The\tthe\tDT\ndog\tdog\tNN\n\nA\ta\tDT\n", [["The", "dog"], ["A"]]),
        ("#id=1\n" + CONLLU, [["We", "do", "n't"], ["10 000"]]),
        ("#monday rains.\nIt rains.\n", [["#monday", "rains", "."], ["It", "rains", "."]]),
        ("It\u2019s \u201cit\u201d.\n", [["It", "\u2019s", "\u201c", "it", "\u201d", "."]]),
    ],
)
def test_the_words_of_other_layouts(write: Write, content: str, words: list[list[str]]) -> None:
    assert load_text(write(content)) == words


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("content", ["The dog\n", "The/DT dog/NN\n", "The\tDT\ndog\tNN\n"])
def test_a_pipe_is_read_once(tmp_path: Path, content: str) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(content,))
    writer.start()
    assert load_text(pipe) == [["The", "dog"]]
    writer.join()


@pytest.mark.parametrize(
    "text",
    [
        "Confidence NN B-NP\nin IN B-PP\n\nthe DT B-NP\n",
        "a\tDT\tthe indefinite article\nb\tNN\ta letter of the alphabet\n",
        "a DT x 1\nb NN y 2\n\n" * 6,
        "word;tag;gloss\twith a tab\nword;tag;gloss\tand another one\n",
    ],
)
def test_a_table_is_no_prose(text: str, write: Write) -> None:
    assert "a.txt looks like a table of " in complaint(write(text))


@pytest.mark.parametrize(
    "text", ["the dog barks .\n" * 30, "a b c\n\nd e f\n", "one\ttab here .\nand none .\nhere .\n"]
)
def test_lines_of_equally_many_words_are_prose(text: str, write: Write) -> None:
    assert load_text(write(text))
