"""Any tokens are tagged and given back; wrong ones are refused."""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from typing import Any

import numpy as np
import pytest
from conftest import Example, sentences
from hypothesis import given
from hypothesis import strategies as st
from postagger_native import Kernel


class Text(str):
    """A token of a subclass."""


UNUSUAL = [
    "",
    "\0",
    "a\0b",
    "\ud800",
    "x\udfff",
    "a" * 1_000_000,
    "é" * 100_000,
    "\U0001f600",
    "＂",
    '"',
    "\u200b",
]


def test_unusual_tokens(example: Example) -> None:
    kernel = example.kernel()
    for texts in ([UNUSUAL], [[word] for word in UNUSUAL], [UNUSUAL[::-1] * 3]):
        assert kernel.tag(texts) == example.answers(texts)


def test_straight_quotes_open_and_close(example: Example) -> None:
    kernel = example.kernel()
    texts = [['"', "a", '"', "b", "＂", "c", '"'], ['"'], ["x", '"', "y", '"', '"']]
    found = kernel.tag(texts)
    assert found == example.answers(texts)
    assert [[word for word, _ in sentence] for sentence in found] == texts


def test_tokens_of_subclasses_are_given_back(example: Example) -> None:
    kernel = example.kernel()
    tokens = [Text("The"), "man", Text('"'), Text("é"), Text("The")]
    (found,) = kernel.tag([tokens])
    assert all(word is token for (word, _), token in zip(found, tokens, strict=True))
    assert [tag for _, tag in found] == [tag for _, tag in example.answers([[str(t) for t in tokens]])[0]]
    again = kernel.tag([["The", "man"]])
    assert type(again[0][0][0]) is str


@pytest.mark.parametrize(
    "wrong",
    [["a", 1], ["a", None, "b"], ["a", b"b"], [("a", "b")], "text", 3, None, {"a"}, iter("ab")],
    ids=repr,
)
def test_wrong_sentences_and_tokens_change_nothing(example: Example, wrong: Any) -> None:
    kernel = example.kernel()
    texts = sentences(40)
    with pytest.raises(TypeError):
        kernel.tag([*texts, wrong, *texts])
    assert kernel.tag(texts) == example.answers(texts)


@pytest.mark.parametrize("wrong", ["text", 3, None, {"a": 1}])
def test_only_lists_of_sentences(example: Example, wrong: Any) -> None:
    with pytest.raises(TypeError):
        example.kernel().tag(wrong)


def test_empty_sentences(example: Example) -> None:
    kernel = example.kernel()
    assert kernel.tag([]) == []
    assert kernel.tag([[], ()]) == [[], []]
    texts: list[list[str]] = [[], ["a"], [], [], ["b", "c"], []]
    assert kernel.tag(texts) == example.answers(texts)
    assert kernel.tags([], np.zeros(0, np.int64)).shape == (1, 0)
    assert kernel.scores([], np.zeros(3, np.int64)).shape == (0, len(example.tags))


@pytest.mark.parametrize("lengths", [[1], [3], [2, 1], [-1, 3], [[2]], [2.0], None])
def test_lengths_must_fit(example: Example, lengths: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        example.kernel().tags(["a", "b"], None if lengths is None else np.array(lengths))


@given(st.lists(st.lists(st.text(st.characters(), max_size=8), max_size=6), max_size=6))
def test_any_text(example: Example, texts: list[list[str]]) -> None:
    assert example.kernel().tag(texts) == example.answers(texts)


def test_forgetting_keeps_memory_bounded_and_tags_the_same(example: Example, isa: str) -> None:
    kernel = example.kernel(isa=isa, largest=400 * 640 * 6)
    texts = sentences(1500)
    expected = example.answers(texts)
    for _ in range(2):
        assert kernel.tag(texts) == expected
    assert len(kernel) < 400 + 1200
    assert kernel.nbytes == len(kernel) * (kernel.nbytes // len(kernel))


def test_errors_in_callbacks_change_nothing() -> None:
    rows = np.zeros((2, 640), np.float32)
    results = [
        rows[:1],
        rows[:, :7].copy(),
        rows.astype(np.float64),
        "no array",
        None,
        ZeroDivisionError(),
        rows,
    ]

    def make_rows(words: list[str]) -> Any:
        if len(words) == 2:  # the quotes
            return np.zeros((3, 640), np.float32)
        result = results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    layers = {"left": 2, "right": 2, "activation": "relu", "hidden": []}
    layers["output"] = (np.zeros((2, 128), np.float32), np.array([0, 1], np.float32))
    kernel = Kernel(
        kind="window",
        width=640,
        make_rows=make_rows,
        is_straight_quote=lambda word: False,
        layers=layers,
        tags=[["A", "B"]],
    )
    while len(results) > 1:
        with pytest.raises((ValueError, TypeError, ZeroDivisionError, BufferError)):
            kernel.tag([["a"]])
        assert len(kernel) == 3
    assert kernel.tag([["a"], ["a"]]) == [[("a", "B")], [("a", "B")]]
    assert len(kernel) == 4


class SlowRows(np.ndarray[Any, Any]):
    """Rows that let other threads run when they are freed."""

    def __del__(self) -> None:
        time.sleep(1e-5)


@pytest.mark.parametrize("native", [True, False])
def test_threads_share_a_kernel(example: Example, native: bool) -> None:
    kernel = example.kernel(native=native, largest=500 * 640 * 6, row_type=SlowRows)
    texts = [sentences(100, seed=seed, vocabulary=600) for seed in range(8)]
    expected = [example.answers(part) for part in texts]
    found: list[Any] = [None] * 8

    def run(number: int) -> None:
        found[number] = [kernel.tag(texts[number]) for _ in range(4)]

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
    for answers, right in zip(found, expected, strict=True):
        assert all(answer == right for answer in answers)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_process_tags(example: Example) -> None:
    kernel = example.kernel(largest=600 * 640 * 6)
    texts = sentences(400)
    stop = threading.Event()

    def keep_tagging() -> None:
        while not stop.is_set():
            kernel.tag(texts)

    thread = threading.Thread(target=keep_tagging)
    thread.start()
    expected = kernel.tag(texts)
    try:
        for _ in range(5):
            child = os.fork()
            if not child:
                os._exit(0 if all(kernel.tag(texts) == expected for _ in range(3)) else 1)
            assert os.waitpid(child, 0)[1] == 0
    finally:
        stop.set()
        thread.join()


def test_kernels_and_answers_are_freed(example: Example) -> None:
    texts = [["unheard"], *sentences(50)]
    kernel = example.kernel()
    kernel.tag(texts)
    before = sys.getrefcount(texts[0][0])
    answers = kernel.tag(texts)
    assert not any(gc.is_tracked(pair) for sentence in answers for pair in sentence)
    del answers
    after = sys.getrefcount(texts[0][0])
    assert after == before
    make = kernel.tag
    cycle: list[Any] = [kernel, make]
    cycle.append(cycle)
    del kernel, make, cycle
    gc.collect()
    after = sys.getrefcount(texts[0][0])
    assert after < before
