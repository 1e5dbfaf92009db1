from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from postagger import Config, ConfigError, Corpus, DataError, DeviceError, PostaggerError, Tagger, load_config
from postagger.corpora import TaggedSentence
from postagger.tuning import Tuning, TuningProgress, tune

MakeConfig = Callable[..., Config]
Search = Callable[..., Tuning]


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Corpus, Config]]:
    """The arguments of every training in this process."""
    calls = []
    train = Tagger.train

    def spied(corpus: Corpus, config: Config, **how: Any) -> Tagger:
        calls.append((corpus, config))
        return train(corpus, config, **how)

    monkeypatch.setattr(Tagger, "train", spied)
    return calls


# -- the search -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["logistic", "window", "lstm"])
def test_the_best_config_loads_and_trains(
    kind: str, search: Search, tiny_config: MakeConfig, tiny_corpus: Corpus
) -> None:
    tuning = search(tiny_config(kind), sampler="tpe")
    assert load_config(tuning.file) == tuning.chosen_config
    config = load_config(tuning.file.with_name("found.toml"))
    assert config == tuning.best_config
    again = Tagger.train(tiny_corpus, config)
    assert again.record.dev_accuracy == tuning.best.accuracy
    assert tuning.best.accuracy == max(run.accuracy or 0 for run in tuning.trials)


def test_given_and_best_are_trained_again_with_fresh_seeds(
    search: Search, trained: list[tuple[Corpus, Config]]
) -> None:
    tuning = search(trials=2, seeds=3)
    seeds = [config.training.seed for _, config in trained]
    assert seeds == [1, 1, 2, 2, 3, 3, 4, 4]
    for runs, config in ((tuning.given_again, tuning.config), (tuning.best_again, tuning.best_config)):
        assert [run.seed for run in runs] == [2, 3, 4]
        for run in runs:
            training = config.training.model_copy(update={"seed": run.seed})
            assert config.model_copy(update={"training": training}) in [config for _, config in trained]


