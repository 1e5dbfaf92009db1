from __future__ import annotations

import gzip
import pickle
import struct
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from postagger.config import WordsConfig
from postagger.errors import DataError
from postagger.features import WordVectors, load_vectors
from postagger.features.vectors import choose_vectors

Write = Callable[..., str]
Feed = Callable[[bytes], str]

GLOVE = "the 0.5 -1 2e0\nof 1 2 3\ncafé 4 5 6\n"
WORD2VEC = f"3 3\n{GLOVE}"
EXPECTED: dict[str, list[float]] = {"the": [0.5, -1, 2], "of": [1, 2, 3], "café": [4, 5, 6]}


def binary(entries: Mapping[Any, list[float]], header: str = "", end: bytes = b"\n") -> bytes:
    """word2vec's binary form; `end` follows each vector."""
    dim = len(next(iter(entries.values())))
    content = (header or f"{len(entries)} {dim}\n").encode()
    for word, vector in entries.items():
        content += word.encode() if isinstance(word, str) else word
        content += b" " + struct.pack(f"<{dim}f", *vector) + end
    return content


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes text or bytes to a file in the working directory and returns the file's name."""
    monkeypatch.chdir(tmp_path)

    def make(content: str | bytes, name: str = "vectors") -> str:
        Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    return make


def read(source: Any, **options: Any) -> dict[str, list[float]]:
    found = load_vectors(source, **options)
    assert found.vectors.dtype == np.float32
    assert found.vectors.shape == (len(found), found.dim)
    return dict(zip(found.words, found.vectors.tolist(), strict=True))


