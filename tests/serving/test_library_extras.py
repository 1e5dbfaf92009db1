"""What is said where the package of another library is not installed."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from postagger import PostaggerError, Tagger


def test_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "postagger.serving.sklearn", raising=False)
    monkeypatch.setitem(sys.modules, "sklearn", None)  # as if it were not installed
    with pytest.raises(PostaggerError, match=r"needs sklearn: pip install 'postagkit\[sklearn\]'"):
        importlib.import_module("postagger.serving.sklearn")


def test_onnx(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from postagger.serving.onnx import export

    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(PostaggerError, match=r"export needs onnx: pip install 'postagkit\[onnx\]'"):
        export(Tagger.load("en"), tmp_path)
