"""The experiments on a generated language: long_range and gradient_flow."""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import clipping
import gradient_flow
import long_range
import pytest
import recurrences
import torch
from long_range import Series, System
from recurrences import Start
from run_cache import cached_runs
from torch import nn

from postagger.random_numbers import own_random_numbers, redirected

pytest.importorskip("matplotlib")
pytest.importorskip("scipy")


pytestmark = pytest.mark.usefixtures("one_thread")


# -- the language -----------------------------------------------------------------------------------


@pytest.mark.parametrize("busy", [False, True])
def test_the_tag_of_up_depends_on_the_verb_alone(busy: bool) -> None:
    sentences = long_range.language(3, seed=5, distances=(1, 4, 20), busy=busy)
    assert len(sentences) == 3 * 3 * 4
    for start in range(0, len(sentences), 4):
        group = sentences[start : start + 4]
        assert len({long_range.distance_in(sentence) for sentence in group}) == 1
        tags = [sentence[long_range.place_of_up(sentence)][1] for sentence in group]
        assert sorted(tags) == sorted(long_range.KINDS)
        rest = {
            tuple(pair for pair in sentence if pair[0] != long_range.UP and pair[1] != long_range.VERB)
            for sentence in group
        }
        assert len(rest) == 1
        for sentence, tag in zip(group, tags, strict=True):
            verb = next(word for word, kind in sentence if kind == long_range.VERB)
            assert verb in long_range.KINDS[tag]
    distances = Counter(map(long_range.distance_in, sentences))
    assert distances == {1: 12, 4: 12, 20: 12}


def test_busy_tags_depend_on_the_left_neighbour_and_plain_ones_do_not() -> None:
    def tags_of_word(busy: bool) -> set[int]:
        seen: dict[str, set[str]] = {}
        for sentence in long_range.language(20, seed=1, busy=busy):
            for word, tag in sentence:
                if word != long_range.UP:
                    seen.setdefault(word, set()).add(tag)
        return {len(tags) for word, tags in seen.items() if word[0] in "bdfgklmn" and len(word) == 2}

    assert tags_of_word(busy=False) == {1}
    assert tags_of_word(busy=True) == {len(long_range.FILLERS)}


def test_the_same_arguments_give_the_same_language() -> None:
    assert long_range.language(2, seed=1) == long_range.language(2, seed=1)
    assert long_range.language(2, seed=1) != long_range.language(2, seed=2)


# -- long_range -------------------------------------------------------------------------------------


def test_a_window_is_right_within_its_reach_and_guesses_beyond() -> None:
    window = replace(long_range._window(2), epochs=12)
    task = long_range.Task(window.name, False, 2e-2, 1, groups=30, dev_groups=4)
    accuracy = dict(long_range.scores({window.name: window}, task))
    assert accuracy.pop(1) > 0.5  # training was short
    assert accuracy.pop(2) > 0.5
    assert set(accuracy.values()) == {0.25}  # exactly one in four: all four kinds get the same prediction


def series(system: System, busy: bool, *accuracies: float) -> Series:
    return Series(system, busy, 0.01, dict(enumerate(accuracies, 1)))


def test_farthest_ends_at_the_first_distance_that_fails() -> None:
    assert series(long_range.LSTM, True, 1.0, 0.95, 0.5, 1.0).farthest == 2
    assert series(long_range.LSTM, True, 0.5, 1.0).farthest == 0


def test_the_verdict_on_far_dependencies() -> None:
    window = long_range._window(2)
    good = [
        found
        for busy in (False, True)
        for found in (
            series(window, busy, 1.0, 1.0, 0.25, 0.25),
            series(long_range.ELMAN, busy, 1.0, 0.5, 0.5, 0.3),
            series(long_range.LSTM, busy, 1.0, 1.0, 1.0, 1.0),
        )
    ]
    verdict = long_range.verdict(good)
    assert "The claim about windows held" in verdict
    assert verdict.count("far beyond the Elman RNN held") == 2
    bad = [replace(each, accuracy=dict.fromkeys(range(1, 5), 1.0)) for each in good]
    verdict = long_range.verdict(bad)
    assert "did not hold for window ±2 in the plain language, window ±2 in the busy language" in verdict
    assert verdict.count("far beyond the Elman RNN did not hold") == 2