def complaint(source: Any, **options: Any) -> str:
    with pytest.raises(DataError) as caught:
        load_vectors(source, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# -- formats ----------------------------------------------------------------------------------------

FORMS = {
    "glove": GLOVE.encode(),
    "word2vec": WORD2VEC.encode(),
    "word2vec, blanks at the ends": WORD2VEC.replace("\n", " \n").encode(),
    "tabs": GLOVE.replace(" ", "\t").encode(),
    "windows": WORD2VEC.replace("\n", "\r\n").encode(),
    "no last line end": GLOVE.strip().encode(),
    "tabs, with a header": WORD2VEC.replace(" ", "\t").encode(),
    "a tab after the word": WORD2VEC.replace("the ", "the\t").encode(),
    "blank lines": f"{WORD2VEC}\n\n".encode(),
    "byte order mark": WORD2VEC.encode("utf-8-sig"),
    "binary": binary(EXPECTED),
    "binary, nothing between": binary(EXPECTED, end=b""),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_the_format_is_detected_from_the_content(form: str, packed: bool, write: Write) -> None:
    assert read(write(gzip.compress(FORMS[form]) if packed else FORMS[form])) == EXPECTED


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_vectors_come_through_a_pipe(form: str, packed: bool, feed: Feed) -> None:
    assert read(feed(gzip.compress(FORMS[form]) if packed else FORMS[form])) == EXPECTED


def test_a_fasttext_binary_does_not_come_through_a_pipe(feed: Feed) -> None:
    assert complaint(feed(fasttext_start())).endswith("is a fastText .bin in a pipe: save it as a file first")


def test_a_path_object_will_do(write: Write) -> None:
    assert read(Path(write(GLOVE))) == EXPECTED


def test_binary_numbers_that_look_like_text_at_first(write: Write) -> None:
    entries = {
        "the": [*struct.unpack("<4f", b"0.1 0.2 3.4 5\n\n6"), *(0.5,) * 30],
        "of": [1.0] * 34,
    }
    assert read(write(binary(entries))) == entries


def test_a_word_may_contain_spaces_of_many_kinds(write: Write) -> None:
    text = "a 1 2\n. . . 3 4\nat me@here 5 6\n10\u00a0000 7 8\nx\u2028y\u0085 9 10\n"
    assert list(read(write(text))) == ["a", ". . .", "at me@here", "10\u00a0000", "x\u2028y\u0085"]


@pytest.mark.parametrize(
    "text",
    [
        "the .1 .2\n  .3 .4\ncat .5 .6\n",
        "  .3 .4\nthe .1 .2\ncat .5 .6\n",
        "3 2\nthe .1 .2\n  .3 .4\ncat .5 .6\n",
        "the .1 .2\n\u00a0 .3 .4\ncat .5 .6\n",
        "the .1 .2\n\u3000\u2003 .3 .4\ncat .5 .6\n",
        "\u00a0 .3 .4\nthe .1 .2\ncat .5 .6\n",
        "the\t.1\t.2\n\t.3\t.4\ncat\t.5\t.6\n",
        "3\t2\nthe\t.1\t.2\n \t.3\t.4\ncat\t.5\t.6\n",
        "the .1 .2 \r\n  .3 .4 \r\ncat .5 .6 \r\n",
        binary({"the": [0.1, 0.2], "\u00a0": [0.3, 0.4], "cat": [0.5, 0.6]}),
    ],
)
def test_blank_words_are_left_out_and_counted(text: str | bytes, write: Write) -> None:
    found = load_vectors(write(text))
    assert (found.words, found.blank_words) == (("the", "cat"), 1)
    assert found.vectors == pytest.approx(np.array([[0.1, 0.2], [0.5, 0.6]]))
    assert repr(found) == "<WordVectors: 2 words, 2 numbers each; blank words left out: 1>"


def test_blank_words_of_an_object_are_left_out_too() -> None:
    keyed = SimpleNamespace(index_to_key=["a", " ", ""], vectors=np.ones((3, 2)))
    assert load_vectors(keyed).blank_words == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("the .1 .2\n1 000 .1 .2\n", ["the", "1 000"]),
        ("1 000 .1 .2\nthe .1 .2\n", ["1 000", "the"]),
        ("the .1 .2\nWindows 95 .1 .2\n10 000 000 1e-3 2\n", ["the", "Windows 95", "10 000 000"]),
        ("2 2\n. . . .1 .2\n5 .1 .2\n", [". . .", "5"]),
        ("New York\t.1\t.2\n3 1\t1\t2\n", ["New York", "3 1"]),
        ("3\t2\nNew York .1 .2\n1999 .1 .2\n3.5 .1 .2\n", ["New York", "1999", "3.5"]),
        ("2 2 \r\n10\u00a0000 .1 .2\t\r\n\r\nx\u2009y .1 .2 \r\n", ["10\u00a0000", "x\u2009y"]),
    ],
)
def test_words_with_blanks_and_numbers(text: str, words: list[str], write: Write) -> None:
    assert list(read(write(text))) == words


def test_the_first_vector_of_a_word_is_used(write: Write) -> None:
    assert read(write("3 1\na 1\nb 2\na 3\n")) == {"a": [1.0], "b": [2.0]}


def test_a_word_of_a_binary_file_that_is_not_utf8_is_left_out(write: Write) -> None:
    entries = {"a": [1.0, 2.0], b"caf\xc3": [3.0, 4.0], "b": [5.0, 6.0]}
    assert read(write(binary(entries))) == {"a": [1.0, 2.0], "b": [5.0, 6.0]}


# -- which words ------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["glove", "word2vec", "binary"])
@pytest.mark.parametrize(
    ("limit", "wanted", "words"),
    [
        (1, [], ["the"]),
        (1, ["café", "no"], ["the", "café"]),
        (2, ["the"], ["the", "of"]),
        (9, ["no"], ["the", "of", "café"]),
    ],
)
def test_the_first_words_and_the_wanted_ones_are_read(
    form: str, limit: int, wanted: list[str], words: list[str], write: Write
) -> None:
    found = read(write(FORMS[form]), limit=limit, wanted=wanted)
    assert found == {word: EXPECTED[word] for word in words}


def test_lines_that_are_not_selected_are_not_parsed(write: Write) -> None:
    text = "a 1 2\nb 3 4\nbroken\nc 5 6\n"
    assert list(read(write(text), limit=2)) == ["a", "b"]
    assert list(read(write(text), limit=1, wanted=["c"])) == ["a", "c"]


