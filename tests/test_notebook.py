"""A lesson in a real kernel: load, train, evaluate and explain on the sample, with what each cell shows."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

REASON = "needs nbclient and ipykernel: pip install 'postagkit[test]'"
nbclient = pytest.importorskip("nbclient", reason=REASON)
nbformat = pytest.importorskip("nbformat", reason=REASON)
pytest.importorskip("ipykernel", reason=REASON)

CELLS = {
    "load": "from postagger import Tagger, load_corpus\ncorpus = load_corpus('sample')\ncorpus",
    "train": "config = {'model': {'kind': 'window', 'hidden': [8]}, 'training': {'epochs': 2}}\n"
    "tagger = Tagger.train(corpus, config, progress=True)\ntagger",
    "tag": "tagger.tag('They look the word up .'.split())",
    "evaluate": "tagger.evaluate_on(corpus.test)",
    "explain": "tagger.explain('They look the word up .'.split(), 1)",
    "fail": "def stop(record):\n    raise RuntimeError('stopped')\n"
    "try:\n    Tagger.train(corpus, config, progress=True, on_epoch=stop)\n"
    "except RuntimeError as error:\n    print(error)",
}


@pytest.fixture(scope="module")
def outputs() -> dict[str, list[Any]]:
    """The outputs of each cell, in a kernel in which warnings are errors, as in these tests."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in CELLS.values()])
    warnings = "import warnings; warnings.simplefilter('error')"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(warnings))
    root = str(Path(__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])}
    client = nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3")
    client.execute(env=environment)
    return {name: cell.outputs for name, cell in zip(CELLS, notebook.cells[1:], strict=True)}


def _shown(outputs: list[Any]) -> tuple[str, str]:
    """The text and the HTML of a cell's value."""
    (found,) = [each for each in outputs if each.output_type == "execute_result"]
    return found["data"]["text/plain"], found["data"].get("text/html", "")


def _printed(outputs: list[Any]) -> str:
    return "".join(each.text for each in outputs if each.output_type == "stream")


def test_a_corpus_is_two_lines(outputs: dict[str, list[Any]]) -> None:
    text, page = _shown(outputs["load"])
    assert len(text.splitlines()) == 2
    assert "train 1,065 sentences" in text
    assert page == ""


def test_a_training_shows_one_bar_that_ends_complete(outputs: dict[str, list[Any]]) -> None:
    """Without ipywidgets the bar is text, with them an object of the page."""
    text, _ = _shown(outputs["train"])
    assert text.startswith("<Tagger: window tagger trained on sample")
    bar = _printed(outputs["train"])
    if not bar:  # a notebook keeps the beginning of an object, and its end elsewhere
        (graphical,) = [each for each in outputs["train"] if each.output_type == "display_data"]
        assert "application/vnd.jupyter.widget-view+json" in graphical["data"]
        return
    assert "epoch " in bar
    assert "100%" in bar.splitlines()[-1]
    assert "dev " in bar.splitlines()[-1]
    assert "Warning" not in bar


def test_a_bar_is_closed_where_a_training_stops(outputs: dict[str, list[Any]]) -> None:
    printed = _printed(outputs["fail"])
    assert "stopped" in printed
    assert "100%" not in printed


def test_a_tagged_sentence_is_a_plain_list(outputs: dict[str, list[Any]]) -> None:
    text, page = _shown(outputs["tag"])
    assert text.startswith("[('They', '")
    assert page == ""


def test_an_evaluation_is_shown_as_tables(outputs: dict[str, list[Any]]) -> None:
    text, page = _shown(outputs["evaluate"])
    assert text.startswith("<Evaluation: ")
    assert len(text) < 300
    for part in ("unknown words", "by tag", "most frequent errors", "by probability"):
        assert part in page


def test_an_explanation_is_shown_as_shaded_words(outputs: dict[str, list[Any]]) -> None:
    text, page = _shown(outputs["explain"])
    assert text.startswith("<Explanation of look, word 2 of 6")
    assert page.count("rgba(") >= 5
