"""Files and pipes of any content: memory stays within stated limits, and every error is one line."""

from __future__ import annotations

import gzip
import json
import random
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from postagger import (
    ConfigError,
    DataError,
    PostaggerError,
    TagDictionary,
    Tagger,
    load_config,
    load_corpus,
    load_text,
    load_vectors,
)
from postagger.corpora import Corpus
from postagger.features.word_classes import load_classes
from postagger.io import LINE, visible
from postagger.text.tag_text import tag_text

READERS: dict[str, Callable[[str], object]] = {
    "corpus": load_corpus,
    "text": load_text,
    "vectors": load_vectors,
    "classes": load_classes,
    "lexicon": TagDictionary.load,
    "config": load_config,
    "model": Tagger.load,
}


def complaint(read: Callable[[], object], kind: type[PostaggerError] = PostaggerError) -> str:
    with pytest.raises(kind) as caught:
        read()
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 1000
    return message


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {"LINE": 4000, "SENTENCE": 100, "TOKEN": 50, "FILE": 50_000, "CONFIG": 4000, "MODEL": 4000}
    for name, size in sizes.items():
        monkeypatch.setenv(f"POSTAGGER_MAX_{name}", str(size))


# -- the limits ---------------------------------------------------------------------------------------

LONG_LINE, MANY, LONG_WORD = "ab " * 2000, 200, "x" * 60
BEYOND: dict[str, tuple[str, str, str]] = {
    "line of text": ("text", "one two .\n" + LONG_LINE, "a.txt:2: this line has more than 4,000 characters"),
    "tokens of text": ("text", "a b\n" + "ab " * MANY, "a.txt:2: this sentence has more than 100 tokens"),
    "token of text": ("text", f"a\n{LONG_WORD} b", "a.txt:2: a token of this sentence has more than 50"),
    "vertical text": ("text", "ab\tc\tX\n" * MANY, "a.txt:101: this sentence, with its comments"),
    "size of text": ("text", "dogs bark\n" * 6000, "this file, up to here, has more than 50,000 bytes"),
    "line of a corpus": ("corpus", "a/B c/D\n" + "ab/X " * 2000, "a.txt:2: this line has more than 4,000"),
    "slashes": ("corpus", "a/B c/D\n" + "ab/X " * MANY, "a.txt:2: this sentence has more than 100 tokens"),
    "long slashes": ("corpus", f"a/B c/D\n{LONG_WORD}/X b/Y\n", "a.txt:2: a token of this sentence has"),
    "table": ("corpus", "ab\tX\n" * MANY, "a.txt:101: this sentence has more than 100 tokens"),
    "long word": ("corpus", f"a\tX\n{LONG_WORD}\tY\n", "a.txt:2: this token or its tag has more than 50"),
    "long tag": ("corpus", f"a\tX\nb\t{LONG_WORD}\n", "a.txt:2: this token or its tag has more than 50"),
    "size of a corpus": ("corpus", "a\tX\n\n" * 15_000, "has more than 50,000 bytes"),
    "lexicon": ("lexicon", "a\tX\n" + "b\tY" * 2000, "a.txt:2: this line has more than 4,000"),
    "size of a lexicon": ("lexicon", "a\tX\n" * 15_000, "has more than 50,000 bytes"),
    "classes": ("classes", "a\t" + "1" * 5000, "a.txt:1: this line has more than 4,000"),
    "vectors": ("vectors", "a 1 2\nb " + "1 " * 3000, "a.txt:2: this line has more than 4,000"),
    "binary vectors": ("vectors", "9 4\n" + "\x01" * 1000, "word 1: this word has more than 50"),
    "config": ("config", "#" * 5000, "a.txt: this file has more than 4,000 bytes"),
    "model": ("model", "x" * 5000, "a.txt: this model has more than 4,000 bytes"),
}


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("case", BEYOND)
def test_what_is_beyond_a_limit_names_file_line_and_remedy(
    case: str, packed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, text, expected = BEYOND[case]
    if packed and kind in ("config", "model"):
        return
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    message = complaint(lambda: READERS[kind]("a.txt"))
    assert expected in message
    assert "environment variable POSTAGGER_MAX_" in message


def test_a_small_gzip_file_does_not_unpack_to_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postagger.io.reading._SMALL", 2**16)
    path = tmp_path / "a.tsv.gz"
    path.write_bytes(gzip.compress(b"a\tX\nb\tY\n\n" * 100_000, 9))
    for name in ("corpus", "text", "lexicon", "classes"):
        message = complaint(lambda name=name: READERS[name](str(path)), DataError)  # type: ignore[misc]
        assert "unpacks to more than 100 times its size" in message


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no device without an end")
@pytest.mark.parametrize("name", READERS)
def test_a_device_without_an_end(name: str) -> None:
    complaint(lambda: READERS[name]("/dev/zero"))


@pytest.mark.usefixtures("small_limits")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    ("options", "good", "bad", "expected"),
    [
        ([], "The dog\n", LONG_LINE, ":2: this line has"),
        (["--tokenized"], "The dog\n", "ab " * MANY, ":2: this sentence has more than 100 tokens"),
        (["--tokenized"], "The dog\n", LONG_WORD, ":2: a token of this sentence"),
        (["--format", "vertical"], "The\ndog\n\n", "ab\n" * MANY, ":104: this sentence, with"),
        (["--format", "vertical"], "The\ndog\n\n", "# x = 1\n" * MANY, ":104: this sentence, with"),
        (["--conllu"], f"1\tThe{chr(9) * 8}\n\n", f"1\ta{chr(9) * 8}\n" * MANY, ":103: this sentence, with"),
        (["--conllu"], f"1\tThe{chr(9) * 8}\n\n", f"1\ta{chr(9) * 8}{'x' * 999}\n" * 9, "with all its lines"),
        (["--format", "json"], '{"text": "a"}\n', json.dumps({"tokens": ["a"] * MANY}), ":2: this sentence"),
        (["--format", "json"], '{"text": "a"}\n', "[" * 3000, ":2: this is not a line of JSON"),
        (["--format", "json"], '{"text": "a"}\n', '{"text": ' + "9" * 3990, ":2: this is not a line of JSON"),
    ],
)
def test_tag_answers_what_is_before_the_bad_line(
    options: list[str],
    good: str,
    bad: str,
    expected: str,
    encoding: str,
    small_model: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from postagger.cli import main

    monkeypatch.setenv("POSTAGGER_MAX_MODEL", str(2**30))
    (tmp_path / "text").write_text(good + bad, encoding=encoding)
    assert main(["tag", small_model, str(tmp_path / "text"), *options]) == 1
    printed = capsys.readouterr()
    assert printed.out.count("\n") == good.count("\n")
    assert printed.err.count("\n") == 1
    assert expected in printed.err


@pytest.fixture(scope="module")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("model") / "m.safetensors"
    Tagger.train(load_corpus("sample").train[:20], {"training": {"epochs": 1}}).save(path)
    return str(path)


def test_what_a_sentence_does_not_need_is_not_read_ahead() -> None:
    """Lines of a million blanks and one word each: few are read before their answers are given."""
    read = 0

    def lines() -> list[str]:  # type: ignore[misc]
        nonlocal read
        for _ in range(100):
            read += 1
            yield " " * 10**6 + "a\n"

    def tagger(sentences: object) -> object:
        return [[(word, "X") for word in words] for words in list(sentences)]  # type: ignore[call-overload]

    next(iter(tag_text(lines(), tagger, form="tokenized", source="a")))  # type: ignore[arg-type]
    assert read < 20


@pytest.mark.parametrize("value", ["0", "-1", "1e6", "many", "9" * 5000])
def test_a_limit_is_a_number(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LINE.variable, value)
    assert LINE.variable in complaint(lambda: load_corpus("sample"), ConfigError)


# -- damaged files, and headers that lie --------------------------------------------------------------

_FASTTEXT = struct.pack("<2i", 793712314, 12)


def _fasttext(words: int, labels: int, pruned: int, rows: int, dim: int) -> bytes:
    counts = struct.pack("<3i2q", words, words, labels, 1, pruned)
    return _FASTTEXT.ljust(64, b"\1") + counts + struct.pack("<?2q", False, rows, dim) + b"\0" * 100


VECTORS = {
    "words beyond reason": b"4611686018427387904 3\na 1 2 3\n",
    "more words than there are": b"999999999999 3\na 1 2 3\n",
    "numbers beyond reason": b"1 4611686018427387904\na 1 2 3\n",
    "binary, cut off": b"5 90000\na " + b"\x01" * 100,
    "negative words": b"-5 3\na 1 2 3\n",
    "digits": b"a 1 2\nb 1 " + b"9" * 5000 + b"\n",
    "zeros": bytes(10_000),
    "NumPy": b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (3, 3), }".ljust(200),
    "zip": b"PK\x03\x04" + bytes(100),
    "gzip, damaged in the middle": gzip.compress(random.Random(1).randbytes(3000), mtime=0)[:2000]
    + bytes(100),
    "fastText, 2 billion words": _fasttext(2**31 - 1, 0, -1, 1, 1),
    "fastText, negative words": _fasttext(-1, 0, -1, 1, 1),
    "fastText, pruned": _fasttext(0, 0, 2**62, 1, 1),
    "fastText, rows": _fasttext(0, 0, -1, 2**62, 2**62),
    "fastText, negative rows": _fasttext(0, 0, -1, -(2**62), -(2**62)),
    "fastText, negative dim": _fasttext(0, 0, -1, 2, -3),
    "fastText, nothing": _FASTTEXT,
}


