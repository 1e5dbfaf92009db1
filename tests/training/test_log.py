from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from postagger.training import MetricsLog


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "metrics.jsonl"


@pytest.fixture
def part(path: Path) -> Path:
    return path.with_name("metrics.jsonl.part")


def test_each_line_is_json_and_written_at_once(path: Path, part: Path) -> None:
    records: list[dict[str, Any]] = [{"epoch": 1, "loss": 0.5, "dev_accuracy": None}, {"corpus": "Bäume 🌳"}]
    with MetricsLog(path) as log:
        for count, record in enumerate(records, 1):
            log.write(record)
            lines = part.read_text(encoding="utf-8").splitlines()
            assert [json.loads(line) for line in lines] == records[:count]
    assert [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] == records
    assert not part.exists()


def _log_and_fail(path: Path, *records: dict[str, Any]) -> None:
    with MetricsLog(path) as log:
        for record in records:
            log.write(record)
        raise ZeroDivisionError


def test_a_failed_run_keeps_its_lines_beside_those_of_the_last_successful_run(path: Path, part: Path) -> None:
    for epoch in (1, 2):
        with MetricsLog(path) as log:
            log.write({"epoch": epoch})
    with pytest.raises(ZeroDivisionError):
        _log_and_fail(path)
    assert not part.exists()
    with pytest.raises(ZeroDivisionError):
        _log_and_fail(path, {"epoch": 3})
    assert path.read_text() == '{"epoch": 2}\n'
    assert part.read_text() == '{"epoch": 3}\n'


def test_a_log_that_cannot_be_written_ends_and_the_run_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "metrics.jsonl.part").mkdir()
    for path in (tmp_path / "file" / "metrics.jsonl", tmp_path / "metrics.jsonl"):
        with MetricsLog(path) as log:
            log.write({"epoch": 1})
            log.write({"epoch": 2})
        assert capsys.readouterr().err.count(f"cannot write {path}.part, so it ends here: ") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_disk_ends_the_log_only(path: Path, part: Path, capsys: pytest.CaptureFixture[str]) -> None:
    part.parent.mkdir()
    part.symlink_to("/dev/full")
    with MetricsLog(path) as log:
        log.write({"epoch": 1})
        log.write({"epoch": 2})
    assert capsys.readouterr().err == f"cannot write {part}, so it ends here: No space left on device\n"


def test_control_characters_do_not_reach_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    with MetricsLog(tmp_path / "file" / "a\x1b[2Jb") as log:
        log.write({"epoch": 1})
    assert "a\\x1b[2Jb.part" in capsys.readouterr().err
