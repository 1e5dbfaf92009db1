"""The backbone that a tagger starts with: from a tagger, from a file, or pretrained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from postagger import Config, ConfigError, Corpus, DataError, ModelFileError, Tagger
from postagger.batches import Batch, TypeTensors
from postagger.checkpoint import read_checkpoint, write_checkpoint
from postagger.corpora import TaggedSentence
from postagger.features import PADDING, UNKNOWN
from postagger.models import TrainedModel
from postagger.pipeline.datasets import MASKED_WORDS, DataSet, Sources
from postagger.pipeline.material import Reporter
from postagger.pipeline.pretraining import pretraining_datasets, pretraining_material
from postagger.pipeline.runner import run_plan
from postagger.pipeline.stages import PRETRAINING, Plan, Stage
from postagger.training import EpochRecord, TrainingSet
from postagger.training.trainer import train as train_network

MakeConfig = Callable[..., Config]
Write = Callable[..., str]

pytestmark = pytest.mark.usefixtures("one_thread")


def words_of(sentences: list[TaggedSentence]) -> list[list[str]]:
    return [[word for word, _ in sentence] for sentence in sentences]


def same_weights(one: Tagger | TrainedModel, other: Tagger | TrainedModel) -> bool:
    left, right = (
        (each if isinstance(each, Tagger) else each.main).network.state_dict() for each in (one, other)
    )
    return left.keys() == right.keys() and all(left[name].equal(right[name]) for name in left)


@pytest.fixture
def text(tiny_sentences: list[TaggedSentence], write: Write) -> str:
    return write("text.txt", words_of(tiny_sentences[:12]))


# -- from another tagger ----------------------------------------------------------------------------


@pytest.fixture
def first(tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig) -> Tagger:
    """Knows ten sentences by heart."""
    config = tiny_config(training={"epochs": 40, "learning_rate": 0.02})
    return Tagger.train(Corpus("first", tiny_sentences[:10], [], []), config)


def test_a_backbone_given_as_tagger_or_as_file_gives_the_same_tagger(
    first: Tagger, tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    first.save(tmp_path / "first")
    given = Tagger.train(tiny_corpus, tiny_config(), backbone=first)
    read = Tagger.train(tiny_corpus, tiny_config(transfer={"model": str(tmp_path / "first")}))
    assert same_weights(given, read)
    assert given.record.backbone == read.record.backbone == "first"
    assert not same_weights(given, Tagger.train(tiny_corpus, tiny_config()))


def test_the_backbone_s_tagger_is_unchanged(
    first: Tagger, tiny_corpus: Corpus, tiny_config: MakeConfig
) -> None:
    before = {name: weight.clone() for name, weight in first.network.state_dict().items()}
    Tagger.train(tiny_corpus, tiny_config(), backbone=first)
    assert all(weight.equal(before[name]) for name, weight in first.network.state_dict().items())


def test_a_frozen_backbone_keeps_its_weights(
    first: Tagger, tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> None:
    corpus = Corpus("again", tiny_sentences[:10], [], [])
    config = tiny_config(transfer={"frozen": "backbone", "frozen_epochs": 2})
    again = Tagger.train(corpus, config, backbone=first)
    for part in ("words", "context"):
        old = first.network.get_submodule(part).state_dict()
        for name, weight in again.network.get_submodule(part).state_dict().items():
            assert weight.equal(old[name])
    longer = Tagger.train(
        corpus, tiny_config(training={"epochs": 3}, transfer={"frozen": "backbone"}), backbone=first
    )
    assert longer.network.words.word is not None
    assert first.network.words.word is not None
    assert not longer.network.words.word.weight.equal(first.network.words.word.weight)


@pytest.mark.parametrize("output", ["softmax", "crf"])
def test_an_adapted_tagger_still_predicts_the_old_tags(
    output: str, tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> None:
    how = {"epochs": 40, "learning_rate": 0.02}
    config = tiny_config(model={"output": output}, training=how)
    first = Tagger.train(Corpus("first", tiny_sentences[:10], [], []), config)
    more: list[TaggedSentence] = [[("Zounds", "AAA"), ("!", "."), ("Zounds", "AAA"), ("!", ".")]]
    config = tiny_config(
        model={"output": output},
        training={"epochs": 20, "learning_rate": 0.005},
        transfer={"keep_head": True},
    )
    adapted = Tagger.train(Corpus("first", more, [], []), config, backbone=first)
    assert list(adapted.tagset) == [*first.tagset, "AAA"]
    assert adapted.evaluate_on(more).tokens.value == 1
    rate = adapted.evaluate_on(tiny_sentences[:10]).tokens.value
    assert rate is not None
    assert rate > 0.9
    fresh = Tagger.train(
        Corpus("more", more, [], []), tiny_config(model={"output": output}, training=how), backbone=first
    )
    assert list(fresh.tagset) == [".", "AAA"]


def test_the_kept_head_is_the_one_with_the_corpus_s_name(
    tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig, write: Write
) -> None:
    letters: list[TaggedSentence] = [[(word, word[-1]) for word, _ in each] for each in tiny_sentences]
    backbone = Tagger.train(
        Corpus("tiny", tiny_sentences, [], []),
        tiny_config(
            training={"epochs": 40, "learning_rate": 0.02},
            datasets=[{"train": write("letters.txt", letters), "head": "letters"}],
        ),
    )
    how: dict[str, Any] = {"transfer": {"keep_head": True}, "training": {"epochs": 1, "learning_rate": 1e-6}}
    carried = Tagger.train(Corpus("letters", letters[:3], [], []), tiny_config(**how), backbone=backbone)
    assert list(carried.heads) == ["letters"]
    assert carried.tagset.tags == backbone.heads["letters"].tags
    rate = carried.evaluate_on(letters).tokens.value
    assert rate is not None
    assert rate > 0.9
    with pytest.raises(ConfigError, match=r"no head 'other': the backbone's tagger has tiny, letters"):
        Tagger.train(Corpus("other", letters[:3], [], []), tiny_config(**how), backbone=backbone)


def test_a_head_with_none_of_the_tags_cannot_be_kept(
    first: Tagger, tiny_corpus: Corpus, tiny_config: MakeConfig
) -> None:
    """As with the wrong column, where everything that the head has learned would be wrong."""
    letters: list[TaggedSentence] = [
        [(word, word[-1].upper() + "x") for word, _ in s] for s in tiny_corpus.train
    ]
    config = tiny_config(transfer={"keep_head": True})
    with pytest.raises(
        ConfigError, match=r"none of the corpus's tags: .*\.x, 2x, .*; the head has \., .*corpus\.column"
    ):
        Tagger.train(Corpus("first", letters, [], []), config, backbone=first)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"model": {"hidden": [17]}}, ["model.hidden is [16] there and [17] here"]),
        ({"words": {"suffixes": 3}}, ["words.suffixes is 2 there and 3 here"]),
        (
            {"words": {"word_dim": 9, "lowercase": False}},
            ["words.word_dim is 8 there and 9 here", "words.lowercase is True there and False here"],
        ),
        (
            {"kind": "lstm"},
            ["model.kind is window there and lstm here"],
        ),
        ({"words": {"dropout": 0.3, "min_count": 2}, "model": {"dropout": 0.3, "output": "crf"}}, []),
        (
            {"model": {"output": "crf"}, "transfer": {"keep_head": True}},
            ["model.output is softmax there and crf here"],
        ),
    ],
)
def test_a_backbone_that_does_not_fit_is_an_error_that_names_the_settings(
    settings: dict[str, Any], told: list[str], first: Tagger, tiny_corpus: Corpus, tiny_config: MakeConfig
) -> None:
    config = tiny_config(**settings)
    if not told:
        Tagger.train(tiny_corpus, config, backbone=first)
        return
    with pytest.raises(
        ConfigError, match=r"^the backbone of the given tagger does not fit the config: "
    ) as caught:
        Tagger.train(tiny_corpus, config, backbone=first)
    for part in told:
        assert part in str(caught.value)
    assert "dropout" not in str(caught.value)


def test_the_terms_of_a_backbone_are_those_of_what_starts_from_it(
    first: Tagger, tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    checkpoint = replace(
        read_checkpoint(saved(first, tmp_path / "first")), licence="CC BY-SA 4.0: name them."
    )
    write_checkpoint(tmp_path / "licensed", checkpoint)
    tagger = Tagger.train(tiny_corpus, tiny_config(transfer={"model": str(tmp_path / "licensed")}))
    assert tagger.licence == checkpoint.licence
    again = Tagger.train(tiny_corpus, tiny_config(), backbone=Tagger.load(saved(tagger, tmp_path / "again")))
    assert Tagger.load(saved(again, tmp_path / "last")).licence == checkpoint.licence
    assert first.licence == ""


def saved(tagger: Tagger, file: Path) -> Path:
    tagger.save(file)
    return file


def test_a_backbone_from_a_file_is_named_by_its_file(
    first: Tagger, tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    path = str(tmp_path / "first")
    first.save(path)
    with pytest.raises(ConfigError, match=f"^the backbone of {path} does not fit the config"):
        Tagger.train(tiny_corpus, tiny_config("lstm", transfer={"model": path}))
    with pytest.raises(ModelFileError, match="cannot read the model missing"):
        Tagger.train(tiny_corpus, tiny_config(transfer={"model": "missing"}))


# -- pretrained -------------------------------------------------------------------------------------


def test_a_data_set_for_each_corpus_and_one_for_all_text(
    tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig, text: str, write: Write
) -> None:
    corpora = [write("one.txt", tiny_sentences[:10]), write("other.txt", tiny_sentences)]
    more = write("more.txt", words_of(tiny_sentences[12:]))
    config = tiny_config(pretraining={"corpora": corpora, "text": [text, more], "mask_rate": 0.5})
    datasets = pretraining_datasets(config, Sources(None))
    assert [dataset.head for dataset in datasets] == [*corpora, MASKED_WORDS]
    assert [len(dataset.sentences) for dataset in datasets] == [8, 16, 20]  # of a file, the first 80 %
    assert [dataset.mask_rate for dataset in datasets] == [0, 0, 0.5]


def test_an_epoch_covers_every_sentence_of_every_data_set(
    tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[float] = []

    def spied(*arguments: Any, others: list[TrainingSet], **settings: Any) -> list[EpochRecord]:
        seen.extend(other.weight * len(arguments[1]) for other in others)
        return train_network(*arguments, others=others, **settings)

    monkeypatch.setattr("postagger.pipeline.fit.train", spied)
    datasets = [
        DataSet("a", tiny_sentences[:4]),
        DataSet("b", tiny_sentences[4:11]),
        DataSet("c", tiny_sentences[:1]),
    ]
    told: list[EpochRecord] = []
    material = pretraining_material(tiny_config(pretraining={"batch_size": 2}), datasets, None)
    backbone = run_plan(Plan((Stage(PRETRAINING, material),)), Reporter(told.append))
    assert seen == [7, 1]
    assert [(record.stage, record.updates) for record in told] == [(PRETRAINING, 7), (PRETRAINING, 14)]
    assert backbone.record.corpus == "a, b, c"


def test_a_backbone_is_a_tagger_for_its_own_data_sets(
    text: str, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    config = tiny_config("lstm", model={"output": "crf"}, pretraining={"text": [text]})
    tagger = Tagger.pretrain(config)
    assert list(tagger.heads) == [MASKED_WORDS]
    assert "dog" in tagger.tagset
    assert tagger.config.model.output == "softmax"
    assert tagger.record.left_out == {text: 0}
    tagger.save(tmp_path / "backbone")
    assert same_weights(Tagger.load(tmp_path / "backbone"), tagger)
    assert list(Tagger.load(tmp_path / "backbone").heads) == [MASKED_WORDS]


def test_masked_words_are_predicted_from_their_neighbours(tiny_config: MakeConfig, write: Write) -> None:
    """In these sentences, the neighbours determine the word in the middle."""
    middle = {"big": "dog", "old": "man", "red": "car"}
    sentences = [f"the {first} {word} {first} .".split() for first, word in middle.items()] * 4
    config = tiny_config(
        training={"epochs": 1, "learning_rate": 0.02},
        pretraining={"text": [write("text.txt", sentences)], "epochs": 60, "learning_rate": 0.02},
    )
    tagger = Tagger.pretrain(config)
    for first, word in middle.items():
        types = TypeTensors.of(tagger.encoding.encode(["the", first, "?", first, "."]))
        types.columns[3] = torch.tensor([UNKNOWN, PADDING, PADDING, PADDING, PADDING])  # masked
        batch = Batch(types, torch.tensor([1, 2, 3, 4, 5]), torch.tensor([5]))
        assert tagger.tagset.tags[int(tagger.network(batch)[2].argmax())] == word


def test_pretraining_inside_training_equals_pretraining_first(
    text: str, tiny_corpus: Corpus, tiny_config: MakeConfig
) -> None:
    config = tiny_config(pretraining={"text": [text]})
    both = Tagger.train(tiny_corpus, config)
    in_turn = Tagger.train(tiny_corpus, tiny_config(), backbone=Tagger.pretrain(config, tiny_corpus))
    assert same_weights(both, in_turn)
    assert both.record.backbone == MASKED_WORDS


def test_pretraining_has_no_label_smoothing_and_no_rdrop(
    tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> None:
    """They are settings for the training of the tagger only."""
    config = tiny_config(
        training={"label_smoothing": 0.2, "rdrop_weight": 1.0},
        pretraining={"epochs": 3, "batch_size": 7, "learning_rate": 0.25},
    )
    training = pretraining_material(config, [DataSet("a", tiny_sentences)], None).config.training
    assert (training.label_smoothing, training.rdrop_weight) == (0, 0)
    assert (training.epochs, training.batch_size, training.learning_rate) == (3, 7, 0.25)


@pytest.mark.parametrize(("optimiser", "rate"), [("adamw", 2e-3), ("sgd", 5.0), ("momentum", 0.707)])
def test_the_rate_of_pretraining_suits_the_optimiser(
    optimiser: str, rate: float, tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig
) -> None:
    config = tiny_config(training={"optimiser": optimiser, "learning_rate": 0.01})
    training = pretraining_material(config, [DataSet("a", tiny_sentences)], None).config.training
    assert training.learning_rate == pytest.approx(rate)


@pytest.mark.parametrize("sections", [{}, {"pretraining": {"epochs": 5}}])
def test_there_must_be_something_to_pretrain_on(sections: dict[str, Any], tiny_config: MakeConfig) -> None:
    with pytest.raises(ConfigError, match=r"nothing to pretrain on: .*pretraining\.text"):
        Tagger.pretrain(tiny_config(**sections))
    assert pretraining_datasets(tiny_config(**sections), Sources(None)) == []


def test_text_of_underscores_only_is_an_error(tiny_config: MakeConfig, write: Write) -> None:
    with pytest.raises(DataError, match="contains no tag"):
        Tagger.pretrain(tiny_config(pretraining={"text": [write("text.txt", [["_", "_"]])]}))


# -- cached -----------------------------------------------------------------------------------------


def test_a_backbone_is_cached_for_the_same_settings(
    text: str, tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    config = tiny_config(pretraining={"text": [text]})
    told: list[list[str]] = []
    taggers = []
    for folder in (None, cache, cache):
        records: list[EpochRecord] = []
        taggers.append(Tagger.train(tiny_corpus, config, cache=folder, on_epoch=records.append))
        told.append([record.stage for record in records])
    assert told == [[PRETRAINING, PRETRAINING, "", ""], [PRETRAINING, PRETRAINING, "", ""], ["", ""]]
    assert len(list(cache.glob("*.safetensors"))) == 1
    assert same_weights(taggers[0], taggers[1])
    assert same_weights(taggers[0], taggers[2])
    assert taggers[0].record == taggers[2].record


def test_other_settings_seeds_and_texts_have_backbones_of_their_own(
    text: str, tiny_corpus: Corpus, tiny_config: MakeConfig, tmp_path: Path
) -> None:
    pretraining = {"text": [text], "epochs": 1}

    def cache(**sections: Any) -> int:
        config = tiny_config(**{"pretraining": pretraining, "training": {"epochs": 1}} | sections)
        Tagger.train(tiny_corpus, config, cache=tmp_path / "cache")
        return len(list((tmp_path / "cache").glob("*.safetensors")))

    assert cache() == 1
    assert cache(training={"epochs": 1, "seed": 2}) == 2
    assert cache(pretraining=pretraining | {"mask_rate": 0.3}) == 3
    assert cache(words={"word_dim": 9}) == 4
    assert cache(distillation={"text": [text]}) == 4, "what comes afterwards makes no difference"
    Path(text).write_text("Other words .\nMore of them .\n")
    assert cache() == 5


def test_a_backbone_cached_for_another_test_part_is_not_reused(
    text: str, tiny_sentences: list[TaggedSentence], tiny_config: MakeConfig, tmp_path: Path
) -> None:
    """Sentences that repeat the test part are left out of the text, so the text differs."""
    config = tiny_config(training={"epochs": 1}, pretraining={"text": [text], "epochs": 1})
    for test in (tiny_sentences[2:4], tiny_sentences[4:6]):
        corpus = Corpus("tiny", tiny_sentences[12:], [], test)
        tagger = Tagger.train(corpus, config, cache=tmp_path / "cache")
        assert tagger.record.left_out == {text: sum(len(sentence) > 4 for sentence in test)}
    assert len(list((tmp_path / "cache").glob("*.safetensors"))) == 2


def test_a_backbone_fits_with_either_kind_of_dropout(tiny_corpus: Corpus, tiny_config: MakeConfig) -> None:
    backbone = Tagger.train(tiny_corpus, tiny_config("lstm"))
    Tagger.train(tiny_corpus, tiny_config("lstm", model={"variational": True}), backbone=backbone)
