"""Plans of training stages, from corpora to a tagger."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from postagger import (
    Config,
    ConfigError,
    Corpus,
    DataError,
    ModelFileError,
    PostaggerError,
    Tagger,
    load_config,
)
from postagger.corpora import TaggedSentence
from postagger.features import TagSet
from postagger.features.normalise import fold_digits
from postagger.pipeline import distillation
from postagger.pipeline.distillation import distributions, own_teacher_configs
from postagger.pipeline.teachers import ModelTeacher, read_teachers
from postagger.training import EpochRecord

MakeConfig = Callable[..., Config]
Write = Callable[..., str]

pytestmark = pytest.mark.usefixtures("one_thread")


def words_of(sentences: list[TaggedSentence]) -> list[list[str]]:
    return [[word for word, _ in sentence] for sentence in sentences]


def by_letter(sentences: list[TaggedSentence]) -> list[TaggedSentence]:
    """Another tag set: each word's last letter."""
    return [[(word, word[-1].lower()) for word, _ in sentence] for sentence in sentences]


def same_weights(one: Tagger, other: Tagger) -> bool:
    left, right = one.network.state_dict(), other.network.state_dict()
    return left.keys() == right.keys() and all(left[name].equal(right[name]) for name in left)


@pytest.fixture
def text(tiny_sentences: list[TaggedSentence], write: Write) -> str:
    """All tiny sentences without tags, dev and test included."""
    return write("text.txt", words_of(tiny_sentences))


@pytest.fixture
def task(tiny_sentences: list[TaggedSentence], write: Write) -> str:
    """All tiny sentences with other tags."""
    return write("letters.txt", by_letter(tiny_sentences))


# -- more than one tag set --------------------------------------------------------------------------


@pytest.mark.parametrize("output", ["softmax", "crf"])
def test_a_tagger_tags_with_the_chosen_head(
    output: str, task: str, tiny_corpus: Corpus, tiny_config: MakeConfig
) -> None:
    config = tiny_config(
        model={"output": output},
        training={"epochs": 40, "learning_rate": 0.02},
        datasets=[{"train": task, "head": "letters"}],
    )
    tagger = Tagger.train(Corpus("tiny", tiny_corpus.train, [], tiny_corpus.test), config)
    assert list(tagger.heads) == ["tiny", "letters"]
    letters = by_letter(tiny_corpus.train)
    assert tagger.evaluate_on(tiny_corpus, "train").tokens.value == 1
    assert tagger.evaluate_on(letters, head="letters").tokens.value == 1
    sentence = [word for word, _ in letters[0]]
    assert tagger.tag(sentence, head="letters") == letters[0]
    assert list(tagger.tag_sents([sentence], head="letters")) == [letters[0]]
    for words in words_of(tiny_corpus.test):
        assert {tag for _, tag in tagger.tag(words)} <= set(tagger.tagset)
        assert {tag for _, tag in tagger.tag(words, head="letters")} <= set(tagger.heads["letters"])
        (first, *_), *_ = tagger.distributions(words, head="letters")
        assert first == tagger.tag(words, head="letters")[0][1]


def test_a_data_set_shares_the_main_head_only_if_it_names_it(
    tiny_corpus: Corpus, tiny_config: MakeConfig, write: Write
) -> None:
    file = write("more.txt", [[("Zounds", "UH"), ("again", "AGAIN")]])
    shared = Tagger.train(tiny_corpus, tiny_config(datasets=[{"train": file, "head": "tiny"}]))
    assert list(shared.heads) == ["tiny"]
    assert set(shared.tagset) == {tag for s in tiny_corpus.train for _, tag in s} | {"AGAIN"}
    apart = Tagger.train(tiny_corpus, tiny_config(datasets=[{"train": file}]))
    assert {name: set(tags) for name, tags in apart.heads.items()} == {
        "tiny": {tag for s in tiny_corpus.train for _, tag in s},
        file: {"UH", "AGAIN"},
    }


