"""The figures on the pages about other libraries come from a script; tests/docs runs the pages' code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from postagger import Config, Corpus, Tagger

NEEDED = {"spacy": "spacy", "nltk": "nltk", "sklearn": "sklearn", "onnx": "onnxruntime"}

pytestmark = pytest.mark.slow


@pytest.mark.usefixtures("one_thread")
def test_the_script_that_measures(
    tiny_corpus: Corpus,
    tiny_config: Callable[..., Config],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in NEEDED.values():
        pytest.importorskip(name, reason="needs the extras of the test")
    import libraries

    monkeypatch.setattr(libraries, "ROUNDS", 1)
    monkeypatch.setattr(libraries, "EPOCHS", 1)
    monkeypatch.setattr(
        libraries, "train", lambda corpus, *_, **__: Tagger.train(corpus, tiny_config("lstm"))
    )
    window = Tagger.train(tiny_corpus, tiny_config())
    rows = {}
    for name, measure in libraries.MEASURED.items():
        measure(tiny_corpus, window, tmp_path / name)
        rows[name] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    assert {name: len(lines) for name, lines in rows.items()} == {"spacy": 5, "nltk": 6, "onnx": 5}
    assert all(line.endswith("| 0 |") for line in rows["onnx"][1:])