def test_an_object_like_gensims() -> None:
    keyed = SimpleNamespace(
        index_to_key=["a", "b", "c"], vectors=np.arange(6, dtype=np.float64).reshape(3, 2)
    )
    keyed.vectors.flags.writeable = False
    assert read(keyed, limit=1, wanted=["c"]) == {"a": [0.0, 1.0], "c": [4.0, 5.0]}


def test_word_vectors_are_returned_as_they_are() -> None:
    vectors = WordVectors(("a", "b"), np.ones((2, 3), np.float32))
    assert load_vectors(vectors, limit=1) is vectors


# -- invalid files ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a 1 2\nb 1\n", "vectors:2: expected a word and 2 numbers, got 1"),
        ("a 1 2\nb 1 2 3\n", "vectors:2: expected a word and 2 numbers, got 3"),
        ("a 1 2\nb\n", "vectors:2: expected a word and 2 numbers, got 0"),
        ("a 1 2\nb 1 x\n", "vectors:2: expected a word and 2 numbers, got 'x'"),
        ("a .1 .2\nb .1 .2 .3\n", "vectors:2: expected a word and 2 numbers, got 3"),
        ("a .1 .2\n.1 .2\n", "vectors:2: expected a word and 2 numbers, got 1"),
        ("a\t1\t2\nb\t1\n", "vectors:2: expected a word and 2 numbers, got 1"),
        ("  .1 .2\n", "vectors contains no word vectors"),
        ("The cat sat.\n", "vectors:1: expected a word and 2 numbers, got 'cat'"),
        ("word\n", "vectors:1: expected a word and its numbers, got 0"),
        ("2 3\na 1 2 3\nb 1 2\n", "vectors:3: expected a word and 3 numbers, got 2"),
        ("2 3\na 1 2\nb 1 2\n", "vectors:2: expected a word and 3 numbers, got 2"),
        ("2 2\na 1 2 3\nb 1 2 3\n", "vectors:2: expected a word and 2 numbers, got 3"),
        ("3 2\na 1 2\nb 1 2\n", "vectors: the header says 3 words, the file has 2"),
        ("1 2\na 1 2\nb 1 2\n", "vectors: the header says 1 words, the file has 2"),
        ("3 2\n", "vectors: the header says 3 words, the file has 0"),
        ("a 1 nan\n", "vectors:1: the vector of 'a' holds NaN, an infinity or a number beyond 65504"),
        ("a 1 2\nb -inf 2\n", "vectors:2: the vector of 'b' holds NaN, an infinity"),
        ("a 1 2\nb 1e39 2\n", "vectors:2: the vector of 'b' holds NaN, an infinity"),
        ("", "vectors contains no word vectors"),
        ("\n\n", "vectors contains no word vectors"),
        (GLOVE.encode("latin-1"), "vectors:3: this is not UTF-8 text"),
        (GLOVE.encode("utf-16"), "vectors:1: this is not UTF-8 text"),
        (binary({"a": [1.0, 2.0]}, header="2 2\n"), "vectors: the header says 2 words, the file has 1"),
        (binary({"a": [1.0, 2.0]})[:-3], "vectors: the header says 1 words, the file has 0"),
        (
            binary({"a": [1.0], "b": [2.0]}, header="1 1\n"),
            "vectors: the header says 1 words, the file has more",
        ),
        (binary({"a": [1.0, float("nan")]}), "vectors: word 1: the vector of 'a' holds NaN"),
        (binary({b"\xff": [1.0]}), "vectors contains no word vectors"),
        (gzip.compress(GLOVE.encode() * 99, mtime=0)[:-20], "vectors is a damaged gzip file"),
        (pickle.dumps({"a": 1}), "vectors is a pickle, which could run code: it is not read; "),
        (gzip.compress(pickle.dumps({"a": 1}), mtime=0), "vectors is a pickle"),
        (b"PK\x03\x04 and so on", "vectors is a zip archive: unpack it first"),
    ],
)
def test_an_invalid_file_is_an_error_in_one_line(content: str | bytes, message: str, write: Write) -> None:
    assert complaint(write(content)).startswith(message)


