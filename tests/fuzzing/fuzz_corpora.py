"""Corpora in every format, and the tables that belong to words: vectors, classes, lexicons."""

from __future__ import annotations

import gzip
import struct
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
from contents import damaged, files, texts
from fuzz_texts import CONLLU, TOKENS, VERTICAL
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from properties import Target, settled

from postagger import TagDictionary, TaggedSentence, load_corpus, load_vectors
from postagger.corpora.diagnosis import as_json, as_text, check_columns
from postagger.corpora.formats import read_documents
from postagger.features.word_classes import load_classes

SLASHES = ("The/DT dog/NN ./.\n", "a/b/NN", "/", "1/2 3/4\n", "http://a.b/c", "<s>", "\\/", *TOKENS)
TABS = ("The\tDT\n", "dog\tNN\n", "\n", "word\ttag\n", "-DOCSTART-\t-X-\n", "a\tb\tc\n", "x\t_\n", *VERTICAL)
ROWS = (
    "The DT B-NP\n",
    "dog NN I-NP\n",
    ". . O\n",
    "\n",
    "-DOCSTART- -X- -X-\n",
    "word pos chunk\n",
    "a  b\n",
)
PARTS = {"conllu": CONLLU, "slashes": SLASHES, "tabs": TABS, "blanks": ROWS}
COLUMNS = ("xpos", "upos", "feats", "1", "2", "3", "0", "99", "tag", "\u0662", "")


class CorpusFile(NamedTuple):
    """A corpus, and how it is read.

    Attributes:
        reader: None if the format is to be detected.
    """

    content: bytes
    column: str
    reader: str | None


def check_corpus_file(given: CorpusFile) -> None:
    """Reads a corpus, and says what is wrong with it; it has words and tags, all of them with characters."""
    path = Path("corpus.txt")
    path.write_bytes(given.content)
    documents = settled(lambda: read_documents(path, column=given.column, reader=given.reader))
    sentences = [each for document in documents or () for each in document.sentences]
    assert documents is None or sentences
    assert all(sentence and all(word and tag for word, tag in sentence) for sentence in sentences)
    corpus = settled(lambda: load_corpus(path, column=given.column or "xpos", reader=given.reader))
    if corpus is None:
        return
    assert [*corpus.train, *corpus.dev, *corpus.test]
    for check in check_columns(corpus).values():
        assert as_text(check).strip()
        assert as_json(check)


_VISIBLE = st.characters(exclude_categories=("Cc", "Cf", "Cs", "Cn", "Zs", "Zl", "Zp"))
_WORD = st.text(_VISIBLE, min_size=1, max_size=8)
_TAG = st.sampled_from(("NN", "DT", "VBZ", ".", "``", "PRP$", "-LRB-", "NN|VB"))
_SENTENCES = st.lists(st.lists(st.tuples(_WORD, _TAG), min_size=1, max_size=5), min_size=1, max_size=5)

_HEAD: TaggedSentence = [("The", "DT"), ("dog", "NN"), ("barks", "VBZ")]
"""Stands before the sentences, so that the columns are clear."""


def _row(number: int, word: str, tag: str) -> str:
    return f"{number}\t{word}\t_\t_\t{tag}\t_\t_\t_\t_\t_\n"


def _as_conllu(sentences: list[TaggedSentence]) -> str:
    return "".join(
        "".join(_row(number, *pair) for number, pair in enumerate(sentence, 1)) + "\n"
        for sentence in sentences
    )


def _as_rows(sentences: list[TaggedSentence], blank: str) -> str:
    return "".join("".join(f"{word}{blank}{tag}\n" for word, tag in each) + "\n" for each in sentences)


def check_corpus_again(sentences: list[TaggedSentence]) -> None:
    """Sentences that are written in any of the formats are read as they were."""
    given = [_HEAD, *sentences]
    for reader, text in {
        "conllu": _as_conllu(given),
        "tabs": _as_rows(given, "\t"),
        "slashes": "".join(" ".join(map("/".join, sentence)) + "\n" for sentence in given),
    }.items():
        for encoding, packed in (("utf-8", False), ("utf-16", False), ("utf-8", True)):
            content = text.encode(encoding)
            Path("again").write_bytes(gzip.compress(content) if packed else content)
            documents = settled(lambda reader=reader: read_documents("again", reader=reader))  # type: ignore[misc]
            if documents is not None or reader == "conllu":
                found = [each for document in documents or () for each in document.sentences]
                assert found == given, (reader, found)


VECTORS = (
    "3 2\n",
    "the 0.1 -0.2\n",
    "dog 1 2\n",
    "1e5 nan",
    " inf\n",
    "a\t1\t2\n",
    "0 0\n",
    "9999 300\n",
    " 1 2",
)


@st.composite
def _binary_vectors(draw: DrawFn) -> bytes:
    """A file of word2vec's binary format."""
    words, dim = draw(st.integers(0, 4)), draw(st.integers(1, 5))
    said = draw(st.sampled_from((words, words, words + 1, 10**11)))
    content = f"{said} {dim}\n".encode()
    for _ in range(words):
        numbers = draw(st.lists(st.floats(width=32), min_size=dim, max_size=dim))
        content += (
            draw(texts(("a", "b"))).encode(errors="replace")[:9] + b" " + struct.pack(f"<{dim}f", *numbers)
        )
        content += draw(st.sampled_from((b"", b"\n")))
    return draw(damaged(content))