def test_test_is_not_used(search: Search, tiny_corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    """Test is only there to be excluded from other training data."""
    scored: list[Any] = []
    monkeypatch.setattr(Tagger, "evaluate_on", scored.append)
    plain = search()
    assert scored == []
    tags: list[TaggedSentence] = [[(word, "X") for word, _ in each] for each in tiny_corpus.test]
    other = Corpus("tiny", tiny_corpus.train, tiny_corpus.dev, tags)
    again = search(corpus=other, folder_name="other")
    assert [run.accuracy for run in again.trials] == [run.accuracy for run in plain.trials]


def test_nothing_of_test_reaches_a_trial(
    search: Search,
    tiny_sentences: list[TaggedSentence],
    tiny_corpus: Corpus,
    tiny_config: MakeConfig,
    write: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left_out = []
    train = Tagger.train

    def spied(corpus: Corpus, config: Config, **how: Any) -> Tagger:
        tagger = train(corpus, config, **how)
        left_out.append(tagger.record.left_out)
        return tagger

    monkeypatch.setattr(Tagger, "train", spied)
    text = write("text.txt", [[word for word, _ in sentence] for sentence in tiny_sentences])
    config = tiny_config("logistic", distillation={"text": [text]})
    search(config, trials=1)
    assert left_out
    assert all(each == {text: 4} for each in left_out)
    with pytest.raises(ConfigError, match="holds another search"):  # what is excluded is part of the plan
        search(config, Corpus("tiny", tiny_corpus.train, tiny_corpus.dev, []), trials=1)
    Path(text).write_text(Path(text).read_text() + "More of it .\n")
    with pytest.raises(ConfigError, match="holds another search"):
        search(config, trials=1)


def test_teachers_of_a_config_are_trained_once_for_all_trials(
    search: Search,
    tiny_file: Path,
    tiny_config: MakeConfig,
    tmp_path: Path,
    trained: list[tuple[Corpus, Config]],
) -> None:
    file = tmp_path / "teacher.toml"
    file.write_text('[model]\nkind = "logistic"\n[training]\nepochs = 1\n')
    taught = {"text": [str(tiny_file)], "teachers": [str(file)], "seeds": 2}
    config = tiny_config("logistic", distillation=taught)
    tuning = search(config, trials=2)
    cache = {str(path) for path in (tmp_path / "search" / "cache").iterdir()}
    assert len(cache) == 2
    assert all(set(config.distillation.teachers) == cache for _, config in trained)
    assert load_config(tuning.file).distillation.teachers == (str(file),)
    file.write_text(file.read_text().replace("epochs = 1", "epochs = 2"))
    with pytest.raises(ConfigError, match=r"holds another search .*teachers: "):
        search(config, trials=2)


def test_progress(search: Search) -> None:
    told: list[TuningProgress] = []
    tuning = search(trials=3, on_progress=told.append)
    assert [(each.last, each.done, each.total) for each in told] == [
        (False, 1, 3),
        (False, 2, 3),
        (False, 3, 3),
        (True, 1, 2),
        (True, 2, 2),
    ]
    assert [each.run for each in told[:3]] == list(tuning.trials)
    assert told[-1].best == tuning.best
    assert all(0 <= each.remaining < 60 for each in told)
    assert told[-1].remaining == 0


def test_nothing_is_printed(search: Search, capfd: pytest.CaptureFixture[str]) -> None:
    search(trials=21, sampler="tpe")
    assert capfd.readouterr() == ("", "")


def test_two_jobs_find_what_one_finds(search: Search, tmp_path: Path) -> None:
    one = search(trials=4)
    file = tmp_path / "search" / "trials.jsonl"
    last_runs = [line for line in file.read_text(encoding="utf-8").splitlines(True) if '"seed": 2' in line]
    assert len(last_runs) == 2
    file.write_text("".join(last_runs), encoding="utf-8")
    two = search(trials=4, jobs=2)
    assert [(run.trial, run.draw) for run in two.trials] == [(run.trial, run.draw) for run in one.trials]
    assert [run.accuracy for run in two.trials] == pytest.approx([run.accuracy for run in one.trials])


# -- resuming ---------------------------------------------------------------------------------------


def test_a_larger_budget_runs_only_the_rest(search: Search, trained: list[Any]) -> None:
    first = search(trials=2)
    assert len(trained) == 2 + 2
    second = search(trials=5)
    assert second.trials[:2] == first.trials
    changed = second.best.trial != first.best.trial
    assert len(trained) == 4 + 3 + changed  # the given config's last run exists already


def test_the_same_budget_runs_nothing(search: Search, trained: list[Any]) -> None:
    first = search()
    trained.clear()
    assert search() == first
    assert search(trials=1).trials == first.trials
    assert not trained


@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_an_interruption_changes_no_trial(
    sampler: str, search: Search, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draws(tuning: Tuning) -> list[Any]:
        return [(run.trial, run.draw, run.accuracy) for run in tuning.trials]

    whole = search(trials=13, sampler=sampler)
    (tmp_path / "search").rename(tmp_path / "whole")
    train, calls = Tagger.train, 0

    def interrupted(corpus: Corpus, config: Config, **how: Any) -> Tagger:
        nonlocal calls
        calls += 1
        if calls == 12:
            raise KeyboardInterrupt
        return train(corpus, config, **how)

    monkeypatch.setattr(Tagger, "train", interrupted)
    with pytest.raises(KeyboardInterrupt):
        search(trials=13, sampler=sampler)
    assert draws(search(trials=13, sampler=sampler)) == draws(whole)


def test_it_resumes_after_kill_9(tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path) -> None:
    folder, script = tmp_path / "search", tmp_path / "script.py"
    config = tiny_config("logistic")
    script.write_text(
        textwrap.dedent(f"""
            import torch
            from postagger import Config, Corpus
            from postagger.tuning import tune

            torch.set_num_threads(1)
            corpus = Corpus("tiny", {tiny_corpus.train}, {tiny_corpus.dev}, [])
            tune(Config.model_validate({config.model_dump()}), corpus, {str(folder)!r}, trials=100000, jobs=1)
        """),
        encoding="utf-8",
    )
    trials = folder / "trials.jsonl"
    with subprocess.Popen([sys.executable, str(script)]) as process:
        deadline = time.monotonic() + 60
        while not (trials.exists() and trials.read_bytes().count(b"\n") >= 3):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.kill()
    done = trials.read_bytes().count(b"\n")
    told: list[TuningProgress] = []
    tuning = tune(config, tiny_corpus, folder, trials=done + 2, jobs=1, seeds=1, on_progress=told.append)
    assert [run.trial for run in tuning.trials] == list(range(1, done + 3))
    assert sum(not each.last for each in told) == 2


# -- budgets ----------------------------------------------------------------------------------------


def test_a_budget_of_minutes_is_kept(search: Search) -> None:
    start = time.perf_counter()
    tuning = search(trials=None, minutes=0.01)
    assert time.perf_counter() - start < 15  # 0.6 s, on a busy machine more
    assert len(tuning.trials) > 1


def test_one_trial_is_always_done(search: Search) -> None:
    told: list[TuningProgress] = []
    assert len(search(trials=None, minutes=1e-9, on_progress=told.append).trials) == 1
    assert told[0].total is None


def test_minutes_and_trials_together(search: Search) -> None:
    assert len(search(trials=2, minutes=60).trials) == 2


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"trials": None}, "needs a budget"),
        ({"trials": 0}, "0 trials are too few"),
        ({"minutes": 0}, "0 minutes are too few"),
        ({"minutes": float("nan")}, "nan minutes are too few"),
        ({"seeds": 0}, "0 seeds are too few"),
        ({"jobs": 0}, "0 jobs are too few"),
        ({"sampler": "grid"}, "no sampler 'grid': use tpe or random"),
    ],
)
def test_wrong_settings_are_named(settings: dict[str, Any], message: str, search: Search) -> None:
    with pytest.raises(ConfigError, match=message):
        search(**settings)