def test_long_range(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    systems = tuple(replace(system, epochs=1) for system in long_range.SYSTEMS)
    monkeypatch.setattr(long_range, "SYSTEMS", systems)
    monkeypatch.setattr(long_range, "SIZES", {"groups": 1, "dev_groups": 1})
    picture = tmp_path / "picture.png"
    arguments = ["--seeds", "2", "--jobs", "1", "--runs", str(tmp_path / "runs"), "-o", str(picture)]
    monkeypatch.setattr(sys, "argv", ["long_range.py", *arguments])
    long_range.main()
    output = capsys.readouterr().out
    assert output.count("| LSTM ") == 2
    assert output.count("| Elman RNN, 4 times the epochs ") == 1
    assert picture.stat().st_size > 10_000


# -- gradient_flow ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", recurrences.KINDS)
def test_running_step_by_step_equals_running_at_once(kind: str, seed: int) -> None:
    with own_random_numbers(seed), redirected():
        network, *_ = Start(kind, seed, groups=1, hidden=6).make()
        layer = recurrences.recurrent_layer(network)
        inputs = torch.randn(7, 3, layer.input_size)
    states, outputs = gradient_flow.states(layer, inputs)
    whole, last = layer(inputs)
    assert torch.allclose(outputs, whole, atol=1e-6)
    for part, end in zip(states[-1], last if isinstance(last, tuple) else (last,), strict=True):
        assert torch.allclose(part, end, atol=1e-6)


def test_the_gradient_is_that_of_the_states(seed: int) -> None:
    """Compares with the chain rule by hand: for Elman's network, products of diag(1 - h²) W."""
    with own_random_numbers(seed), redirected():
        network, data, far, _ = Start(recurrences.VANISHING, seed, groups=1, hidden=5).make()
    assert len(data)
    logs, _accuracy = gradient_flow.log_norms(network, far, 12)
    network = network.double().eval()
    layer = recurrences.recurrent_layer(network)
    words = far.tokens.view(len(far), -1).T
    inputs = nn.functional.embedding(words, network.words(far.types))
    found, outputs = gradient_flow.states(layer, inputs)
    scores = network.head(outputs[-1])
    scores.retain_grad()
    tags = far.tags.view(len(far), -1)[:, -1]
    nn.functional.cross_entropy(scores, tags, reduction="sum").backward()
    assert scores.grad is not None
    matrix = layer.get_parameter("weight_hh_l0").detach()
    (output,) = (module for module in network.head.modules() if isinstance(module, nn.Linear))
    flow = scores.grad @ output.weight.detach()  # (sentences, hidden): with respect to the last state
    norms = []
    for step in range(1, 13):
        (hidden,) = found[-step]
        flow = (flow * (1 - hidden[0] ** 2)) @ matrix
        norms.append(flow.norm(dim=1).log10().mean().item())
    assert logs[0] == pytest.approx(norms, abs=1e-6)


def test_the_recurrent_matrix_starts_with_the_given_spectral_radius(seed: int) -> None:
    for kind, radius in ((recurrences.VANISHING, 0.5), (recurrences.EXPLODING, 3.0)):
        with own_random_numbers(seed), redirected():
            network, *_ = Start(kind, seed, groups=1, hidden=16).make()
        assert recurrences.spectral_radius(network) == pytest.approx(radius, rel=1e-4)


def test_far_sentences_reach_from_the_verb_to_up() -> None:
    for sentence in recurrences.far_sentences(3):
        assert len(sentence) == recurrences.STEPS + 1
        assert sentence[0][1] == long_range.VERB
        assert sentence[-1][0] == long_range.UP


def test_the_verdict_on_gradients() -> None:
    def curve(kind: str, end: float, trained: float) -> gradient_flow.Curve:
        return gradient_flow.Curve(kind, "", [0.0, end], [0.0, trained], 1.0)

    names = ("small", "large", "gru", "hidden", "cell")
    ends = [(-9, -9), (9, -9), (0, 0), (0, 0), (0, 0)]
    good = [curve(name, *end) for name, end in zip(names, ends, strict=True)]
    verdict = gradient_flow.verdict(good)
    assert "it vanishes held" in verdict
    assert "it explodes held" in verdict
    assert "the LSTM fixes this held" in verdict
    bad = [curve(name, 0, 0) for name in names]
    assert gradient_flow.verdict(bad).count("did not hold") == 3


def test_clipping_limits_the_size_of_updates() -> None:
    """An update of plain gradient descent is at most the rate times the clipping norm."""
    task = clipping.Descent(10.0, 1e-9, 1, updates=3, groups=1)
    course = clipping.descend(None, task)
    assert len(course.norms) == len(course.losses) == 3
    assert course.radius == pytest.approx(recurrences.LARGE, rel=1e-3)  # it hardly changed
    free = clipping.descend(None, replace(task, clip=None))
    assert free.norms[0] == pytest.approx(course.norms[0], rel=1e-4)
    assert free.radius != pytest.approx(recurrences.LARGE, rel=1e-3)


def test_the_verdict_on_clipping() -> None:
    def course(loss: float) -> list[clipping.Course]:
        return [clipping.Course([1.0], [loss], 3.0)]

    verdict = clipping.verdict(
        {(0.1, 1.0): course(1), (0.1, None): course(2), (1.0, 1.0): course(2), (1.0, None): course(1)}
    )
    assert "lowered the loss at rate 0.1 (1.00 clipped, 2.00 not)" in verdict
    assert "did not lower it at rate 1 (2.00 clipped, 1.00 not)" in verdict


def test_gradient_flow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gradient_flow, "Start", lambda kind, seed: Start(kind, seed, 1, 1, 8))
    monkeypatch.setattr(
        clipping,
        "tasks",
        lambda _seeds: [clipping.Descent(1.0, clip, 1, updates=40, groups=1) for clip in (1.0, None)],
    )
    picture = tmp_path / "flow.png"
    arguments = ["--seeds", "1", "--jobs", "1", "--runs", str(tmp_path / "runs"), "-o", str(picture)]
    monkeypatch.setattr(sys, "argv", ["gradient_flow.py", *arguments])
    gradient_flow.main()
    output = capsys.readouterr().out
    assert output.count("| LSTM, cell ") == 2
    assert "Clipping the exploding network's gradient" in output
    assert picture.stat().st_size > 10_000
    assert (tmp_path / "flow_clipping.png").stat().st_size > 10_000


