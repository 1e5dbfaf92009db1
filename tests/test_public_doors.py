"""What people give to the public functions by mistake, and what they are told.

Each row is a call and what its error must say. Every one is a `PostaggerError` that is raised by the call itself,
not later, in a line that names what was expected and what came.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from postagger import Corpus, DataError, PostaggerError, load_corpus, load_documents
from postagger.corpora import TaggedSentence, as_corpus

pytestmark = pytest.mark.usefixtures("one_thread")

SENTENCE: TaggedSentence = [("a", "DT"), ("dog", "NN")]


class Row(NamedTuple):
    """A call and the words that its error holds, in their order."""

    call: Callable[[], Any]
    error: type[PostaggerError]
    words: tuple[str, ...]


def row(call: Callable[[], Any], error: type[PostaggerError], *words: str) -> Row:
    return Row(call, error, words)


def check(found: Row) -> None:
    with pytest.raises(PostaggerError) as caught:
        found.call()
    message = str(caught.value)
    assert type(caught.value) is found.error, message
    assert "\n" not in message
    assert len(message) < 400
    place = 0
    for words in found.words:
        assert words in message[place:], message
        place = message.index(words, place) + len(words)


def wrong(value: Any) -> Any:
    """A value of a wrong type, hidden from the type checker."""
    return value


CORPORA = [
    row(lambda: as_corpus(wrong("treebank")), DataError, "'treebank'", "load_corpus('treebank')"),
    row(lambda: as_corpus(wrong(Path("my.conllu"))), DataError, "load_corpus('my.conllu')"),
    row(lambda: as_corpus(wrong(None)), DataError, "a list of sentences", "(word, tag) pairs; got None"),
    row(lambda: as_corpus(wrong({"a": "DT"})), DataError, "a list of sentences", "got {'a': 'DT'}"),
    row(lambda: as_corpus(wrong(SENTENCE)), DataError, "sentence 1 is ('a', 'DT')", "put a single sentence"),
    row(
        lambda: as_corpus(wrong([["a", "dog"]])), DataError, "sentence 1, token 1 is 'a'", "(word, tag) pair"
    ),
    row(lambda: as_corpus(wrong(load_documents("sample"))), DataError, "sentence 1, token 1 is <Document"),
    row(lambda: as_corpus([SENTENCE, wrong([("a", 1)])]), DataError, "sentence 2, token 1 is ('a', 1)"),
    row(
        lambda: as_corpus(Corpus("x", [], [], [[*SENTENCE, wrong("x")]])),
        DataError,
        "the test part of 'x', sentence 1, token 3 is 'x'",
    ),
    row(lambda: Corpus("x", wrong("abc"), [], []), DataError, "the train part of 'x' is a list", "got 'abc'"),
    row(lambda: Corpus("x", [], wrong(None), []), DataError, "the dev part of 'x' is a list", "got None"),
    row(lambda: Corpus("x", [], [], wrong([["a"]])), DataError, "the test part of 'x', sentence 1", "'a'"),
    row(lambda: Corpus(wrong(7), [], [], []), DataError, "a corpus's name is a string, not 7"),
    row(lambda: load_corpus("sample").part("tset"), DataError, "train, dev, test", "did you mean 'test'?"),
    row(lambda: load_corpus("sample").part(wrong(None)), DataError, "train, dev, test, not None"),
    row(lambda: load_corpus("sample").folds(wrong("3")), DataError, "whole number, such as 10, not '3'"),
    row(lambda: load_corpus("sample").folds(True), DataError, "whole number, such as 10, not True"),
]


@pytest.mark.parametrize("found", CORPORA, ids=lambda found: str(found.words))
def test_corpora(found: Row) -> None:
    check(found)


def test_sentences_are_taken_as_nltk_and_python_give_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import nltk.data
    from nltk.corpus.reader import TaggedCorpusReader

    monkeypatch.setattr(nltk.data, "path", [str(tmp_path)])  # NLTK reads from nowhere else

    (tmp_path / "a.pos").write_text("a/DT dog/NN\n" * 10, encoding="utf-8")
    lazy = TaggedCorpusReader(str(tmp_path), ["a.pos"]).tagged_sents()
    plain = [SENTENCE] * 10
    for sentences in (
        lazy,
        lazy[:10],
        iter(plain),
        tuple(map(tuple, plain)),
        [[["a", "DT"], ["dog", "NN"]]] * 10,
    ):
        corpus = as_corpus(wrong(sentences))
        assert corpus.train == plain
        assert type(corpus.train[0]) is list
    assert Corpus("lazy", lazy[:8], lazy[8:9], lazy[9:]) == Corpus("lazy", plain[:8], plain[8:9], plain[9:])


def test_a_part_that_is_a_list_of_lists_is_kept_as_it_is() -> None:
    """So that a corpus's sentences are still those of its documents."""
    part = [SENTENCE, []]
    assert Corpus("x", part, [], []).train is part


def test_a_corpus_is_shown_in_two_lines() -> None:
    first, second = repr(load_corpus("sample")).splitlines()
    assert first == "<Corpus 'sample':"
    assert second == (
        " train 1,065 sentences (20,545 tokens), dev 107 sentences (2,131 tokens), "
        "test 110 sentences (2,124 tokens)>"
    )
    assert repr(load_corpus("sample").documents[0]) == "<Document 'news-01': 13 sentences, category 'news'>"
