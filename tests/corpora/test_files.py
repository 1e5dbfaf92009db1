from __future__ import annotations

import errno
import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from postagger.corpora import UNTAGGED
from postagger.corpora.formats import read_documents, split_tokens
from postagger.errors import DataError
from postagger.io import open_text

CONLLU = """\
# newdoc id = first
# genre = tale
# text = We don't know.
1	We	we	PRON	PRP	_	2	nsubj	_	_
2-3	don't	_	_	_	_	_	_	_	_
2	do	do	AUX	VBP	_	0	root	_	_
3	n't	not	PART	RB	_	2	advmod	_	_
3.1	really	really	ADV	RB	_	_	_	_	_
4	know	know	VERB	VB	_	2	xcomp	_	_

# newdoc
1	Yes	yes	INTJ	UH	_	0	root	_	_

1	No	no	INTJ	UH	_	0	root	_	_
"""

Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes text or bytes to a file in the working directory; returns its name, ``corpus`` by default."""
    monkeypatch.chdir(tmp_path)

    def make(content: str | bytes, name: str = "corpus") -> str:
        Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    return make


def sentences(path: str, column: str = "xpos") -> list[list[tuple[str, str]]]:
    return [sentence for document in read_documents(path, column=column) for sentence in document.sentences]


def complaint(path: str, column: str = "xpos") -> str:
    with pytest.raises(DataError) as caught:
        read_documents(path, column=column)
    return str(caught.value)


# -- CoNLL-U ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "tags"), [("xpos", ["PRP", "VBP", "RB", "VB"]), ("upos", ["PRON", "AUX", "PART", "VERB"])]
)
def test_conllu_words_without_ranges_and_empty_nodes(write: Write, column: str, tags: list[str]) -> None:
    first = sentences(write(CONLLU), column)[0]
    assert first == list(zip(["We", "do", "n't", "know"], tags, strict=True))


def test_conllu_documents_with_names_and_genres(write: Write) -> None:
    documents = read_documents(write(CONLLU))
    assert [(d.name, d.category, len(d.sentences)) for d in documents] == [
        ("first", "tale", 1),
        ("corpus:11", "", 2),
    ]


def test_conllu_before_the_first_newdoc_belongs_to_a_document_named_after_the_file(write: Write) -> None:
    text = "1\tYes\t_\t_\tUH\t_\t_\t_\t_\t_\n\n" + CONLLU
    assert [document.name for document in read_documents(write(text))] == ["corpus", "first", "corpus:13"]


def test_conllu_needs_no_blank_line_at_its_end(write: Write) -> None:
    assert sentences(write(CONLLU.rstrip("\n"))) == sentences(write(CONLLU + "\n\n"))


def test_conllu_is_detected_by_its_columns_or_its_name(write: Write) -> None:
    assert sentences(write(CONLLU, "a.txt")) == sentences(write(CONLLU, "a.conllu"))
    assert "a.CoNLLU:1: a CoNLL-U line has 10 columns" in complaint(write("the\tDT\n", "a.CoNLLU"))


@pytest.mark.parametrize("columns", [9, 11])
def test_conllu_with_a_wrong_number_of_columns_names_file_and_line(write: Write, columns: int) -> None:
    message = complaint(write(CONLLU + "\t".join("2" * columns) + "\n"))
    assert message.startswith("corpus:15: a CoNLL-U line has 10 columns")
    assert message.endswith(f"this one has {columns}")


@pytest.mark.parametrize(("column", "other"), [("xpos", "upos"), ("upos", "xpos")])
@pytest.mark.parametrize("hole", ["_", ""])
def test_conllu_without_a_tag_names_the_line_and_the_other_column(
    write: Write, column: str, other: str, hole: str
) -> None:
    tags = {column: hole, other: "X"}
    line = f"1\tYes\t_\t{tags['upos']}\t{tags['xpos']}\t_\t_\t_\t_\t_\n"
    message = complaint(write("# a comment\n" + line), column)
    assert message.startswith(f"corpus:2: no tag in the column {column}")
    assert f"corpus.column={other}" in message


@pytest.mark.parametrize("hole", ["_", ""])
def test_conllu_with_some_tags_leaves_the_other_tokens_untagged(write: Write, hole: str) -> None:
    text = CONLLU.replace("PRP", hole).replace("VBP", hole).replace("UH", hole)
    assert sentences(write(text)) == [
        [("We", UNTAGGED), ("do", UNTAGGED), ("n't", "RB"), ("know", "VB")],
        [("Yes", UNTAGGED)],
        [("No", UNTAGGED)],
    ]


def test_conllu_keeps_spaces_and_number_signs_in_words(write: Write) -> None:
    text = "1\t10 000\t_\t_\tCD\t_\t_\t_\t_\t_\n2\t#\t_\t_\t#\t_\t_\t_\t_\t_\n"
    assert sentences(write(text)) == [[("10 000", "CD"), ("#", "#")]]


# -- word<TAB>tag -------------------------------------------------------------------------------------


def test_tabs_with_blank_lines_between_sentences(write: Write) -> None:
    text = "\n#\t#\nNew York\tNNP\n\n \n\n1/2\tCD\n"
    assert sentences(write(text)) == [[("#", "#"), ("New York", "NNP")], [("1/2", "CD")]]


@pytest.mark.parametrize("line", ["the", "the\tDT\tD", "the\t", "\tDT"])
def test_a_line_that_is_not_word_and_tag_is_named(write: Write, line: str) -> None:
    hint = " (a word without a tag has _)" if line == "the\t" else ""
    assert complaint(write(f"a\tDT\n\n{line}\n")) == f"corpus:3: expected word<TAB>tag, got {line!r}{hint}"


# -- word/TAG -----------------------------------------------------------------------------------------


def test_a_lemma_between_slashes_is_no_part_of_the_word(write: Write) -> None:
    text = "dogs/dog/NNS run/run/VBP ././.\n1/2/CD cats/cat/NNS meow/meow/VBP ././.\n"
    assert "most tokens have three parts, like word/lemma/TAG: write word/TAG" in complaint(write(text))


def test_slashes_divide_at_the_last_one(write: Write) -> None:
    text = "and/or/CC  1\\/2/CD ///:\n\nyes/UH\n"
    assert sentences(write(text)) == [[("and/or", "CC"), ("1\\/2", "CD"), ("//", ":")], [("yes", "UH")]]


@pytest.mark.parametrize("text", ["a\tDT\n_\t_\n\nb\t_\n", "a/DT _/_\nb/_\n"])
def test_tokens_without_a_tag_in_the_other_formats(write: Write, text: str) -> None:
    assert sentences(write(text)) == [[("a", "DT"), ("_", UNTAGGED)], [("b", UNTAGGED)]]


@pytest.mark.parametrize("token", ["the", "the/", "/DT", "/"])
def test_a_token_that_is_not_word_and_tag_is_named(write: Write, token: str) -> None:
    assert complaint(write(f"a/DT\nb/NN {token}\n")) == f"corpus:2: expected word/TAG, got {token!r}"


def test_only_spaces_and_tabs_separate_tokens() -> None:
    assert split_tokens("10\u00a0000 a\u2003b\t c\u0085\r\n") == ["10\u00a0000", "a\u2003b", "c\u0085"]


# -- all formats -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [CONLLU, "We\tPRP\ndo\tVBP\n\nYes\tUH\n", "We/PRP do/VBP\nYes/UH\n"])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: data.replace(b"\n", b"\r"),
        lambda data: b"\xef\xbb\xbf" + data,
        gzip.compress,
        lambda data: gzip.compress(b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n")),
    ],
    ids=["windows", "macintosh", "mark", "gzip", "gzip-windows-mark"],
)
def test_the_same_text_in_any_encoding(write: Write, text: str, wrap: Callable[[bytes], bytes]) -> None:
    assert sentences(write(wrap(text.encode()))) == sentences(write(text, "plain"))


def test_gzip_is_detected_by_its_first_bytes_and_conllu_by_the_name_before_gz(write: Write) -> None:
    line = gzip.compress(b"the\tDT\n")
    assert sentences(write(line, "misnamed.txt")) == [[("the", "DT")]]
    assert "has 10 columns" in complaint(write(line, "a.conllu.gz"))


@pytest.mark.parametrize("content", ["", "\n \n\r\n", "# newdoc\n\n"])
def test_a_file_without_a_sentence(write: Write, content: str) -> None:
    assert complaint(write(content, "a.conllu")) == "a.conllu contains no tagged sentence"


@pytest.mark.parametrize("content", ["", "\n \n\r\n"])
def test_a_file_with_nothing_needs_no_format(write: Write, content: str) -> None:
    assert complaint(write(content)) == "corpus contains no tagged sentence"


def test_an_unknown_format_names_the_line_and_the_known_ones(write: Write) -> None:
    message = complaint(write("\nThe dog barks .\n"))
    assert message.startswith("corpus:2: ")
    assert all(form in message for form in ("CoNLL-U", "word<TAB>tag", "word/TAG"))


@pytest.mark.parametrize("wrap", [bytes, gzip.compress])
def test_text_that_is_not_utf8(write: Write, wrap: Callable[[bytes], bytes]) -> None:
    latin = ("the/DT\n" * 9000 + "café/NN\n").encode("latin-1")
    assert complaint(write(wrap(latin))).startswith("corpus is not UTF-8 text (")


PACKED = gzip.compress("".join(f"{number:x}/CD\n" for number in range(5000)).encode())


@pytest.mark.parametrize(
    "damaged",
    [
        PACKED[:-12],
        PACKED[:2] + b"??" + PACKED[4:],
        PACKED[:20] + b"\xff\xff\xff" + PACKED[23:],
        PACKED[:-8] + b"????" + PACKED[-4:],
    ],
    ids=["cut off", "header", "content", "checksum"],
)
def test_damaged_gzip(write: Write, damaged: bytes) -> None:
    assert complaint(write(damaged)).startswith("corpus is a damaged gzip file: ")


@pytest.mark.parametrize(("name", "reason"), [("none", "No such file or directory"), (".", "Is a directory")])
def test_a_file_that_cannot_be_opened(write: Write, name: str, reason: str) -> None:
    write("a/DT\n")
    assert complaint(name) == f"cannot read {name}: {reason}"


@pytest.mark.parametrize("number", [errno.EPIPE, errno.ENOSPC])
def test_errors_elsewhere_while_a_file_is_open_are_not_blamed_on_the_file(write: Write, number: int) -> None:
    """For example when the program that reads our output, such as ``head``, stops early."""
    with pytest.raises(OSError, match=str(number)), open_text(write("a/DT\n")):
        raise OSError(number, "of standard output")