def test_the_error_for_a_pickle_says_how_to_convert_it(write: Write) -> None:
    assert complaint(write(pickle.dumps([]), "x.kv")).endswith("or save them with save_word2vec_format")


def test_a_missing_file_and_a_folder_are_errors(tmp_path: Path) -> None:
    assert complaint(tmp_path / "none") == f"cannot read {tmp_path / 'none'}: No such file or directory"
    assert complaint(tmp_path) == f"cannot read {tmp_path}: Is a directory"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (3, "got an object of type int"),
        (SimpleNamespace(wv=None), "(the .wv of a gensim model); got an object of type SimpleNamespace"),
        (
            SimpleNamespace(index_to_key=["a"], vectors=np.ones((2, 3))),
            "1 words but vectors of shape (2, 3)",
        ),
        (
            SimpleNamespace(index_to_key=[], vectors=np.ones((0, 3))),
            "SimpleNamespace contains no word vectors",
        ),
        (
            SimpleNamespace(index_to_key=[7], vectors=np.ones((1, 3))),
            "words of word vectors must be a tuple of strings",
        ),
    ],
)
def test_an_object_without_word_vectors_is_an_error(source: object, message: str) -> None:
    assert message in complaint(source)


@pytest.mark.parametrize(
    ("words", "vectors", "message"),
    [
        (("a",), np.ones((1, 2)), "must be float32 of shape (words, dim), not float64"),
        (("a",), np.ones(1, np.float32), "not float32 of shape (1,)"),
        ((), np.ones((0, 2), np.float32), "there are no word vectors"),
        (("a",), np.ones((1, 0), np.float32), "there are no word vectors"),
        (("a",), np.ones((2, 2), np.float32), "expected 2 different words for 2 vectors, got 1"),
        (("a", "a"), np.ones((2, 3), np.float32), "expected 2 different words for 2 vectors, got 1"),
        (("a",), np.full((1, 2), np.inf, np.float32), "hold NaN, an infinity"),
    ],
)
def test_invalid_word_vectors_are_an_error(words: tuple[str, ...], vectors: Any, message: str) -> None:
    with pytest.raises(DataError) as caught:
        WordVectors(words, vectors)
    assert message in str(caught.value)


# -- vectors for training ---------------------------------------------------------------------------


def test_the_table_starts_with_zeros_and_is_in_half_precision_unless_tuned() -> None:
    vectors = WordVectors(("a",), np.array([[0.1, 3.0]], np.float32))
    tuned, frozen = vectors.table(tuned=True), vectors.table(tuned=False)
    assert np.array_equal(tuned, np.array([[0.0, 0.0], [0.1, 3.0]], np.float32))
    assert frozen.dtype == np.float16
    assert np.array_equal(frozen, tuned.astype(np.float16))


def test_given_vectors_take_precedence_over_the_configs_file(write: Write) -> None:
    given = WordVectors(("a",), np.ones((1, 2), np.float32))
    config = WordsConfig(vectors=write(GLOVE))
    assert choose_vectors(given, config, []) is given
    assert choose_vectors(None, WordsConfig(), ["the"]) is None
    found = choose_vectors(None, config, [])
    assert found is not None
    assert found.words == tuple(EXPECTED)


def test_training_words_are_looked_up_in_all_their_forms(write: Write) -> None:
    config = WordsConfig(vectors=write("the 1\n( 2\n## 3\ncafé 4\nCafé 5\nno 6\n"), vectors_limit=1)
    found = choose_vectors(None, config, ["-LRB-", "12", "Café", "nothing"])
    assert found is not None
    assert found.words == ("the", "(", "##", "café", "Café")