@st.composite
def _fasttext_vectors(draw: DrawFn) -> bytes:
    """A file of fastText's ``.bin`` without sub-words; any of its numbers may be another one."""
    dim, words = 2, ["</s>", "dog"]

    def number(usual: int) -> int:
        chosen: int = draw(st.sampled_from((usual,) * 15 + (0, -1, 1, 2**31 - 1)))
        return chosen

    settings = (dim, 5, 5, 1, 5, 1, 3, 1, 0, 0, 0, 100)  # dim, ws, epoch ... bucket, minn, maxn, lrUpdateRate
    content = struct.pack("<2i", 793712314, number(12))
    content += struct.pack("<12id", *map(number, settings), 1e-4)
    content += struct.pack("<3i2q", number(len(words)), number(len(words)), number(0), number(10), number(-1))
    for word in words:
        content += word.encode() + b"\0" + struct.pack("<qb", number(3), number(0) % 2)
    matrix = struct.pack("<4f", *draw(st.lists(st.floats(-9, 9, width=32), min_size=4, max_size=4)))
    content += struct.pack("<?2q", bool(number(0)), number(len(words)), number(dim)) + matrix
    content += struct.pack("<?2q", bool(number(0)), number(len(words)), number(dim)) + matrix
    return draw(damaged(content))


def check_vectors(content: bytes) -> None:
    """Vectors are finite and as many as words, which are all different."""
    path = Path("vectors")
    path.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        vectors = settled(lambda: load_vectors(path, limit=3, wanted=["dog"]))
    if vectors is not None:
        assert np.isfinite(vectors.vectors).all()
        assert len(set(vectors.words)) == len(vectors.vectors) <= 4
        assert repr(vectors)


def check_vectors_again(table: dict[str, list[float]]) -> None:
    """Vectors written as text or in binary are read as they were."""
    words, vectors = list(table), np.array(list(table.values()), np.float32)
    rows = ["\t".join([word, *map(repr, row.tolist())]) for word, row in zip(words, vectors, strict=True)]
    header = f"{len(words)} {vectors.shape[1]}\n"
    pairs = zip(words, vectors, strict=True)
    for content in (
        (header + "\n".join(rows)).encode(),
        header.encode() + b"".join(word.encode() + b" " + row.tobytes() + b"\n" for word, row in pairs),
    ):
        Path("again").write_bytes(content)
        found = load_vectors("again")
        assert list(found.words) == words
        assert np.array_equal(found.vectors, vectors)


CLASSES = ("0101\tdog\t12\n", "0\tthe\t9\n", "dog\tc1\n", "\t", "01", "\n", "dog", "1\t1\t1\n", "0\t1\n")
LEXICON = (
    "dog\tNN\n",
    "zoom\tVBP\tVBZ\n",
    "# a\n",
    "#\t#\n",
    "\t\t\n",
    "\tNN\n",
    "dog\t\n",
    "a b\tNN\n",
    "\n",
)


def check_classes(content: bytes) -> None:
    """Word classes, which a model file keeps as strings, are equal when they come from there."""
    Path("classes").write_bytes(content)
    classes = settled(lambda: load_classes("classes", (2, 4)))
    if classes is not None:
        again = type(classes).from_strings(classes.strings, classes.prefixes)
        assert again == classes
        assert all(classes.features(word) for word in classes.classes)


def check_lexicon(content: bytes) -> None:
    """A lexicon has tags for each of its words."""
    Path("lexicon").write_bytes(content)
    lexicon = settled(lambda: TagDictionary.load("lexicon"))
    if lexicon is not None:
        assert all(lexicon.entries.values())
        assert repr(lexicon)


def _corpus_files(reader: str) -> SearchStrategy[CorpusFile]:
    """Files of a format, mostly read as such, mostly with the usual column."""
    columns = st.sampled_from(("xpos",) * 10 + COLUMNS)
    return st.builds(CorpusFile, files(PARTS[reader]), columns, st.sampled_from((reader, None)))


_TABLES = st.integers(1, 4).flatmap(
    lambda dim: st.dictionaries(
        _WORD, st.lists(st.floats(-999, 999, width=16), min_size=dim, max_size=dim), min_size=1, max_size=5
    )
)
TARGETS = {
    **{f"corpus-{reader}": Target(_corpus_files(reader), check_corpus_file) for reader in PARTS},
    "corpus-again": Target(_SENTENCES, check_corpus_again),
    "vectors-text": Target(files(VECTORS), check_vectors),
    "vectors-word2vec": Target(_binary_vectors(), check_vectors),
    "vectors-fasttext": Target(_fasttext_vectors(), check_vectors),
    "vectors-again": Target(_TABLES, check_vectors_again),
    "classes": Target(files(CLASSES), check_classes),
    "lexicon": Target(files(LEXICON), check_lexicon),
}