def test_an_empty_list_of_data_sets_is_no_data_set(tiny_corpus: Corpus, tiny_config: MakeConfig) -> None:
    plain = Tagger.train(tiny_corpus, tiny_config())
    same = Tagger.train(
        tiny_corpus, tiny_config(datasets=[], pretraining={"epochs": 7}, distillation={"seeds": 3})
    )
    assert same_weights(plain, same)
    assert plain.record == same.record
    assert (plain.record.datasets, plain.record.backbone, plain.record.left_out) == ({}, None, {})


# -- held-out sentences ----------------------------------------------------------------------------


def test_no_dev_or_test_sentence_reaches_training_from_any_source(
    tiny_corpus: Corpus, tiny_config: MakeConfig, text: str, task: str, write: Write
) -> None:
    corpus = write("corpus.txt", [*by_letter(tiny_corpus.test), *by_letter(tiny_corpus.train)])
    more = write("more.txt", words_of([*tiny_corpus.dev, *tiny_corpus.train]))
    config = tiny_config(
        datasets=[{"train": task, "head": "letters"}],
        pretraining={"text": [more], "corpora": [corpus], "epochs": 1},
        distillation={"text": [text]},
    )
    tagger = Tagger.train(tiny_corpus, config)
    assert tagger.record.left_out == {task: 4, corpus: 2, more: 2, text: 4}
    assert tagger.record.datasets == {"letters": 16, "tiny": 16}
    known = {fold_digits(word.lower()) for sentence in tiny_corpus.train for word, _ in sentence}
    assert set(tagger.encoding.vocabularies["word"]) == known
    backbone = Tagger.pretrain(config, tiny_corpus)
    assert backbone.record.left_out == {corpus: 2, more: 2}
    assert set(backbone.encoding.vocabularies["word"]) <= known


def test_a_data_set_that_is_the_test_part_is_an_error(
    tiny_corpus: Corpus, tiny_config: MakeConfig, write: Write
) -> None:
    file = write("test.txt", tiny_corpus.test)
    for settings in (
        {"datasets": [{"train": file, "head": "tiny"}]},
        {"datasets": [{"train": file, "head": "other"}]},
        {"distillation": {"text": [write("text.txt", words_of(tiny_corpus.test))]}},
    ):
        with pytest.raises(DataError, match="only repeats dev or test sentences"):
            Tagger.train(tiny_corpus, tiny_config(**settings))


