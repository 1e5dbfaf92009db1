"""Progress of a training on stderr."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable

import pytest

from postagger import Config, Corpus, Tagger
from postagger.training.progress import Progress, duration, in_notebook

MakeConfig = Callable[..., Config]


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stderr", "progress", "lines", "bar"),
    [
        (io.StringIO, False, [], False),
        (_Terminal, False, [], False),
        (io.StringIO, True, ["2 epochs of 4 updates"], False),
        (_Terminal, True, ["2 epochs of 4 updates"], True),
    ],
)
def test_progress_is_shown_on_request_and_as_a_bar_only_on_a_terminal(
    stderr: type[io.StringIO],
    progress: bool,
    lines: list[str],
    bar: bool,
    tiny_corpus: Corpus,
    tiny_config: MakeConfig,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = stderr()
    monkeypatch.setattr("sys.stderr", stream)
    Tagger.train(tiny_corpus, tiny_config(), progress=progress)
    assert stream.getvalue().splitlines()[:1] == lines
    assert ("epoch 1 of 2" in stream.getvalue()) == bar


def test_without_a_terminal_the_time_left_is_shown_within_an_epoch(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One second an update: the first estimate comes after five seconds, another every thirty."""
    clock = itertools.count()
    monkeypatch.setattr("time.perf_counter", lambda: float(next(clock)))
    progress = Progress("pretraining", show=True)
    progress.start(2, 100)
    for epoch in (1, 2):
        assert list(progress.epoch(epoch, range(100))) == list(range(100))
    first, *estimates = capsys.readouterr().err.splitlines()
    assert first == "pretraining, 2 epochs of 100 updates"
    assert estimates[0].startswith("pretraining, epoch 1 of 2: about 3 min ")
    assert estimates[-1].startswith("pretraining, epoch 2 of 2: about ")
    assert 6 <= len(estimates) <= 8


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "about 0 s"), (59.4, "about 59 s"), (59.6, "about 1 min 00 s"), (3725, "about 62 min 05 s")],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_in_a_notebook_there_is_one_bar_for_the_whole_training(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("postagger.training.progress.in_notebook", lambda: True)
    with Progress("pretraining", show=True) as progress:
        progress.start(3, 50, done=10)
        for epoch in (1, 2):  # patience ends it before the third
            assert list(progress.epoch(epoch, range(40 if epoch == 1 else 50)))
            progress.scored(0.9)
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("pretraining, epoch 2 of 3: 100%|")
    assert "100/100" in last
    assert "dev 90.00 %" in last


def test_a_notebook_is_that_of_a_kernel() -> None:
    assert not in_notebook()


@pytest.mark.parametrize("stderr", [io.StringIO, _Terminal])
def test_control_characters_do_not_reach_the_terminal(
    stderr: type[io.StringIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = stderr()
    monkeypatch.setattr("sys.stderr", stream)
    progress = Progress("teacher a\x1b[2Jb", show=True)
    progress.start(1, 2)
    assert list(progress.epoch(1, [1, 2])) == list(progress.count([1, 2], "c\x1b[2Jd")) == [1, 2]
    assert "a\\x1b[2Jb" in stream.getvalue()
    assert "\x1b[2J" not in stream.getvalue()
