"""The kernel by itself: arguments, errors of what it calls, numbers of words. Networks: see tests/runtime."""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from postagger_native import BEST_ISA, Kernel

UNITS, PLACES, TAGS = 40, 3, 4
WIDTH = PLACES * UNITS
ISAS = ("portable", "avx2", "avx512")


def threads() -> int:
    """The threads of the process that have not ended yet, on Linux."""
    return sum(1 for _ in Path("/proc/self/task").iterdir()) if sys.platform == "linux" else 0


AT_FIRST = threads()  # NumPy's
random = np.random.default_rng(1)
OUTPUT = (
    random.standard_normal((TAGS, UNITS)).astype(np.float32),
    random.standard_normal(TAGS).astype(np.float32),
)


def make_rows(words: Sequence[str]) -> Any:
    """Random rows, always the same for a word; those of padding are 0."""
    rows = [np.random.default_rng(list(word.encode())).standard_normal(WIDTH) for word in words]
    return np.array([np.zeros(WIDTH), *rows], np.float32)


def settings(**changes: Any) -> dict[str, Any]:
    layers = {"left": 1, "right": 1, "activation": "relu", "hidden": [], "output": OUTPUT}
    tags = [["A", "B", "C", "D"]]
    given = {"kind": "window", "width": WIDTH, "make_rows": make_rows, "layers": layers, "tags": tags}
    return given | {"is_straight_quote": lambda _: False} | changes


def tags_of(sentence: Sequence[str]) -> list[str]:
    rows = np.concatenate([np.zeros((1, WIDTH)), make_rows(sentence)[1:], np.zeros((1, WIDTH))])
    parts = rows.reshape(-1, PLACES, UNITS)
    hidden = np.maximum(parts[:-2, 0] + parts[1:-1, 1] + parts[2:, 2], 0)
    return ["ABCD"[tag] for tag in (hidden @ OUTPUT[0].T + OUTPUT[1]).argmax(1)]


def new_words(start: str, count: int) -> list[str]:
    return [f"{start}{number}" for number in range(count)]


WRONG_ARGUMENTS: dict[str, dict[str, Any]] = {
    "kind": {"kind": "transformer"},
    "kind's type": {"kind": 3},
    "width": {"width": 0},
    "width of no multiple": {"width": WIDTH + 1},
    "width of other layers": {"width": 2 * WIDTH},
    "make_rows": {"make_rows": None},
    "is_straight_quote": {"is_straight_quote": "no"},
    "no tags": {"tags": []},
    "empty tags": {"tags": [[]]},
    "tags' type": {"tags": [[1, 2, 3, 4]]},
    "number of tags": {"tags": [["A"]]},
    "precision": {"precision": "float16"},
    "isa": {"isa": "mmx"},
    "largest": {"largest": 2**100},
    "layers": {"layers": None},
    "encoder": {"encoder": {}},
    "encoder's type": {"encoder": 3},
    "unknown argument": {"colour": "red"},
}
LAYERS: dict[str, Any] = {
    "left": -1,
    "right": 10**9,
    "activation": "square",
    "hidden": [OUTPUT],
    "output": OUTPUT[:1],
}


@pytest.mark.parametrize("change", WRONG_ARGUMENTS.values(), ids=WRONG_ARGUMENTS)
def test_wrong_arguments_are_errors(change: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError, KeyError, OverflowError)):
        Kernel(**settings(**change))


@pytest.mark.parametrize("name", LAYERS)
def test_wrong_layers_are_errors(name: str) -> None:
    layers = settings()["layers"]
    with pytest.raises((ValueError, TypeError)):
        Kernel(**settings(layers=layers | {name: LAYERS[name]}))
    del layers[name]
    with pytest.raises(KeyError, match=name):
        Kernel(**settings(layers=layers))


