"""Signals in imports, in destructors, and while processes are started."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from postagger.io.interrupts import blocked, interruptible
from postagger.training.checkpoints import Stops

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no timer")

Import = Callable[[str], None]


@pytest.fixture(autouse=True)
def _usual() -> Iterator[None]:
    """Handlers as in a new process, whatever has started the tests."""
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def import_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Import:
    """``import_it(source)`` imports a module of that source, which has the module `signal`."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "with_signal", raising=False)

    def import_it(source: str) -> None:
        (tmp_path / "with_signal.py").write_text(f"import signal, time\n{source}\ndone = True\n")
        import with_signal  # type: ignore[import-not-found]  # noqa: F401

    return import_it


def is_complete() -> bool:
    return hasattr(sys.modules.get("with_signal"), "done")


def expect_interrupt(function: Callable[[], object]) -> None:
    """Calls a function as a command, and expects an interrupt, soon."""
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt), interruptible():
        function()
    assert time.monotonic() - start < 30


def test_an_interrupt_waits_for_the_end_of_an_import(import_it: Import) -> None:
    def run() -> None:
        import_it("signal.raise_signal(signal.SIGINT); time.sleep(0.1)")
        assert is_complete()
        time.sleep(60)

    expect_interrupt(run)
    assert is_complete()


def test_an_interrupt_in_the_last_import_is_not_forgotten(import_it: Import) -> None:
    expect_interrupt(lambda: import_it("signal.raise_signal(signal.SIGINT)"))
    time.sleep(0.1)  # it comes once
    assert is_complete()


def test_an_interrupt_in_an_import_that_fails_is_an_interrupt(import_it: Import) -> None:
    expect_interrupt(lambda: import_it("signal.raise_signal(signal.SIGINT); 1 / 0"))
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)  # when Python ends, an alarm would kill it


def test_a_second_interrupt_does_not_wait(import_it: Import) -> None:
    """A module may do anything while it is imported."""
    expect_interrupt(lambda: import_it("for _ in range(2): signal.raise_signal(signal.SIGINT)"))
    assert not is_complete()
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_outside_imports_it_does_not_wait() -> None:
    after: list[str] = []

    def run() -> None:
        signal.raise_signal(signal.SIGINT)
        after.append("reached")

    expect_interrupt(run)
    assert not after


def test_an_interrupt_in_a_destructor_is_raised_after_it(capsys: pytest.CaptureFixture[str]) -> None:
    class Interrupted:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    def run() -> None:
        Interrupted()
        time.sleep(60)

    expect_interrupt(run)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("handler", [signal.SIG_IGN, signal.SIG_DFL, signal.default_int_handler, print])
def test_afterwards_all_is_as_before(handler: signal.Handlers | Callable[..., None]) -> None:
    signal.signal(signal.SIGINT, handler)
    hook = sys.unraisablehook
    with interruptible():
        changed = signal.getsignal(signal.SIGINT) != handler
        assert changed == (handler in (signal.SIG_DFL, signal.default_int_handler))
    assert signal.getsignal(signal.SIGINT) == handler
    assert sys.unraisablehook == hook


@pytest.mark.parametrize("in_a_command", [False, True])
@pytest.mark.parametrize(("name", "error"), [("SIGINT", KeyboardInterrupt), ("SIGTERM", SystemExit)])
def test_a_training_waits_for_the_end_of_an_import(
    in_a_command: bool, name: str, error: type[BaseException], import_it: Import
) -> None:
    def train() -> None:
        with interruptible() if in_a_command else nullcontext(), Stops().handled():
            import_it(f"signal.raise_signal(signal.{name}); time.sleep(0.1)")
            time.sleep(60)

    with pytest.raises(error) as stopped:
        train()
    assert is_complete()
    assert not isinstance(stopped.value, SystemExit) or stopped.value.code == 143


def test_a_signal_that_waited_for_an_import_waits_for_the_update_too(import_it: Import) -> None:
    stops = Stops()
    with interruptible(), stops.handled():
        import_it("signal.raise_signal(signal.SIGINT)")
        with stops.waiting():
            time.sleep(0.2)
        assert stops.asked == signal.SIGINT


def test_a_process_that_is_started_while_signals_are_blocked_gets_none() -> None:
    program = "import os, signal; os.kill(os.getpid(), signal.SIGINT); print('alive')"
    with blocked():
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "alive\n", "")


def test_a_signal_that_was_blocked_comes_afterwards() -> None:
    after: list[str] = []

    def run() -> None:
        with blocked():
            signal.raise_signal(signal.SIGINT)
            after.append("reached")
        after.append("reached too")

    expect_interrupt(run)
    assert after == ["reached"]