def test_vectors_of_decomposed_words_are_found(write: Write) -> None:
    config = WordsConfig(vectors=write("the 1\ncafe\u0301 4\nna\u00efve 5\nno 6\n"), vectors_limit=1)
    found = choose_vectors(None, config, ["Caf\u00e9", "nai\u0308ve"])
    assert found is not None
    assert found.words == ("the", "cafe\u0301", "na\u00efve")


# -- fastText's .bin --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fasttext(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, list[float]]]:
    """A .bin, and the vectors of its words."""
    gensim = pytest.importorskip("gensim", reason="fastText's .bin needs gensim")
    assert gensim
    from gensim.models.fasttext import FastText, save_facebook_model

    sentences = [["the", "old", "man"], ["the", "café", "old"], ["the", "boat"]]
    model = FastText(sentences, vector_size=5, min_count=1, bucket=20, epochs=1, workers=1)
    path = tmp_path_factory.mktemp("fasttext") / "some.bin"
    save_facebook_model(model, str(path))
    return path, {word: model.wv[word].tolist() for word in model.wv.index_to_key}


def test_fasttext_binary(fasttext: tuple[Path, dict[str, list[float]]]) -> None:
    path, expected = fasttext
    found = read(path)
    assert found.keys() == expected.keys()
    for word, vector in expected.items():
        assert found[word] == pytest.approx(vector, abs=1e-6)
    assert list(read(path, limit=1, wanted=["boat"])) == ["the", "boat"]


def test_gensims_own_objects(fasttext: tuple[Path, dict[str, list[float]]], write: Write) -> None:
    from gensim.models import KeyedVectors

    keyed = KeyedVectors(2)
    keyed.add_vectors(["a", "b"], np.array([[1, 2], [3, 4]], np.float32))
    expected = {"a": [1.0, 2.0], "b": [3.0, 4.0]}
    assert fasttext
    assert read(keyed) == expected
    for is_binary in (True, False):
        path = write("", "saved")
        keyed.save_word2vec_format(path, binary=is_binary)
        assert read(path) == expected
    keyed.save(path)
    assert "is a pickle" in complaint(path)


@pytest.mark.parametrize("fraction", [0.1, 0.15, 0.2, 0.3, 0.5])
def test_a_fasttext_binary_cut_anywhere(
    fraction: float, fasttext: tuple[Path, dict[str, list[float]]], write: Write
) -> None:
    content = fasttext[0].read_bytes()
    path = write(content[: int(len(content) * fraction)])
    assert complaint(path).startswith("vectors is a fastText .bin that ")


def fasttext_start(*, labels: int = 0, quantised: bool = False) -> bytes:
    header = struct.pack("<14id", 793712314, 12, *[1] * 12, 0.1)
    return header + struct.pack("<3i2q", 0, 0, labels, 0, -1) + struct.pack("<?2q", quantised, 0, 1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (fasttext_start(labels=1), "vectors is a fastText classifier or .ftz"),
        (fasttext_start(quantised=True), "vectors is a fastText classifier or .ftz"),
        (fasttext_start()[:90], "vectors is a fastText .bin that is cut off"),
        (gzip.compress(fasttext_start(), mtime=0), "vectors is a compressed fastText .bin: unpack it"),
    ],
)
def test_a_fasttext_binary_without_usable_vectors(content: bytes, message: str, write: Write) -> None:
    assert complaint(write(content)).startswith(message)


def test_without_gensim_the_error_says_how_to_install_it(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gensim.models.fasttext", None)
    assert complaint(write(fasttext_start())).endswith("pip install 'postagkit[vectors]'")


@pytest.mark.parametrize(
    "error", [EOFError, MemoryError, NotImplementedError, OSError, struct.error, ValueError]
)
def test_what_gensim_says_of_a_fasttext_binary_is_passed_on(
    error: type[Exception], write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: str) -> None:
        raise error("of an odd kind")

    module = SimpleNamespace(load_facebook_vectors=refuse)
    monkeypatch.setitem(sys.modules, "gensim.models.fasttext", module)
    expected = "vectors is a fastText .bin that gensim can't read: of an odd kind"
    assert complaint(write(fasttext_start())) == expected