@pytest.mark.parametrize("case", VECTORS)
def test_word_vectors(case: str, tmp_path: Path) -> None:
    (tmp_path / "v").write_bytes(VECTORS[case])
    complaint(lambda: load_vectors(tmp_path / "v"), DataError)


@pytest.mark.parametrize("name", ["corpus", "text", "classes", "lexicon"])
@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(random.Random(1).randbytes(3000), mtime=0)[:2000],
        gzip.compress(b"a\tX\n" * 3000, mtime=0)[:-9] + b"\0" * 9,
        b"\x1f\x8b",
        b"\xff\xfea",
        b"a\tX\n\0\0",
    ],
    ids=["cut off", "damaged", "mark", "utf-16", "NUL"],
)
def test_damaged_text(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    if name in ("classes", "lexicon") and content.endswith(b"\0\0"):
        return  # words like others
    complaint(lambda: READERS[name](str(tmp_path / "a.txt")))


@pytest.mark.parametrize(
    "read",
    [
        lambda path: load_corpus(path, column="9" * 5000),
        lambda path: load_classes(path, limit=1),
        lambda path: load_corpus(path, reader="9" * 5000),
    ],
)
def test_numbers_of_thousands_of_digits(read: Callable[[str], object], tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"01\ta\t{'9' * 5000}\n")
    complaint(lambda: read(str(path)))


# -- text for a terminal ------------------------------------------------------------------------------

ESCAPE = "\x1b[2J\x1b]0;owned\x07\x9b31m\r\u202e"


def test_control_characters_are_shown() -> None:
    assert visible("a\tb\n") == "a\tb\n"
    assert visible(ESCAPE) == r"\x1b[2J\x1b]0;owned\x07\x9b31m\r\u202e"


@pytest.mark.parametrize("command", ["info", "info --json", "evaluate", "explain", "error"])
def test_no_command_sends_them_to_the_terminal(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from postagger.cli import main

    words = [(f"w{ESCAPE.strip()}", "NN"), ("b", "VB")]
    model, text = str(tmp_path / "m.safetensors"), tmp_path / "c.txt"
    Tagger.train(Corpus(f"name{ESCAPE}", [words] * 5, [], []), {"training": {"epochs": 1}}).save(model)
    text.write_text("".join(f"{word}\tXX\n" for word, _ in words), newline="")
    name, *options = command.split()
    arguments = {
        "info": [model, *options],
        "evaluate": [model, str(text)],
        "explain": [model, "w\x1b[2J b"],
        "error": [f"{model}{ESCAPE}"],
    }[name]
    main(["info" if name == "error" else name, *arguments])
    printed = capsys.readouterr()
    assert printed.out + printed.err
    for char in "\x1b\x07\x9b\r":
        assert char not in printed.out + printed.err


def test_a_tag_has_no_control_characters() -> None:
    message = complaint(lambda: Tagger.train([[("a", "N\x1b[2J")]]), DataError)
    assert "control character" in message
