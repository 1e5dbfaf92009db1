"""``postagger tag --workers N -o DIR``: processes over files."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

import pytest
from command_line import Run, runner
from killing import being_written, complete, is_running, kill, run, started, until

LINE = "The dog barks at the old man, who left. Did she see it?\n"


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """A folder of five short texts."""
    folder = tmp_path / "texts"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.txt").write_text(LINE * (number + 1) * 10)
    return folder


def entries(folder: Path) -> list[str]:
    """The lines of a record, in the order of the outputs."""
    return sorted(line for line in (folder / ".postagger.jsonl").read_text().splitlines() if line)


def test_processes_do_what_one_does(
    texts: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_here: Run = runner(capsys, monkeypatch)
    folder = texts.parent
    (texts / "bad.txt").write_bytes(b"caf\xe9\n")
    for name in ("one", "two"):
        workers = ["--workers", "2"] if name == "two" else []
        arguments = ["tag", "en", texts, "-", "missing.txt", "-o", folder / name, "--to", "json", *workers]
        result = run_here(*arguments, stdin=b"It rains.\n")
        assert result.status == 1
        said = sorted(result.stderr.splitlines())
        assert said[0].startswith("postagger: ")
        assert "bad.txt is not UTF-8 text" in said[1] + said[0]
        assert said[-1] == f"tagged 6 files to {folder / name}"
    assert complete(folder / "one") == complete(folder / "two")
    assert entries(folder / "one") == entries(folder / "two")
    again = run_here("tag", "en", texts, "-o", folder / "two", "--to", "json", "--workers", "2")
    assert "tagged 0 files" in again.stderr
    assert "skipped 5" in again.stderr


def test_what_stops_one_process_stops_all(texts: Path) -> None:
    status, said = run(texts.parent, "texts", "-o", "out", "--top", "2", "--workers", "2")
    assert (status, said.count("\n")) == (2, 1)
    assert said.startswith("postagger: word/TAG has no place for --top")


slow = pytest.mark.slow
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture
def long_text(texts: Path) -> Path:
    """A folder of texts of which 1.txt takes some seconds."""
    (texts / "1.txt").write_text(LINE * 60_000)
    assert run(texts.parent, "texts", "-o", "expected")[0] == 0
    return texts.parent


@slow
@on_linux
def test_a_worker_that_is_killed(long_text: Path) -> None:
    out = long_text / "out"
    with started(long_text, "texts", "-o", "out", "--workers", "2") as process:
        kill(until(lambda: being_written(out).get("1.txt")))
        _, said = process.communicate()
    assert process.returncode == 1
    first, last = said.splitlines()
    assert first.startswith("postagger: texts/1.txt: the process that tagged it was killed (signal 9)")
    assert last == "tagged 4 files to out"
    expected = complete(long_text / "expected")
    assert complete(out) == {name: content for name, content in expected.items() if name != "1.txt"}
    status, said = run(long_text, "texts", "-o", "out", "--workers", "2")
    assert (status, said) == (
        0,
        "tagged 1 file to out; skipped 4 that had been tagged before and have not changed\n",
    )
    assert complete(out) == expected
    assert not being_written(out)  # what the killed process had begun has been removed


@slow
@on_linux
@pytest.mark.parametrize("to_all", [True, False], ids=["Ctrl-C", "parent"])
def test_an_interrupt_ends_all_and_leaves_nothing_half(to_all: bool, long_text: Path) -> None:
    out = long_text / "out"
    with started(long_text, "texts", "-o", "out", "--workers", "2") as process:
        worker = until(lambda: being_written(out).get("1.txt"))
        if to_all:
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert (process.returncode, said) == (130, "interrupted\n")
    assert not is_running(worker)
    assert not being_written(out)
    assert "1.txt" not in complete(out)
    assert run(long_text, "texts", "-o", "out", "--workers", "2")[0] == 0
    assert complete(out) == complete(long_text / "expected")


@slow
@on_linux
def test_a_parent_that_is_killed_takes_its_workers_with_it(long_text: Path) -> None:
    out = long_text / "out"
    with started(long_text, "texts", "-o", "out", "--workers", "2") as process:
        worker = until(lambda: being_written(out).get("1.txt"))
        process.kill()
        until(lambda: not is_running(worker))
    assert not (out / "1.txt").exists()
    assert run(long_text, "texts", "-o", "out", "--workers", "2")[0] == 0
    assert complete(out) == complete(long_text / "expected")


@slow
@on_linux
def test_memory_does_not_grow_with_the_text(texts: Path) -> None:
    """Two files of 120,000 sentences need no more memory than two of 20,000, but for caches."""
    peaks = []
    for size in (10_000, 60_000):
        for number in (0, 1):
            (texts / f"{number}.txt").write_text(LINE * size)
        with started(
            texts.parent, "texts/0.txt", "texts/1.txt", "-o", f"out{size}/", "--workers", "2"
        ) as process:
            peak = 0
            while process.poll() is None:
                for worker in being_written(texts.parent / f"out{size}").values():
                    peak = max(peak, resident(worker))
            process.communicate()
            assert process.returncode == 0
            peaks.append(peak)
    assert peaks[1] < 1.2 * peaks[0] + 20_000


def resident(process: int) -> int:
    """The most memory that a process has had, in KB; 0 if it has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


@slow
def test_the_record_of_many_files(texts: Path) -> None:
    for number in range(60):
        (texts / f"{number:03}.txt").write_text(LINE)
    assert run(texts.parent, "texts", "-o", "out", "--workers", "2") == (0, "tagged 65 files to out\n")
    record = (texts.parent / "out" / ".postagger.jsonl").read_text().split("\n")
    assert len({json.loads(line)["output"] for line in record if line}) == 65
