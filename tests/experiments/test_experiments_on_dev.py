"""The experiments that compare taggers on a corpus: window_size, activations, data_size, batch_size."""

from __future__ import annotations

import importlib
import itertools
import math
import sys
from collections.abc import Callable
from pathlib import Path

import activations
import batch_size
import data_size
import pytest
import torch
import window_size
from descent import fresh, gradients

from postagger import Config, Corpus, Tagger, load_corpus
from postagger.batches import Batch
from postagger.models import ContextModel

pytest.importorskip("matplotlib")
pytest.importorskip("scipy")

RunScript = Callable[..., str]


@pytest.fixture
def run_script(
    one_thread: None,
    tiny_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> RunScript:
    """``run_script("window_size")`` runs it on the tiny corpus, checks the picture and returns the output."""

    monkeypatch.setattr(ContextModel, "fewest_updates", 4)

    def call(name: str, *more: str, drawn: bool = True) -> str:
        picture = tmp_path / f"{name}.png"
        arguments = ["--corpus", str(tiny_file), "--runs", str(tmp_path / name)]
        if drawn:
            arguments += ["-o", str(picture)]
        monkeypatch.setattr(sys, "argv", [f"{name}.py", *arguments, "--jobs", "1", *more])
        importlib.import_module(name).main()
        if drawn:
            assert picture.stat().st_size > 10_000
        return capsys.readouterr().out

    assert one_thread is None
    return call


def rows(output: str) -> list[list[str]]:
    """The cells of a printed table, without its header."""
    lines = [line for line in output.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_window_size(run_script: RunScript) -> None:
    output = run_script("window_size", "--seeds", "2")
    assert [row[0] for row in rows(output)] == ["0", "1", "2", "3", "4", "5"]
    assert "2 seeds" in output
    assert "The claim" in output.splitlines()[-1]


def test_windows_have_the_width_that_their_name_says() -> None:
    for size, system in zip(window_size.SIZES, window_size.systems(), strict=True):
        assert system.config.model_dump()["model"]["left"] == size
        assert system.config.model_dump()["model"]["right"] == size


# -- activations ------------------------------------------------------------------------------------


def test_the_parity_language() -> None:
    for sentence in activations.parity_language(50, seed=3):
        kinds = [0, *("ab".index(word[0]) for word, _ in sentence)]
        for (before, own), (_, tag) in zip(itertools.pairwise(kinds), sentence, strict=True):
            assert tag == ("SAME" if own == before else "OTHER")


def test_no_linear_function_learns_parity_and_a_hidden_layer_does() -> None:
    corpus = activations.parity_corpus(200)
    accuracy = {
        system.name: Tagger.train(corpus, system.config).record.dev_accuracy or 0.0
        for system in activations.parity_systems()
        if system.name in (activations.LOGISTIC, activations.name("none", 3), activations.name("tanh", 1))
    }
    assert accuracy.pop("tanh (1 hidden layer)") > 0.95
    assert len(accuracy) == 2
    assert all(value < 0.65 for value in accuracy.values())


def test_activations(run_script: RunScript, monkeypatch: pytest.MonkeyPatch, tiny_corpus: Corpus) -> None:
    monkeypatch.setattr(activations, "parity_corpus", lambda _: tiny_corpus)
    output = run_script("activations", "--seeds", "1")
    assert [row[:2] for row in rows(output)] == [
        ["-", "no hidden layer"],
        *(
            [activation, f"{depth} hidden layer{'s' if depth > 1 else ''}"]
            for activation in ("none", "sigmoid", "tanh", "relu")
            for depth in (1, 3)
        ),
    ]
    assert "In the parity language the claim did not hold" in output  # it was not the parity language


# -- data_size --------------------------------------------------------------------------------------


def test_samples_are_nested_and_have_the_right_sizes(tiny_file: Path) -> None:
    corpus = load_corpus(str(tiny_file))
    parts = data_size.parts(corpus)
    assert [len(part.train) for part in parts] == [1, 2, 5, 16]
    for smaller, larger in itertools.pairwise(parts):
        assert larger.train[: len(smaller.train)] == smaller.train
    assert sorted(parts[-1].train) == sorted(corpus.train)
    assert all(part.dev == corpus.dev for part in parts)


def test_data_size(run_script: RunScript) -> None:
    output = run_script("data_size", "--seeds", "1")
    assert [row[0] for row in rows(output)] == [size for size in ("1", "2", "5", "16") for _ in range(3)]
    assert "The claim that features are worth it" in output.splitlines()[-1]


# -- small_treebanks --------------------------------------------------------------------------------


def test_small_treebanks(run_script: RunScript) -> None:
    pytest.importorskip("pycrfsuite")
    arguments = ["--sizes", "4", "8", "500", "--draws", "2", "--configs", "logistic"]
    output = run_script("small_treebanks", *arguments, drawn=False)
    assert [row[0] for row in rows(output)] == ["4", "8"]
    assert output.splitlines()[2].split()[3::2] == ["logistic", "perceptron", "rich_crf"]


def test_the_features_of_the_rich_crf_are_those_of_each_word() -> None:
    rich_crf = pytest.importorskip("rich_crf")
    first, second = rich_crf.features(["The", "cat"])
    assert {"word=The", "lower=the", "shape=Xxx", "suffix2=he", "-1=<s>", "+1=cat", "0,+1=the|cat"} <= set(
        first
    )
    assert {"word=cat", "prefix1=c", "-1=the", "-2=<s>", "+1=</s>", "-1,0=the|cat"} <= set(second)


# -- choose -----------------------------------------------------------------------------------------


def test_choose_compares_each_config_with_the_first_of_its_kind(run_script: RunScript) -> None:
    configs = ["plain=logistic", "narrow=logistic:words.prefixes=0", "small=window:model.hidden=[8]"]
    output = run_script("choose", "--seeds", "1", "--configs", *configs, drawn=False)
    found = rows(output)
    assert [row[0] for row in found] == ["plain", "narrow", "small"]
    against = [line.rpartition("(")[2].partition(")")[0] for line in output.splitlines()[-2:]]
    assert against == ["plain", "plain"]
    assert "points, " in output


# -- batch_size -------------------------------------------------------------------------------------


def test_a_full_batch_gives_the_gradient_of_the_mean_loss(
    tiny_corpus: Corpus, tiny_config: Callable[..., Config], seed: int
) -> None:
    assert seed
    network, data, _dev = fresh(tiny_corpus, tiny_config("window"))
    loss = next(gradients(network, data, len(data)))
    found = {name: parameter.grad.clone() for name, parameter in network.named_parameters()}  # type: ignore[union-attr]
    assert float(loss) == pytest.approx(batch_size.loss_on(network, data), rel=1e-5)
    network.zero_grad()
    for batch in data.batches(1):
        assert batch.tags is not None
        fraction = len(batch.index) / len(data.tokens)
        (fraction * network.head.loss(network(batch), batch.tags, batch.lengths)).backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None
        assert torch.allclose(parameter.grad, found[name], atol=1e-6)


def test_each_sentence_occurs_once_per_epoch(
    tiny_corpus: Corpus, tiny_config: Callable[..., Config], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    assert seed
    network, data, _dev = fresh(tiny_corpus, tiny_config("logistic"))
    seen: list[int] = []
    make = data.batch

    def recorded(sentences: torch.Tensor, unknown: torch.Tensor) -> Batch:
        seen.extend(sentences.tolist())
        return make(sentences, unknown)

    monkeypatch.setattr(data, "batch", recorded)
    steps = gradients(network, data, 5)
    for _ in range(4):
        next(steps)
    assert sorted(seen) == list(range(16))


def test_loss_after() -> None:
    point = batch_size.Point
    runs = [[point(0, 0.0, 4.0), point(10, 1.0, 2.0), point(20, 2.0, 1.0)], [point(0, 0.0, 4.0)]]
    assert batch_size.loss_after(runs, updates=15) == 3.0
    assert batch_size.loss_after(runs, seconds=0.5) == 4.0
    assert batch_size.loss_after(runs) == 2.5


@pytest.mark.parametrize("fastest", [1, 16, 128, batch_size.ALL])
def test_the_verdict_on_batches(fastest: int) -> None:
    point = batch_size.Point
    runs = {
        size: [[point(0, 0.0, 4.0), point(5, 1.0, 0.1 if size == fastest else 0.2)]]
        for size in batch_size.SIZES
    }
    verdict = batch_size.verdict(runs)
    assert f"lowest with {batch_size.name(fastest)} (0.100" in verdict
    assert ("held: its loss was lower" in verdict) == (fastest in (16, 128))


def test_a_learning_rate_that_diverges_is_not_chosen(
    tiny_corpus: Corpus, tiny_config: Callable[..., Config], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_size, "RATES", (0.1, 1e30))
    monkeypatch.setattr(batch_size, "SIZES", (16,))
    runs, rates = batch_size.measure(tiny_corpus, tiny_config("logistic"), 2, 0.05, folder=tmp_path, jobs=1)
    assert rates == {16: 0.1}
    assert len(runs[16]) == 2
    assert all(math.isfinite(points[-1].loss) for points in runs[16])


def test_a_learning_rate_that_diverges_with_another_seed_is_not_chosen(
    tiny_corpus: Corpus, tiny_config: Callable[..., Config], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loss = {(0.1, 1): 0.3, (0.1, 2): 0.3, (1.0, 1): 0.2, (1.0, 2): math.inf, (10.0, 1): math.inf}

    def descend(_shared: object, task: batch_size.Descent) -> list[batch_size.Point]:
        return [batch_size.Point(1, 0.1, loss[task.rate, task.seed])]

    monkeypatch.setattr(batch_size, "RATES", (0.1, 1.0, 10.0))
    monkeypatch.setattr(batch_size, "SIZES", (16,))
    monkeypatch.setattr(batch_size, "descend", descend)
    runs, rates = batch_size.measure(tiny_corpus, tiny_config("logistic"), 2, 0.1, folder=tmp_path, jobs=1)
    assert rates == {16: 0.1}
    assert [points[-1].loss for points in runs[16]] == [0.3, 0.3]


def test_batch_size(run_script: RunScript, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_size, "RATES", (0.1, 0.3))
    output = run_script("batch_size", "--seeds", "2", "--seconds", "0.1")
    assert [row[0] for row in rows(output)] == list(map(batch_size.name, batch_size.SIZES))
    assert "better than one sentence and than all" in output