# -- reproducible ------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_file_with_all_features_combined(
    tiny_corpus: Corpus, tiny_config: MakeConfig, text: str, task: str, tmp_path: Path
) -> None:
    config = tiny_config(
        "lstm",
        words={"word_dropout": 0.5, "dropout": 0.2, "character_dim": 4, "character_filters": 4},
        training={"averaging": 0.5},
        datasets=[{"train": task, "head": "letters", "weight": 0.7}],
        pretraining={"text": [text], "epochs": 1},
        transfer={"frozen": "words"},
        distillation={"text": [text], "seeds": 2},
    )
    before = torch.get_rng_state()
    for name in ("one", "other"):
        torch.rand(7)
        Tagger.train(tiny_corpus, config, cache=tmp_path / "cache").save(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
    torch.set_rng_state(before)
    Tagger.train(tiny_corpus, config)
    assert torch.get_rng_state().equal(before)


def test_unreadable_input_is_found_before_anything_is_trained(
    tiny_corpus: Corpus, tiny_config: MakeConfig, text: str, tmp_path: Path
) -> None:
    records: list[EpochRecord] = []
    teachers: list[dict[str, Any]] = []
    for number, section in enumerate(
        (
            '[[datasets]]\ntrain = "missing.txt"',
            '[pretraining]\ntext = ["missing.txt"]',
            '[transfer]\nmodel = "missing"',
        )
    ):
        (tmp_path / f"{number}.toml").write_text(section)
        teachers.append({"distillation": {"text": [text], "teachers": [str(tmp_path / f"{number}.toml")]}})
    (tmp_path / "fine.toml").write_text("[training]\nepochs = 1\n")
    fine = [str(tmp_path / "fine.toml")]
    settings: dict[str, Any]
    for settings in (
        *teachers,
        {"distillation": {"text": [text], "teachers": fine}, "pretraining": {"text": ["missing.txt"]}},
        {"distillation": {"text": [text], "teachers": [*fine, str(tmp_path / "0.toml")]}},
        {"datasets": [{"train": "missing.txt"}]},
        {"distillation": {"text": ["missing.txt"]}},
        {"distillation": {"text": [text], "teachers": ["missing"]}},
        {"distillation": {"text": [text], "teachers": ["missing.toml"]}},
    ):
        config = tiny_config(**{"pretraining": {"text": [text]}, **settings})
        with pytest.raises(PostaggerError, match="missing"):
            Tagger.train(tiny_corpus, config, on_epoch=records.append)
    distillation = {"text": [text], "teachers": fine}
    for settings, problem in (
        ({"transfer": {"model": "missing"}}, "missing"),
        ({"transfer": {"frozen": "words"}}, "has settings but no backbone"),
    ):
        with pytest.raises(PostaggerError, match=problem):
            Tagger.train(
                tiny_corpus, tiny_config(distillation=distillation, **settings), on_epoch=records.append
            )
    assert records == []


# -- teachers ---------------------------------------------------------------------------------------


@pytest.fixture
def teachers(monkeypatch: pytest.MonkeyPatch) -> list[ModelTeacher]:
    """The teachers used so far."""
    made: list[ModelTeacher] = []

    def spied(teachers: list[list[ModelTeacher]], *rest: Any) -> list[Tensor]:
        made.extend(teachers[0])
        return distributions(teachers, *rest)

    monkeypatch.setattr(distillation, "distributions", spied)
    return made


@pytest.mark.parametrize("output", ["softmax", "crf"])
def test_a_student_learns_from_its_teacher_what_its_corpus_lacks(
    output: str, tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig, text: str, tmp_path: Path
) -> None:
    how = {"epochs": 40, "learning_rate": 0.02}
    teacher = Tagger.train(Corpus("all", tiny_sentences, [], []), tiny_config(training=how))
    teacher.save(tmp_path / "teacher")
    little: list[TaggedSentence] = [[("X" + tag, tag) for tag in teacher.tagset]]
    student = Tagger.train(
        Corpus("little", little, [], []),
        tiny_config(
            model={"output": output},
            training=how,
            distillation={"text": [text], "teachers": [str(tmp_path / "teacher")], "weight": 20.0},
        ),
    )
    assert student.tagset.tags == teacher.tagset.tags
    assert student.record.datasets == {"little": 20}
    words = words_of(tiny_sentences)
    assert list(student.tag_sents(words)) == list(teacher.tag_sents(words))


def test_teachers_are_trained_from_the_same_config_with_seeds_of_their_own(
    tiny_corpus: Corpus, tiny_config: MakeConfig, text: str, teachers: list[ModelTeacher]
) -> None:
    config = tiny_config("gru", training={"seed": 4}, distillation={"text": [text], "seeds": 3})
    records: list[EpochRecord] = []
    Tagger.train(tiny_corpus, config, on_epoch=records.append)
    assert len({teacher.model.config.training.seed for teacher in teachers} | {4}) == 4
    assert {teacher.model.config.model.kind for teacher in teachers} == {"gru"}
    assert all(not teacher.model.config.distillation.text for teacher in teachers)
    stages = [record.stage for record in records]
    assert stages == [*("teacher 1",) * 2, *("teacher 2",) * 2, *("teacher 3",) * 2, "", ""]
    alone = Tagger.train(
        tiny_corpus, tiny_config("gru", training=teachers[0].model.config.training.model_dump())
    )
    weights = teachers[0].model.main.network.state_dict()
    assert all(weight.equal(weights[name]) for name, weight in alone.network.state_dict().items())


def test_two_seeds_have_no_teacher_in_common(tiny_config: MakeConfig) -> None:
    seeds = [
        teacher.training.seed
        for seed in (0, 1, 2, 999, 2**63 - 1)
        for teacher in own_teacher_configs(
            tiny_config(training={"seed": seed}, distillation={"text": ["a"], "seeds": 100})
        )
    ]
    assert len(set(seeds)) == len(seeds)
    assert 0 <= min(seeds) <= max(seeds) < 2**63


def test_teachers_start_from_the_same_backbone(
    tiny_corpus: Corpus, tiny_config: MakeConfig, text: str, teachers: list[ModelTeacher]
) -> None:
    config = tiny_config(
        pretraining={"text": [text]},
        transfer={"frozen": "backbone", "frozen_epochs": 2},
        distillation={"text": [text]},
    )
    records: list[EpochRecord] = []
    student = Tagger.train(tiny_corpus, config, on_epoch=records.append)
    assert [record.stage for record in records] == [*["pretraining"] * 2, *["teacher 1"] * 2, "", ""]
    (teacher,) = teachers
    words = teacher.model.encoding.vocabularies["word"]
    ours, theirs = student.network.words.word, teacher.model.main.network.words.word
    assert ours is not None
    assert theirs is not None
    assert ours.weight[student.encoding.vocabularies["word"]["dog"]].equal(theirs.weight[words["dog"]])


@pytest.mark.parametrize("output", ["softmax", "crf"])
def test_a_student_with_a_kept_head_learns_the_right_tags(
    output: str, tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig, write: Write, tmp_path: Path
) -> None:
    """Its tags begin with the backbone's, in that order, so the teachers number theirs differently."""
    how = {"epochs": 40, "learning_rate": 0.02}
    model = {"output": output}
    last: list[TaggedSentence] = [[("zz", "ZZ"), ("yy", "YY"), (".", ".")]]
    backbone = Tagger.train(Corpus("tiny", last, [], []), tiny_config(model=model))
    corpus = Corpus("tiny", tiny_sentences[:12], [], [])
    Tagger.train(corpus, tiny_config(training=how)).save(tmp_path / "teacher")
    for teachers in ([str(tmp_path / "teacher")], []):
        config = tiny_config(
            model=model,
            training=how,
            transfer={"keep_head": True},
            distillation={"text": [write("t.txt", words_of(tiny_sentences[:12]))], "teachers": teachers},
        )
        student = Tagger.train(corpus, config, backbone=backbone)
        assert student.tagset.tags[:3] == backbone.tagset.tags == (".", "YY", "ZZ")
        assert student.evaluate_on(corpus, "train").tokens.value == 1


def test_teachers_loaded_from_files_use_no_dropout(
    tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig, tmp_path: Path
) -> None:
    config = tiny_config(words={"dropout": 0.5}, model={"dropout": 0.5})
    Tagger.train(Corpus("tiny", tiny_sentences, [], []), config).save(tmp_path / "teacher")
    words = words_of(tiny_sentences)
    teachers = read_teachers([str(tmp_path / "teacher")])
    found = distributions([teachers], words, [teachers[0].tagset])[0]
    torch.testing.assert_close(
        found.float().numpy(), Tagger.load(tmp_path / "teacher").probabilities(words), atol=1e-3, rtol=0
    )


@pytest.fixture
def teacher_file(task: str, text: str, tmp_path: Path) -> str:
    """The config of small teachers with a further data set and a pretrained backbone."""
    file = tmp_path / "teacher.toml"
    file.write_text(
        f"""
[words]
word_dim = 8
feature_dim = 4
[model]
kind = "gru"
hidden = 8
[training]
epochs = 3
batch_size = 4
[[datasets]]
train = "{task}"
head = "letters"
[pretraining]
text = ["{text}"]
epochs = 1
"""
    )
    return str(file)


def test_teachers_from_a_config_equal_those_trained_separately(
    tiny_corpus: Corpus, tiny_config: MakeConfig, text: str, teacher_file: str, tmp_path: Path
) -> None:
    plain = {"text": [text], "weight": 2.0}
    records: list[EpochRecord] = []
    config = tiny_config(distillation={**plain, "teachers": [teacher_file], "seeds": 2})
    student = Tagger.train(tiny_corpus, config, on_epoch=records.append)
    assert [record.stage for record in records] == [
        *["teacher 1, pretraining", *["teacher 1"] * 3],
        *["teacher 2, pretraining", *["teacher 2"] * 3],
        *["", ""],
    ]
    (tmp_path / "teachers").mkdir()
    for seed in (1, 2):
        settings = [f"training.seed={seed}", "training.device=cpu", "corpus.name=tiny"]
        teacher = Tagger.train(tiny_corpus, load_config(teacher_file, settings))
        teacher.save(tmp_path / "teachers" / f"{seed}.safetensors")
    given = tiny_config(distillation={**plain, "teachers": [str(tmp_path / "teachers")]})
    assert same_weights(student, Tagger.train(tiny_corpus, given))
    mixed = [teacher_file, str(tmp_path / "teachers" / "1.safetensors")]
    both = Tagger.train(tiny_corpus, tiny_config(distillation={**plain, "teachers": mixed}))
    alone = Tagger.train(tiny_corpus, tiny_config(distillation={**plain, "teachers": mixed[1:]}))
    for name, weight in both.network.state_dict().items():  # the mean of two equal teachers
        torch.testing.assert_close(weight, alone.network.state_dict()[name], atol=1e-3, rtol=1e-3)


def test_teachers_are_cached_for_the_same_run_and_no_other(
    tiny_corpus: Corpus, tiny_config: MakeConfig, text: str, teacher_file: str, tmp_path: Path
) -> None:
    def learned(corpus: Corpus, **settings: Any) -> int:
        """The number of epochs that its teachers were trained for."""
        records: list[EpochRecord] = []
        config = tiny_config(
            distillation={"text": [text], "teachers": [teacher_file], "seeds": 2}, **settings
        )
        Tagger.train(corpus, config, cache=tmp_path / "kept", on_epoch=records.append)
        return sum(record.stage.startswith("teacher") for record in records)

    assert learned(tiny_corpus) == 8
    assert learned(tiny_corpus) == 0
    assert learned(tiny_corpus, training={"seed": 9}) == 0  # of the student
    dev = tiny_corpus.dev[:1]
    assert (
        learned(Corpus("tiny", tiny_corpus.train, dev, tiny_corpus.test)) > 0
    )  # on which the best epoch is chosen
    less = tiny_corpus.train[:12]
    assert learned(Corpus("tiny", less, tiny_corpus.dev, tiny_corpus.test)) > 0
    Path(teacher_file).write_text(Path(teacher_file).read_text().replace("epochs = 3", "epochs = 2"))
    assert learned(tiny_corpus) == 4  # the backbone is the same
    assert learned(tiny_corpus) == 0
    Path(text).write_text(Path(text).read_text() + "More of it .\n")
    assert learned(tiny_corpus) > 0  # which their backbone learns


def test_teachers_cached_for_another_split_are_not_reused(
    tiny_corpus: Corpus, tiny_config: MakeConfig, text: str, teacher_file: str, tmp_path: Path
) -> None:
    """They were trained on sentences that are now dev or test."""
    config = tiny_config(distillation={"text": [text], "teachers": [teacher_file]})
    everything = [*tiny_corpus.train, *tiny_corpus.dev, *tiny_corpus.test]
    for one, other in ((14, 18), (14, 16), (16, 18), (16, 17)):
        split = Corpus("tiny", everything[:one], everything[one:other], everything[other:])
        records: list[EpochRecord] = []
        Tagger.train(split, config, cache=tmp_path / "kept", on_epoch=records.append)
        assert sum(record.stage == "teacher 1" for record in records) == 3


def test_sentences_left_out_for_teachers_are_counted_too(
    tiny_corpus: Corpus, tiny_config: MakeConfig, text: str, task: str, teacher_file: str
) -> None:
    config = tiny_config(distillation={"text": [text], "teachers": [teacher_file]})
    assert Tagger.train(tiny_corpus, config).record.left_out == {task: 4, text: 4}


def test_a_given_backbone_and_another_in_the_config(
    tiny_corpus: Corpus, tiny_config: MakeConfig, text: str
) -> None:
    backbone = Tagger.train(tiny_corpus, tiny_config())
    for settings in ({"pretraining": {"text": [text]}}, {"transfer": {"model": "other"}}):
        with pytest.raises(
            ConfigError, match="two backbones: backbone= gives one, and the config has another"
        ):
            Tagger.train(tiny_corpus, tiny_config(**settings), backbone=backbone)


def test_a_cached_teacher_depends_on_the_model_that_it_starts_from(
    tiny_corpus: Corpus, tiny_config: MakeConfig, text: str, teacher_file: str, tmp_path: Path
) -> None:
    backbone = tmp_path / "backbone.safetensors"
    plain = Path(teacher_file).read_text().partition("[[datasets]]")[0]
    Path(teacher_file).write_text(f'{plain}[transfer]\nmodel = "{backbone}"\n')
    config = tiny_config(distillation={"text": [text], "teachers": [teacher_file]})
    with pytest.raises(ModelFileError, match="cannot read the model"):
        Tagger.train(tiny_corpus, config, cache=tmp_path / "kept")
    (tmp_path / "plain.toml").write_text(plain)
    for seed, epochs in ((1, 3), (1, 0), (2, 3)):
        first = load_config(tmp_path / "plain.toml", [f"training.seed={seed}", "training.device=cpu"])
        Tagger.train(tiny_corpus, first).save(backbone)
        records: list[EpochRecord] = []
        Tagger.train(tiny_corpus, config, cache=tmp_path / "kept", on_epoch=records.append)
        assert sum(record.stage == "teacher 1" for record in records) == epochs


def test_a_student_that_shares_its_head_with_a_data_set_learns_its_tags_too(
    tiny_corpus: Corpus, tiny_config: MakeConfig, text: str, write: Write
) -> None:
    file = write("more.txt", [[("Zounds", "AAA")]])
    config = tiny_config(datasets=[{"train": file, "head": "tiny"}], distillation={"text": [text]})
    assert "AAA" in Tagger.train(tiny_corpus, config).tagset


def test_a_teacher_with_other_tags_is_an_error(
    tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig, text: str, tmp_path: Path
) -> None:
    other = Corpus("letters", by_letter(tiny_sentences), [], [])
    Tagger.train(other, tiny_config()).save(tmp_path / "teacher")
    config = tiny_config(distillation={"text": [text], "teachers": [str(tmp_path / "teacher")]})
    with pytest.raises(ConfigError, match="a teacher trained on letters predicts tags that"):
        Tagger.train(Corpus("tiny", tiny_sentences, [], []), config)


def test_word_dropout_and_weights_work_without_word_embeddings(
    tiny_corpus: Corpus, tiny_config: MakeConfig, text: str, task: str
) -> None:
    config = tiny_config(
        words={"word_dim": 0, "word_dropout": 0.5},
        datasets=[{"train": task, "head": "letters"}],
        pretraining={"text": [text]},
        distillation={"text": [text]},
    )
    tagger = Tagger.train(tiny_corpus, config)
    assert isinstance(tagger.tagset, TagSet)
    assert len(tagger.tag(["The", "dog"], head="letters")) == 2
