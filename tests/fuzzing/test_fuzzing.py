"""A few cases for every target of scripts/fuzz, always the same; and those that were wrong once."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any

import pytest
from fuzz_corpora import CorpusFile
from fuzz_models import Crafted
from hypothesis import HealthCheck
from hypothesis import strategies as st
from properties import Target, settled
from targets import TARGETS

from postagger import PostaggerError

CASES = 30

FOUND: dict[str, tuple[str, Any]] = {
    "nothing in rows of tabs": ("corpus-tabs", CorpusFile(b"", "xpos", "tabs")),
    "nothing in rows of blanks": ("corpus-blanks", CorpusFile(gzip.compress(b""), "xpos", "blanks")),
    "a control character in a message": (
        "corpus-conllu",
        CorpusFile(b"\x1b1\tThe\tthe\tDET\tDT\t_\t2\tdet\t_\t_\n", "xpos", None),
    ),
    "fastText's bytes to skip": (
        "vectors-fasttext",
        struct.pack("<2i12id3i2q", 793712314, 12, *range(12), 0.0, 0, 0, 0, 0, 2**62),
    ),
    "a number of 400 digits": ("config-set", ("window", [f"training.batch_size={'9' * 400}"])),
    "a name of 5,000 letters": ("config-set", ("window", [f"training.optimiser={'9' * 5000}"])),
    "weights too large to multiply": ("model-crafted", Crafted("window", [], [(0, "largest")])),
    "transitions too large to add": (
        "model-crafted",
        Crafted("lstm, crf", [], [(12, "largest"), (14, "largest")]),
    ),
    "letters too large to multiply": ("model-crafted", Crafted("characters", [], [(29, "largest")])),
}


class _WrongError(PostaggerError):
    """An error whose message is as it was given."""

    def __str__(self) -> str:
        return str(self.args[0])


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", TARGETS)
def test_whatever_is_given_there_is_an_answer(name: str) -> None:
    TARGETS[name].test(max_examples=CASES, derandomize=True, suppress_health_check=list(HealthCheck))()


@pytest.mark.parametrize("name", FOUND)
def test_what_was_wrong_once(name: str) -> None:
    target, case = FOUND[name]
    TARGETS[target].check(case)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (PostaggerError(), "without a message"),
        (ValueError("two"), "two"),
        (_WrongError("two\nlines"), "line ends"),
        (_WrongError("x" * 10_000), "10,000 characters"),
    ],
)
def test_a_wrong_answer_is_found(answer: Any, why: str) -> None:
    def act() -> None:
        raise answer

    target = Target(st.integers(), lambda _: settled(act))
    with pytest.raises((AssertionError, ValueError), match=why) as caught:
        target.test(max_examples=1)()
    assert any("case: " in note for note in caught.value.__notes__)
