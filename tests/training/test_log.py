from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from postagger.errors import DataError
from postagger.training import MetricsLog


def test_each_line_is_json_and_there_at_once(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    records: list[dict[str, Any]] = [{"epoch": 1, "loss": 0.5, "dev_accuracy": None}, {"corpus": "Bäume 🌳"}]
    with MetricsLog(path) as log:
        for count, record in enumerate(records, 1):
            log.write(record)
            lines = path.read_text(encoding="utf-8").splitlines()
            assert [json.loads(line) for line in lines] == records[:count]


def _log_and_fail(path: Path) -> None:
    with MetricsLog(path) as log:
        log.write({"epoch": 1})
        raise ZeroDivisionError


def test_a_run_that_fails_keeps_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    with pytest.raises(ZeroDivisionError):
        _log_and_fail(path)
    assert path.read_text() == '{"epoch": 1}\n'


def test_a_new_run_starts_a_new_log_in_a_new_folder(tmp_path: Path) -> None:
    path = tmp_path / "new" / "metrics.jsonl"
    for epoch in (1, 2):
        with MetricsLog(path) as log:
            log.write({"epoch": epoch})
    assert path.read_text() == '{"epoch": 2}\n'


def test_without_a_path_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with MetricsLog(None) as log:
        log.write({"epoch": 1})
    assert list(tmp_path.iterdir()) == []


def test_an_unwritable_path_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "metrics.jsonl", tmp_path):
        with pytest.raises(DataError, match=f"cannot write {path}: "):
            MetricsLog(path)
