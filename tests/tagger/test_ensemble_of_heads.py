"""What an ensemble has of a tagger: heads, saving, records."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from postagger import Config, ConfigError, Corpus, Ensemble, ModelFileError, Tagger
from postagger.corpora import TaggedSentence
from postagger.io import write_whole

MakeConfig = Callable[..., Config]

pytestmark = pytest.mark.usefixtures("one_thread")

WORDS = ["The", "dog", "barks"]


@pytest.fixture(scope="module")
def coarse(tiny_sentences: list[TaggedSentence]) -> list[TaggedSentence]:
    return [[(word, tag[0]) for word, tag in sentence] for sentence in tiny_sentences]


@pytest.fixture(scope="module")
def members(
    tiny_sentences: list[TaggedSentence],
    coarse: list[TaggedSentence],
    tiny_config: MakeConfig,
    tmp_path_factory: pytest.TempPathFactory,
) -> list[Tagger]:
    """Two taggers with the heads tiny, coarse and other; the last one has other tags in each."""
    corpus = Corpus("tiny", tiny_sentences, [], [])
    taggers = []
    for kind, mark in (("window", "X"), ("lstm", "Y")):
        folder = tmp_path_factory.mktemp(kind)
        files = {"coarse": coarse, "other": [[("a", mark), ("b", "B")]]}
        for name, sentences in files.items():
            lines = (" ".join(f"{word}/{tag}" for word, tag in sentence) for sentence in sentences)
            (folder / f"{name}.txt").write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        datasets = [{"train": str(folder / f"{name}.txt"), "head": name} for name in files]
        config = tiny_config(kind, datasets=datasets, training={"epochs": 5, "learning_rate": 0.02})
        taggers.append(Tagger.train(corpus, config))
    return taggers


@pytest.fixture(scope="module")
def ensemble(members: list[Tagger]) -> Ensemble:
    return Ensemble(members)


def test_its_heads_are_those_that_all_members_have_with_the_same_tags(ensemble: Ensemble) -> None:
    assert list(ensemble.heads) == ["tiny", "coarse"]
    assert ensemble.heads["tiny"] is ensemble.tagset
    with pytest.raises(ConfigError, match="unknown head 'other': this ensemble has tiny, coarse"):
        ensemble.tag(WORDS, head="other")


def test_a_head_is_chosen_as_a_tagger_s_is(
    ensemble: Ensemble, members: list[Tagger], coarse: list[TaggedSentence]
) -> None:
    assert ensemble.with_head(None) is ensemble
    assert ensemble.with_head("tiny") is ensemble
    chosen = ensemble.with_head("coarse")
    assert isinstance(chosen, Ensemble)
    assert chosen.tagset is ensemble.heads["coarse"]
    assert chosen.with_head("tiny").tag(WORDS) == ensemble.tag(WORDS)
    mean = [
        {
            tag: sum(each.distributions(WORDS, head="coarse")[token][tag] for each in members) / 2
            for tag in "DNV"
        }
        for token in range(3)
    ]
    for row, expected in zip(ensemble.distributions(WORDS, head="coarse"), mean, strict=True):
        assert {tag: row[tag] for tag in "DNV"} == pytest.approx(expected, abs=1e-6)
    assert list(ensemble.tag_sents([WORDS, []], head="coarse", workers=2)) == [chosen.tag(WORDS), []]
    assert ensemble.tag(WORDS, head="coarse") == chosen.tag(WORDS)
    assert ensemble.evaluate_on(coarse, head="coarse").tokens == chosen.evaluate_on(coarse).tokens


def test_what_it_says_of_its_members(ensemble: Ensemble, members: list[Tagger]) -> None:
    assert ensemble.records == [member.record for member in members]
    assert ensemble.device == members[0].device
    assert ensemble.parameter_count == sum(member.parameter_count for member in members)


def test_it_is_saved_to_a_folder_and_loaded(ensemble: Ensemble, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "models"
    ensemble.save(folder)
    assert sorted(file.name for file in folder.iterdir()) == ["1.safetensors", "2.safetensors"]
    loaded = Ensemble.load(folder, device="cpu")
    assert [each.config.model.kind for each in loaded.taggers] == ["window", "lstm"]
    assert loaded.distributions(WORDS) == ensemble.distributions(WORDS)
    assert loaded.distributions(WORDS, head="coarse") == ensemble.distributions(WORDS, head="coarse")


def test_ten_members_keep_their_order(members: list[Tagger], tmp_path: Path) -> None:
    taggers = [members[0]] * 9 + [members[1]]
    Ensemble(taggers).save(tmp_path)
    kinds = [each.config.model.kind for each in Ensemble.load(tmp_path, device="cpu").taggers]
    assert kinds == ["window"] * 9 + ["lstm"]


def test_a_folder_with_other_files_is_taken_one_with_models_is_not(
    ensemble: Ensemble, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("notes")
    ensemble.save(tmp_path)
    there = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(
        ModelFileError, match=r"holds models already \(1\.safetensors\), .* name an empty one"
    ):
        ensemble.save(tmp_path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == there
    with pytest.raises(ModelFileError, match=r"cannot write the ensemble .*notes\.txt: File exists"):
        ensemble.save(tmp_path / "notes.txt")


@pytest.mark.parametrize("exists", [False, True])
@pytest.mark.parametrize("step", ["write", "move"])
@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_it_is_saved_whole_or_not_at_all(
    step: str,
    exists: bool,
    failure: BaseException,
    ensemble: Ensemble,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "models"
    if exists:
        folder.mkdir()
    calls: list[Any] = []

    def fails_at_the_second(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            calls.append(args)
            if len(calls) == 2:
                raise failure
            return real(*args)

        return call

    if step == "write":
        monkeypatch.setattr("postagger.checkpoint.model_file.write_whole", fails_at_the_second(write_whole))
    else:
        monkeypatch.setattr(Path, "rename", fails_at_the_second(Path.rename))
    expected = ModelFileError if isinstance(failure, OSError) else KeyboardInterrupt
    with pytest.raises(expected) as caught:
        ensemble.save(folder)
    monkeypatch.undo()
    if isinstance(failure, OSError):
        assert str(caught.value) == f"cannot write the ensemble {folder}: No space left on device"
    assert folder.exists() == exists
    assert not list(tmp_path.rglob("*.safetensors"))
    assert not exists or not list(folder.iterdir())


def test_members_whose_main_heads_differ_are_not_saved_together(
    members: list[Tagger], coarse: list[TaggedSentence], tiny_config: MakeConfig, tmp_path: Path
) -> None:
    main = Tagger.train(Corpus("coarse", coarse, [], []), tiny_config())
    mixed = Ensemble([members[0].with_head("coarse"), main])
    assert mixed.tag(WORDS)
    with pytest.raises(ConfigError, match="main heads of these taggers have different tags"):
        mixed.save(tmp_path / "models")
    assert not (tmp_path / "models").exists()