# -- cached runs ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Square:
    number: int


def test_a_cached_task_is_not_run_again(tmp_path: Path) -> None:
    calls = []

    def square(_: None, task: Square) -> float:
        calls.append(task.number)
        return math.inf if task.number == 9 else task.number**2

    tasks = [Square(3), Square(9)]
    assert cached_runs(square, tasks, shared=None, folder=tmp_path, jobs=1) == {
        tasks[0]: 9,
        tasks[1]: math.inf,
    }
    more = [Square(9), Square(4), Square(3)]
    assert list(cached_runs(square, more, shared=None, folder=tmp_path, jobs=1).values()) == [math.inf, 16, 9]
    assert calls == [3, 9, 4]
    entry = tmp_path / "3.json"
    entry.write_text(json.dumps({"task": {"number": 4}, "outcome": 0}), encoding="utf-8")
    assert cached_runs(square, [Square(3)], shared=None, folder=tmp_path, jobs=1) == {Square(3): 9}


def test_a_failure_is_not_cached(tmp_path: Path) -> None:
    def fail(_: None, task: Square) -> float:
        raise ValueError(str(task.number))

    with pytest.raises(ValueError, match="3"):
        cached_runs(fail, [Square(3)], shared=None, folder=tmp_path, jobs=1)
    assert not list(tmp_path.iterdir())