@pytest.mark.parametrize(
    "weight",
    [
        OUTPUT[0].astype(np.float64),
        OUTPUT[0].T,
        OUTPUT[0][:, ::2],
        OUTPUT[0].astype(">f4"),
        np.frombuffer(b"x" + OUTPUT[0].tobytes(), np.float32, offset=1).reshape(OUTPUT[0].shape),
        OUTPUT[0][0],
        OUTPUT[0].tolist(),
    ],
    ids=["float64", "transposed", "strided", "big-endian", "not aligned", "one axis", "list"],
)
def test_wrong_arrays_are_errors(weight: Any) -> None:
    layers = settings()["layers"] | {"output": (weight, OUTPUT[1])}
    with pytest.raises((TypeError, ValueError, BufferError)):
        Kernel(**settings(layers=layers))


def test_instruction_sets() -> None:
    text = [new_words("w", 700)]
    for isa in ("auto", *ISAS[: ISAS.index(BEST_ISA) + 1]):
        kernel = Kernel(**settings(isa=isa))
        assert kernel.isa == (BEST_ISA if isa == "auto" else isa)
        for _ in range(2):
            assert [tag for _, tag in kernel.tag(text)[0]] == tags_of(text[0])
    for isa in ISAS[ISAS.index(BEST_ISA) + 1 :]:
        with pytest.raises(ValueError, match=isa):
            Kernel(**settings(isa=isa))


@pytest.mark.parametrize("wrong", ["text", 3, None, {"a": 1}, iter([["a"]])])
def test_only_lists_of_sentences(wrong: Any) -> None:
    with pytest.raises(TypeError):
        Kernel(**settings()).tag(wrong)


@pytest.mark.parametrize(
    "wrong",
    [["a", 1], ["a", None, "b"], ["a", b"b"], [("a", "b")], "text", 3, None, {"a"}, iter("ab")],
    ids=repr,
)
def test_wrong_sentences_change_nothing(wrong: Any) -> None:
    kernel = Kernel(**settings())
    text = [new_words(start, 30) for start in "abcd"]
    with pytest.raises(TypeError):
        kernel.tag([*text, wrong, *text])
    assert [[tag for _, tag in pairs] for pairs in kernel.tag(text)] == list(map(tags_of, text))


class Longer(list[str]):
    def __len__(self) -> int:
        return super().__len__() + 1


class Shorter(list[str]):
    def __len__(self) -> int:
        return 0


@pytest.mark.parametrize(
    ("words", "lengths"),
    [
        *((["a", "b"], lengths) for lengths in ([1], [3], [2, 1], [-1, 3], [[2]], [2.0], None)),
        (["a", "b"], np.array([2], np.int32)),
        (["a", "b"], np.array(2)),
        (["a", "b"], np.array([2**32 + 2])),
        (["a", "b"], np.array([2**63 - 1, 2**63 - 1])),
        (Longer(["a", "b"]), [3]),
        (Shorter(["a", "b"]), []),
        ("ab", [2]),
        (iter("ab"), [2]),
        (None, [0]),
        (["a", None], [2]),
    ],
    ids=repr,
)
def test_words_and_lengths_must_fit(words: Any, lengths: Any) -> None:
    kernel = Kernel(**settings())
    array = np.array(lengths) if isinstance(lengths, list) else lengths
    methods: list[Any] = [kernel.tags, kernel.scores]
    for method in methods:
        with pytest.raises((ValueError, TypeError)):
            method(words, array)
        with pytest.raises(TypeError):
            method(words)


def test_lists_that_tell_another_length() -> None:
    """What a subclass says of itself does not matter: its items are tagged."""
    kernel = Kernel(**settings())
    for words in (Longer(["a", "b"]), Shorter(["a", "b"] * 500)):
        count = list.__len__(words)
        assert kernel.scores(words, np.array([count])).shape == (count, TAGS)
        assert kernel.tags(words, np.array([count])).shape == (1, count)
        assert [word for word, _ in kernel.tag([words])[0]] == list(iter(words))


# -- what the kernel calls ---------------------------------------------------------------------------------


