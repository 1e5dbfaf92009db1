"""What the pages about other libraries say can be copied and runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from postagger import Config, Corpus, Tagger

ROOT = Path(__file__).parents[2]
NEEDED = {"spacy": "spacy", "nltk": "nltk", "sklearn": "sklearn", "onnx": "onnxruntime"}

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", NEEDED)
def test_the_programs_of_a_page_run(name: str, tmp_path: Path) -> None:
    """One after another, in one process, in an empty folder."""
    pytest.importorskip(NEEDED[name], reason=f"needs the extra {name}")
    page = (ROOT / "docs" / "how-to" / f"{name}.md").read_text(encoding="utf-8")
    programs = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert programs
    found_by_entry_point = ["import postagger.serving.spacy\n"] if name == "spacy" else []
    subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join(found_by_entry_point + programs)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        check=True,
    )


def test_results_on_the_page_about_nltk() -> None:
    page = (ROOT / "docs" / "how-to" / "nltk.md").read_text(encoding="utf-8")
    first = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0]
    calls = re.findall(r"^(pos_tag\(.*)\n# (.*)$", first, re.MULTILINE)
    assert len(calls) == 2
    names: dict[str, object] = {}
    exec(first.splitlines()[0], names)
    for call, result in calls:
        assert str(eval(call, names)) == result


def test_the_reader_of_the_page_about_onnx(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason="needs the extra onnx")
    page = (ROOT / "docs" / "how-to" / "onnx.md").read_text(encoding="utf-8")
    found = re.search(r'^echo "(.*)" \| python en_onnx/reader.py en_onnx\n(.*)$', page, re.MULTILINE)
    assert found is not None
    exporting = [sys.executable, "-m", "postagger", "export", "en", "-o", "en_onnx"]
    where = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(exporting, cwd=tmp_path, env=where, check=True)
    reading = [sys.executable, "en_onnx/reader.py", "en_onnx"]
    done = subprocess.run(reading, cwd=tmp_path, input=found[1], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == found[2]


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
