"""``postagger evaluate --html FILE``."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import Run, runner

from postagger import Config, Corpus, Tagger
from postagger.corpora import TaggedSentence


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(capsys, monkeypatch)


@pytest.fixture(scope="module")
def model(
    tiny_corpus: Corpus, tiny_config: Callable[..., Config], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("model") / "window.safetensors"
    Tagger.train(tiny_corpus, tiny_config()).save(path)
    return path


@pytest.fixture(scope="module")
def gold(tiny_sentences: list[TaggedSentence], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gold") / "gold.tsv"
    lines = ["\n".join(f"{word}\t{tag}" for word, tag in sentence) + "\n" for sentence in tiny_sentences[1:]]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_the_page_is_written_beside_the_table(model: Path, gold: Path, run: Run, tmp_path: Path) -> None:
    plain = run("evaluate", model, gold)
    page = tmp_path / "new" / "page.html"
    result = run("evaluate", model, gold, "--html", page)
    assert (result.status, result.stdout) == (0, plain.stdout)
    assert result.stderr == f"written: {page}\n"
    text = page.read_text("utf-8")
    assert f"<h1>window on {gold.name}, all</h1>" in text
    assert f"postagger evaluate {model} {gold} --html {page}" in text
    assert "without the temperature" in text


def test_what_a_page_can_t_show_is_said_in_one_line(
    model: Path, gold: Path, run: Run, tmp_path: Path
) -> None:
    result = run("evaluate", model, "challenge", "--html", tmp_path / "page.html")
    assert (result.status, result.stderr.count("\n")) == (2, 1)
    assert "--html does not apply to the challenge set" in result.stderr
    result = run("evaluate", model, gold, "--html", tmp_path)
    assert (result.status, result.stderr.count("\n")) == (1, 1)
    assert f"cannot write {tmp_path}" in result.stderr


def test_a_missing_package_is_said_before_the_evaluation(
    model: Path, gold: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "jinja2" else find(name))
    result = run("evaluate", model, gold, "--html", tmp_path / "page.html")
    assert result.status == 1
    assert result.stderr == "postagger: a page needs jinja2: pip install 'postagkit[compare]'\n"
    assert result.stdout == ""


def test_a_page_needs_no_torch(model: Path, gold: Path, tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['torch'] = None; from postagger.cli import main; "
        f"raise SystemExit(main(['evaluate', {str(model)!r}, {str(gold)!r}, '--html', 'page.html']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "written: page.html\n")
    assert (tmp_path / "page.html").is_file()