def test_errors_in_make_rows_change_nothing() -> None:
    rows = np.zeros((2, WIDTH), np.float32)
    wrong: list[Any] = [rows[:1], rows[:, :7].copy(), rows.astype(np.float64), "no array", None, rows[0]]
    results: list[Any] = [*wrong, ZeroDivisionError(), rows]

    def failing_rows(words: Sequence[str]) -> Any:
        if words == ["``", "''"]:
            return make_rows(words)
        result = results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    kernel = Kernel(**settings(make_rows=failing_rows))
    while len(results) > 1:
        with pytest.raises((ValueError, TypeError, ZeroDivisionError, BufferError)):
            kernel.tag([["a"]])
        assert len(kernel) == 3
    assert [word for word, _ in kernel.tag([["a", "a"]])[0]] == ["a", "a"]
    assert len(kernel) == 4


def test_errors_in_is_straight_quote_change_nothing() -> None:
    answers: list[Any] = [ZeroDivisionError(), False]

    def failing(word: str) -> Any:  # noqa: ARG001
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    kernel = Kernel(**settings(is_straight_quote=failing))
    with pytest.raises(ZeroDivisionError):
        kernel.tag([["é"]])
    assert len(kernel) == 3
    assert [tag for _, tag in kernel.tag([["é"]])[0]] == tags_of(["é"])


def test_make_rows_may_use_the_kernel() -> None:
    kernel: Any = None

    def nested(words: Sequence[str]) -> Any:
        if kernel is not None and not words[0].startswith("inner"):
            kernel.tag([new_words(f"inner{words[0]}", 200)])
        return make_rows(words)

    kernel = Kernel(**settings(make_rows=nested, largest=0))
    for start in "abcabc":
        words = new_words(start, 100)
        assert [tag for _, tag in kernel.tag([words])[0]] == tags_of(words)


class Pausing:
    """A kernel that, in the middle of tagging the word "new", has another thread use up words' numbers."""

    def __init__(self) -> None:
        self.kernel: Any = None
        self.paused = False
        self.kernel = Kernel(**settings(make_rows=self.rows, largest=0))
        self.kernel.tag([new_words("old", 40)])  # fewer than the kernel always keeps

    def rows(self, words: Sequence[str]) -> Any:
        if words == ["new"]:
            thread = threading.Thread(target=self.forget)
            thread.start()
            thread.join()
            self.paused = True
        return make_rows(words)

    def forget(self) -> None:
        for _ in range(6):
            for start in "abcd":
                self.kernel.tag([new_words(start, 50)] * 3)

    def is_right(self) -> bool:
        sentence = ["old1", "new", "old2"]
        pairs = self.kernel.tag([sentence])[0]
        return self.paused and pairs == list(zip(sentence, tags_of(sentence), strict=True))


def test_words_of_a_batch_are_not_replaced_by_those_of_other_threads() -> None:
    assert Pausing().is_right()


def wait_for_ended_threads() -> None:
    """A thread that has just been joined is still being taken down, and under AddressSanitizer it holds locks
    meanwhile: a process forked then waits for them for ever, with or without the kernel."""
    end = time.monotonic() + 5
    while threads() > AT_FIRST and time.monotonic() < end:
        time.sleep(0.001)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_words_of_a_batch_are_not_replaced_in_a_forked_process() -> None:
    """A child has none of its parent's threads, but threads of its own."""
    pausing = Pausing()
    wait_for_ended_threads()
    child = os.fork()
    if not child:
        right = False
        try:
            right = pausing.is_right()
        finally:
            os._exit(0 if right else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_nobody_finds_a_kernel_that_is_not_ready() -> None:
    found: list[Any] = []

    def rows(words: Sequence[str]) -> Any:
        found.extend(each for each in gc.get_objects() if type(each) is Kernel)
        return make_rows(words)

    before = sum(type(each) is Kernel for each in gc.get_objects())
    kernel = Kernel(**settings(make_rows=rows))
    assert len(found) == before
    assert gc.is_tracked(kernel)
    with pytest.raises(ZeroDivisionError):
        Kernel(**settings(make_rows=lambda _: 1 / 0))
