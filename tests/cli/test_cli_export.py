"""``postagger export``."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Run, runner

from postagger import Tagger

pytest.importorskip("onnx", reason="needs the extra onnx")
pytest.importorskip("onnxruntime", reason="needs the extra onnx")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(capsys, monkeypatch)


def test_export(run: Run, tmp_path: Path) -> None:
    from postagger.serving.onnx.reader import Reader

    folder = tmp_path / "exported"
    done = run("export", "en", "-o", folder, "--opset", "18")
    assert (done.status, done.stdout) == (0, "")
    assert [line.split(" (")[0] for line in done.stderr.splitlines()] == [
        f"wrote {folder / name}" for name in ("model.onnx", "tagger.json", "reader.py")
    ]
    words = ["They", "look", "the", "old", "word", "up", "."]
    assert Reader(folder).tag(words) == Tagger.load("en").tag(words)
    again = run("export", "en", "-o", folder)
    assert again.status == 1
    assert "has model.onnx, tagger.json, reader.py already" in again.stderr
    assert run("export", "en", "-o", folder, "--force").status == 0


def test_usage(run: Run, tmp_path: Path) -> None:
    assert run("export", "en").status == 2
    wrong = run("export", "en", "-o", tmp_path / "x", "--opset", "3")
    assert (wrong.status, wrong.stderr[:18]) == (2, "postagger: opset=3")
    (tmp_path / "models").mkdir()
    Tagger.load("en").save(tmp_path / "models" / "1.safetensors")
    several = run("export", tmp_path / "models", "-o", tmp_path / "x")
    assert several.status == 1
    assert "is a folder: export one of the models in it" in several.stderr
