"""A whole comparison of small taggers: what is saved, what is repeated, and the results."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from postagger import Config, ConfigError, Corpus, DataError, Document, PostaggerError, Tagger, load_config
from postagger.baselines import train_baseline
from postagger.comparison import (
    BaselineSystem,
    ComparisonProgress,
    ConfiguredSystem,
    Results,
    System,
    baseline_systems,
    compare,
    config_systems,
    ladder,
)
from postagger.comparison.plan import Plan
from postagger.comparison.runs import read_run
from postagger.config import EncoderConfig
from postagger.config.presets import LADDER
from postagger.corpora import UNTAGGED, TaggedSentence

MakeConfig = Callable[..., Config]
CONFIGS = Path(__file__).parents[2] / "configs"


@pytest.fixture(scope="session")
def corpus(tiny_sentences: list[TaggedSentence]) -> Corpus:
    """Documents of one sentence each, twelve of them in test."""
    documents = tuple(Document(f"text-{n}", [list(s)]) for n, s in enumerate(tiny_sentences + tiny_sentences))
    sentences = [document.sentences[0] for document in documents]
    return Corpus("tiny", sentences[:20], sentences[20:24], sentences[24:36], traces=3, documents=documents)


@pytest.fixture(scope="session")
def systems(tiny_config: MakeConfig) -> list[System]:
    return [
        BaselineSystem("most_frequent"),
        ConfiguredSystem("window", tiny_config("window")),
        ConfiguredSystem("crf", tiny_config("logistic", model={"output": "crf"})),
    ]


@pytest.fixture(scope="session")
def done(
    systems: list[System], corpus: Corpus, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Results, Path]:
    folder = tmp_path_factory.mktemp("compare") / "done"
    return compare(systems, corpus, seeds=2, folder=folder, jobs=1), folder


@pytest.fixture
def folder(done: tuple[Results, Path], tmp_path: Path) -> Path:
    """A copy of the folder for tests that change it."""
    return Path(shutil.copytree(done[1], tmp_path / "copy"))


class Watch:
    """Counts the runs that are done."""

    def __init__(self) -> None:
        self.seen: list[ComparisonProgress] = []

    def __call__(self, progress: ComparisonProgress) -> None:
        self.seen.append(progress)

    @property
    def runs(self) -> list[str]:
        return [str(progress.job) for progress in self.seen]


def test_every_system_and_seed_is_run_once_and_says_how_far_it_is(
    systems: list[System], corpus: Corpus, tmp_path: Path
) -> None:
    watch = Watch()
    compare(systems, corpus, seeds=2, folder=tmp_path / "new", jobs=1, on_progress=watch)
    assert watch.runs == [
        "most_frequent, seed 1",
        "window, seed 1",
        "crf, seed 1",
        "window, seed 2",
        "crf, seed 2",
    ]
    assert [progress.done for progress in watch.seen] == [1, 2, 3, 4, 5]
    assert all(progress.total == 5 and progress.failure is None for progress in watch.seen)
    assert [progress.remaining > 0 for progress in watch.seen] == [True] * 4 + [False]
    assert all(
        progress.dev_accuracy is not None and 0 <= progress.dev_accuracy <= 1 for progress in watch.seen
    )


def test_the_figures_are_those_of_the_taggers_themselves(
    done: tuple[Results, Path], systems: list[System], corpus: Corpus
) -> None:
    results = done[0]
    for system in systems[1:]:
        assert isinstance(system, ConfiguredSystem)
        found = results.system(system.name)
        assert found.seeds == (1, 2)
        for number, seed in enumerate(found.seeds):
            training = system.config.training.model_copy(update={"seed": seed})
            tagger = Tagger.train(corpus, system.config.model_copy(update={"training": training}))
            score = tagger.evaluate_on(corpus)
            assert found.parameters == tagger.parameter_count
            assert found.accuracy.values[number] == pytest.approx(score.tokens.value)
            assert found.sentences.values[number] == pytest.approx(score.sentences.value)
            for spread, rate in (
                (found.known, score.known),
                (found.unknown, score.unknown),
                (found.ambiguous, score.ambiguous),
            ):
                assert (spread.values[number] if spread else None) == (
                    rate.value and pytest.approx(rate.value)
                )
            assert found.dev is not None
            assert found.dev.values[number] == pytest.approx(tagger.record.dev_accuracy)
            assert len(found.curves[number]) == tagger.record.epochs
            assert max(r.dev_accuracy or 0 for r in found.curves[number]) == pytest.approx(
                found.dev.values[number]
            )
    baseline = results.system("most_frequent")
    value = train_baseline("most_frequent", corpus).evaluate_on(corpus).tokens.value
    assert baseline.seeds == (1,)
    assert baseline.curves == ()
    assert baseline.accuracy.values == pytest.approx([value])


def test_bins_hold_every_token_once(done: tuple[Results, Path], corpus: Corpus) -> None:
    tokens = sum(map(len, corpus.test))
    assert done[0].origin.tokens == tokens
    for system in done[0].systems:
        for bins in (system.by_frequency, system.by_length):
            assert sum(bin.tokens for bin in bins) == tokens
            right = sum(bin.tokens * bin.accuracy.mean for bin in bins if bin.accuracy)
            assert right / tokens == pytest.approx(system.accuracy.mean)
        assert sum(tag.tokens for tag in system.by_tag) == tokens
        right = sum(tag.tokens * tag.recall.mean for tag in system.by_tag)
        assert right / tokens == pytest.approx(system.accuracy.mean)
        wrong = sum(confusion.tokens for confusion in system.confusions)
        assert wrong / tokens == pytest.approx(1 - system.accuracy.mean)
        low, high = system.interval
        assert 0 <= low <= system.accuracy.mean <= high <= 1


def test_pairs_are_complete_and_name_the_better_system(done: tuple[Results, Path]) -> None:
    results = done[0]
    assert {frozenset((pair.first, pair.second)) for pair in results.pairs} == {
        frozenset(pair) for pair in (("most_frequent", "window"), ("most_frequent", "crf"), ("window", "crf"))
    }
    for pair in results.pairs:
        first, second = results.system(pair.first), results.system(pair.second)
        assert pair.difference == pytest.approx(first.accuracy.mean - second.accuracy.mean)
        assert pair.difference >= 0
        assert pair.p <= pair.p_adjusted <= 1
        assert pair.beyond_chance == (pair.p_adjusted < 0.05)
        assert pair.sentence.startswith(f"{pair.first} ")
        low, high = pair.interval
        assert (low > 0 or high < 0) == pair.beyond_chance
        assert ("more than chance" in pair.sentence) == pair.beyond_chance
        for case in pair.disagreements:
            assert (case.first == case.gold) != (case.second == case.gold)
            assert case.document.startswith("text-")


def test_mcnemar_counts_the_predictions_that_were_written(done: tuple[Results, Path]) -> None:
    results, folder = done
    read: dict[str, list[Any]] = {}
    for system in results.systems:
        assert system.dev is not None
        order = sorted(range(len(system.seeds)), key=lambda number: system.dev.values[number])  # type: ignore[union-attr]
        seed = system.seeds[order[(len(order) - 1) // 2]]
        lines = (folder / "runs" / system.name / f"seed-{seed}" / "predictions.tsv").read_text("utf-8")
        rows = [line.split("\t") for line in lines.splitlines()[1:] if line]
        read[system.name] = [gold == prediction for _, gold, prediction, *_ in rows]
    for pair in results.pairs:
        first, second = np.array(read[pair.first]), np.array(read[pair.second])
        assert pair.mcnemar.only_first == (first & ~second).sum()
        assert pair.mcnemar.only_second == (second & ~first).sum()


def test_predictions_hold_the_tested_tokens_sentence_by_sentence(
    done: tuple[Results, Path], corpus: Corpus
) -> None:
    text = (done[1] / "runs" / "crf" / "seed-2" / "predictions.tsv").read_text("utf-8")
    head, _, backbone = text.partition("\n")
    assert head == "word\tgold\tprediction\tprobability\tuntempered"
    sentences = [
        [tuple(line.split("\t")[:2]) for line in block.split("\n")]
        for block in backbone.strip().split("\n\n")
    ]
    assert sentences == corpus.test


def test_probabilities_are_kept_of_taggers_that_give_them(
    done: tuple[Results, Path], systems: list[System], corpus: Corpus
) -> None:
    results, folder = done
    assert results.system("most_frequent").confidence is None
    system = systems[1]
    assert isinstance(system, ConfiguredSystem)
    found = results.system(system.name).confidence
    assert found is not None
    training = system.config.training.model_copy(update={"seed": 2})
    tagger = Tagger.train(corpus, system.config.model_copy(update={"training": training}))
    for spread, each in (
        (found.expected_error, tagger),
        (found.untempered_error, tagger.at_temperature(1.0)),
    ):
        calibration = each.evaluate_on(corpus).calibration
        assert calibration is not None
        assert spread.values[1] == pytest.approx(calibration.expected_error, abs=1e-4)
    assert sum(each.tokens for each in found.reliability) == 2 * sum(map(len, corpus.test))
    text = (folder / "runs" / "most_frequent" / "seed-1" / "predictions.tsv").read_text("utf-8")
    assert text.startswith("word\tgold\tprediction\n")


def test_runs_of_a_version_without_probabilities_are_still_read(
    folder: Path, done: tuple[Results, Path], systems: list[System], corpus: Corpus
) -> None:
    for file in folder.glob("runs/*/*/predictions.tsv"):
        rows = [line.split("\t")[:3] for line in file.read_text("utf-8").split("\n")]
        file.write_text("\n".join(map("\t".join, rows)), encoding="utf-8")
    watch = Watch()
    results = compare(systems, corpus, seeds=2, folder=folder, jobs=1, on_progress=watch)
    assert watch.runs == []
    assert all(system.confidence is None for system in results.systems)
    assert [replace(system, confidence=None) for system in done[0].systems] == list(results.systems)


def test_completed_runs_are_not_repeated(
    done: tuple[Results, Path], systems: list[System], corpus: Corpus
) -> None:
    watch = Watch()
    again = compare(systems, corpus, seeds=2, folder=done[1], jobs=1, on_progress=watch)
    assert watch.runs == []
    assert again == done[0]


def test_a_backbone_is_pretrained_once_and_its_epochs_are_not_in_the_curves(
    corpus: Corpus, tiny_config: MakeConfig, tiny_file: Path, tmp_path: Path
) -> None:
    """The two systems differ only after pretraining, and dev is scored only there."""
    first = {"text": [str(tiny_file)], "epochs": 3}
    systems: list[System] = [
        ConfiguredSystem("free", tiny_config(pretraining=first)),
        ConfiguredSystem("frozen", tiny_config(pretraining=first, transfer={"frozen": "backbone"})),
    ]
    results = compare(systems, corpus, seeds=1, folder=tmp_path / "out", jobs=1)
    assert len(list((tmp_path / "out" / "cache").glob("*.safetensors"))) == 1
    for system in results.systems:
        (curve,) = system.curves
        assert [(record.epoch, record.stage) for record in curve] == [(1, ""), (2, "")]
        assert all(record.dev_accuracy is not None for record in curve)
    kept = json.loads((tmp_path / "out" / "runs" / "free" / "seed-1" / "run.json").read_text())
    assert [record["stage"] for record in kept["epochs"]] == ["pretraining"] * 3 + [""] * 2


@pytest.fixture
def students(tiny_config: MakeConfig, tiny_file: Path, tmp_path: Path) -> list[ConfiguredSystem]:
    """Two systems that share two teachers, and one without."""
    file = tmp_path / "teacher.toml"
    file.write_text('[model]\nkind = "logistic"\n[training]\nepochs = 2\nbatch_size = 4\n')
    distillation = {"text": [str(tiny_file)], "teachers": [str(file)], "seeds": 2}
    return [
        ConfiguredSystem("window", tiny_config("window", distillation=distillation)),
        ConfiguredSystem("gru", tiny_config("gru", distillation=distillation)),
        ConfiguredSystem("alone", tiny_config("window")),
    ]


@pytest.mark.parametrize("jobs", [1, 2])
def test_teachers_are_trained_first_and_once_for_all_their_students(
    jobs: int, students: list[ConfiguredSystem], corpus: Corpus, tmp_path: Path
) -> None:
    folder, watch = tmp_path / "new", Watch()
    results = compare(students, corpus, seeds=2, folder=folder, jobs=jobs, on_progress=watch)
    assert sorted(watch.runs[:2]) == ["teacher 1 of window", "teacher 2 of window"]
    assert not any("teacher" in run for run in watch.runs[2:])
    assert len(watch.runs) == 8
    assert [(progress.done, progress.total) for progress in watch.seen] == [(n, 8) for n in range(1, 9)]
    assert all(progress.dev_accuracy is not None and progress.seconds > 0 for progress in watch.seen)
    assert len(list((folder / "cache").glob("*.safetensors"))) == 2
    assert not results.failures
    for name in ("window", "gru"):
        kept = json.loads((folder / "runs" / name / "seed-2" / "run.json").read_text())
        assert [record["stage"] for record in kept["epochs"]] == ["", ""]

    watch = Watch()
    compare(students, corpus, seeds=2, folder=folder, jobs=jobs, on_progress=watch)
    assert watch.runs == []
    shutil.rmtree(folder / "runs" / "gru" / "seed-1")
    compare(students, corpus, seeds=2, folder=folder, jobs=1, on_progress=watch)
    assert watch.runs == ["teacher 1 of gru", "teacher 2 of gru", "gru, seed 1"]
    assert len(list((folder / "cache").glob("*.safetensors"))) == 2
    shutil.rmtree(folder / "runs" / "alone" / "seed-1")
    compare(students, corpus, seeds=2, folder=folder, jobs=1, on_progress=watch)
    assert watch.runs[3:] == ["alone, seed 1"]


def test_each_fold_has_teachers_of_its_own(
    students: list[ConfiguredSystem], corpus: Corpus, tmp_path: Path
) -> None:
    watch = Watch()
    compare(students[1:], corpus, seeds=1, folds=3, folder=tmp_path / "new", jobs=1, on_progress=watch)
    assert watch.runs[:6] == [
        f"teacher {number} of gru, fold {fold}" for fold in (1, 2, 3) for number in (1, 2)
    ]
    assert len(list((tmp_path / "new" / "cache").glob("*.safetensors"))) == 6


def test_a_teacher_s_config_is_part_of_the_plan(
    students: list[ConfiguredSystem], corpus: Corpus, tmp_path: Path
) -> None:
    compare(students, corpus, seeds=1, folder=tmp_path / "new", jobs=1)
    file = tmp_path / "teacher.toml"
    file.write_text(file.read_text().replace("epochs = 2", "epochs = 3"))
    again = [replace(system) for system in students]
    with pytest.raises(ConfigError, match=r"contains another comparison \(systems: window, gru\)"):
        compare(again, corpus, seeds=1, folder=tmp_path / "new", jobs=1)
    watch = Watch()
    compare(again, corpus, seeds=1, folder=tmp_path / "new", jobs=1, force=True, on_progress=watch)
    assert watch.runs == ["teacher 1 of window", "teacher 2 of window", "window, seed 1", "gru, seed 1"]


def test_a_teacher_s_config_must_not_change_during_the_comparison(
    students: list[ConfiguredSystem], corpus: Corpus, tmp_path: Path
) -> None:
    file = tmp_path / "teacher.toml"

    def change(_: ComparisonProgress) -> None:
        file.write_text(file.read_text().replace("epochs = 2", "epochs = 3"))

    with pytest.raises(PostaggerError, match="a teacher's config has changed during the comparison"):
        compare(students[:2], corpus, seeds=1, folder=tmp_path / "new", jobs=1, on_progress=change)


def test_runs_on_files_that_have_changed_are_another_comparison(
    corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    text = tmp_path / "text.txt"
    text.write_text("The dog saw trees .\n")
    kept = tmp_path / "teachers"
    Tagger.train(corpus, tiny_config()).save(kept / "a.safetensors")
    backbone = kept / "a.safetensors"
    systems = [
        ConfiguredSystem("plain", tiny_config()),
        ConfiguredSystem(
            "distilled", tiny_config(distillation={"text": [str(text)], "teachers": [str(kept)]})
        ),
        ConfiguredSystem("carried on", tiny_config(transfer={"model": str(backbone)})),
        ConfiguredSystem("pretrained", tiny_config(pretraining={"text": [str(text)]})),
    ]
    compare(systems, corpus, seeds=1, folder=tmp_path / "new", jobs=1)
    text.write_text("The dog saw more trees .\n")
    Tagger.train(corpus, tiny_config(training={"seed": 7})).save(backbone)
    with pytest.raises(ConfigError, match="systems: distilled, carried on, pretrained"):
        compare([replace(each) for each in systems], corpus, seeds=1, folder=tmp_path / "new", jobs=1)


def test_a_teacher_that_fails_fails_its_students_with_the_reason(
    students: list[ConfiguredSystem], systems: list[System], corpus: Corpus, tmp_path: Path
) -> None:
    wild = 'optimiser = "sgd"\nlearning_rate = 1000.0\nclip_norm = 0.0\nepochs = 30\n'
    file = tmp_path / "teacher.toml"
    file.write_text(f'[model]\nkind = "window"\n[training]\n{wild}')
    watch = Watch()
    results = compare(
        [*students, systems[0]], corpus, seeds=1, folder=tmp_path / "new", jobs=1, on_progress=watch
    )
    assert [system.name for system in results.systems] == ["alone", "most_frequent"]
    assert len(results.failures) == 2
    assert all("training diverged" in failure for failure in results.failures)
    assert [progress.failure is None for progress in watch.seen] == [False] * 4 + [True] * 2


@pytest.mark.parametrize(
    "spoil",
    [
        lambda run: shutil.rmtree(run),
        lambda run: (run / "run.json").unlink(),
        lambda run: (run / "predictions.tsv").unlink(),
        lambda run: (run / "run.json").write_text('{"basis": ', encoding="utf-8"),
        lambda run: (run / "run.json").write_text("[]", encoding="utf-8"),
        lambda run: (run / "predictions.tsv").write_text(
            "word\tgold\tprediction\na\tDT\tDT\n\n", encoding="utf-8"
        ),
        lambda run: (run / "predictions.tsv").write_bytes(b"\xff\xfe"),
        lambda run: (run / "predictions.tsv").write_text(
            "word\tgold\tprediction\noops\n\n", encoding="utf-8"
        ),
    ],
)
def test_only_an_incomplete_run_is_repeated(
    spoil: Callable[[Path], Any],
    folder: Path,
    done: tuple[Results, Path],
    systems: list[System],
    corpus: Corpus,
) -> None:
    spoil(folder / "runs" / "window" / "seed-2")
    watch = Watch()
    again = compare(systems, corpus, seeds=2, folder=folder, jobs=1, on_progress=watch)
    assert watch.runs == ["window, seed 2"]
    assert again.system("window").accuracy == done[0].system("window").accuracy


DAMAGED = {
    "empty": "",
    "brackets": "[" * 100_000,
    "nested": '{"a": ' + "[" * 900 + "]" * 900 + "}",
    "digits": '{"basis": ' + "9" * 5000 + "}",
    "another type": "5",
    "a list": "[[]]",
    "no UTF-8": "caf\udce9",
    "NUL": "\0",
}


@pytest.mark.parametrize(
    "change",
    [
        {"parameters": "many"},
        {"dev_accuracy": [0.5]},
        {"train_seconds": None},
        {"seconds": {}},
        {"epochs": 7},
        {"epochs": [{"epoch": 1}]},
        {"epochs": [{"epoch": "one", "updates": 1, "loss": 1, "dev_accuracy": 1, "seconds": 1}]},
        {"basis": None},
        *DAMAGED,
    ],
    ids=str,
)
def test_a_damaged_record_of_a_run_counts_as_none(
    change: dict[str, Any] | str, folder: Path, systems: list[System], corpus: Corpus
) -> None:
    plan = Plan.make(systems, corpus, seeds=2)
    job = plan.jobs[1]
    file = folder / "runs" / job.system / "seed-1" / "run.json"
    assert read_run(plan, folder, job) is not None
    data = json.loads(file.read_text())
    text = DAMAGED[change] if isinstance(change, str) else json.dumps(data | change)
    file.write_text(text, errors="surrogateescape")
    assert read_run(plan, folder, job) is None


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_plan_is_one_line(name: str, folder: Path, systems: list[System], corpus: Corpus) -> None:
    (folder / "plan.json").write_text(DAMAGED[name], errors="surrogateescape")
    with pytest.raises(ConfigError) as caught:
        Plan.make(systems, corpus, seeds=2).claim(folder)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "a\\b", "/x", "a\0", "a\x1b[2J", "x" * 300])
def test_the_runs_of_a_system_stay_in_the_folder(name: str, systems: list[System], corpus: Corpus) -> None:
    odd = ConfiguredSystem(name, Config())
    with pytest.raises(ConfigError, match="can't have a folder of that name"):
        Plan.make([*systems, odd], corpus, seeds=1)


def test_another_plan_does_not_take_the_folder_over(
    folder: Path, systems: list[System], corpus: Corpus, tiny_config: MakeConfig
) -> None:
    other = [*systems[:2], ConfiguredSystem("crf", tiny_config("logistic"))]
    with pytest.raises(ConfigError, match=r"another comparison \(systems: crf\).*--force"):
        compare(other, corpus, seeds=2, folder=folder, jobs=1)
    with pytest.raises(ConfigError, match="seeds: 2 there, 3 now"):
        compare(systems, corpus, seeds=3, folder=folder, jobs=1)
    with pytest.raises(ConfigError, match="different sentences"):
        compare(systems, replace(corpus, train=corpus.train[1:]), seeds=2, folder=folder, jobs=1)
    with pytest.raises(ConfigError, match="folds: 0 there, 3 now"):
        compare(systems, corpus, seeds=2, folds=3, folder=folder, jobs=1)


def test_runs_with_other_further_columns_are_not_reused(systems: list[System], corpus: Corpus) -> None:
    def basis(head: str | None, tag: str = "x") -> dict[str, Any]:
        def retagged(sentences: list[TaggedSentence]) -> list[TaggedSentence]:
            return [[(word, tag) for word, _ in sentence] for sentence in sentences]

        train, dev, test = (retagged(corpus.part(part)) for part in ("train", "dev", "test"))
        others = () if head is None else (Corpus(head, train, dev, test),)
        return Plan.make(systems, replace(corpus, others=others), seeds=1).basis

    assert basis("one") == basis("one")
    found = [basis(None), basis("one"), basis("two"), basis("one", "y")]
    assert len({each["sentences"] for each in found}) == 4


def test_with_force_it_does_and_reuses_the_runs_of_both_plans(
    folder: Path, systems: list[System], corpus: Corpus
) -> None:
    watch = Watch()
    compare(systems, corpus, seeds=3, folder=folder, jobs=1, force=True, on_progress=watch)
    assert watch.runs == ["window, seed 3", "crf, seed 3"]


def test_a_folder_with_other_files_is_left_alone(
    tmp_path: Path, systems: list[System], corpus: Corpus
) -> None:
    (tmp_path / "thesis.tex").touch()
    for force in (False, True):
        with pytest.raises(ConfigError, match="not the folder of a comparison"):
            compare(systems, corpus, seeds=1, folder=tmp_path, jobs=1, force=force)
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_system_that_fails_is_reported_and_the_others_go_on(
    systems: list[System], corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    wild = tiny_config(training={"optimiser": "sgd", "learning_rate": 1000.0, "clip_norm": 0.0, "epochs": 30})
    watch = Watch()
    results = compare(
        [*systems, ConfiguredSystem("wild", wild)],
        corpus,
        seeds=1,
        folder=tmp_path / "new",
        jobs=1,
        on_progress=watch,
    )
    assert [system.name for system in results.systems] == ["most_frequent", "window", "crf"]
    (failure,) = results.failures
    assert failure.startswith("wild, seed 1: ")
    assert "training diverged" in failure
    assert [progress.failure is not None for progress in watch.seen] == [False, False, False, True]


def test_fewer_than_two_systems_with_results_is_an_error_with_the_reason(
    corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError("too large")

    monkeypatch.setattr(Tagger, "train", fail)
    pair: list[System] = [BaselineSystem("hmm"), ConfiguredSystem("window", tiny_config())]
    with pytest.raises(
        PostaggerError, match=r"fewer than two systems.*window, seed 1 failed: MemoryError: too large"
    ):
        compare(pair, corpus, seeds=1, folder=tmp_path / "new", jobs=1)


def test_two_workers_give_the_same_results_as_one_process(
    done: tuple[Results, Path], systems: list[System], corpus: Corpus, tmp_path: Path
) -> None:
    results = compare(systems, corpus, seeds=2, folder=tmp_path / "new", jobs=2)
    for system in results.systems:
        assert system.accuracy == done[0].system(system.name).accuracy
        assert system.confusions == done[0].system(system.name).confusions


def test_folds_test_every_sentence_once(systems: list[System], corpus: Corpus, tmp_path: Path) -> None:
    watch = Watch()
    results = compare(
        systems[:2], corpus, seeds=1, folds=4, folder=tmp_path / "new", jobs=1, on_progress=watch
    )
    assert watch.runs == [
        *(f"most_frequent, seed 1, fold {fold}" for fold in (1, 2, 3, 4)),
        *(f"window, seed 1, fold {fold}" for fold in (1, 2, 3, 4)),
    ]
    assert results.origin.sentences == results.origin.units == len(corpus.documents)
    assert results.origin.tokens == sum(len(s) for d in corpus.documents for s in d.sentences)
    right = [
        train_baseline("most_frequent", fold).evaluate_on(fold).tokens.correct for fold in corpus.folds(4)
    ]
    assert results.system("most_frequent").accuracy.mean == pytest.approx(sum(right) / results.origin.tokens)
    assert "4-fold" in results.origin.line


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"seeds": 0}, "0 seeds"),
        ({"seeds": 1, "folds": 2}, "use 3 or more"),
        ({"seeds": 1, "folds": 41}, "use fewer"),
    ],
)
def test_invalid_plans(
    settings: dict[str, Any], problem: str, systems: list[System], corpus: Corpus, tmp_path: Path
) -> None:
    with pytest.raises(PostaggerError, match=problem):
        compare(systems, corpus, folder=tmp_path / "new", jobs=1, **settings)
    assert not (tmp_path / "new").exists()


def test_fewer_than_two_systems_or_two_of_one_name(
    systems: list[System], corpus: Corpus, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="at least two systems, not 1"):
        compare(systems[:1], corpus, folder=tmp_path / "new")
    with pytest.raises(ConfigError, match="two systems are called 'window'"):
        compare([*systems, systems[1]], corpus, folder=tmp_path / "new")


def test_nothing_to_test_on(systems: list[System], corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the test part of 'tiny' has no tagged tokens"):
        compare(systems, replace(corpus, test=[[]]), folder=tmp_path / "new")


def test_without_documents_sentences_are_the_units(
    systems: list[System], corpus: Corpus, tmp_path: Path
) -> None:
    unnamed = replace(corpus, documents=(), dev=[])
    results = compare(systems[:2], unnamed, seeds=1, folder=tmp_path / "new", jobs=1)
    assert (results.origin.unit, results.origin.units) == ("sentence", 12)
    assert all(system.dev is None for system in results.systems)


def test_empty_sentences_are_allowed(systems: list[System], corpus: Corpus, tmp_path: Path) -> None:
    test: list[TaggedSentence] = [[], *corpus.test, []]
    gaps = replace(corpus, test=test, documents=())
    folder = tmp_path / "new"
    results = compare(systems[:2], gaps, seeds=1, folder=folder, jobs=1)
    assert results.origin.sentences == 12
    watch = Watch()
    compare(systems[:2], gaps, seeds=1, folder=folder, jobs=1, on_progress=watch)
    assert watch.runs == []


def test_tokens_without_a_gold_tag_are_tagged_and_written_but_not_scored(
    systems: list[System], corpus: Corpus, tmp_path: Path
) -> None:
    first, second, *rest = corpus.test
    part = [
        [(word, UNTAGGED if place % 2 else tag) for place, (word, tag) in enumerate(first)],
        [(word, UNTAGGED) for word, _ in second],
        *rest,
    ]
    partly = replace(corpus, test=part, documents=())
    results = compare(systems[:2], partly, seeds=1, folder=tmp_path / "new", jobs=1)
    tokens = len(first[::2]) + sum(map(len, rest))
    assert (results.origin.tokens, results.origin.sentences) == (tokens, len(corpus.test) - 1)
    score = train_baseline("most_frequent", partly).evaluate_on(partly)
    found = results.system("most_frequent")
    assert found.accuracy.values == pytest.approx([score.tokens.value])
    assert found.sentences.values == pytest.approx([score.sentences.value])
    assert UNTAGGED not in {each.tag for each in found.by_tag}
    lengths = sum(bin.tokens for bin in found.by_length if bin.label == "1-5")
    assert lengths == sum(len(s) for s in rest if len(s) <= 5) + (len(first[::2]) if len(first) <= 5 else 0)
    texts = {" ".join(word for word, _ in sentence) for sentence in part}
    for shown in results.pairs[0].disagreements:
        assert any(f"{shown.before} {shown.word} {shown.after}".strip() in text for text in texts)
    predictions = (tmp_path / "new/runs/window/seed-1/predictions.tsv").read_text().split("\n")
    assert sum(bool(line) for line in predictions) == 1 + sum(map(len, part))


def test_results_can_be_written_as_json(done: tuple[Results, Path]) -> None:
    data = json.loads(json.dumps(done[0].as_json(), allow_nan=False))
    assert data["origin"]["corpus"] == "tiny"
    assert data["systems"][1]["accuracy"]["mean"] == done[0].systems[1].accuracy.mean
    assert len(data["pairs"]) == 3


def test_the_origin_is_one_line(done: tuple[Results, Path]) -> None:
    line = done[0].origin.line
    for part in ("tiny, test part", "3 traces dropped", "2 seeds", "torch ", "postagger "):
        assert part in line


def test_systems_of_config_files_and_the_ladder() -> None:
    (window,) = config_systems([CONFIGS / "window.toml"], ["training.epochs=3"])
    assert (window.name, window.config.training.epochs) == ("window", 3)
    names = [system.name for system in ladder(["corpus.name=sample"])]
    assert names[-len(LADDER) :] == list(LADDER)
    assert {"most_frequent", "hmm", "tnt", "perceptron"} <= set(names)
    descriptions = [system.description for system in ladder()]
    assert len(set(descriptions)) == len(descriptions)


def test_every_shipped_config_of_a_plain_training_is_on_the_ladder() -> None:
    def plain(path: Path) -> bool:
        config = load_config(path)
        more = (
            config.datasets or config.pretraining.corpora or config.distillation.text or config.transfer.model
        )
        pretrained = isinstance(config.model, EncoderConfig)  # which has read much other text
        return not (more or pretrained or config.training.rdrop_weight)

    assert {path.stem for path in CONFIGS.glob("*.toml") if plain(path)} == set(LADDER)


def test_baselines_by_name() -> None:
    assert [system.name for system in baseline_systems(["hmm", "tnt", "hmm"])] == ["hmm", "tnt"]
    assert "perceptron" in [system.name for system in baseline_systems(["all"])]
    with pytest.raises(ConfigError, match="did you mean 'perceptron'"):
        baseline_systems(["perceptrn"])


def test_a_seed_does_not_make_another_system(tiny_config: MakeConfig) -> None:
    one, other = (ConfiguredSystem("x", tiny_config(training={"seed": seed})) for seed in (1, 2))
    assert one.identity() == other.identity()
    assert one.identity() != ConfiguredSystem("x", tiny_config(training={"epochs": 9})).identity()


@pytest.fixture(autouse=True)
def _no_leftovers(tmp_path: Path) -> Iterator[None]:
    yield
    assert not list(tmp_path.rglob(".*.json.*"))


def test_taggers_are_saved_on_request(
    tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path, one_thread: None
) -> None:
    assert one_thread is None
    window = ConfiguredSystem("window", tiny_config("window"))
    compare(
        [window, *baseline_systems(["most_frequent"])],
        tiny_corpus,
        seeds=2,
        folder=tmp_path,
        jobs=1,
        keep_models=True,
    )
    files = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.glob("models/*/*"))
    assert files == ["models/window/seed-1.safetensors", "models/window/seed-2.safetensors"]
    tagger = Tagger.load(tmp_path / files[1], device="cpu")
    assert tagger.config.training.seed == 2


def test_a_description_names_further_training_data() -> None:
    described = {
        name: config_systems([CONFIGS / f"{name}.toml"])[0].description
        for name in ("window_transfer", "window_adapt", "window_en")
    }
    assert described["window_transfer"].endswith("pretrained on brown and conll2000")
    assert described["window_adapt"].endswith("together with treebank")
    assert described["window_en"].endswith("starting from en")
