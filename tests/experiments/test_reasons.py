"""The experiment on explanations: reasons."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import reasons

from postagger import Config, Corpus, DataError, Tagger, load_corpus
from postagger.models import ContextModel

pytest.importorskip("matplotlib")

pytestmark = pytest.mark.usefixtures("one_thread")


def test_a_window_names_the_verb_within_its_reach() -> None:
    outcome = reasons.find_verbs(reasons.Task("window ±5", seed=1, groups=30, examples=40))
    assert 0 <= outcome["missed"] < 0.02
    found = dict(outcome["named"])
    assert list(found) == list(reasons.DISTANCES)
    for distance, rates in found.items():
        assert rates is not None, "one in four is right by chance"
        for rate in rates.values():
            assert rate == 1 if distance <= 5 else rate < 0.5


def test_words_are_drawn_from_dev(tiny_corpus: Corpus) -> None:
    places = reasons.drawn(tiny_corpus, 7)
    assert places == reasons.drawn(tiny_corpus, 7)
    assert len({(tuple(words), place) for words, place in places}) == 7
    sentences = [[word for word, _ in sentence] for sentence in tiny_corpus.dev]
    assert all(words in sentences and words[place] for words, place in places)
    assert all(place > 0 for _, place in places)
    every = reasons.drawn(tiny_corpus, 10_000)
    assert len(every) == sum(len(sentence) - 1 for sentence in tiny_corpus.dev)


def test_nothing_to_draw_from(tiny_corpus: Corpus) -> None:
    with pytest.raises(DataError, match="the dev set of 'x' has no sentence of 2 to 60 words"):
        reasons.drawn(Corpus("x", tiny_corpus.train, [[("a", "X")]], []), 5)


def test_masking(tiny_corpus: Corpus, tiny_config: Callable[..., Config]) -> None:
    config = tiny_config("window", training={"epochs": 30, "learning_rate": 0.03})
    tagger = Tagger.train(tiny_corpus, config)
    places = [([word for word, _ in sentence], 1) for sentence in tiny_corpus.train]
    found = reasons.mask_words(tagger, places, seed=1)
    assert set(found) == {*reasons.MASKED, "missed"}
    assert 0 <= found["missed"] < 0.02
    for which in reasons.MASKED:
        changed, lost = found[which]
        assert 0 <= changed <= 1
        assert -1 <= lost <= 1
    expected = [
        next(
            reason.tag_without != explanation.tag
            for reason in explanation.reasons
            if reason.position == reasons.strongest(explanation)
        )
        for explanation in (tagger.explain(words, place) for words, place in places)
    ]
    assert found[reasons.LARGEST][0] == pytest.approx(sum(expected) / len(expected))


def test_the_script(
    tiny_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reasons, "SIZES", {"groups": 2, "examples": 10})
    monkeypatch.setattr(ContextModel, "fewest_updates", 4)
    places = ["--runs", str(tmp_path / "runs"), "-o", str(tmp_path / "picture.png"), "--jobs", "1"]
    monkeypatch.setattr(sys, "argv", ["reasons.py", "--corpus", str(tiny_file), "--seeds", "2", *places])
    reasons.main()
    output = capsys.readouterr().out
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in output.splitlines() if "|" in line]
    assert [line[:2] for line in lines[2:6]] == [
        [system, by] for system in reasons.GENERATED for by in reasons.CRITERIA
    ]
    assert [line[:2] for line in lines[8:]] == [
        [system, which] for system in reasons.CONFIGURED for which in reasons.MASKED
    ]
    assert "The attributions miss at most " in output
    assert (tmp_path / "picture.png").stat().st_size > 5_000


@pytest.mark.parametrize("kind", ["window", "lstm", "encoder"])
def test_trained_models(
    kind: str,
    tiny_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    make = request.getfixturevalue("encoder_config" if kind == "encoder" else "tiny_config")
    training = {"epochs": 2}
    config = make(training=training) if kind == "encoder" else make(kind, training=training)
    Tagger.train(load_corpus(tiny_file), config).save(tmp_path / "m.safetensors")
    given = ["--corpus", str(tiny_file), "--models", str(tmp_path / "m.safetensors"), "--examples", "3"]
    monkeypatch.setattr(sys, "argv", ["reasons.py", *given])
    reasons.main()
    output = capsys.readouterr().out
    rows = [line.split("|")[1:3] for line in output.splitlines() if line.startswith("| m ")]
    assert [cell.strip() for _, cell in rows] == list(reasons.MASKED)
    assert "The attributions miss at most " in output
