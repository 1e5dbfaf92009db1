"""The experiment on nearest training tokens: nearest."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import nearest
import numpy as np
import pytest

from postagger import Config, Corpus, Tagger, load_corpus

pytestmark = pytest.mark.usefixtures("one_thread")


def test_how_well_a_number_tells_right_from_wrong() -> None:
    right = np.array([True, True, False, True, False])
    values = np.array([3.0, 1.0, 1.0, 2.0, 2.5])
    pairs = [(a, b) for a, r in zip(values, right, strict=True) if r for b in values[~right]]
    expected = sum((a > b) + (a == b) / 2 for a, b in pairs) / len(pairs)
    assert nearest.told_apart(values, right) == pytest.approx(expected)
    assert np.isnan(nearest.told_apart(values[right], right[right]))


def test_both_measures_agree_with_a_plain_loop(
    tiny_corpus: Corpus, tiny_config: Callable[..., Config]
) -> None:
    tagger = Tagger.train(tiny_corpus, tiny_config("window", training={"epochs": 3}))
    found = nearest.outcomes(tagger, tiny_corpus.dev, tiny_corpus.train, 3)
    predictor = nearest.ReferencePredictor(tagger.network, tagger.encoding)
    rows, wanted = (nearest.states(predictor, part).double() for part in (tiny_corpus.train, tiny_corpus.dev))
    tags = [tag for sentence in tiny_corpus.train for _, tag in sentence]
    predicted = [tag for words in tiny_corpus.dev for _, tag in tagger.tag([word for word, _ in words])]
    for number, (state, tag) in enumerate(zip(wanted, predicted, strict=True)):
        near = (rows - state).norm(dim=1).argsort()[:3]
        assert found["Euclidean"][number] == sum(tags[place] == tag for place in near)
        near = (-(rows @ state) / rows.norm(dim=1)).argsort()[:3]
        assert found["cosine"][number] == sum(tags[place] == tag for place in near)
    assert nearest.of_each_number(found["cosine"], found["right"], 3)[3].endswith(
        f" of {100 * (found['cosine'] == 3).mean():.1f}"
    )


def test_the_script(
    tiny_file: Path,
    tiny_config: Callable[..., Config],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    corpus = load_corpus(tiny_file)
    Tagger.train(corpus, tiny_config("rnn", training={"epochs": 2})).save(tmp_path / "m.safetensors")
    monkeypatch.setattr(
        sys, "argv", ["nearest.py", str(tmp_path / "m.safetensors"), "--corpus", str(tiny_file), "--k", "2"]
    )
    nearest.main()
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| rnn")]
    assert [line.split("|")[2].strip() for line in lines[:3]] == ["probability", "cosine", "Euclidean"]
    assert len(lines[3].split("|")) == 2 + 1 + 3
