"""What must hold whatever the package is given: a result, or an error of its own, within bounds."""

from __future__ import annotations

import sys
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import hypothesis
from hypothesis.strategies import SearchStrategy

from postagger import PostaggerError

SECONDS, MEGABYTES = 2, 300
"""The most CPU time for one case, which only `scripts/fuzz` measures, and the most memory for all of them."""

_LONGEST_MESSAGE = 4000

Result = TypeVar("Result")


@dataclass(frozen=True)
class Target:
    """A part of the package, what to give it, and a check that raises an error if its answer is wrong."""

    cases: SearchStrategy[Any]
    check: Callable[[Any], None]

    def test(self, *, timed: bool = False, **settings: Any) -> Any:
        """The target as a test of hypothesis.

        Args:
            timed: whether a case that takes too long is an error.
            settings: those of hypothesis.
        """
        before = peak_memory()

        def test(case: Any) -> None:
            try:
                self._within_bounds(case, before, timed)
            except Exception as error:
                error.add_note(f"case: {case!r}")
                raise

        decorate = hypothesis.settings(deadline=None, database=None, **settings)
        return decorate(hypothesis.given(case=self.cases)(test))

    def _within_bounds(self, case: Any, before: float, timed: bool) -> None:
        """Checks a case, its CPU time, and that the peak of memory stays near what it was before."""
        seconds = self._seconds(case)
        if timed and seconds > SECONDS:
            seconds = self._seconds(case)  # the first one of its kind may import a library
        assert not timed or seconds <= SECONDS, f"{seconds:.1f} s of CPU"
        more = peak_memory() - before
        assert more < MEGABYTES, f"{more:.0f} MB more than before the first case"

    def _seconds(self, case: Any) -> float:
        start = time.process_time()
        self.check(case)
        return time.process_time() - start


def settled(act: Callable[[], Result]) -> Result | None:
    """What a function returns; None if it raises an error of the package, which must be one readable line."""
    try:
        return act()
    except PostaggerError as error:
        message = str(error)
    assert message.strip(), "an error without a message"
    assert len(message) <= _LONGEST_MESSAGE, f"a message of {len(message):,} characters: {message[:200]}"
    hidden = [each for each in message if unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp")]
    assert not hidden, f"line ends, control characters or halves of surrogate pairs in {message!r}"
    return None


def peak_memory() -> float:
    """The most memory that this process has had so far, in MB; 0 where the system doesn't tell."""
    try:
        import resource
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
