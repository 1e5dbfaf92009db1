"""The native kernel: any tokens are tagged and given back, wrong ones are refused."""

from __future__ import annotations

import copy
import gc
import pickle
import sys
import threading
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_networks import TAGS, Both, some_text

from postagger.inference import ReferencePredictor
from postagger.runtime import NativePredictor
from postagger.runtime.native import make_kernel

native = pytest.importorskip("postagger_native", reason="the native kernel is not installed")

Pairs = list[list[tuple[str, str]]]

BOTH = {
    "window": Both({"kind": "window", "hidden": [16]}),
    "lstm": Both({"kind": "lstm", "hidden": 8}),
}
each_network = pytest.mark.parametrize("both", BOTH.values(), ids=BOTH)


class Marked(str):
    """A token with more to it than its characters."""


def kernel_of(both: Both, **settings: Any) -> Any:
    return make_kernel(both.checkpoint(), [both.config.corpus.head_name], **settings)


def expected_pairs(both: Both, sentences: list[list[str]]) -> Pairs:
    if not any(sentences):
        return [[] for _ in sentences]
    tags = iter(ReferencePredictor(both.network, both.encoding).tags(sentences))
    return [[(word, TAGS.tags[next(tags)]) for word in sentence] for sentence in sentences]


UNUSUAL = [
    *[
        "",
        "\0",
        "a\0b",
        "\n",
        "\ud800",
        "x\udfff",
        "\udcff" * 3,
        "\U0001f600",
        "\u200b",
        "\u0301",
        "\uff02",
        '"',
    ],
    *["a" * 1_000_000, "é" * 300_000, "食" * 100_000, "\ufffd", "'", "`", "-LRB-", "["],
]


@each_network
def test_unusual_tokens(both: Both) -> None:
    kernel = kernel_of(both)
    for sentences in ([UNUSUAL], [[word] for word in UNUSUAL], [UNUSUAL[::-1] * 2, [], ["the"]]):
        assert kernel.tag(sentences) == expected_pairs(both, sentences)


@each_network
def test_straight_quotes_open_and_close(both: Both) -> None:
    sentences = [['"', "a", '"', "b", "\uff02", "c", '\ufeff"'], ['"'], ["x", '"', "``", '"', "''", '"']]
    found = kernel_of(both).tag(sentences)
    assert found == expected_pairs(both, sentences)
    assert [[word for word, _ in sentence] for sentence in found] == sentences


def test_tokens_of_other_string_types_come_back_as_they_are() -> None:
    both = BOTH["window"]
    kernel = kernel_of(both)
    tokens = [Marked("The"), "man", Marked('"'), Marked("é"), Marked("The"), np.str_("man"), '"']
    (found,) = kernel.tag([tokens])
    for (word, _), token in zip(found, tokens, strict=True):
        assert word is token or (type(token) is type(word) is str and word == token)
    assert found == expected_pairs(both, [list(map(str, tokens))])[0]
    assert {type(word) for word, _ in kernel.tag([["The", "man", '"', "é"]])[0]} == {str}


@each_network
@given(sentences=st.lists(st.lists(st.text(st.characters(), max_size=8), max_size=6), max_size=6))
def test_any_text(both: Both, sentences: list[list[str]]) -> None:
    assert kernel_of(both).tag(sentences) == expected_pairs(both, sentences)


def test_empty_sentences() -> None:
    both = BOTH["lstm"]
    kernel = kernel_of(both)
    assert kernel.tag([]) == []
    assert kernel.tag([[], ()]) == [[], []]
    sentences: list[list[str]] = [[], ["a"], [], [], ["b", "c"], []]
    assert kernel.tag(sentences) == kernel.tag(tuple(map(tuple, sentences)))
    assert kernel.tag(sentences) == expected_pairs(both, sentences)
    assert kernel.tags([], np.zeros(0, np.int64)).shape == (1, 0)
    assert kernel.scores([], np.zeros(3, np.int64)).shape == (0, len(TAGS))


@pytest.mark.parametrize("wrong", [None, 3, b"the", ("the", "a"), ["the"]], ids=repr)
def test_a_token_that_is_not_a_string_is_an_error(wrong: Any) -> None:
    both = BOTH["window"]
    found = NativePredictor(both.checkpoint(), [both.config.corpus.head_name])
    text = some_text(1)
    sentences: list[list[Any]] = [*text, ["new", wrong], ["the"]]
    for method in (found.tag, found.tags, found.probabilities, found.tags_by_head):
        with pytest.raises(TypeError, match="a token must be a string, not "):
            method(sentences)
    assert found.tag(text) == expected_pairs(both, text)


