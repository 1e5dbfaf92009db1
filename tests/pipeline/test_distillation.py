"""Teachers, and their distributions over plain text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from postagger import Config, ConfigError, Corpus, ModelFileError, Tagger
from postagger.corpora import TaggedSentence
from postagger.features import TagSet
from postagger.models import TrainedModel
from postagger.pipeline.distillation import distributions, teacher_configs, teacher_file
from postagger.pipeline.teachers import ModelTeacher, read_teachers

MakeConfig = Callable[..., Config]

TEXT = [["The", "dog", "saw", '"'], ["trees"], ["Boris", "can", "run", ",", "she", "said"]]

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def taggers(tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig) -> list[Tagger]:
    """The second one has only some of the first one's tags; the third has a CRF."""
    how: dict[str, Any] = {"epochs": 10, "learning_rate": 0.02}
    return [
        Tagger.train(Corpus("all", tiny_sentences, [], []), tiny_config(training=how)),
        Tagger.train(Corpus("some", tiny_sentences[2:8], [], []), tiny_config("gru", training=how)),
        Tagger.train(
            Corpus("crf", tiny_sentences[:9], [], []), tiny_config(model={"output": "crf"}, training=how)
        ),
    ]


@pytest.fixture(scope="module")
def files(taggers: list[Tagger], tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("teachers")
    paths = [str(folder / f"{name}.safetensors") for name in "abc"]
    for tagger, path in zip(taggers, paths, strict=True):
        tagger.save(path)
    return paths


@pytest.fixture(scope="module")
def teachers(files: list[str]) -> list[ModelTeacher]:
    return read_teachers(files)


@pytest.mark.parametrize("members", [[0], [0, 1], [2, 1, 0]])
@pytest.mark.parametrize("chunk", [1, 2, 256])
def test_the_mean_of_the_teachers_by_hand(
    members: list[int],
    chunk: int,
    taggers: list[Tagger],
    teachers: list[ModelTeacher],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The tag set has another order than any teacher's."""
    monkeypatch.setattr("postagger.pipeline.distillation._CHUNK", chunk)
    tagset = TagSet([*reversed(taggers[0].tagset.tags), "MORE"])
    rows = distributions([[teachers[member] for member in members]], TEXT, [tagset])[0]
    assert rows.dtype == torch.float16
    predictions = [
        [row for words in TEXT for row in taggers[member].distributions(words)] for member in members
    ]
    assert rows.shape == (11, len(tagset))
    for token, row in enumerate(rows.tolist()):
        for tag, probability in zip(tagset, row, strict=True):
            mean = sum(rows[token].get(tag, 0.0) for rows in predictions) / len(members)
            assert probability == pytest.approx(mean, abs=1e-3)
    assert rows.float().sum(dim=1).tolist() == pytest.approx([1.0] * 11, abs=2e-3)


def test_a_teacher_with_other_tags_is_an_error_that_names_them(
    teachers: list[ModelTeacher], taggers: list[Tagger]
) -> None:
    tagset = TagSet(tag for tag in taggers[0].tagset if tag not in ("NN", "DT"))
    with pytest.raises(ConfigError, match=r"a teacher trained on all predicts tags .*\(DT, NN\)"):
        distributions([teachers], TEXT, [tagset])


def test_teachers_come_from_files_and_from_folders_of_them(files: list[str]) -> None:
    folder = str(Path(files[0]).parent)
    assert [teacher.record.corpus for teacher in read_teachers([files[1], folder])] == [
        "some",
        "all",
        "some",
        "crf",
    ]
    assert read_teachers([]) == []
    assert TrainedModel.load(files[0]).record.corpus == "all"


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=f"^the folder {tmp_path} contains no model"):
        read_teachers([str(tmp_path)])


# -- configs of teachers ----------------------------------------------------------------------------


def test_a_config_gives_a_teacher_per_seed_on_the_student_s_corpus(
    tiny_config: MakeConfig, tmp_path: Path
) -> None:
    for kind in ("gru", "logistic"):
        text = f'[corpus]\nname = "brown"\n[model]\nkind = "{kind}"\n[training]\nseed = 77\nepochs = 9\n'
        (tmp_path / f"{kind}.toml").write_text(text)
    names = [str(tmp_path / "gru.toml"), "model.safetensors", str(tmp_path / "logistic.TOML")]
    (tmp_path / "logistic.toml").rename(tmp_path / "logistic.TOML")
    student = tiny_config(
        training={"seed": 5, "device": "cpu"}, distillation={"text": ["a"], "teachers": names, "seeds": 2}
    )
    runs = teacher_configs(student)
    assert [(run.model.kind, run.training.seed) for run in runs] == [
        ("gru", 1),
        ("gru", 2),
        ("logistic", 1),
        ("logistic", 2),
    ]
    assert {(run.training.epochs, run.training.device, run.corpus.name) for run in runs} == {
        (9, "cpu", "tiny")
    }
    assert teacher_configs(tiny_config()) == []
    assert read_teachers([names[0], names[2]]) == []


def test_a_data_set_that_shares_the_main_head_still_does(tiny_config: MakeConfig, tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text('[[datasets]]\nname = "brown"\n[[datasets]]\nname = "sample"\nhead = "treebank"\n')
    student = tiny_config(distillation={"text": ["a"], "teachers": [str(file)]})
    (run,) = teacher_configs(student)
    assert [each.head_name for each in (run.corpus, *run.datasets)] == ["tiny", "brown", "tiny"]
    clashing = tiny_config(corpus={"name": "brown"}, distillation={"text": ["a"], "teachers": [str(file)]})
    with pytest.raises(
        ConfigError, match=rf"^{file}, with the corpus of the student: two corpora are called"
    ):
        teacher_configs(clashing)


def test_a_teacher_s_config_must_not_have_distillation(tiny_config: MakeConfig, tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text('[distillation]\ntext = ["brown"]\n')
    student = tiny_config(distillation={"text": ["a"], "teachers": [str(file)]})
    with pytest.raises(
        ConfigError, match=rf"^{file} is the config of a teacher, so it can't have \[distillation\]"
    ):
        teacher_configs(student)


def test_teachers_of_columns_with_other_names_are_cached_apart(
    tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    def file(*names: str) -> Path:
        others = tuple(replace(tiny_corpus, name=name) for name in names)
        return teacher_file(replace(tiny_corpus, others=others), tiny_config(), tmp_path)

    assert file("one") == file("one")
    assert len({file(), file("one"), file("two"), file("one", "two"), file("two", "one")}) == 5