@pytest.mark.parametrize("part", ["train", "dev"])
@pytest.mark.parametrize("empty", [[], [[]]])
def test_a_part_that_is_missing_is_named(
    part: str, empty: list[TaggedSentence], search: Search, tiny_corpus: Corpus
) -> None:
    train, dev = (empty, tiny_corpus.dev) if part == "train" else (tiny_corpus.train, empty)
    with pytest.raises(DataError, match=f"the {part} part of 'tiny' is empty"):
        search(corpus=Corpus("tiny", train, dev, tiny_corpus.test))


def test_a_missing_device_is_an_error_before_the_search(
    search: Search, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    with pytest.raises(DeviceError):
        search(tiny_config("logistic", training={"device": "cuda:99"}))
    assert not (tmp_path / "search").exists()


# -- failures ---------------------------------------------------------------------------------------


def test_a_trial_that_diverges_is_recorded(search: Search, tiny_config: MakeConfig) -> None:
    """A penalty this large makes only SGD diverge."""
    training = {"optimiser": "sgd", "weight_decay": 10.0, "epochs": 20, "clip_norm": 0.0}
    tuning = search(tiny_config("logistic", training=training), trials=12)
    failed = [run for run in tuning.trials if run.problem]
    assert failed
    assert len(tuning.trials) == 12
    assert all(run.accuracy is None and run.draw["optimiser"] == "sgd" for run in failed)
    assert "training diverged" in (failed[0].problem or "")
    assert tuning.best not in failed
    assert f"{len(failed)} failed" in tuning.origin


def test_running_out_of_memory_is_recorded(search: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    train, calls = Tagger.train, 0

    def greedy(corpus: Corpus, config: Config, **how: Any) -> Tagger:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise RuntimeError("not enough memory:\n you tried to allocate 1 TB")
        return train(corpus, config, **how)

    monkeypatch.setattr(Tagger, "train", greedy)
    problems = [run.problem for run in search(trials=3).trials]
    assert problems == [None, "not enough memory: you tried to allocate 1 TB", None]


def test_a_bug_is_raised(search: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    def buggy(*_: object, **__: object) -> Tagger:
        raise KeyError("bug")

    monkeypatch.setattr(Tagger, "train", buggy)
    with pytest.raises(KeyError, match="bug"):
        search()


def test_if_all_trials_fail_the_search_stops_early(search: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object, **__: object) -> Tagger:
        raise ConfigError("the loss is nan")

    monkeypatch.setattr(Tagger, "train", failing)
    with pytest.raises(PostaggerError, match=r"all 10 trials failed, the last one with: the loss is nan"):
        search(trials=1000)