def test_forgetting_bounds_memory_and_changes_no_tag() -> None:
    for both in BOTH.values():
        kernel = kernel_of(both, largest=0)
        for seed in (1, 2, 1):
            text = some_text(seed, 100)
            assert kernel.tag(text) == expected_pairs(both, text)
            # What is kept, and the new words of two batches of 1,024 tokens and a sentence.
            assert len(kernel) < 64 + 2 * 1100


class SlowRows(np.ndarray[Any, Any]):
    """Rows that let other threads run when they are freed."""

    def __del__(self) -> None:
        time.sleep(1e-5)


@each_network
@pytest.mark.parametrize("encoder", [True, False], ids=["native rows", "rows from Python"])
def test_threads_share_a_kernel(both: Both, encoder: bool) -> None:
    settings: dict[str, Any] = {"largest": 0}
    if not encoder:
        make = captured(both)["make_rows"]
        settings |= {"encoder": None, "make_rows": lambda words: make(words).view(SlowRows)}
    kernel = kernel_of(both, **settings)
    texts = [some_text(seed, 40, new=400) for seed in range(8)]
    expected = [expected_pairs(both, text) for text in texts]
    found: list[list[Pairs]] = [[] for _ in texts]

    def run(number: int) -> None:
        for _ in range(4):
            found[number].append(kernel.tag(texts[number]))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert found == [[right] * 4 for right in expected]


def captured(both: Both) -> dict[str, Any]:
    """The arguments that `make_kernel` gives a kernel."""
    arguments: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native, "Kernel", lambda **given: arguments.update(given))
        kernel_of(both)
    return arguments


@pytest.mark.parametrize("low_precision", [False, True])
def test_a_copy_tags_alike(low_precision: bool) -> None:
    both = BOTH["lstm"]
    checkpoint, text = both.checkpoint(3), some_text(7)
    found = NativePredictor(checkpoint, list(checkpoint.tagsets), low_precision=low_precision)
    expected, by_head = found.tag(text), found.tags_by_head(text).tolist()
    for copied in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found)):
        assert copied.tag(text) == expected
        assert copied.tags_by_head(text).tolist() == by_head


def test_memory_does_not_grow() -> None:
    """Words, answers and errors of a thousand rounds, in a table that forgets."""
    kernels = [
        kernel_of(both, **more) for both in BOTH.values() for more in ({"largest": 0}, {"encoder": None})
    ]
    fixed = some_text(1, 4, new=20)
    lengths = np.array([len(sentence) for sentence in fixed])
    words = [word for sentence in fixed for word in sentence]

    def rounds(first: int, count: int) -> None:
        for number in range(first, first + count):
            fresh = [f"n{number % 500}{letter}" for letter in "abé"]
            for kernel in kernels:
                kernel.tag([*fixed, fresh, [Marked("x"), '"']])
                kernel.tags(words, lengths)
                kernel.scores(words, lengths)
                with pytest.raises(TypeError):
                    kernel.tag([["good", None]])
                with pytest.raises(ValueError, match="lengths"):
                    kernel.tags(words, lengths[1:])

    rounds(0, 600)
    gc.collect()
    before = sys.getallocatedblocks()
    rounds(600, 1000)
    gc.collect()
    assert sys.getallocatedblocks() - before < 500


def test_kernels_and_answers_are_freed() -> None:
    word = "unheard-of"
    kernel = kernel_of(BOTH["window"])
    kernel.tag([[word]])
    before = sys.getrefcount(word)
    answers = kernel.tag([[word] * 10])
    assert not any(gc.is_tracked(pair) for sentence in answers for pair in sentence)
    del answers
    assert sys.getrefcount(word) == before
    cycle: list[Any] = [kernel, kernel.tag]
    cycle.append(cycle)
    del kernel, cycle
    gc.collect()
    after = sys.getrefcount(word)
    assert after < before


def test_long_words_do_not_fill_the_memory() -> None:
    """Of words with 80 million letters, the kernel keeps those of 32 million at most, and of a batch."""
    kernel = kernel_of(BOTH["window"])
    for number in range(400):
        kernel.tag([[f"{number}-{'x' * 200_000}"]])
    assert len(kernel) < 200
